from __future__ import annotations

import inspect
import subprocess
import sys
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from gaussmix import GaussianMixture, Mixture, datasets, plots
from gaussmix.errors import InputError
from gaussmix.search.population import effort

X = datasets.load_faithful().data


def titles(axes: Any) -> list[str]:
    return [ax.get_title(loc="left") for ax in np.ravel(axes)]


@pytest.fixture(scope="module")
def searched() -> tuple[GaussianMixture, Any]:
    rows, _ = datasets.random_mixture(6, 2, random_state=4).sample(600, random_state=0)
    return GaussianMixture(6, random_state=0).fit(rows), rows


def test_an_overview_shows_the_search_where_one_tried_something(
    searched: tuple[GaussianMixture, Any],
) -> None:
    model, rows = searched
    assert model.trace_.search is not None
    assert model.trace_.search.n_tried
    assert titles(plots.overview(model, rows)) == ["Responsibilities", "Density", "Uncertainty", "Search"]


def test_an_overview_shows_em_where_there_was_no_search() -> None:
    model = GaussianMixture(2, search="off", init_params="random_from_data", random_state=0).fit(X)
    assert titles(plots.overview(model, X)) == ["Responsibilities", "Density", "Uncertainty", "EM"]


@pytest.mark.parametrize("K", [1, 2])
def test_a_flat_line_is_left_out(K: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effort, "RETURNS", 3)  # the starts agree: there is no generation
    rows = np.random.default_rng(0).normal(size=(200, 2)) + 30.0 * (np.arange(200) % K)[:, None]
    model = GaussianMixture(K, random_state=0).fit(rows)
    assert titles(plots.overview(model, rows)) == ["Responsibilities", "Density", "Uncertainty"]


def test_an_overview_of_one_column_and_of_a_mixture_leave_no_place_empty() -> None:
    model = GaussianMixture(2, search="off", init_params="random_from_data", random_state=0).fit(X[:, :1])
    assert titles(plots.overview(model, X[:, :1])) == ["Density", "Uncertainty", "EM"]
    assert titles(plots.overview(model.mixture_, X[:, :1])) == ["Density", "Uncertainty"]
    assert len(plots.overview(GaussianMixture(2, random_state=0).fit(X).mixture_, X)) == 3


@pytest.mark.parametrize("columns", [None, (0, 1), ("c", "a"), [3, 2]])
def test_the_panels_show_the_same_part_of_the_plane_and_cut_nothing(columns: Any) -> None:
    drawn = datasets.random_mixture(4, 4, random_state=1)
    mixture = drawn.named(("a", "b", "c", "d"))
    rows = np.concatenate([mixture.sample(100, random_state=0)[0], [[60.0, 50.0, -40.0, 30.0]]])
    one, two, three = plots.overview(mixture, rows, columns=columns)
    assert one.get_xlim() == two.get_xlim() == three.get_xlim()
    assert one.get_ylim() == two.get_ylim() == three.get_ylim()
    rings = np.concatenate([patch.get_xy() for patch in one.patches])
    for values, (low, high) in zip(rings.T, (one.get_xlim(), one.get_ylim()), strict=True):
        assert low <= values.min()
        assert values.max() <= high
    names = one.get_xlabel(), one.get_ylabel()
    shown = rows[:, ["abcd".index(name) for name in names]]
    assert (shown >= [one.get_xlim()[0], one.get_ylim()[0]]).all()
    assert (shown <= [one.get_xlim()[1], one.get_ylim()[1]]).all()


def test_of_many_columns_the_pair_that_tells_most_is_shown() -> None:
    mixture = Mixture(
        [0.5, 0.5], [[0.0, 0.0, 0.0], [0.0, 1.0, 9.0]], [1.0, 1.0], feature_names=["a", "b", "c"]
    )
    ax = plots.overview(mixture, mixture.sample(50, random_state=0)[0])[0]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("b", "c")


def test_an_overview_is_one_figure_that_is_shown_once() -> None:
    # A notebook shows each figure that pyplot knows of, and once more a Figure that is the value of a cell.
    plt.close("all")
    for drawn in (plots.overview(GaussianMixture(2, random_state=0).fit(X), X), plots.pairs(_wide())):
        assert isinstance(drawn, np.ndarray)
        assert not hasattr(drawn, "savefig")
    assert len(plt.get_fignums()) == 2


