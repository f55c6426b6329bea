"""Agglomeration: losses of mergers are differences of log-determinants, and small parts of clusters find together."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix.search.raced_moves.agglomeration import Parts, agglomerated, estimate, merge_gains, shared_gains

from ..support import NAMES, assert_close, clusters
from .tables import CENTRES, FAMILY, OWN, SHARED, table_of

all_names = pytest.mark.parametrize("name", NAMES)


def moments(X, labels, full, weights=None):
    """The moments of parts of rows."""
    weights = np.ones(len(X)) if weights is None else weights
    counts, means, scatter = [], [], []
    for k in range(labels.max() + 1):
        x, w = X[labels == k], weights[labels == k]
        counts.append(w.sum())
        means.append(w @ x / w.sum())
        y = x - means[-1]
        scatter.append((w * y.T) @ y if full else w @ y**2)
    return Parts(np.array(counts), np.array(means), np.array(scatter))


def parts_of(name, n=120, M=5, D=3, seed=0):
    rng = np.random.default_rng(seed)
    X = clusters(rng, n, M, D)
    labels = np.concatenate([np.arange(M), rng.integers(0, M, n - M)])
    data = table_of(X, FAMILY[name], K=M)
    rows = np.argsort(rng.random(len(data.X)))[:n]
    return data, moments(data.X[rows], labels[: len(rows)], data.model.full)


def log_det(name, scatter, count):
    """log |Σ| of a scatter in the layout, as the family would have it, by NumPy alone."""
    if scatter.ndim == 2:
        return np.linalg.slogdet(scatter / count)[1]
    if "spherical" in name:
        return len(scatter) * np.log(scatter.mean() / count)
    return np.log(scatter / count).sum()


@all_names
def test_two_parts_as_one_have_the_moments_of_their_rows(name):
    rng = np.random.default_rng(1)
    X, labels, w = clusters(rng, 60, 3, 2), np.arange(60) % 3, rng.uniform(0.1, 2.0, 60)
    full = FAMILY[name].frame.full
    apart, one = moments(X, labels, full, w), moments(X, np.minimum(labels, 1), full, w)
    joined = apart.joined(np.array([1]), np.array([2]))
    for array in ("counts", "means", "scatter"):
        assert_close(getattr(joined, array)[0], getattr(one, array)[1])


@pytest.mark.parametrize("lean", [0.0, 4.0])
@pytest.mark.parametrize("name", OWN)
def test_gains_of_mergers_are_differences_of_log_determinants(name, lean):
    data, parts = parts_of(name)
    i, k = np.triu_indices(5, 1)
    pooled = lean * parts.scatter.sum(axis=0) / parts.counts.sum()

    def term(count, scatter):
        return count * log_det(name, scatter + pooled, count + lean)

    expected = []
    for a, b in zip(i, k, strict=True):
        n, shift = parts.counts[[a, b]], parts.means[a] - parts.means[b]
        between = np.outer(shift, shift) if parts.frame.full else shift**2
        both = parts.scatter[a] + parts.scatter[b] + n.prod() / n.sum() * between
        single = sum(term(parts.counts[c], parts.scatter[c]) for c in (a, b))
        expected.append(-0.5 * (term(n.sum(), both) - single))
    assert_close(merge_gains(data, parts, i, k, lean), expected)


@pytest.mark.parametrize("name", SHARED)
def test_gains_of_mergers_under_a_shared_covariance(name):
    data, parts = parts_of(name)
    i, k = np.triu_indices(5, 1)
    S, N = parts.scatter.sum(axis=0), data.total_weight
    expected = []
    for a, b in zip(i, k, strict=True):
        n, shift = parts.counts[[a, b]], parts.means[a] - parts.means[b]
        between = n.prod() / n.sum() * (np.outer(shift, shift) if parts.frame.full else shift**2)
        expected.append(-0.5 * N * (log_det(name, S + between, N) - log_det(name, S, N)))
    assert_close(merge_gains(data, parts, i, k), expected)
    assert_close(merge_gains(data, parts, i, k, 4.0), expected)  # leaning changes nothing that is shared


@pytest.mark.parametrize("name", SHARED)
def test_what_a_cut_takes_from_a_shared_covariance(name):
    data, parts = parts_of(name)
    S, N = parts.scatter.sum(axis=0), data.total_weight
    shifts = np.random.default_rng(3).standard_normal((4, 3))
    shares = np.array([0.1, 2.0, 5.0, -3.0])
    products = shifts[:, :, None] * shifts[:, None, :] if parts.frame.full else shifts**2
    after = [log_det(name, S + c * product, N) for c, product in zip(shares, products, strict=True)]
    expected = -0.5 * N * (np.array(after) - log_det(name, S, N))
    assert_close(shared_gains(data, S, shares, shifts), expected)


@all_names
def test_a_merger_never_gains(name):
    data, parts = parts_of(name, seed=2)
    i, k = np.triu_indices(5, 1)
    assert (merge_gains(data, parts, i, k) <= 1e-9).all()
    assert_close(merge_gains(data, parts, k, i), merge_gains(data, parts, i, k))


def micro_clusters(shapes, per_cluster=5, rows=9, seed=0):
    """Clusters in parts along their longest axis."""
    rng = np.random.default_rng(seed)
    X, part, truth = [], [], []
    for c, centre in enumerate(4.0 * CENTRES):
        x = rng.standard_normal((per_cluster * rows, 2)) @ shapes[c % len(shapes)].T
        order = np.argsort(x @ shapes[c % len(shapes)][:, 0])
        X.append(centre + x[order])
        part.append(c * per_cluster + np.arange(per_cluster).repeat(rows))
        truth += [c] * per_cluster
    return np.concatenate(X), np.concatenate(part), np.array(truth)


def turned(angle):
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s], [s, c]]) @ np.diag([3.0, 0.3])


SHAPES = {
    "full": [turned(0.7), turned(-0.9), turned(2.0)],
    "tied": [turned(0.7)],
    "diag": [np.diag([3.0, 0.3]), np.diag([0.3, 3.0])],
    "tied-diag": [np.diag([3.0, 0.3])],
    "spherical": [np.eye(2), 3.0 * np.eye(2)],
    "tied-spherical": [np.eye(2)],
}


def same_partition(a, b):
    return len(set(zip(a, b, strict=True))) == len(set(a)) == len(set(b))


@all_names
@pytest.mark.parametrize("seed", range(4))
def test_parts_of_clusters_find_together(name, seed):
    X, labels, truth = micro_clusters(SHAPES[name], seed=seed)
    shuffled = np.random.default_rng(seed).permutation(len(truth))
    labels = np.argsort(shuffled)[labels]
    data = table_of(X, FAMILY[name], K=4)
    parts = moments(X, labels, data.model.full)
    found = agglomerated(data, parts, 4)
    assert same_partition(found, truth[shuffled])
    assert set(found) == set(range(4))


@all_names
def test_all_numbers_of_parts(name):
    data, parts = parts_of(name, M=7)
    for K in range(1, 8):
        labels = agglomerated(data, parts, K)
        assert set(labels) == set(range(K))
    assert agglomerated(data, parts, 7).tolist() == list(range(7))


@all_names
def test_parts_of_one_row(name):
    X, labels, truth = micro_clusters(SHAPES[name])
    labels[::15] = len(truth) + np.arange(len(X[::15]))  # three rows of each cluster alone
    data = table_of(X, FAMILY[name], K=4)
    parts = moments(X, labels, data.model.full)
    assert not parts.scatter[len(truth) :].any()
    found = agglomerated(data, parts, 4)
    assert same_partition(found[: len(truth)], truth)
    assert set(found) == set(range(4))


@all_names
def test_the_order_of_parts_does_not_matter(name):
    data, parts = parts_of(name, M=9, n=200)
    order = np.random.default_rng(0).permutation(9)
    moved = Parts(parts.counts[order], parts.means[order], parts.scatter[order])
    assert same_partition(agglomerated(data, parts, 3)[order], agglomerated(data, moved, 3))


def test_estimates_keep_the_floor():
    data, _ = parts_of("full")
    flat = np.zeros((1, 3, 3))
    assert np.linalg.eigvalsh(estimate(data, flat, np.array([10.0])).dense()[0]).min() > 0
