"""A whole iteration of the compiled kernel against an E-step and an M-step, for each constraint."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaussmix import Full, Mixture, Tied
from gaussmix.blocks import Block
from gaussmix.covariances.constraints import AddToDiagonal, Floor, NoConstraint
from gaussmix.em import e_step, given_step, m_step
from gaussmix.fitting import AbsoluteChange, Aitken, FixedIterations, RelativeChange
from gaussmix.fitting.convergence import pause_of
from gaussmix.kernels import PlainRows, Rule
from gaussmix.model import Model

from ..support import FAMILIES, NAMES, assert_close, clusters, random_mixture
from .cases import LAYOUTS, ROWS

CONSTRAINTS = {
    "none": lambda X: NoConstraint(),
    "a constant": lambda X: AddToDiagonal(1e-3),
    "a constant for each column": lambda X: AddToDiagonal(np.linspace(0.1, 0.2, X.shape[1])),
    "a floor": lambda X: Floor(np.atleast_2d(np.cov(X.T)) + 1e-3 * np.eye(X.shape[1]), 1e-8),
    "a floor that binds": lambda X: Floor(np.atleast_2d(np.cov(X.T)) + 1e-3 * np.eye(X.shape[1]), 0.5),
}
all_families = pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
all_constraints = pytest.mark.parametrize("constraint", CONSTRAINTS.values(), ids=CONSTRAINTS)


def arrays_of(mixture):
    own = mixture.covariances
    in_layout = own.in_frame()
    return [
        np.array(a, order="C")
        for a in (mixture.weights, mixture.means, in_layout, own.factors, mixture.offsets)
    ]


def whole(native, X, weights, mixture, family, constraint):
    """What the compiled iteration says, and the arrays that it leaves."""
    arrays = arrays_of(mixture)
    terms = constraint.terms(X.shape[1], family.frame.full)
    return native.em_steps(PlainRows(X, weights, None), arrays, Rule(*terms, 1.0, *family.pooling), 1), arrays


def in_two(X, weights, mixture, family, constraint):
    moments = e_step(mixture.densities, Block(X, weights))
    return moments, m_step(moments, Model(family, constraint))


def assert_same_step(answer, arrays, X, weights, mixture, family, constraint):
    moments, after = in_two(X, weights, mixture, family, constraint)
    done, log_likelihood, map_entropy = answer
    assert done
    assert_close(log_likelihood, moments.log_likelihood, rtol=1e-12)
    assert_close(map_entropy, moments.map_entropy, rtol=1e-12, scale=max(1.0, moments.total_weight))
    expected = arrays_of(after)
    for found, other in zip(arrays[:2], expected[:2], strict=True):
        assert_close(found, other, rtol=1e-12)
    for k, (found, other) in enumerate(zip(arrays[2], expected[2], strict=True)):
        assert_close(found, other, rtol=1e-9)  # subtracting the square of a shift may lose six digits
        # The factor of a nearly singular matrix is known to its condition times a rounding.
        allowed = 1e-9 * condition(other)
        L = arrays[3][k] if other.ndim == 2 else np.diag(arrays[3][k])
        dense = other if other.ndim == 2 else np.diag(other)
        assert_close(L @ dense @ L.T, np.eye(len(L)), rtol=allowed)
        assert_close(arrays[4][k], expected[4][k], rtol=0.0, atol=allowed * len(L))


def condition(covariance):
    """The condition number of the correlations; variances alone have none."""
    if covariance.ndim == 1:
        return 1.0
    widths = np.sqrt(np.diagonal(covariance))
    return np.linalg.cond(covariance / np.outer(widths, widths))


def assert_untouched(arrays, mixture):
    assert all(np.array_equal(a, b) for a, b in zip(arrays, arrays_of(mixture), strict=True))


@all_families
@all_constraints
@given(
    seed=st.integers(0, 2**32 - 1),
    D=st.integers(1, 9),
    K=st.integers(1, 5),
    n=st.sampled_from([n for n in ROWS if n >= 63]),
    weighted=st.booleans(),
    layout=st.sampled_from(sorted(LAYOUTS)),
)
def test_one_iteration_is_an_e_step_and_an_m_step(
    native, family, constraint, seed, D, K, n, weighted, layout
):
    rng = np.random.default_rng(seed)
    X = LAYOUTS[layout](clusters(rng, n, K, D))
    weights = rng.integers(0, 3, n).astype(float) if weighted else None
    mixture, constraint = random_mixture(rng, K, D, family), constraint(X)
    answer, arrays = whole(native, X, weights, mixture, family, constraint)
    if answer[0]:
        assert_same_step(answer, arrays, X, weights, mixture, family, constraint)
    else:
        assert answer == (0, 0.0, 0.0)
        assert_untouched(arrays, mixture)


@all_families
@pytest.mark.parametrize("name", CONSTRAINTS)
@pytest.mark.parametrize("weighted", [True, False])
def test_it_is_done_where_nothing_is_rare(native, family, name, weighted):
    rng = np.random.default_rng(1)
    mixture = random_mixture(rng, 3, 4, family)
    X = mixture.sample(1000, rng)[0]
    weights = rng.integers(0, 3, 1000).astype(float) if weighted else None
    constraint = CONSTRAINTS[name](X)
    answer, arrays = whole(native, X, weights, mixture, family, constraint)
    assert_same_step(answer, arrays, X, weights, mixture, family, constraint)


def rare_rows(kind):
    """Rows and a mixture for which an M-step needs more than moments about the old means."""
    rng = np.random.default_rng(2)
    X = rng.standard_normal((200, 2))
    means = {"empty": [[0.0, 0.0], [1e6, 1e6]], "jump": [[1e9, 1e9], [1e9 + 1, 1e9]]}.get(kind, np.eye(2))
    if kind == "constant column":
        X[:, 1] = 5.0
    if kind == "columns that agree":
        X[:, 1] = X[:, 0]
    return X, means


@all_families
@pytest.mark.parametrize("kind", ["empty", "jump", "constant column", "columns that agree", "no weight"])
def test_what_is_rare_is_left_alone(native, family, kind):
    X, means = rare_rows(kind)
    mixture = Mixture([0.5, 0.5], means, family.from_dense(np.stack([np.eye(2)] * 2), np.array([0.5, 0.5])))
    weights = np.zeros(len(X)) if kind == "no weight" else None
    answer, arrays = whole(native, X, weights, mixture, family, NoConstraint())
    if kind == "columns that agree" and not family.frame.full:
        assert answer[0]
        return
    assert answer == (0, 0.0, 0.0)
    assert_untouched(arrays, mixture)


@all_families
def test_several_iterations_are_one_after_another(native, family):
    rng = np.random.default_rng(2)
    mixture = random_mixture(rng, 3, 4, family)
    X = mixture.sample(1000, rng)[0]
    terms = CONSTRAINTS["none"](X).terms(4, family.frame.full)
    at_once, one_by_one = arrays_of(mixture), arrays_of(mixture)
    answer = native.em_steps(PlainRows(X, None, None), at_once, Rule(*terms, 1.0, *family.pooling), 5)
    for _ in range(5):
        last = native.em_steps(PlainRows(X, None, None), one_by_one, Rule(*terms, 1.0, *family.pooling), 1)
    assert answer == (5, *last[1:])
    assert all(np.array_equal(a, b) for a, b in zip(at_once, one_by_one, strict=True))


def path_of(arrays, iterations):
    """Arrays with room for a mixture after each iteration."""
    return [np.full((iterations, *array.shape), np.nan) for array in arrays]


@all_families
@pytest.mark.parametrize("name", ["none", "a constant for each column", "a floor"])
def test_every_mixture_on_the_way_is_kept(native, family, name):
    rng = np.random.default_rng(2)
    mixture = random_mixture(rng, 3, 4, family)
    X, weights = mixture.sample(1000, rng)[0], rng.integers(0, 3, 1000).astype(float)
    terms = CONSTRAINTS[name](X).terms(4, family.frame.full)
    one_by_one = arrays_of(mixture)
    path, found, rule = path_of(one_by_one, 5), np.empty(5), Rule(*terms, 1.0, *family.pooling)
    rows = PlainRows(X, weights, None)
    assert native.em_path(rows, (one_by_one, path), rule, None, 1.0, found, 5) == 5
    for i in range(5):
        last = native.em_steps(rows, one_by_one, rule, 1)
        assert found[i] == last[1]
        assert all(np.array_equal(a[i], b) for a, b in zip(path, one_by_one, strict=True))
    few, start = path_of(one_by_one, 3), arrays_of(mixture)
    assert native.em_path(rows, (start, few), rule, None, 1.0, found, 5) == 5
    for i in range(2, 5):
        assert all(np.array_equal(a[i % 3], b[i]) for a, b in zip(few, path, strict=True))


@pytest.mark.parametrize(
    "stop",
    [AbsoluteChange(1e-3), RelativeChange(1e-3), Aitken(1e-2), Aitken(1e-6), FixedIterations()],
    ids=repr,
)
def test_a_path_ends_where_the_rule_holds_first(native, stop):
    rng = np.random.default_rng(2)
    mixture = random_mixture(rng, 3, 4, Full())
    X, terms = mixture.sample(300, rng)[0], Rule(None, None, 1.0, False, False)
    start, found = arrays_of(mixture), np.full(92, -7.0)
    rows, path = PlainRows(X, None, None), path_of(start, 90)
    done = native.em_path(rows, (start, path), terms, pause_of(stop, 1e-9), 300.0, found, 90)
    objectives = found[2 : 2 + done].tolist()
    holds = [stop.converged([-7.0, -7.0, *objectives[:i]]) for i in range(1, done + 1)]
    assert holds == [False] * (done - 1) + [done < 90]
    assert (found[2 + done :] == -7.0).all()


def test_a_path_ends_after_a_fall(native):
    X = np.linspace(0.0, 1.0, 90)[:, None]
    start = arrays_of(Mixture([0.5, 0.5], [[0.2], [0.8]], np.full((2, 1, 1), 0.01)))
    terms, found = Rule(np.array([5.0]), None, 1.0, False, False), np.empty(9)
    for allowed_fall, done in ((1e-9, 2), (np.inf, 9)):
        rows, pause = PlainRows(X, None, None), pause_of(FixedIterations(), allowed_fall)
        assert native.em_path(rows, (start, path_of(start, 9)), terms, pause, 90.0, found, 9) == done
        assert found[1] < found[0]


@pytest.mark.parametrize("kind", ["empty", "jump", "constant column"])
def test_a_path_ends_before_what_is_rare(native, kind):
    X, means = rare_rows(kind)
    mixture = Mixture([0.5, 0.5], means, np.stack([np.eye(2)] * 2))
    start, found, rule = arrays_of(mixture), np.full(3, -7.0), Rule(None, None, 1.0, False, False)
    assert (
        native.em_path(PlainRows(X, None, None), (start, path_of(start, 3)), rule, None, 1.0, found, 3) == 0
    )
    assert (found == -7.0).all()
    assert all(np.array_equal(a, b) for a, b in zip(start, arrays_of(mixture), strict=True))


@all_families
def test_components_that_are_frozen_take_their_part(native, family):
    """One iteration of two components of four, against the four's responsibilities."""
    rng = np.random.default_rng(3)
    mixture = random_mixture(rng, 4, 3, family)
    X = mixture.sample(1000, rng)[0]
    some, rest = mixture.take([0, 1]), mixture.take([2, 3])
    kept, share = mixture.weights[2:].sum(), mixture.weights[:2].sum()
    arrays = arrays_of(some)
    arrays[0], arrays[4] = mixture.weights[:2].copy(), mixture.offsets[:2].copy()
    background = rest.log_prob(X) + np.log(kept)
    terms = CONSTRAINTS["none"](X).terms(3, family.frame.full)
    done, log_likelihood, _ = native.em_steps(
        PlainRows(X, None, background), arrays, Rule(*terms, share, *family.pooling), 1
    )
    moments = given_step(mixture.responsibilities(X)[:, :2], Block(X), some.means, family.frame)
    after = m_step(moments, Model(family))
    assert done == 1
    assert_close(log_likelihood, mixture.log_prob(X).sum(), rtol=1e-12)
    assert_close(arrays[0], share * after.weights, rtol=1e-12)
    assert_close(arrays[1], after.means, rtol=1e-11)
    assert_close(arrays[2], arrays_of(after)[2], rtol=1e-9)


