"""Candidates: changes of a mixture, what they promise and what they keep."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Mixture, kernels
from gaussmix.engines import ThreadEngine
from gaussmix.search.local_em import LocalEM
from gaussmix.search.predicted_moves.cache import ComponentIds
from gaussmix.search.predicted_moves.proposals import MoveProposer, after

from ..support import NAMES, assert_close
from .tables import CENTRES, FAMILY, four_clusters, misplaced, table_of


def trials_of(data, K=4, seed=0):
    return MoveProposer(LocalEM(data), ComponentIds(K), np.random.default_rng(seed))


def example(name, iterations=30, **options):
    data = table_of(four_clusters()[0], FAMILY[name], **options)
    local_em = LocalEM(data)
    return local_em, local_em.expectation(local_em.run(misplaced(FAMILY[name]), iterations)[0])


def distance_to_centres(mixture):
    """How far each centre of the clusters is from the nearest component."""
    return np.linalg.norm(CENTRES[:, None] - mixture.means, axis=2).min(axis=1)


@pytest.mark.parametrize("name", ["full", "diag", "spherical", "tied", "tied-diag"])
def test_the_best_candidate_mends_what_was_misplaced(name):
    local_em, expectation = example(name, iterations=10)
    best = trials_of(local_em.data).candidates(expectation)[0]
    assert best.removed[0] == 3
    assert set(best.removed[1:]) == {0, 1}
    assert best.gain > 0
    changed = after(local_em.data, expectation.mixture, [best])
    assert distance_to_centres(changed).max() < 2.0
    climbed, objective = local_em.run(changed, 30)
    assert distance_to_centres(climbed).max() < 0.3
    assert objective > expectation.objective


@pytest.mark.parametrize("name", ["full", "diag"])
def test_what_is_promised_is_about_what_is_gained(name):
    local_em, expectation = example(name, iterations=100)
    best = trials_of(local_em.data).candidates(expectation)[0]
    gain = local_em.run(after(local_em.data, expectation.mixture, [best]), 100)[1] - expectation.objective
    assert best.gain == pytest.approx(gain, rel=0.05)


@pytest.mark.parametrize("name", NAMES)
def test_candidates_are_whole_changes_in_order(name):
    local_em, expectation = example(name)
    found = trials_of(local_em.data).candidates(expectation)
    assert [c.gain for c in found] == sorted((c.gain for c in found), reverse=True)
    for candidate in found:
        assert len(set(candidate.removed)) == len(candidate.removed) in (2, 3)
        mass = expectation.mixture.weights[list(candidate.removed)].sum()
        assert_close(sum(part.weights.sum() for part in candidate.parts), mass, rtol=1e-9)
        changed = after(local_em.data, expectation.mixture, [candidate])
        assert changed.n_components == 4
        kept = [k for k in range(4) if k not in candidate.removed]
        assert_close(changed.means[: len(kept)], expectation.mixture.means[kept], rtol=1e-12)
        assert np.isfinite(changed.log_prob(local_em.data.X)).all()


def test_several_disjoint_changes_at_once():
    X, _ = four_clusters(400)
    aside = np.array([100.0, 0.0])
    data = table_of(np.concatenate([X, X + aside]))
    local_em = LocalEM(data)
    one, two = misplaced(), misplaced() + aside
    weights = np.concatenate([one.weights, two.weights]) / 2
    dense = np.concatenate([one.covariances.dense(), two.covariances.dense()])
    both = Mixture(weights, np.concatenate([one.means, two.means]), dense)
    expectation = local_em.expectation(local_em.run(both, 20)[0])
    found = trials_of(data, 8).candidates(expectation)
    here = next(c for c in found if set(c.removed) == {0, 1, 3})
    there = next(c for c in found if set(c.removed) == {4, 5, 7})
    changed, objective = local_em.run(after(data, expectation.mixture, [here, there]), 20)
    assert changed.n_components == 8
    assert objective - expectation.objective == pytest.approx(here.gain + there.gain, rel=0.1)


def test_what_is_known_is_not_tried_again(monkeypatch):
    from gaussmix.search.predicted_moves import proposals as candidates

    local_em, expectation = example("full")
    proposer = trials_of(local_em.data)
    first = proposer.candidates(expectation)
    monkeypatch.setattr(candidates, "best_split", lambda *_: pytest.fail("tried again"))
    monkeypatch.setattr(candidates, "partial_em", lambda *_: pytest.fail("tried again"))
    again = proposer.candidates(expectation)
    assert [(c.gain, c.removed) for c in again] == [(c.gain, c.removed) for c in first]


@pytest.mark.parametrize("name", ["full", "tied-diag"])
def test_threads_change_nothing(name):
    local_em, expectation = example(name)
    serial = trials_of(local_em.data).candidates(expectation)
    with ThreadEngine(3) as engine:
        other = table_of(four_clusters()[0], FAMILY[name], engine=engine)
        threaded = trials_of(other).candidates(expectation)
    assert [(c.gain, c.removed) for c in serial] == [(c.gain, c.removed) for c in threaded]


@pytest.mark.parametrize("name", ["full", "diag", "spherical"])
def test_without_the_compiled_kernel_the_candidates_are_the_same(name, monkeypatch):
    local_em, expectation = example(name)
    compiled = trials_of(local_em.data).candidates(expectation)
    for which in ("best_split", "em_steps"):
        monkeypatch.setattr(kernels, which, None)
    plain = trials_of(local_em.data).candidates(expectation)
    assert {c.removed for c in plain} == {c.removed for c in compiled}
    gains = {c.removed: c.gain for c in plain}
    for candidate in compiled:
        assert gains[candidate.removed] == pytest.approx(candidate.gain, abs=1e-5)


@pytest.mark.parametrize("spread", [0.0, 1e-3])
def test_components_that_no_row_belongs_to(spread):
    rng = np.random.default_rng(0)
    X, K = rng.standard_normal((2000, 2)), 150
    means = spread * rng.standard_normal((K, 2))
    mixture = Mixture(np.full(K, 1 / K), means, np.tile(np.eye(2), (K, 1, 1)))
    data = table_of(X, K=K)
    expectation = LocalEM(data).expectation(mixture)
    assert expectation.responsibilities.max() < 0.01
    assert all(np.isfinite(c.gain) for c in trials_of(data, K).candidates(expectation))


def test_a_component_of_few_rows_is_not_split():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.standard_normal((300, 2)), rng.standard_normal((4, 2)) + 30.0])
    data = table_of(X)
    mixture = Mixture([0.5, 0.48, 0.02], [[0.0, 0.5], [0.0, -0.5], [30.0, 30.0]], [np.eye(2)] * 3)
    expectation = LocalEM(data).expectation(LocalEM(data).run(mixture, 10)[0])
    divided = trials_of(data, 3).splits(expectation)
    assert divided[2] == (None, -np.inf)
    assert divided[0][0] is not None


def test_a_split_leaves_enough_rows_to_both():
    local_em, expectation = example("full")
    for two, gain in trials_of(local_em.data).splits(expectation):
        if two is not None:
            assert two.weights.min() * local_em.data.total_weight >= local_em.data.least_rows
            assert np.isfinite(gain)
