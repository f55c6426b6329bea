from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gaussmix import GaussianMixture, Mixture, MixtureClassifier, datasets, plots
from gaussmix.errors import InputError, InputTypeError
from gaussmix.estimation import Trace
from gaussmix.fitting import Step
from gaussmix.plots.animation import _frames
from gaussmix.plots.figure_parts import FitFigure
from gaussmix.search import Budget, SearchEvent, SearchRun, SearchTrace


def mixture_at(shift: float) -> Mixture:
    return Mixture(
        [0.5, 0.3, 0.2], [[shift, 0.0], [5.0, 5.0], [9.0, shift]], np.ones((3, 2, 2)) + 2 * np.eye(2)
    )


def change(run: int, passes: int, end: float, predicted: float, gain: float, taken: bool) -> SearchEvent:
    mixture = mixture_at(0.1 * passes)
    numbers = ((0, 1, 2),)
    return SearchEvent(
        "split_merge", run, passes / 10, passes, end, predicted, gain, taken, mixture, numbers, 100.0
    )


def start(run: int, passes: int, end: float) -> SearchEvent:
    mixture = mixture_at(0.1 * passes)
    return SearchEvent("start", run, passes / 10, passes, end, 0.0, 0.0, True, mixture, (), 100.0)


EVENTS = (
    start(0, 10, -4.0),
    change(0, 20, -3.0, 40.0, 50.0, True),
    change(0, 30, -3.0, -2.0, -4.0, False),
    start(1, 40, -3.5),
    change(1, 50, -2.5, 20.0, 30.0, True),
    change(1, 60, -2.0, 60.0, 50.0, True),
)
STORY = SearchTrace(
    runs=(
        SearchRun("6 merged to 3", -3.0, -2.0, False, 3.5),
        SearchRun("9 merged to 3", -2.0, -50.0, False, 7.0),
    ),
    events=EVENTS,
    best=1,
    n_rows=100,
    passes=70,
    seconds=7.0,
    clear=True,
    verdict="clear: nothing comes near it",
)


def drawn(ax: Any, marker: str) -> list[tuple[float, float]]:
    """The places of a marker, but for those of the legend."""
    return [
        (float(x), float(y))
        for line in ax.lines
        if line.get_marker() == marker
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    ]


def test_runs_are_lines_and_changes_marks() -> None:
    ax = plots.search(STORY)
    steps = [line for line in ax.lines if line.get_drawstyle() == "steps-post"]
    # Each run begins at its start, and ends a pass after its last event: two passes part it from the next.
    assert [list(line.get_xdata()) for line in steps] == [[0, 10, 21], [22, 32, 42, 43]]  # type: ignore[arg-type]
    assert [list(line.get_ydata()) for line in steps] == [  # type: ignore[arg-type]
        pytest.approx([-3.5, -3.0, -3.0]),
        pytest.approx([-2.8, -2.5, -2.0, -2.0]),
    ]
    assert drawn(ax, "o") == [(10, -3.0), (32, -2.5), (42, -2.0)]
    assert drawn(ax, "D") == [(10, pytest.approx(-3.1)), (32, pytest.approx(-2.6)), (42, pytest.approx(-1.9))]
    assert drawn(ax, "|") == [(20, -3.0)]
    assert ax.get_title(loc="left") == "Clear: nothing comes near it"
    assert [text.get_text() for text in ax.texts] == ["1", "2"]


def test_a_long_verdict_has_lines_within_the_axes() -> None:
    found = "in doubt: 2 of 2 runs found the best, but one more component fits better"
    words = f"{found}; compare a fit of 3 components by BIC"
    ax = plots.search(replace(STORY, clear=False, verdict=words))
    ax.get_figure().canvas.draw()  # type: ignore[union-attr]
    title = ax.get_title(loc="left")
    assert title.replace("\n", " ") == words[0].upper() + words[1:]
    drawn_title = next(text for text in ax.get_children() if getattr(text, "get_text", str)() == title)
    frame = ax.get_figure().bbox  # type: ignore[union-attr]
    extent = drawn_title.get_window_extent()
    assert frame.x0 <= extent.x0 < extent.x1 <= frame.x1
    assert extent.y1 <= frame.y1


def test_the_axis_may_count_seconds() -> None:
    ax = plots.search(STORY, against="seconds")
    assert ax.get_xlabel() == "seconds"
    assert drawn(ax, "o") == [(2.0, -3.0), (5.0, -2.5), (6.0, -2.0)]
    ends = [line.get_xdata()[-1] for line in ax.lines if line.get_drawstyle() == "steps-post"]  # type: ignore[index]
    assert ends == [3.5, 7.0]


