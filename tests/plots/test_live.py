from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gaussmix import GaussianMixture, Mixture, datasets, plots
from gaussmix.errors import InputError
from gaussmix.plots import displays

FAITHFUL = datasets.load_faithful().data


def fitted(callbacks: Any, X: Any = FAITHFUL, **options: Any) -> GaussianMixture:
    options = {"tol": 0, "max_iter": 5, "search": "off", "acceleration": "off", "random_state": 0} | options
    return GaussianMixture(2, callbacks=callbacks, **options).fit(X)


def test_every_iteration_is_drawn_and_nothing_is_added() -> None:
    live = plots.LivePlot(FAITHFUL)
    counts: list[int] = []
    fitted([live, lambda step: counts.append(len(live.figure.axes[0].get_children()))])
    assert live.n_redraws == 5
    assert len(set(counts)) == 1


def test_the_ellipses_and_the_curve_are_those_of_the_fit() -> None:
    live = plots.LivePlot(FAITHFUL, scale=2.0)
    model = fitted(live)
    top, strip = live.figure.axes
    ring = top.patches[0].get_xy()  # type: ignore[attr-defined]
    deviation = ring - model.means_[0]
    form = np.einsum("ni,ij,nj->n", deviation, np.linalg.inv(2 * model.covariances_[0]), deviation)
    np.testing.assert_allclose(form, 1.0, rtol=1e-9)
    np.testing.assert_allclose(strip.lines[0].get_ydata(), model.trace_.log_likelihood)
    assert top.get_title(loc="left") == "Iteration 5"


def test_every_third_iteration_on_demand() -> None:
    live = plots.LivePlot(FAITHFUL, every=3)
    fitted(live, max_iter=7)
    assert live.n_redraws == 3  # 1, 3 and 6


def test_a_new_start_begins_a_new_curve() -> None:
    live = plots.LivePlot(FAITHFUL)
    fitted(live, n_init=2)
    assert live.n_redraws == 10
    assert len(live.figure.axes[1].lines[0].get_ydata()) == 5  # type: ignore[arg-type]
    assert live.figure.axes[0].get_title(loc="left") == "Start 2 of 2, iteration 5"


def test_one_column_shows_curves_that_are_the_density() -> None:
    live = plots.LivePlot(FAITHFUL[:, 1])
    model = fitted(live, FAITHFUL[:, 1:])
    *_, total = live.figure.axes[0].lines
    x, y = (np.asarray(values) for values in total.get_data())
    np.testing.assert_allclose(y, model.mixture_.pdf(x))


def test_columns_by_name_of_a_data_frame() -> None:
    frame = datasets.load_vowels(as_frame=True).data
    live = plots.LivePlot(frame, columns=("F2", "F1"))
    fitted(live, frame)
    assert live.figure.axes[0].get_xlabel() == "F2"


def test_names_for_the_columns_of_an_array() -> None:
    live = plots.LivePlot(FAITHFUL, feature_names=["eruptions", "waiting"], columns=("waiting", "eruptions"))
    assert live.figure.axes[0].get_xlabel() == "waiting"


def test_without_a_screen_nothing_is_printed_and_pyplot_knows_of_no_figure(
    capsys: pytest.CaptureFixture[str],
) -> None:
    import matplotlib.pyplot as plt

    fitted(plots.LivePlot(FAITHFUL))
    assert capsys.readouterr() == ("", "")
    assert plt.get_fignums() == []


def test_in_a_notebook_one_output_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[str, Any]] = []

    class Handle:
        def update(self, figure: Any) -> None:
            shown.append(("update", figure))

    def display(figure: Any, display_id: bool) -> Handle:
        assert display_id
        shown.append(("display", figure))
        return Handle()

    module, inner = ModuleType("IPython"), ModuleType("IPython.display")
    module.get_ipython = lambda: SimpleNamespace(kernel=object())  # type: ignore[attr-defined]
    inner.display = display  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", module)
    monkeypatch.setitem(sys.modules, "IPython.display", inner)
    live = plots.LivePlot(FAITHFUL)
    fitted(live)
    assert [kind for kind, _ in shown] == ["display"] + 4 * ["update"]
    assert all(figure is live.figure for _, figure in shown)


