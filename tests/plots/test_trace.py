from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes

from gaussmix import GaussianMixture, datasets, plots
from gaussmix.errors import InputError


def curves(ax: Axes) -> list[list[float]]:
    return [list(line.get_ydata()) for line in ax.lines if len(line.get_xdata()) > 1]  # type: ignore[arg-type]


def test_an_estimator_shows_all_its_runs() -> None:
    X = datasets.load_faithful().data
    model = GaussianMixture(2, n_init=3, random_state=0, search="off", acceleration="off").fit(X)
    drawn = curves(plots.trace(model))
    assert drawn == [list(run.log_likelihood) for run in model.trace_.runs]


def test_an_array_a_list_and_names() -> None:
    assert curves(plots.trace(np.array([-3.0, -2.0]))) == [[-3.0, -2.0]]
    assert curves(plots.trace([-3.0, -2.0])) == [[-3.0, -2.0]]
    assert len(curves(plots.trace([[-3.0, -2.0], [-4.0, -1.0, -0.5]]))) == 2
    ax = plots.trace({"slow": [-3.0, -2.0], "fast": [-4.0, -1.0, -0.5]})
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["slow", "fast"]


def test_the_inset_shows_what_is_missing_to_the_last_value() -> None:
    values = -2.0 - 0.5 ** np.arange(20)
    ax = plots.trace(values)
    (inset,) = ax.child_axes
    assert inset.get_yscale() == "log"
    np.testing.assert_allclose(inset.lines[0].get_ydata(), values[-1] - values[:-1])
    assert not plots.trace(values, zoom=False).child_axes
    assert not plots.trace(values[:3]).child_axes


@pytest.mark.parametrize("low", np.linspace(-2.95, -2.3, 14))
def test_the_inset_hides_no_end(low: float) -> None:
    best = -2.0 - 0.5 ** np.arange(20)
    ax = plots.trace([best, np.maximum(low - 0.1 * 0.5 ** np.arange(17), -3.0)])
    end = ax.transAxes.inverted().transform(ax.transData.transform([17.0, low]))
    (inset,) = ax.child_axes
    (left, bottom), (right, top) = ax.transAxes.inverted().transform(inset.get_window_extent().get_points())
    assert not (left <= end[0] <= right and bottom <= end[1] <= top + 0.02)


def test_bad_runs_are_one_sentence() -> None:
    with pytest.raises(InputError, match="runs is empty"):
        plots.trace([])
    with pytest.raises(InputError, match="runs is of type int"):
        plots.trace(3)
    with pytest.raises(InputError, match=r"a run has shape \(2, 2\)"):
        plots.trace({"a": np.zeros((2, 2))})
