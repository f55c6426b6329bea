"""Fits to rows as they are: starts of one component, split-merge moves, rounds."""

from __future__ import annotations

import io
import itertools
import warnings
from contextlib import redirect_stdout

import numpy as np
import pytest

from gaussmix import GaussianMixture, Mixture, datasets
from gaussmix.blocks import Block
from gaussmix.errors import ComponentWarning
from gaussmix.estimation import completion
from gaussmix.estimation import incomplete as incomplete_rows
from gaussmix.estimation.incomplete import _Rounds
from gaussmix.estimation.incomplete_moves import split_merge_moves
from gaussmix.model import Model

from ..support import FAMILIES, NAMES, quiet, random_mixture


def incomplete(kind, seed=0, n=120):
    rng = np.random.default_rng(seed)
    X = rng.multivariate_normal([1.0, -1.0, 2.0], [[2.0, 1.2, 0.0], [1.2, 1.0, 0.3], [0.0, 0.3, 1.0]], n)
    if kind == "holes":
        X[rng.random(X.shape) < 0.3] = np.nan
        return X, {}
    if kind == "errors":
        return X + 0.5 * rng.standard_normal(X.shape), {"noise": np.full(X.shape, 0.25)}
    R = rng.standard_normal((n, 2, 3))
    return np.einsum("nmd,nd->nm", R, X), {"projections": R}


@pytest.mark.parametrize("kind", ["holes", "errors", "projections"])
@pytest.mark.parametrize("family", ["full", "diag", "spherical"])
@pytest.mark.parametrize("search", ["auto", "off"])
def test_no_seed_decides_on_a_single_component(kind, family, search):
    X, known = incomplete(kind)
    models = [
        GaussianMixture(1, covariance_type=family, search=search, random_state=seed).fit(X, **known)
        for seed in (0, 1, None)
    ]
    for model in models[1:]:
        assert np.array_equal(model.means_, models[0].means_)
        assert np.array_equal(model.covariances_, models[0].covariances_)


@pytest.mark.parametrize("holes", [False, True])
@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_moves_keep_the_family_and_the_weights(family, holes):
    mixture = random_mixture(np.random.default_rng(1), 4, 3, family)
    X = mixture.sample(400, random_state=0)[0]
    if holes:
        X[np.random.default_rng(0).random(X.shape) < 0.2] = np.nan
    moves = split_merge_moves(mixture, Block(X, holes=holes), Model(family), 12)
    assert len(moves) == 12
    assert all(move.family == mixture.family and move.n_components == 4 for move in moves)
    for move in moves:
        assert move.weights.sum() == pytest.approx(1.0)
        assert (np.linalg.eigvalsh(move.covariances.dense()) > 0).all()


@pytest.mark.parametrize(("K", "D", "moves"), [(1, 3, 0), (2, 1, 2), (2, 2, 4), (3, 2, 24), (4, 1, 24)])
def test_every_cheap_pair_is_merged_and_every_component_split(K, D, moves):
    """A component has D axes, and a split along each before and after EM; of pairs, the four cheapest."""
    mixture = random_mixture(np.random.default_rng(K), K, D, FAMILIES[0])
    block = Block(mixture.sample(500, random_state=0)[0])
    assert len(split_merge_moves(mixture, block, Model(FAMILIES[0]), 1000)) == moves


@pytest.mark.parametrize("units", [1.0, 1e3, 1e-4])
@pytest.mark.parametrize("seed", range(5))
def test_the_first_move_separates_what_is_joint_and_joins_what_is_split(seed, units):
    """Two components stand for one Gaussian, and one for two: EM alone stays there, a move does not."""
    rng = np.random.default_rng(seed)
    centres = np.array([[0.0, 0.0, 0.0], [9.0, 0.0, 3.0], [12.5, 3.0, 2.0]])
    X = np.repeat(centres, 300, axis=0) + rng.standard_normal((900, 3))
    X[rng.random(X.shape) < 0.2] = np.nan
    scale = np.array([units, 1.0, 1.0])
    stuck = Mixture(
        [1 / 6, 1 / 6, 2 / 3],
        np.array([[-0.7, 0.0, 0.0], [0.7, 0.0, 0.0], [10.75, 1.5, 2.5]]) * scale,
        np.array([np.diag([0.6, 1.0, 1.0])] * 2 + [np.diag([4.0, 3.3, 1.3])]) * np.outer(scale, scale),
    )
    first = split_merge_moves(stuck, Block(X * scale, holes=True), Model(FAMILIES[0]), 1)[0]
    found = first.means[np.argsort(first.means[:, 0])] / scale
    assert np.abs(found - centres).max() < 0.5