def on_planes(rng, D):
    """Rows of two groups, each on a plane of its own, which together span every dimension."""
    X = rng.standard_normal((300, D)) * np.logspace(0, 3, D)
    group = rng.integers(0, 2, 300)
    X[:, -1] = X[:, 0] + 40.0 * group
    return X, group


@pytest.mark.parametrize("family", [Full(), Tied(Full())], ids=["full", "tied"])
@pytest.mark.parametrize("D", [2, 3, 5, 9, 16])
def test_a_bound_is_met_with_the_digits_of_its_roots(native, family, D):
    X, group = on_planes(np.random.default_rng(D), D)
    means = np.stack([X[group == k].mean(axis=0) for k in (0, 1)])
    dense = np.stack([np.cov(X[group == k].T) + 0.1 * np.eye(D) for k in (0, 1)])
    mixture = Mixture.of(np.array([0.5, 0.5]), means, family.from_dense(dense, np.array([0.5, 0.5])))
    constraint = Floor(np.cov(X.T), 1e-8)
    answer, arrays = whole(native, X, None, mixture, family, constraint)
    _, after = in_two(X, None, mixture, family, constraint)
    assert answer[0] == 1
    assert_close(after.covariances.clearance(constraint), [1.0, 1.0], rtol=1e-4)
    for k, expected in enumerate(arrays_of(after)[3]):
        assert_close(arrays[2][k], after.covariances.dense()[k], rtol=1e-14 * D)
        assert_close(arrays[3][k] @ np.linalg.inv(expected), np.eye(D), rtol=1e-8)
        assert_close(arrays[4][k], after.offsets[k], rtol=1e-10)


