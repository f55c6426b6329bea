"""The compiled trial of a split: what it returns, and the same on every instruction set."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaussmix import Mixture, kernels
from gaussmix.search.local_em import MIN_RESPONSIBILITY, LocalEM
from gaussmix.search.predicted_moves.best_split import best_split, uniforms
from gaussmix.search.predicted_moves.partial_em import restricted_rows

from ..search.tables import FAMILY, OWN, table_of
from ..support import assert_close, clusters

pytestmark = pytest.mark.skipif(kernels.best_split is None, reason="the compiled kernel is not in use")


def trial(X, name, weights=None, seed=0, K=2):
    """A component that answers for many rows, beside others."""
    family, D = FAMILY[name], X.shape[1]
    data = table_of(X, family, weights)
    shares = np.full(K, 1.0 / K)
    start = Mixture.of(
        shares, X[:K].copy(), family.from_dense(np.tile(np.cov(X.T).reshape(D, D), (K, 1, 1)), shares)
    )
    expectation = LocalEM(data).expectation(LocalEM(data).run(start, 8)[0])
    restricted = restricted_rows(
        data, expectation, [0], np.flatnonzero(expectation.responsibilities[:, 0] > MIN_RESPONSIBILITY)
    )
    uniform = uniforms(data, np.random.default_rng(seed))
    return data, restricted, (expectation.mixture.means[0], restricted.before.covariances.factors[0], uniform)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.sampled_from(OWN), st.integers(1, 6), st.sampled_from([30, 100, 333]))
def test_the_compiled_trial_against_numpy(seed, name, D, n):
    rng = np.random.default_rng(seed)
    data, restricted, rest = trial(clusters(rng, n, 4, D), name, rng.uniform(0.5, 2.0, n), seed)
    compiled, gain = best_split(data, restricted, *rest)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "best_split", None)
        patch.setattr(kernels, "em_steps", None)
        plain, expected = best_split(data, restricted, *rest)
    assert (compiled is None) == (plain is None)
    if compiled is None:
        return
    assert_close(gain, expected, rtol=1e-6, atol=1e-6)
    order = [np.argsort(part.means[:, 0]) for part in (compiled, plain)]
    for what in ("weights", "means"):
        assert_close(getattr(compiled, what)[order[0]], getattr(plain, what)[order[1]], rtol=1e-5)
    covariances = [p.covariances.dense()[o] for p, o in zip((compiled, plain), order, strict=True)]
    assert_close(*covariances, rtol=1e-5)


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("D", [1, 2, 5, 9])
def test_each_instruction_set_finds_the_same(on_each_set, name, D):
    X = clusters(np.random.default_rng(D), 300, 3, D)
    data, restricted, rest = trial(X, name)
    two, gain = best_split(data, restricted, *rest)
    on_each_set.use("baseline")
    again, expected = best_split(data, restricted, *rest)
    assert_close(gain, expected, rtol=1e-9, atol=1e-9)
    assert_close(np.sort(two.means, axis=0), np.sort(again.means, axis=0), rtol=1e-6)


@pytest.mark.parametrize("name", OWN)
def test_twice_gives_the_same_bits(name):
    data, restricted, rest = trial(clusters(np.random.default_rng(0), 300, 3, 3), name)
    (one, gain), (two, again) = best_split(data, restricted, *rest), best_split(data, restricted, *rest)
    assert gain == again
    assert np.array_equal(one.means, two.means)
    assert np.array_equal(one.covariances.dense(), two.covariances.dense())


@pytest.mark.parametrize("name", OWN)
def test_the_pair_is_one_that_em_leads_up_from(name):
    data, restricted, rest = trial(clusters(np.random.default_rng(1), 300, 3, 2), name)
    two, gain = best_split(data, restricted, *rest)
    joint = [
        np.log(w) + Mixture([1.0], [mean], [dense], family=FAMILY["full"]).log_prob(restricted.block.X)
        for w, mean, dense in zip(two.weights, two.means, two.covariances.dense(), strict=True)
    ]
    objective = restricted.block.weights @ np.logaddexp.reduce([*joint, restricted.block.background])
    assert objective - restricted.objective >= gain - 1e-9
    assert two.weights.sum() == pytest.approx(restricted.mass)
    assert two.weights.min() * data.total_weight >= data.least_rows


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("kind", ["equal", "line", "two values", "far row", "tiny", "large"])
def test_ugly_rows_give_a_pair_or_none(name, kind):
    rng = np.random.default_rng(0)
    X = {
        "equal": lambda: np.ones((40, 2)) + 1e-13 * rng.standard_normal((40, 2)),
        "line": lambda: np.outer(np.arange(40.0), [1.0, 2.0]) + 1e-5 * rng.standard_normal((40, 2)),
        "two values": lambda: (
            np.repeat([[0.0, 0.0], [1.0, 0.0]], 20, axis=0) + 1e-9 * rng.standard_normal((40, 2))
        ),
        "far row": lambda: np.concatenate([rng.standard_normal((40, 2)), [[1e12, 0.0]]]),
        "tiny": lambda: 1e-30 * rng.standard_normal((40, 2)),
        "large": lambda: 1e30 * rng.standard_normal((40, 2)),
    }[kind]()
    data = table_of(X, FAMILY[name])
    covariance = np.cov(X.T) + 1e-12 * np.trace(np.cov(X.T)) * np.eye(2)
    mixture = Mixture.of(
        np.ones(1), X.mean(axis=0)[None], FAMILY[name].from_dense(covariance[None], np.ones(1))
    )
    expectation = LocalEM(data).expectation(mixture)
    restricted = restricted_rows(data, expectation, [0], np.arange(len(data.X)))
    factor = restricted.before.covariances.factors[0]
    two, gain = best_split(data, restricted, mixture.means[0], factor, uniforms(data, rng))
    assert not np.isnan(gain)
    assert gain < np.inf
    if two is not None:
        assert np.isfinite(two.means).all()
        assert np.isfinite(two.covariances.factors).all()
