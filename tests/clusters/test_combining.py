"""Components combined by entropy: laws of the entropies and labels, rows as they are, and messages."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import is_monotonic, is_valid_linkage
from sklearn.cluster import KMeans
from sklearn.model_selection import GridSearchCV

from gaussmix import (
    BayesianGaussianMixture,
    GaussianMixture,
    Mixture,
    MixtureClassifier,
    combine,
    datasets,
    modal_clustering,
    reduce_dimension,
)
from gaussmix.clusters.elbow import change_points
from gaussmix.errors import InputError, InputTypeError
from gaussmix.uniform import Uniform

SIZES = st.integers(1, 6), st.integers(1, 3), st.integers(0, 1000)


def drawn(K, D, seed, n=80):
    mixture = datasets.random_mixture(K, D, random_state=seed)
    return mixture, mixture.sample(n, random_state=seed)[0]


def entropy(t, w=1.0):
    """As it is defined, number by number."""
    return -sum(
        w_n * p * np.log(p) for row, w_n in zip(t, np.broadcast_to(w, len(t)), strict=True) for p in row if p
    )


@given(*SIZES)
@settings(max_examples=30)
def test_every_number_of_clusters(K, D, seed):
    mixture, X = drawn(K, D, seed)
    combined = combine(mixture, X)
    assert len(combined.entropies) == K
    assert len(combined.mergers) == K - 1
    for C in range(1, K + 1):
        groups, t = combined.groups(C), combined.responsibilities(C)
        assert sorted(k for group in groups for k in group) == list(range(K))
        assert len(groups) == C
        np.testing.assert_allclose(t.sum(axis=1), 1.0)
        assert combined.entropies[C - 1] == pytest.approx(entropy(t), abs=1e-9)
        assert np.array_equal(combined.labels(C), t.argmax(axis=1))
        assert np.array_equal(combined.predict(X, C), combined.labels(C))
    assert (np.diff(combined.entropies) >= -1e-9).all()
    assert np.array_equal(combined.labels(K), mixture.predict(X))
    assert 1 <= combined.n_clusters <= K


@given(st.integers(2, 6), st.integers(1, 3), st.integers(0, 1000))
@settings(max_examples=20)
def test_each_merger_is_the_best_one(K, D, seed):
    mixture, X = drawn(K, D, seed)
    combined = combine(mixture, X)
    for C in range(K, 1, -1):
        t = combined.responsibilities(C)
        gains = [
            entropy(t[:, [i, j]]) - entropy(t[:, [i, j]].sum(axis=1, keepdims=True))
            for i in range(C)
            for j in range(i + 1, C)
        ]
        assert combined.mergers[K - C].decrease == pytest.approx(max(gains), abs=1e-9)


@given(st.integers(2, 6), st.integers(0, 1000))
@settings(max_examples=20)
def test_the_tree_is_one_of_scipy(K, seed):
    mixture, X = drawn(K, 2, seed)
    tree = combine(mixture, X).linkage()
    assert is_valid_linkage(tree)
    assert is_monotonic(tree)
    assert tree[-1, 3] == K


@given(st.integers(2, 5), st.integers(0, 1000))
@settings(max_examples=20)
def test_weights_are_frequencies(K, seed):
    mixture, X = drawn(K, 2, seed)
    w = np.random.default_rng(seed).integers(0, 4, len(X)).astype(float)
    weighted, repeated = (
        combine(mixture, X, sample_weight=w),
        combine(mixture, np.repeat(X, w.astype(int), axis=0)),
    )
    np.testing.assert_allclose(weighted.entropies, repeated.entropies, rtol=1e-9, atol=1e-9)
    for one, other in zip(weighted.mergers, repeated.mergers, strict=True):
        assert (one.first, one.second) == (other.first, other.second)
        assert one.n_rows == pytest.approx(other.n_rows)


def test_a_cluster_of_two_components_is_found():
    # A cross, and a disc far from it.
    cross = Mixture(
        [0.3, 0.3, 0.4],
        [[0.0, 0.0], [0.0, 0.0], [20.0, 0.0]],
        [np.diag([9.0, 0.1]), np.diag([0.1, 9.0]), np.eye(2)],
    )
    X = cross.sample(500, random_state=0)[0]
    combined = combine(cross, X)
    assert combined.n_clusters == 2
    assert combined.groups() == ((0, 1), (2,))
    assert repr(combined) == "<Combination: 3 components, 2 clusters at the elbow of the entropy: 0+1, 2>"
    assert str(combined.mergers[0]) == "0 with 1"


@given(
    st.integers(2, 8),
    st.sampled_from([1, 2, 10]),
    st.sampled_from([10.0, 30.0, 100.0]),
    st.sampled_from([20, 1000]),
    st.integers(0, 1000),
)
@settings(max_examples=40)
def test_clusters_that_do_not_overlap_are_not_combined(K, D, distance, n, seed):
    rng = np.random.default_rng(seed)
    corners = rng.permutation(9)[:K]
    places = np.zeros((K, D))
    places[:, 0] = corners
    if D > 1:
        places[:, :2] = np.stack([corners // 3, corners % 3], axis=1)
    apart = Mixture(rng.dirichlet(np.full(K, 3.0)), distance * places, np.ones(K))
    X = apart.sample(n, random_state=seed)[0]
    w = rng.uniform(0.5, 2.0, n)
    for scale in (1e-9, 1.0, 1e9):
        combined = combine(apart, X, sample_weight=scale * w)
        pieces = [(2, False), (3, False), (2, True), (3, True)]
        assert {combined.elbow(m, normalized=normalized) for m, normalized in pieces} == {K}
        assert combined.groups() == tuple((k,) for k in range(K))
        assert (np.diff(combined.entropies) >= 0).all()
        assert is_monotonic(combined.linkage())
    assert repr(combined).startswith(f"<Combination: {K} components, {K} clusters, none combined: 0, 1")


@pytest.mark.parametrize("share", [0.5, 0.05, 0.002])
@pytest.mark.parametrize("covariances", [[np.eye(2), np.eye(2)], [np.diag([9.0, 0.1]), np.diag([0.1, 9.0])]])
def test_one_small_cluster_of_two_components_is_found_among_others(share, covariances):
    others = np.full(4, (1.0 - share) / 4)
    places = [[0, 0], [0, 0], [100, 0], [0, 100], [100, 100], [0, 200]]
    mixture = Mixture([share / 2, share / 2, *others], places, [*covariances, *np.tile(np.eye(2), (4, 1, 1))])
    combined = combine(mixture, mixture.sample(10_000, random_state=0)[0])
    assert combined.groups() == ((0, 1), (2,), (3,), (4,), (5,))


@given(st.integers(2, 5), st.integers(0, 1000))
@settings(max_examples=20)
def test_the_overlap_is_a_share_of_the_decrease_for_equal_clusters(K, seed):
    mixture, X = drawn(K, 2, seed)
    w = np.random.default_rng(seed).uniform(0.0, 2.0, len(X))
    combined = combine(mixture, X, sample_weight=w)
    for merger in combined.mergers:
        groups = [list(merger.first), list(merger.second)]
        sizes = [w @ combined.component_responsibilities[:, group].sum(axis=1) for group in groups]
        sizes = np.maximum(sizes, w.sum() / 1000)
        assert merger.overlap == pytest.approx(
            merger.decrease / (sizes.sum() * entropy([sizes / sizes.sum()]))
        )
        assert 0.0 <= merger.overlap <= 1.0


def test_equal_components_overlap_completely():
    combined = combine(Mixture([0.9, 0.1], [[0.0], [0.0]], [1.0, 1.0]), np.arange(5.0)[:, None])
    assert combined.mergers[0].overlap == pytest.approx(1.0)


def test_components_without_rows_take_no_part():
    X = datasets.load_faithful().data
    model = BayesianGaussianMixture(10, random_state=0).fit(X)
    assert model.n_active_ == 2
    combined = combine(model, X)
    assert combined.mixture == model.pruned()
    assert np.bincount(combined.labels()).tolist() == [175, 97]


def test_one_component():
    combined = combine(Mixture([1.0], [[0.0]], [1.0]), [[0.0], [1.0]])
    assert (combined.n_clusters, combined.groups(), combined.mergers) == (1, ((0,),), ())
    assert combined.linkage().shape == (0, 4)
    assert repr(combined) == "<Combination: 1 component, 1 cluster, none combined: 0>"


def test_the_uniform_component_stays_apart():
    noisy = Mixture(
        [0.3, 0.3],
        [[0.0], [1.0]],
        [1.0, 1.0],
        uniform=Uniform(
            weight=0.4, lower=np.array([-50.0]), upper=np.array([50.0]), log_volume=np.log(100.0)
        ),
    )
    X = noisy.sample(200, random_state=0)[0]
    combined = combine(noisy, X)
    assert combined.groups(1) == ((0, 1),)
    assert np.array_equal(combined.labels(1) == -1, noisy.predict(X) == -1)
    assert combined.entropies[0] == pytest.approx(entropy(combined.responsibilities(1)))


def test_missing_values_and_errors_reach_the_responsibilities():
    mixture, X = drawn(3, 2, 5)
    X[::7, 0] = np.nan
    errors = np.full(X.shape, 0.1)
    combined = combine(mixture, X, noise=errors)
    np.testing.assert_allclose(combined.component_responsibilities, mixture.responsibilities(X, errors))


def test_estimators_of_gaussmix_and_of_scikit_learn():
    from sklearn.mixture import GaussianMixture as Theirs

    X = datasets.load_faithful().data
    for model in (GaussianMixture(3, random_state=0), Theirs(3, random_state=0)):
        assert combine(model.fit(X), X).groups(1) == ((0, 1, 2),)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda m, X: combine(m, X).labels(4), InputError, "n_clusters is 4, and there are 3 components"),
        (lambda m, X: combine(m, X).labels(0), InputError, "n_clusters is 0"),
        (lambda m, X: combine(m, X).elbow(4), InputError, "n_pieces is 4: give 2 or 3"),
        (lambda m, X: combine(m, X[:, :1]), InputError, "X has 1 features, but the mixture has 2"),
        (lambda m, X: combine(m, X, sample_weight=[1.0]), InputError, "sample_weight.shape == (1,)"),
        (lambda m, X: combine(GaussianMixture(2), X), InputError, "holds no fitted mixture"),
        (
            lambda m, X: combine(X, X),
            InputTypeError,
            "combine needs a Mixture or a fitted estimator of one, such as GaussianMixture, and this is of",
        ),
        (lambda m, X: combine(KMeans(2).fit(X), X), InputTypeError, "and this is of type KMeans."),
        (lambda m, X: combine(GaussianMixture, X), InputTypeError, "and this is of type type."),
        (
            lambda m, X: combine(GridSearchCV(GaussianMixture(), {"n_components": [1, 2]}).fit(X), X),
            InputTypeError,
            "and this is of type GridSearchCV: give its best_estimator_.",
        ),
        (
            lambda m, X: combine(MixtureClassifier().fit(X, X[:, 0] > 0), X),
            InputTypeError,
            "combine needs one mixture, and this is of type MixtureClassifier: give one of its mixtures_.",
        ),
    ],
)
def test_bad_input_gets_a_sentence(call, kind, message):
    with pytest.raises(kind, match=re.escape(message)):
        call(*drawn(3, 2, 0))


@pytest.mark.parametrize(
    ("y", "pieces", "expected"),
    [
        ([0.0, 0.0, 0.0, 5.0, 10.0, 15.0], 2, [2]),
        ([0.0, 1.0, 2.0, 3.0, 10.0], 2, [3]),
        ([0.0, 0.0, 0.0, 2.0, 4.0, 9.0, 14.0], 3, [2, 4]),
        ([0.0, 1.0, 5.0], 2, [1]),
    ],
)
def test_change_points_of_broken_lines(y, pieces, expected):
    assert change_points(np.arange(len(y), dtype=float), np.array(y), pieces) == expected


def test_columns_of_a_data_frame_are_those_of_the_fit():
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(rng.normal(size=(60, 2)) * [1.0, 9.0], columns=["width", "height"])
    model = GaussianMixture(2, random_state=0).fit(rows)
    reduction = reduce_dimension(model, rows)
    for function in (
        lambda X: combine(model, X),
        lambda X: modal_clustering(model, X),
        lambda X: reduce_dimension(model, X),
        reduction.transform,
    ):
        function(rows.to_numpy())
        for other in (rows[["height", "width"]], rows.rename(columns={"width": "depth"})):
            with pytest.raises(
                InputError, match="and those of the fit are 'width', 'height': give the same columns"
            ):
                function(other)