def test_gains_are_points_in_nats() -> None:
    ax = plots.gains(STORY)
    not_kept, kept = (np.asarray(points.get_offsets()).tolist() for points in ax.collections)
    assert not_kept == [[-2.0, -4.0]]
    assert kept == [[40.0, 50.0], [20.0, 30.0], [60.0, 50.0]]
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["rejected (1)", "accepted (3)"]


def test_a_search_without_changes_is_drawn_too() -> None:
    quiet = replace(STORY, runs=STORY.runs[:1], events=EVENTS[:1], best=0)
    low, high = plots.search(quiet).get_ylim()
    assert low < -3.0 - 4.0 / 100 < -3.0 < high
    assert [text.get_text() for text in plots.gains(quiet).texts] == ["no predicted moves"]


def test_crossovers_have_no_predictions_to_draw() -> None:
    X, _ = datasets.random_mixture(6, 2, random_state=2).sample(300, random_state=2)
    model = GaussianMixture(6, covariance_type="tied", random_state=0, search=Budget(runs=2)).fit(X)
    search = model.trace_.search
    assert search is not None
    crossovers = [event for event in search.events if event.is_move]
    assert crossovers
    assert not any(event.has_prediction for event in crossovers)
    ax = plots.search(model)
    assert np.isfinite([*ax.get_xlim(), *ax.get_ylim()]).all()
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert "predicted value" not in labels
    assert [text.get_text() for text in plots.gains(model).texts] == ["no predicted moves"]


def test_an_estimator_and_its_trace_are_drawn_alike() -> None:
    X, _ = datasets.random_mixture(6, 2, random_state=4).sample(600, random_state=0)
    model = GaussianMixture(6, random_state=0).fit(X)
    search = model.trace_.search
    assert search is not None
    pictures = [plots.search(given) for given in (model, model.trace_, search)]
    assert len({ax.get_title(loc="left") for ax in pictures}) == 1
    assert len(drawn(pictures[0], "o")) == search.n_taken
    assert len(drawn(pictures[0], "|")) == search.n_tried - search.n_taken


def test_where_there_was_no_search_it_is_said() -> None:
    X = datasets.load_faithful().data
    with pytest.raises(InputError, match="fitted without a search"):
        plots.search(GaussianMixture(2, search="off", random_state=0).fit(X))
    with pytest.raises(InputError, match="call its fit first"):
        plots.gains(GaussianMixture(2))
    with pytest.raises(InputError, match="one of its traces_"):
        plots.search(MixtureClassifier().fit(X, X[:, 0] > 3))
    with pytest.raises(InputTypeError, match="this is of type list"):
        plots.search([1, 2])
    with pytest.raises(InputError, match="against is 'days'"):
        plots.search(STORY, against="days")


def test_the_film_shows_what_was_kept_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    titles: list[str] = []
    curves: list[list[float]] = []
    show = FitFigure.show

    def watched(self: Any, mixture: Mixture, title: str, curve: Any, whole: Any = None) -> None:
        titles.append(title)
        curves.append(curve[:, 1].tolist())
        show(self, mixture, title, curve, whole)

    monkeypatch.setattr("gaussmix.plots.figure_parts.FitFigure.show", watched)
    X = mixture_at(0.0).sample(50, random_state=0)[0]
    path = plots.animate(X, STORY, tmp_path / "search.gif", dpi=40)
    with Image.open(path) as film:
        assert film.n_frames == 6  # type: ignore[attr-defined]
    assert titles == [
        "Run 1 begins",
        "Run 1: split 0, merged 1 and 2, +50.0 nats",
        "Run 2 begins",
        "Run 2: split 0, merged 1 and 2, +30.0 nats",
        "Run 2: split 0, merged 1 and 2, +50.0 nats",
        "Run 2 of 2 is the best: the result is clear",
    ]
    # The number of each frame is that of the mixture that it shows; between runs there is a gap.
    np.testing.assert_allclose(curves[0], [-4.0])
    np.testing.assert_allclose(curves[3], [-4.0, -3.0, np.nan, -3.5, -2.5])


def test_the_numbers_of_a_film_are_those_of_the_mixtures_drawn() -> None:
    X, _ = datasets.random_mixture(10, 2, random_state=2).sample(1500, random_state=2)
    search = GaussianMixture(10, random_state=0).fit(X).trace_.search
    assert search is not None
    assert search.n_rows == len(X)
    first = _frames(search)[0]
    assert first.log_likelihood == pytest.approx(first.mixture.log_prob(X).mean(), abs=1e-4)


