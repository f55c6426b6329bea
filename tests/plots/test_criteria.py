"""Pictures of a selection."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

import gaussmix
from gaussmix import Full, plots
from gaussmix.errors import InputError, InputTypeError
from gaussmix.model_sweep import FittedModel


@pytest.fixture(scope="module")
def chosen():
    X = gaussmix.datasets.load_faithful().data
    return gaussmix.select(X, range(1, 6), ["EII", "EEI", "VVI", "EEE", "VVV"], random_state=0)


def test_a_curve_for_each_family(chosen):
    ax = plots.criterion_curves(chosen)
    families = chosen.table["family"].unique()
    assert len(ax.lines) == len(families)
    for line, family in zip(ax.lines, families, strict=True):
        expected = chosen.table[chosen.table["family"] == family]["bic"]
        np.testing.assert_allclose(line.get_ydata(), expected)
    (ring,) = ax.collections
    assert ring.get_offsets().tolist() == [[3, chosen.best.bic]]
    low, high = ax.get_ylim()
    assert low < chosen.best.bic < high


def test_mclusts_sign(chosen):
    ax = plots.criterion_curves(chosen, "icl", mclust_sign=True)
    assert ax.get_ylabel() == "ICL (higher is better)"
    assert max(np.nanmax(line.get_ydata()) for line in ax.lines) == -chosen.best_by("icl").icl


def test_unsound_models_break_a_curve():
    models = [
        FittedModel(K, Full(), 2, s, bic=1.0) for K, s in enumerate(("fitted", "degenerate", "fitted"), 1)
    ]
    assert np.isnan(plots.criterion_curves(models).lines[0].get_ydata()).tolist() == [False, True, False]
    texts = [text.get_text() for text in plots.criterion_map(models).texts]
    assert texts == ["0", "d", "0", "d degenerate"]


def test_one_number_of_components_is_a_whole_number():
    ax = plots.criterion_curves([FittedModel(2, Full(), 2, "fitted", bic=1.0)])
    low, high = ax.get_xlim()
    assert [tick for tick in ax.get_xticks() if low <= tick <= high] == [2.0]


def test_the_map_has_a_cell_for_each_model(chosen):
    ax = plots.criterion_map(chosen)
    cells = ax.collections[0].get_array()
    assert cells.size == len(chosen.models)
    best = np.unravel_index(np.argmin(cells), cells.shape)
    assert cells[best] == 0
    assert ax.get_yticklabels()[best[0]].get_text() == chosen.best.family_name
    assert ax.get_xticklabels()[best[1]].get_text() == str(chosen.best.n_components)


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_the_worst_model_does_not_vanish_in_the_background(style):
    models = [FittedModel(K, Full(), 2, "fitted", bic=float(b)) for K, b in enumerate((1, 90, 2000), 1)]
    with plt.style.context(style):
        ax = plots.criterion_map(models)
        ax.figure.canvas.draw()
        background = np.array(plt.matplotlib.colors.to_rgb(ax.get_facecolor()))
    colours = ax.collections[0].get_facecolors()[:, :3]
    assert (np.abs(colours - background).max(axis=1) > 0.05).all()


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_the_figure_of_both(chosen, style):
    with plt.style.context(style):
        figure = chosen.plot()
        figure.canvas.draw()
        curves, cells, bar = figure.axes
        assert curves.get_xlabel() == cells.get_xlabel() == "number of components"
        assert bar.get_ylabel() == "BIC above the best"
    ax = plt.figure().gca()
    assert chosen.plot(ax=ax) is ax.figure


def test_what_cannot_be_drawn(chosen):
    with pytest.raises(InputTypeError, match="selection is of type int"):
        plots.criterion_curves(5)
    with pytest.raises(InputError, match="cv"):
        plots.criterion_map(chosen, "cv")
