"""Moments add: commutative, associative to rounding, zero neutral, any partition of the rows the same."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaussmix.blocks import Block
from gaussmix.em import e_step, given_step
from gaussmix.moments import Moments

from ..support import FAMILIES, NAMES, assert_close, assert_same_moments, random_mixture

SEEDS = st.integers(0, 2**32 - 1)
FAMILY = st.sampled_from(FAMILIES)


def problem(seed, family, n=40, offset=0.0):
    rng = np.random.default_rng(seed)
    K, D = int(rng.integers(1, 5)), int(rng.integers(1, 5))
    mixture = random_mixture(rng, K, D, family) + offset
    X = mixture.sample(n, rng)[0] + 0.1 * rng.standard_normal((n, D))
    weights = rng.integers(0, 4, n) + rng.choice([0.0, 0.5], n)
    weights[0] = 1.0
    return mixture, X, weights, rng


@given(SEEDS, FAMILY)
def test_addition(seed, family):
    mixture, X, weights, _ = problem(seed, family)
    a, b, c = (
        e_step(mixture.densities, Block(X[s], weights[s]))
        for s in (slice(0, 9), slice(9, 25), slice(25, None))
    )
    zero = Moments.zero(family.frame, mixture.means)
    assert_same_moments(a + b, b + a, rtol=0.0)
    assert_same_moments((a + b) + c, a + (b + c), rtol=1e-13)
    assert_same_moments(zero + a, a, rtol=0.0)
    assert_same_moments(a + zero, a, rtol=0.0)


@given(SEEDS, FAMILY, st.sampled_from([0.0, 1e6]), st.lists(st.integers(0, 40), max_size=8))
def test_any_partition_of_the_rows(seed, family, offset, cuts):
    mixture, X, weights, _ = problem(seed, family, offset=offset)
    ends = [0, *sorted(cuts), len(X)]
    parts = [e_step(mixture.densities, Block(X[a:b], weights[a:b])) for a, b in pairwise(ends)]
    total = sum(parts, Moments.zero(family.frame, mixture.means))
    assert_same_moments(total, e_step(mixture.densities, Block(X, weights)), rtol=1e-8 if offset else 1e-11)


@given(SEEDS, FAMILY)
def test_order_of_the_rows(seed, family):
    mixture, X, weights, rng = problem(seed, family)
    order = rng.permutation(len(X))
    shuffled = e_step(mixture.densities, Block(X[order], weights[order]))
    assert_same_moments(shuffled, e_step(mixture.densities, Block(X, weights)), rtol=1e-11)


@given(SEEDS, FAMILY)
def test_a_weight_is_a_number_of_copies(seed, family):
    mixture, X, _, rng = problem(seed, family)
    copies = rng.integers(0, 4, len(X))
    weighted = e_step(mixture.densities, Block(X, copies.astype(float)))
    repeated = e_step(mixture.densities, Block(np.repeat(X, copies, axis=0)))
    assert_same_moments(weighted, repeated, rtol=1e-11)


@given(SEEDS, FAMILY, st.floats(0.01, 100))
def test_scale(seed, family, factor):
    mixture, X, weights, _ = problem(seed, family)
    scaled = e_step(mixture.densities, Block(X, weights)).scale(factor)
    assert_same_moments(scaled, e_step(mixture.densities, Block(X, weights * factor)), rtol=1e-11)
    assert_close(scaled.means(), e_step(mixture.densities, Block(X, weights)).means(), rtol=1e-11)


@given(SEEDS, FAMILY, st.floats(-100, 100))
def test_recentre_there_and_back(seed, family, shift):
    mixture, X, weights, rng = problem(seed, family)
    moments = e_step(mixture.densities, Block(X, weights))
    reference = mixture.means + shift * rng.standard_normal(mixture.means.shape)
    moved = moments.recentre(reference)
    direct = e_step(mixture.densities, Block(X, weights), reference=reference)
    assert_same_moments(moved, direct, rtol=1e-10)
    assert_same_moments(moved.recentre(mixture.means), moments, rtol=1e-9 * (1 + shift**2))
    size = np.abs(moved.second).max()
    assert_close(moved.scatter(), moments.scatter(), rtol=1e-12, scale=size + 1e-300)
    assert_close(moved.means(), moments.means(), rtol=1e-9 * (1 + abs(shift)))


@given(SEEDS, FAMILY)
def test_adding_about_another_reference(seed, family):
    mixture, X, weights, _ = problem(seed, family)
    a = e_step(mixture.densities, Block(X[:20], weights[:20]))
    b = e_step(mixture.densities, Block(X[20:], weights[20:]), reference=mixture.means + 1.0)
    assert_same_moments(a + b, e_step(mixture.densities, Block(X, weights)), rtol=1e-10)


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_they_are_what_they_say(family):
    mixture, X, weights, _ = problem(11, family)
    moments = e_step(mixture.densities, Block(X, weights))
    r = mixture.responsibilities(X)
    w = r * weights[:, None]
    deviation = X[:, None] - mixture.means
    second = np.einsum("nk,nki,nkj->kij", w, deviation, deviation)
    direct = Moments(
        family.frame,
        mixture.means,
        w.sum(axis=0),
        np.einsum("nk,nkd->kd", w, deviation),
        family.frame.of_dense(second),
        weights @ mixture.log_prob(X),
        weights @ np.log(r.max(axis=1)),
        weights.sum(),
    )
    assert_same_moments(moments, direct, rtol=1e-11)
    assert_same_moments(
        given_step(r, Block(X, weights), mixture.means, family.frame),
        Moments(
            *(getattr(direct, f) for f in ("frame", "reference", "counts", "first", "second")),
            0.0,
            0.0,
            weights.sum(),
        ),
        rtol=1e-11,
    )


@settings(max_examples=20)
@given(SEEDS, FAMILY)
def test_adding_changes_neither(seed, family):
    mixture, X, weights, _ = problem(seed, family)
    a, b = e_step(mixture.densities, Block(X, weights)), e_step(mixture.densities, Block(X, weights))
    before = a.second.copy(), a.first.copy(), a.counts.copy()
    _ = a + b, a.scale(3.0), a.recentre(mixture.means + 1)
    assert all(np.array_equal(x, y) for x, y in zip(before, (a.second, a.first, a.counts), strict=True))