def test_a_window_is_drawn_at_each_redraw(monkeypatch: pytest.MonkeyPatch) -> None:
    window = displays._Window()
    monkeypatch.setattr("gaussmix.plots.live.find_display", lambda: window)
    monkeypatch.setattr("matplotlib.figure.Figure.show", lambda figure, warn=True: None)
    live = plots.LivePlot(FAITHFUL)
    live.figure.canvas.start_event_loop = lambda timeout=0: None  # type: ignore[method-assign]
    drawn: list[int] = []
    live.figure.canvas.mpl_connect("draw_event", lambda event: drawn.append(1))
    fitted(live)
    assert len(drawn) == 5


def test_a_recorder_keeps_every_iteration_and_the_start() -> None:
    start = Mixture([0.5, 0.5], [[2.0, 50.0], [4.0, 80.0]], [[1.0, 100.0], [1.0, 100.0]])
    recorder = plots.Recorder(start)
    model = fitted(recorder)
    assert [frame.iteration for frame in recorder.frames] == [0, 1, 2, 3, 4, 5]
    assert recorder.frames[0].mixture is start
    assert recorder.frames[-1].mixture == model.mixture_
    np.testing.assert_array_equal(recorder.log_likelihood, model.trace_.log_likelihood)


def test_the_film_has_a_picture_for_each_iteration(tmp_path: Path) -> None:
    recorder = plots.Recorder()
    fitted(recorder)
    path = plots.animate(
        FAITHFUL, recorder, tmp_path / "new" / "em.gif", pictures=tmp_path / "frames", dpi=50
    )
    with Image.open(path) as film:
        assert film.n_frames == 5  # type: ignore[attr-defined]
        assert film.size == (300, 280)
    names = sorted(picture.name for picture in (tmp_path / "frames").iterdir())
    assert names == ["000.png", "001.png", "002.png", "003.png", "004.png"]


def pixels(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def test_pictures_change_with_the_mixture_and_the_axes_stay(tmp_path: Path, mixture: Mixture) -> None:
    X = mixture.sample(100, random_state=0)[0]
    plots.animate(X, [mixture, mixture + 1.0, mixture], tmp_path / "a.gif", pictures=tmp_path, dpi=50)
    first, second, third = (pixels(tmp_path / f"{i:03}.png") for i in range(3))
    assert (first != second).any()
    # The left edge holds the axis with its numbers.
    np.testing.assert_allclose(first[:200, :20].astype(float), second[:200, :20], atol=40)
    assert (first != third).mean() < 0.05


def test_bad_input_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"name it \*\.gif"):
        plots.animate(FAITHFUL, [Mixture([1.0], [[0.0, 0.0]], [1.0])], tmp_path / "film.mp4")
    with pytest.raises(InputError, match="there is no mixture to show"):
        plots.animate(FAITHFUL, plots.Recorder(), tmp_path / "film.gif")
    with pytest.raises(InputError, match="feature_names has 1 names for 2 columns"):
        plots.LivePlot(FAITHFUL, feature_names=["waiting"])
    with pytest.raises(InputError, match="every is 0"):
        plots.LivePlot(FAITHFUL, every=0)


def test_the_title_of_each_picture_is_drawn(tmp_path: Path, mixture: Mixture) -> None:
    X = mixture.sample(100, random_state=0)[0]
    for name, title in (("a", ""), ("b", "another title")):
        plots.animate(
            X, 2 * [mixture], tmp_path / f"{name}.gif", pictures=tmp_path / name, dpi=50, title=title
        )
    for number in range(2):
        plain, titled = (pixels(tmp_path / name / f"{number:03}.png") for name in "ab")
        assert (plain[:20] != titled[:20]).any()
        # The palettes of the two films differ a little.
        assert (np.abs(plain[30:].astype(float) - titled[30:]) > 60).mean() < 1e-3