def test_a_bound_in_many_columns_is_left_alone(native):
    X, _ = on_planes(np.random.default_rng(0), 17)
    mixture = Mixture([1.0], X.mean(axis=0)[None], np.cov(X.T)[None])
    answer, arrays = whole(native, X, None, mixture, Full(), Floor(np.cov(X.T), 2.0))
    assert answer == (0, 0.0, 0.0)
    assert_untouched(arrays, mixture)


@all_families
def test_rows_that_are_all_equal_meet_the_bound(native, family):
    mixture = Mixture([1.0], [[3.0, 5.0]], family.from_dense(np.eye(2)[None], np.ones(1)))
    X = np.tile([3.0, 5.0], (50, 1))
    answer, arrays = whole(native, X, None, mixture, family, Floor(np.diag([1.0, 4.0]), 1e-8))
    assert_same_step(answer, arrays, X, None, mixture, family, Floor(np.diag([1.0, 4.0]), 1e-8))


def inverted(native, inverses):
    """The factors, the variances and the log-determinants of covariances whose inverses are given, or None."""
    found = np.empty(inverses.shape), np.empty(inverses.shape[:2]), np.empty(len(inverses))
    return found if native.invert(inverses, *found) else None


def test_factors_of_inverse_covariances(native):
    rng = np.random.default_rng(4)
    roots = np.tril(rng.standard_normal((3, 5, 5))) + 2.0 * np.eye(5)
    scales = np.array([1e-6, 1.0, 1e8])[:, None, None]
    inverses = roots.swapaxes(1, 2) @ roots * scales
    factors, variances, log_determinants = inverted(native, inverses)
    assert_close(factors, roots * np.sqrt(scales), rtol=1e-12, atol=1e-18)
    assert_close(variances, np.diagonal(np.linalg.inv(inverses), axis1=1, axis2=2), rtol=1e-10)
    assert_close(log_determinants, -np.linalg.slogdet(inverses)[1], rtol=1e-12)
    rounded = inverses * (1.0 + 1e-7 * np.triu(np.ones((5, 5)), 1))
    assert_close(inverted(native, rounded)[0] @ np.ones(5), factors @ np.ones(5), rtol=1e-5)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda P: P + 1e-3 * np.triu(P, 1), id="not symmetric"),
        pytest.param(lambda P: P - 9.0 * np.eye(2), id="not positive definite"),
        pytest.param(lambda P: P * np.nan, id="not a number"),
    ],
)
def test_matrices_that_are_no_inverse_covariances(native, change):
    good = np.array([[2.0, 1.0], [1.0, 3.0]])
    assert inverted(native, good[None]) is not None
    assert inverted(native, np.stack([good, change(good)])) is None
