"""Partial EM against a full E-step with the other components held still, written out."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Mixture, kernels
from gaussmix.covariances.constraints import AddToDiagonal, NoConstraint
from gaussmix.search.local_em import MIN_RESPONSIBILITY, LocalEM
from gaussmix.search.predicted_moves.partial_em import partial_em, replaced, restricted_rows

from ..support import assert_close, clusters, random_mixture
from .tables import FAMILY, OWN, SHARED, scene_with_all_rows, table_of


@pytest.fixture(params=["compiled", "NumPy"])
def _kernel(request, monkeypatch):
    if request.param == "NumPy":
        monkeypatch.setattr(kernels, "em_steps", None)


def example(name, n=300, K=4, D=3, seed=0, **options):
    rng = np.random.default_rng(seed)
    data = table_of(clusters(rng, n, K, D), FAMILY[name], rng.uniform(0.5, 2.0, n), K, **options)
    mixture, _ = LocalEM(data).run(random_mixture(rng, K, D, FAMILY[name], spread=6.0), 5)
    return data, mixture


def frozen_em(data, mixture, moving, iterations, constant=0.0):
    """EM in which only some components move and keep their joint weight; each with its own matrix."""
    X, w, dense = data.X, data.weights, mixture.covariances.dense().copy()
    weights, means = mixture.weights.copy(), mixture.means.copy()
    mass, D = weights[moving].sum(), X.shape[1]
    for _ in range(iterations):
        r = w[:, None] * Mixture(weights, means, dense).responsibilities(X)[:, moving]
        counts = r.sum(axis=0)
        weights[moving] = mass * counts / counts.sum()
        means[moving] = (r.T @ X) / counts[:, None]
        for position, k in enumerate(moving):
            deviations = X - means[k]
            scatter = (r[:, position] * deviations.T) @ deviations / counts[position]
            if data.model.shares:
                continue
            shapes = {
                "full": scatter,
                "diag": np.diag(np.diag(scatter)),
                "spherical": np.eye(D) * np.trace(scatter) / D,
            }
            dense[k] = shapes[data.model.family.single.name] + constant * np.eye(D)
    return weights, means, dense


@pytest.mark.usefixtures("_kernel")
@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("moving", [[1], [0, 2], [3, 1, 0]])
def test_the_others_stand_still(name, moving):
    data, mixture = example(name)
    _, restricted = scene_with_all_rows(data, mixture, moving)
    part, _ = partial_em(data, restricted, restricted.before, 4)
    weights, means, dense = frozen_em(data, mixture, moving, 4)
    assert_close(part.weights, weights[moving], rtol=1e-9)
    assert_close(part.means, means[moving], rtol=1e-9)
    assert_close(part.covariances.dense(), dense[moving], rtol=1e-8)


@pytest.mark.usefixtures("_kernel")
@pytest.mark.parametrize("name", SHARED)
@pytest.mark.parametrize("moving", [[1], [0, 2], [3, 1, 0]])
def test_a_shared_covariance_stands_still_with_the_others(name, moving):
    data, mixture = example(name)
    expectation, restricted = scene_with_all_rows(data, mixture, moving)
    part, gain = partial_em(data, restricted, restricted.before, 4)
    weights, means, dense = frozen_em(data, mixture, moving, 4)
    assert_close(part.weights, weights[moving], rtol=1e-9)
    assert_close(part.means, means[moving], rtol=1e-9)
    assert_close(part.covariances.dense(), dense[moving], rtol=1e-12)
    before_last = partial_em(data, restricted, restricted.before, 3)[0]
    whole = LocalEM(data).expectation(replaced(data, mixture, moving, [before_last]))
    assert_close(gain, whole.objective - expectation.objective, rtol=0.0, atol=1e-7)
    assert gain >= -1e-7


@pytest.mark.usefixtures("_kernel")
@pytest.mark.parametrize("name", OWN)
def test_a_constant_on_the_diagonal(name):
    data, mixture = example(name, constraint=AddToDiagonal(0.3))
    _, restricted = scene_with_all_rows(data, mixture, [0, 1])
    part, _ = partial_em(data, restricted, restricted.before, 3)
    assert_close(part.covariances.dense(), frozen_em(data, mixture, [0, 1], 3, 0.3)[2][[0, 1]], rtol=1e-8)


@pytest.mark.usefixtures("_kernel")
@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("iterations", [1, 2, 5])
def test_the_gain_is_that_of_the_whole_mixture(name, iterations):
    data, mixture = example(name)
    expectation, restricted = scene_with_all_rows(data, mixture, [0, 2])
    _, gain = partial_em(data, restricted, restricted.before, iterations)
    # It is that before the last M-step.
    part = (
        partial_em(data, restricted, restricted.before, iterations - 1)[0]
        if iterations > 1
        else restricted.before
    )
    change = (
        LocalEM(data).expectation(replaced(data, mixture, [0, 2], [part])).objective - expectation.objective
    )
    assert_close(gain, change, rtol=0.0, atol=1e-7)
    assert gain >= -1e-7


@pytest.mark.usefixtures("_kernel")
@pytest.mark.parametrize("name", OWN)
def test_rows_that_are_not_touched_hardly_matter(name):
    data, mixture = example(name)
    expectation, restricted = scene_with_all_rows(data, mixture, [1])
    few = restricted_rows(
        data, expectation, [1], np.flatnonzero(expectation.responsibilities[:, 1] > MIN_RESPONSIBILITY)
    )
    assert len(few.block.X) < len(restricted.block.X)
    part, gain = partial_em(data, few, few.before, 4)
    whole, expected = partial_em(data, restricted, restricted.before, 4)
    assert_close(part.means, whole.means, rtol=0.05)
    assert_close(gain, expected, rtol=0.0, atol=0.5)


@pytest.mark.parametrize("name", OWN)
def test_a_scene_is_what_the_rows_say(name):
    data, mixture = example(name)
    expectation = LocalEM(data).expectation(mixture)
    rows = np.arange(0, len(data.X), 3)
    restricted = restricted_rows(data, expectation, [0, 3], rows)
    assert_close(restricted.share, expectation.responsibilities[rows][:, [0, 3]].sum(axis=1), rtol=1e-12)
    rest = mixture.weights[[1, 2]].sum()
    background = mixture.take([1, 2]).log_prob(restricted.block.X) + np.log(rest)
    both = np.exp(background) + np.exp(mixture.log_joint(restricted.block.X)[:, [0, 3]]).sum(axis=1)
    assert_close(np.log(both), expectation.log_prob[rows], rtol=1e-12)
    shared = restricted.share < 1 - 1e-6
    assert_close(restricted.block.background[shared], background[shared], rtol=1e-6)
    assert_close(restricted.objective, data.weights[rows] @ expectation.log_prob[rows], rtol=1e-12)
    assert restricted.mass == pytest.approx(mixture.weights[[0, 3]].sum())
    assert_close(restricted.before.covariances.dense(), mixture.covariances.dense()[[0, 3]], rtol=1e-9)


@pytest.mark.usefixtures("_kernel")
@pytest.mark.parametrize("name", OWN)
def test_a_component_of_too_few_rows_gains_nothing(name):
    data, mixture = example(name)
    _, restricted = scene_with_all_rows(data, mixture, [0, 1])
    tiny = restricted.before.weights.copy()
    tiny[:] = restricted.mass * (1 - 1e-12), restricted.mass * 1e-12
    far = restricted.before.means + np.array([[0.0] * 3, [1e3] * 3])
    part = Mixture.of(tiny, far, restricted.before.covariances)
    assert partial_em(data, restricted, part, 2)[1] == -np.inf


@pytest.mark.parametrize("name", OWN)
def test_what_is_replaced_stands_behind_the_rest(name):
    data, mixture = example(name)
    _, restricted = scene_with_all_rows(data, mixture, [2, 0])
    after = replaced(data, mixture, [2, 0], [restricted.before])
    assert_close(after.weights, mixture.weights[[1, 3, 2, 0]], rtol=1e-12)
    assert_close(after.means, mixture.means[[1, 3, 2, 0]], rtol=1e-12)
    assert_close(after.covariances.dense(), mixture.covariances.dense()[[1, 3, 2, 0]], rtol=1e-9)
    assert after.family == mixture.family


def test_every_component_may_be_replaced():
    data, mixture = example("full")
    _, restricted = scene_with_all_rows(data, mixture, [0, 1, 2, 3])
    after = replaced(data, mixture, [0, 1, 2, 3], [restricted.before])
    assert_close(after.means, mixture.means, rtol=1e-12)


@pytest.mark.parametrize("name", OWN)
def test_both_kernels_end_at_the_same_place(name, monkeypatch):
    data, mixture = example(name, constraint=NoConstraint())
    _, restricted = scene_with_all_rows(data, mixture, [0, 1])
    compiled, gain = partial_em(data, restricted, restricted.before, 5)
    monkeypatch.setattr(kernels, "em_steps", None)
    plain, expected = partial_em(data, restricted, restricted.before, 5)
    assert_close(compiled.means, plain.means, rtol=1e-9)
    assert_close(gain, expected, rtol=0.0, atol=1e-8)