def _wide(D: int = 4, names: tuple[str, ...] | None = ("a", "b", "c", "d")) -> Mixture:
    return datasets.random_mixture(3, D, random_state=1).named(names)


def test_pairs_have_densities_rows_and_ellipses_in_their_places() -> None:
    mixture = _wide()
    rows = mixture.sample(100, random_state=0)[0]
    axes = plots.pairs(mixture, rows)
    assert axes.shape == (4, 4)
    for line in range(4):
        for column in range(4):
            ax = axes[line, column]
            if line == column:
                total = next(curve for curve in ax.lines if curve.get_label() == "density")
                x, y = total.get_data()
                marginal = mixture.marginal([column])
                np.testing.assert_allclose(y, marginal.pdf(np.asarray(x)[:, None]), rtol=1e-6)
            elif line > column:
                assert len(ax.patches) == 3
                places = np.asarray(ax.collections[0].get_offsets())
                np.testing.assert_allclose(np.sort(places, axis=0), np.sort(rows[:, [column, line]], axis=0))
            else:
                assert len(ax.images) == 1
            assert ax.get_xlim() == axes[0, column].get_xlim()
            if line != column and line > 0:
                assert ax.get_ylim() == axes[line, 0 if line > column else -1].get_ylim()
    assert [ax.get_xlabel() for ax in axes[-1]] == list("abcd")
    assert [ax.get_ylabel() for ax in axes[:, 0]] == list("abcd")
    assert not any(ax.get_xlabel() for ax in axes[:-1].ravel())


@pytest.mark.parametrize(("D", "shown"), [(2, 2), (6, 6), (7, 6), (12, 6)])
def test_pairs_say_which_columns_they_leave_out(D: int, shown: int) -> None:
    axes = plots.pairs(_wide(D, None))
    assert axes.shape == (shown, shown)
    told = axes[0, 0].figure.get_suptitle()
    assert told == (f"{shown} of {D} columns" if shown < D else "")


def test_pairs_say_how_many_rows_they_draw() -> None:
    mixture = _wide(2, None)
    axes = plots.pairs(mixture, mixture.sample(60_000, random_state=0)[0])
    assert axes[0, 0].figure.get_suptitle() == "50,000 of 60,000 rows"


def test_pairs_of_chosen_columns() -> None:
    axes = plots.pairs(_wide(), columns=["d", 0])
    assert [ax.get_xlabel() for ax in axes[-1]] == ["d", "a"]
    with pytest.raises(InputError, match="column 'e' is not known"):
        plots.pairs(_wide(), columns=["a", "e"])
    with pytest.raises(InputError, match="and this plot shows 2"):
        plots.pairs(_wide(), columns=["a"])
    with pytest.raises(InputError, match="use density_1d"):
        plots.pairs(datasets.random_mixture(2, 1, random_state=0))


def test_a_picture_says_what_it_leaves_out(mixture: Mixture) -> None:
    rows = mixture.sample(20_000, random_state=0)[0]
    assert plots.uncertainty(mixture, rows, pixels=20).get_title(loc="right") == "10,000 of 20,000 rows"
    assert plots.density(mixture, rows).get_title(loc="right") == "2,000 of 20,000 rows"
    assert plots.uncertainty(mixture, rows[:10_000], pixels=20).get_title(loc="right") == ""
    assert plots.density(mixture, rows[:2_000]).get_title(loc="right") == ""


def test_what_is_public_is_listed_and_nothing_else() -> None:
    assert dir(plots) == sorted(plots.__all__)
    for name in dir(plots):
        made = getattr(plots, name)
        assert made.__module__.startswith("gaussmix.plots")


@pytest.mark.parametrize("name", plots.__all__)
def test_signatures_name_every_option(name: str) -> None:
    parameters = inspect.signature(getattr(plots, name)).parameters.values()
    assert not [p.name for p in parameters if p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    documented = inspect.getdoc(getattr(plots, name)) or ""
    for parameter in parameters:
        assert parameter.name in documented, parameter.name


@pytest.mark.slow
def test_without_matplotlib_a_sentence_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from gaussmix import Mixture, plots\n"
        "from gaussmix.errors import MissingDependencyError\n"
        "try:\n    plots.density(Mixture([1.0], [[0.0]], [1.0]))\n"
        "except MissingDependencyError as error:\n    print(error)\n"
        "print(plots.palette(3).shape)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "gaussmix[plot]"' in done.stdout
    assert "(3, 3)" in done.stdout