@pytest.mark.parametrize("seconds", [0.05, 0.25, 1.0, 5.0, 10.0])
def test_captions_stay_as_long_as_they_take_to_read(tmp_path: Path, seconds: float) -> None:
    X = mixture_at(0.0).sample(50, random_state=0)[0]
    frames = [
        plots.Frame(0, mixture_at(0.0)),
        plots.Frame(1, mixture_at(0.1), -3.0, "Run 1 begins"),
        plots.Frame(2, mixture_at(0.2), -2.0, "Run 1: split 0, merged 1 and 2, +50.0 nats"),
        plots.Frame(3, mixture_at(0.3), -1.0),
    ]
    path = plots.animate(X, frames, tmp_path / "film.gif", dpi=40, seconds=seconds, hold=1.0)
    with Image.open(path) as film:
        stays = []
        for number in range(film.n_frames):  # type: ignore[attr-defined]
            film.seek(number)
            stays.append(film.info["duration"] / 1000)
    # At four words a second: three words, and ten.
    assert stays == pytest.approx([seconds, max(seconds, 0.75), max(seconds, 2.5), seconds + 1.0], abs=0.011)


def test_a_search_that_kept_no_mixtures_has_no_film(tmp_path: Path) -> None:
    large = replace(STORY, events=tuple(replace(event, mixture=None) for event in EVENTS))
    with pytest.raises(InputError, match="the search kept no mixtures"):
        plots.animate(np.zeros((5, 2)), Trace((), 0, large), tmp_path / "film.gif")


def step_of(event: SearchEvent, iteration: int) -> Step:
    assert event.mixture is not None
    return Step(
        iteration, 0, event.run, 6, event.mixture, event.log_likelihood, None, event.seconds, "search", event
    )


def test_a_live_plot_shows_what_the_search_kept() -> None:
    live = plots.LivePlot(mixture_at(0.0).sample(50, random_state=0)[0], every=100)
    top, strip = live.figure.axes
    titles = []
    for i, event in enumerate(EVENTS[:3], 1):
        live(step_of(event, i))
        titles.append(top.get_title(loc="left"))
    assert titles == ["Search. Run 1 begins", *2 * ["Search. Run 1: split 0, merged 1 and 2, +50.0 nats"]]
    assert live.n_redraws == 2
    assert strip.get_xlabel() == "moves tried in this run"
    live(Step(1, 9, 0, 1, mixture_at(0.0), -2.0, None, 0.1))
    assert top.get_title(loc="left") == "Iteration 1"
    assert strip.get_xlabel() == "iteration"


def test_a_recorder_keeps_em_alone() -> None:
    recorder = plots.Recorder()
    model = GaussianMixture(3, random_state=0, callbacks=recorder).fit(datasets.load_faithful().data)
    assert model.trace_.search is not None
    assert [frame.iteration for frame in recorder.frames] == list(range(1, model.n_iter_ + 1))


def test_a_search_that_changed_nothing_has_no_panel() -> None:
    data = datasets.load_faithful().data
    model = GaussianMixture(2, random_state=0).fit(data)
    rejected = tuple(replace(event, taken=False) if event.is_move else event for event in EVENTS)
    same = tuple(replace(run, log_likelihood=-2.0) for run in STORY.runs)
    for story, panels in (
        (STORY, 4),
        (replace(STORY, events=rejected), 4),
        (replace(STORY, events=rejected, runs=same), 3),
    ):
        model.trace_ = replace(model.trace_, search=story)
        assert len(plots.overview(model, data)) == panels


def test_log_likelihoods_are_written_in_full() -> None:
    flat = replace(
        STORY,
        events=EVENTS[:1],
        runs=(replace(STORY.runs[1], log_likelihood=-18.1002),),
        best=0,
        n_rows=20000,
    )
    ax = plots.search(
        replace(flat, events=(replace(EVENTS[0], log_likelihood=-18.1002, total_weight=20000.0),))
    )
    ax.figure.canvas.draw()
    assert not ax.yaxis.get_offset_text().get_text()


def test_a_line_rises_where_em_gains_between_moves() -> None:
    events = (
        *EVENTS[:2],
        change(0, 30, -2.9, -2.0, -4.0, False),
        replace(start(0, 35, -2.4), kind="converged"),
        *EVENTS[3:],
    )
    runs = (replace(STORY.runs[0], log_likelihood=-2.4), STORY.runs[1])
    ax = plots.search(replace(STORY, events=events, runs=runs))
    first = next(line for line in ax.lines if line.get_drawstyle() == "steps-post")
    assert list(first.get_xdata())[:-1] == [0, 10, 20, 25]  # type: ignore[arg-type]
    assert list(first.get_ydata()) == pytest.approx([-3.5, -3.0, -2.9, -2.4, -2.4])  # type: ignore[arg-type]