def test_moves_find_what_starts_do_not():
    X = datasets.load_airquality().data
    with quiet():
        found = [GaussianMixture(3, random_state=seed).fit(X).score(X) * len(X) for seed in range(4)]
    assert min(found) > -2240.46


@pytest.mark.parametrize("seed", range(3))
def test_moves_find_the_optimum_of_small_components_beside_large_ones(seed):
    """Two small components in one, and a sliver of another: where rounds of completion end without moves."""
    rng = np.random.default_rng([5, seed])
    truth = datasets.random_mixture(6, 6, random_state=seed)
    X = truth.sample(2_500, random_state=seed)[0]
    X[rng.random(X.shape) < 0.2] = np.nan
    with quiet():
        reference = GaussianMixture(6, init_params=truth).fit(X).score(X)
        assert GaussianMixture(6, random_state=seed).fit(X).score(X) > reference - 1e-3


@pytest.mark.parametrize("seed", [0, 2])
def test_a_fit_with_a_noise_component_ends_without_collapsed_components(seed):
    X = datasets.load_chevron().data
    with warnings.catch_warnings():
        warnings.simplefilter("error", ComponentWarning)
        GaussianMixture(9, noise_component=True, random_state=seed).fit(X)


def test_each_round_says_its_number():
    X, _ = incomplete("holes", n=200)
    printed, rounds = io.StringIO(), []
    with quiet(), redirect_stdout(printed):
        GaussianMixture(2, random_state=0, verbose=1, callbacks=lambda step: rounds.append(step.round)).fit(X)
    lines = printed.getvalue().splitlines()
    begun = [line.split("  ")[0] for line in lines if "begins" in line]
    first = [line for line in begun if line.endswith("run 1 begins")]
    assert first == [f"Search, round {i + 1}, run 1 begins" for i in range(len(first))]
    assert begun == sorted(begun)
    assert len(first) > 1
    assert f"Search, best of {len(first)} rounds: " in printed.getvalue()
    assert max(rounds) == len(first)
    with quiet(), redirect_stdout(plain := io.StringIO()):
        GaussianMixture(2, random_state=0, verbose=1).fit(np.nan_to_num(X))
    assert "round" not in plain.getvalue()


def test_the_searches_of_all_rounds_have_one_limit_in_seconds(monkeypatch):
    X, _ = incomplete("holes", n=200)
    rounds, hours = [], itertools.count(0.0, 3600.0)
    monkeypatch.setattr(incomplete_rows.time, "perf_counter", lambda: next(hours))
    with quiet():
        GaussianMixture(
            2, random_state=0, search=3600.0 * 3, callbacks=lambda step: rounds.append(step.round)
        ).fit(X)
    assert max(rounds) == 1


def test_a_column_of_one_value_is_completed_by_it(monkeypatch):
    """A draw about the value would be taken for spread, and every mixture for degenerate."""
    X, _ = incomplete("holes", n=200)
    X = np.column_stack([X, np.where(np.arange(len(X)) % 4, 7.0, np.nan)])
    seen, search = [], completion.search_for_start

    def watched(problem, *rest):
        seen.extend(block.read().X[:, -1] for block in problem.source.parts())
        return search(problem, *rest)

    monkeypatch.setattr(completion, "search_for_start", watched)
    with quiet():
        GaussianMixture(2, random_state=0).fit(X)
    assert seen
    assert all((values == 7.0).all() for values in seen)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_column_of_few_observed_values_is_named_and_the_search_in_doubt(seed):
    """Three values of a component with hundreds of rows lie on a plane: EM ends where it collapses, not at max_iter."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(600, 3)) + 8.0 * np.repeat([0.0, 1.0], 300)[:, None]
    X[:300, 2][rng.random(300) < 0.5] = np.nan
    X[303:, 2] = np.nan
    where = "in column 2, where few values are observed"
    with pytest.warns(ComponentWarning, match=f"component 1 collapsed {where}"):
        model = GaussianMixture(2, random_state=0).fit(X)
    verdict = f"in doubt: a component degenerated {where}; leave such columns out or fit fewer components"
    assert model.trace_.search.verdict == verdict
    assert not model.trace_.search.clear
    assert model.converged_


def test_a_degenerate_mixture_is_no_start_beside_another(monkeypatch):
    """With fewer rows than columns in each component every end is degenerate: one of them is enough."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(24, 12))
    X[rng.random(X.shape) < 0.02] = np.nan
    runs = []
    finished = _Rounds.finished

    def counted(self, ends, block):
        monkeypatch.setattr(_Rounds, "run", lambda own, starts: runs.append(own) or run(own, starts))
        return finished(self, ends, block)

    run = _Rounds.run
    monkeypatch.setattr(_Rounds, "finished", counted)
    with quiet():
        GaussianMixture(3, random_state=0, max_iter=20).fit(X)
    assert len(runs) == 1
