"""Dimension reduction: laws of directions and eigenvalues, rows as they are, classifiers, and messages."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from gaussmix import GaussianMixture, Mixture, MixtureClassifier, datasets, reduce_dimension
from gaussmix.errors import InputError, InputTypeError
from gaussmix.uniform import Uniform

SHARES = st.sampled_from([0.0, 0.3, 1.0])


def drawn(K, D, seed, n=100):
    mixture = datasets.random_mixture(K, D, random_state=seed)
    return mixture, mixture.sample(n, random_state=seed)[0]


@given(st.integers(2, 5), st.integers(1, 5), SHARES, st.integers(0, 1000))
@settings(max_examples=30)
def test_the_eigenproblem_is_solved(K, D, share, seed):
    mixture, X = drawn(K, D, seed)
    found = reduce_dimension(mixture, X, means_share=share)
    spread, centre, dense = np.cov(X.T, ddof=0).reshape(D, D), X.mean(axis=0), mixture.covariances.dense()
    inverse, p = np.linalg.inv(spread), mixture.weights
    between = sum(w * np.outer(m - centre, m - centre) for w, m in zip(p, mixture.means, strict=True))
    apart = dense - np.tensordot(p, dense, axes=1)
    M = 2 * share * between @ inverse @ between
    M += 2 * (1 - share) * sum(w * a @ inverse @ a for w, a in zip(p, apart, strict=True))
    for value, v in zip(found.eigenvalues, found.directions.T, strict=True):
        np.testing.assert_allclose(M @ v, value * spread @ v, rtol=1e-6, atol=1e-8 * np.abs(M).max())
    assert (np.diff(found.eigenvalues) <= 1e-12).all()
    np.testing.assert_allclose(np.linalg.norm(found.directions, axis=0), 1.0)
    np.testing.assert_allclose(found.from_means + found.from_covariances, found.eigenvalues, rtol=1e-8)
    assert found.n_directions <= (min(D, K) if share == 1.0 else D)
    assert found.cumulative_shares[-1] == pytest.approx(1.0)


@given(st.integers(2, 4), st.integers(1, 4), SHARES, st.integers(0, 1000))
@settings(max_examples=20)
def test_nothing_depends_on_the_units(K, D, share, seed):
    mixture, X = drawn(K, D, seed)
    rng = np.random.default_rng(seed)
    A, b = rng.normal(size=(D, D)) + 3 * np.eye(D), 50.0 * rng.normal(size=D)
    moved = (A @ mixture) + b, X @ A.T + b
    try:
        here = reduce_dimension(mixture, X, means_share=share)
    except InputError:
        with pytest.raises(InputError, match="differ in no direction"):
            reduce_dimension(*moved, means_share=share)
        return
    there = reduce_dimension(*moved, means_share=share)
    np.testing.assert_allclose(there.eigenvalues, here.eigenvalues, rtol=1e-6, atol=1e-9)
    for one, other in zip(here.transform(X).T, there.transform(X @ A.T + b).T, strict=True):
        assert abs(np.corrcoef(one, other)[0, 1]) == pytest.approx(1.0, abs=1e-5)


@given(st.integers(2, 4), st.integers(2, 4), st.integers(0, 1000))
@settings(max_examples=20)
def test_the_mixture_moves_with_the_rows(K, D, seed):
    mixture, X = drawn(K, D, seed)
    found = reduce_dimension(mixture, X, means_share=0.5)
    np.testing.assert_allclose(found.projection.means, found.transform(mixture.means), atol=1e-9)
    assert found.projection.feature_names[0] == "direction 1"
    if found.n_directions == D:
        # A regular map keeps the responsibilities.
        np.testing.assert_allclose(
            found.projection.responsibilities(found.transform(X)), mixture.responsibilities(X), atol=1e-6
        )


def test_linear_discriminants_are_found():
    X, y = datasets.load_penguins(as_frame=True).data.dropna(), None
    y = datasets.load_penguins(as_frame=True).target[X.index].to_numpy()
    X = X.to_numpy()
    model = MixtureClassifier(1, random_state=0).fit(X, y)
    found = reduce_dimension(model, X)
    theirs = LinearDiscriminantAnalysis(n_components=2).fit(X, y).transform(X)
    for one, other in zip(found.transform(X).T, theirs.T, strict=True):
        assert abs(np.corrcoef(one, other)[0, 1]) == pytest.approx(1.0, abs=1e-6)
    assert found.classes.tolist() == model.classes_.tolist()
    assert found.component_classes.tolist() == [0, 1, 2]


def test_weights_are_frequencies():
    mixture, X = drawn(3, 3, 1)
    w = np.random.default_rng(0).integers(0, 4, len(X)).astype(float)
    weighted = reduce_dimension(mixture, X, sample_weight=w)
    repeated = reduce_dimension(mixture, np.repeat(X, w.astype(int), axis=0))
    np.testing.assert_allclose(weighted.eigenvalues, repeated.eigenvalues)
    np.testing.assert_allclose(weighted.directions, repeated.directions)


def test_without_complete_rows_the_mixture_speaks():
    mixture, X = drawn(3, 3, 2)
    X[::5, 0] = np.nan
    alone, holed = reduce_dimension(mixture), reduce_dimension(mixture, X)
    np.testing.assert_allclose(alone.directions, holed.directions)
    noisy = Mixture(
        0.9 * mixture.weights,
        mixture.means,
        mixture.covariances,
        uniform=Uniform(0.1, np.full(3, -50.0), np.full(3, 50.0), 3 * np.log(100.0)),
    )
    np.testing.assert_allclose(reduce_dimension(noisy, X[1:5]).directions, alone.directions)
    with pytest.raises(
        InputError, match=re.escape("X[0] has a missing value, and directions need complete rows")
    ):
        holed.transform(X)


def test_constant_and_dependent_columns_add_no_direction():
    mixture, X = drawn(3, 2, 3)
    wide = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    rows = np.column_stack([X @ wide.T, np.full(len(X), 7.0)])
    model = Mixture(
        mixture.weights,
        np.column_stack([mixture.means @ wide.T, np.full(3, 7.0)]),
        [np.pad(wide @ S @ wide.T, (0, 1)) + 1e-9 * np.eye(4) for S in mixture.covariances.dense()],
    )
    narrow = reduce_dimension(mixture, X)
    np.testing.assert_allclose(reduce_dimension(model, rows).eigenvalues, narrow.eigenvalues, rtol=1e-4)


def test_what_is_printed():
    found = reduce_dimension(GaussianMixture(2, random_state=0).fit(drawn(2, 3, 0)[1]), means_share=0.5)
    assert re.fullmatch(r"<DimensionReduction: 3 of 3 directions, eigenvalues [\d., e-]+>", repr(found))


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (
            lambda m, X: reduce_dimension(m, X, means_share=2),
            InputError,
            "means_share is 2: give a number from 0 to 1",
        ),
        (lambda m, X: reduce_dimension(m, X, means_share="all"), InputTypeError, "means_share is 'all'"),
        (lambda m, X: reduce_dimension(m, X[:, :1]), InputError, "X has 1 features, but the mixture has 2"),
        (lambda m, X: reduce_dimension(m, X).transform(X[:, :1]), InputError, "X has 1 features"),
        (lambda m, X: reduce_dimension(GaussianMixture(2), X), InputError, "holds no fitted mixture"),
        (lambda m, X: reduce_dimension(X), InputTypeError, "reduce_dimension needs a Mixture"),
        (lambda m, X: reduce_dimension(m.take([0])), InputError, "the components differ in no direction"),
    ],
)
def test_bad_input_gets_a_sentence(call, kind, message):
    with pytest.raises(kind, match=re.escape(message)):
        call(*drawn(2, 2, 0))


def test_a_map_to_other_columns_is_a_mixture_too():
    mixture, _ = drawn(3, 5, 0)
    A = np.random.default_rng(0).normal(size=(2, 5))
    moved = A @ mixture
    np.testing.assert_allclose(moved.means, mixture.means @ A.T)
    np.testing.assert_allclose(moved.covariances.dense(), A @ mixture.covariances.dense() @ A.T)
    assert (np.eye(5)[:3] @ mixture.named(tuple("abcde"))).feature_names is None
