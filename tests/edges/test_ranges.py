"""Numbers near the ends of what float64 and float32 can hold: the right answer, or one sentence with the value."""

from __future__ import annotations

import importlib

import mpmath
import numpy as np
import pytest

from gaussmix import Full, GaussianMixture, Mixture, MixtureClassifier, Tied, kernels
from gaussmix.classify import ClassMixtures
from gaussmix.errors import GaussmixError, InputError, SingularCovarianceError

from ..support import FAMILIES, NAMES, clusters, fit, quiet, random_mixture

X = clusters(np.random.default_rng(4), 150, 2, 2)
_OPTIONAL = ("em_steps", "em_path", "best_split", "em_sums", "coarse_sums", "em_runs", "em_race", "m_step")


@pytest.fixture(params=["native", "blas", "reference"])
def kernel(request, monkeypatch):
    """Each kernel in its turn as the one in use."""
    if request.param == "native" and kernels.absence():
        pytest.skip("the compiled kernel was not built here")
    module = importlib.import_module(f"gaussmix.kernels.{request.param}")
    monkeypatch.setattr(kernels, "active", module)
    for name in _OPTIONAL:
        monkeypatch.setattr(kernels, name, getattr(module, name, None))
    return module


def exact(mixture, rows, digits=350):
    """Log-densities and responsibilities by arithmetic of so many digits."""
    covariances, K = mixture.covariances.dense(), mixture.n_components
    with mpmath.workdps(digits):
        inverses = [mpmath.matrix(c.tolist()) ** -1 for c in covariances]
        terms = [
            mpmath.log(w) - mpmath.log(mpmath.det(2 * mpmath.pi * mpmath.matrix(c.tolist()))) / 2
            for w, c in zip(mixture.weights.tolist(), covariances, strict=True)
        ]
        log_prob, shares = [], []
        for row in np.asarray(rows, dtype=float).tolist():
            joint = []
            for k in range(K):
                d = mpmath.matrix(
                    [
                        mpmath.mpf(x) - mpmath.mpf(m)
                        for x, m in zip(row, mixture.means[k].tolist(), strict=True)
                    ]
                )
                joint.append(terms[k] - (d.T * inverses[k] * d)[0] / 2)
            top = max(joint)
            weights = [mpmath.exp(j - top) for j in joint]
            log_prob.append(float(top + mpmath.log(sum(weights))))
            shares.append([float(w / sum(weights)) for w in weights])
    return np.array(log_prob), np.array(shares)


def assert_exact(mixture, rows, rtol=1e-9):
    log_prob, shares = exact(mixture, rows)
    np.testing.assert_allclose(mixture.log_prob(rows), log_prob, rtol=rtol)
    np.testing.assert_allclose(mixture.responsibilities(rows), shares, atol=1e-6)
    np.testing.assert_array_equal(mixture.predict(rows), shares.argmax(axis=1))
    np.testing.assert_allclose(mixture.log_joint(rows).max(axis=1), log_prob, rtol=rtol)


def directions(D, n=6):
    rows = np.random.default_rng(1).normal(size=(n, D))
    return np.concatenate([rows, np.eye(D), -np.eye(D)])


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
@pytest.mark.parametrize("distance", [1e3, 1e8, 1e16, 1e20, 1e80, 1e152])
def test_rows_at_any_distance(kernel, family, distance):
    mixture = random_mixture(np.random.default_rng(2), 3, 3, family)
    assert_exact(mixture, directions(3) / 4 * distance)


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
@pytest.mark.parametrize("distance", [1e3, 1e6, 1e9, 1e19, 1e20, 1e38])
def test_rows_of_float32_at_any_distance(kernel, family, distance):
    mixture = random_mixture(np.random.default_rng(3), 3, 2, family)
    rows = (directions(2) / 4 * distance).astype(np.float32)
    # A row in float32 that is not distant has 24 bits, and its square in hundreds of standard deviations twenty.
    log_prob, shares = exact(mixture, rows)
    np.testing.assert_allclose(mixture.log_prob(rows), log_prob, rtol=1e-5)
    np.testing.assert_allclose(mixture.responsibilities(rows), shares, atol=1e-3)
    np.testing.assert_array_equal(mixture.predict(rows), shares.argmax(axis=1))


@pytest.mark.parametrize("apart", [1e3, 1e5, 1e8, 1e20])
def test_rows_of_float32_where_one_component_is_remote(kernel, apart):
    mixture = Mixture([0.3, 0.3, 0.4], [[0.0, 0.0], [3.0, 1.0], [apart, -apart]], [1.0, 0.5, apart**2 / 1e6])
    rows = mixture.sample(200, 0)[0].astype(np.float32)
    np.testing.assert_allclose(
        mixture.responsibilities(rows), mixture.responsibilities(rows.astype(np.float64)), atol=5e-3
    )
    start = {
        "weights_init": mixture.weights,
        "means_init": mixture.means,
        "precisions_init": 1 / mixture.covariances.array,
    }
    models = [
        fit(r, 3, covariance_type="spherical", reg_covar=0, tol=0, max_iter=3, **start)
        for r in (rows, rows.astype(float))
    ]
    np.testing.assert_allclose(models[0].means_[:2], models[1].means_[:2], atol=5e-3)


@pytest.mark.parametrize("scale", [1e-152, 1e-100, 1e-20, 1e20, 1e100, 1e150])
@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_mixtures_of_any_scale(kernel, family, scale):
    base = random_mixture(np.random.default_rng(5), 3, 2, family, condition=2.0)
    mixture = Mixture(base.weights, base.means * scale, base.covariances.array * scale * scale, family=family)
    rows = base.sample(40, 0)[0]
    np.testing.assert_allclose(mixture.responsibilities(rows * scale), base.responsibilities(rows), atol=1e-9)
    np.testing.assert_allclose(
        mixture.log_prob(rows * scale), base.log_prob(rows) - 2 * np.log(scale), rtol=1e-9, atol=1e-9
    )
    np.testing.assert_allclose(mixture.covariance() / scale / scale, base.covariance(), rtol=1e-9)
    np.testing.assert_allclose(
        mixture.condition([0], [scale]).weights, base.condition([0], [1.0]).weights, rtol=1e-8
    )
    np.testing.assert_allclose(mixture.sample(20, 1)[0] / scale, base.sample(20, 1)[0], rtol=1e-7, atol=1e-9)
    for values in (mixture.covariances.precisions(), mixture.covariances.precisions_cholesky()):
        assert np.isfinite(values).all()
    drawn, labels = mixture.sample(30, 1)
    assert np.isfinite(drawn).all()
    assert mixture.marginal([1]).log_prob(drawn[:, [1]]).shape == labels.shape


def test_log_densities_beyond_the_range_are_infinite_and_their_rows_have_components(kernel):
    mixture = Mixture([0.5, 0.5], [[0.0, 0.0], [1e-100, 0.0]], [1e-240, 1e-240])
    rows = np.array([[1e100, 0.0], [-1e100, 1.0], [1e153, -1e153]])
    np.testing.assert_array_equal(mixture.log_prob(rows), -np.inf)
    np.testing.assert_array_equal(mixture.log_joint(rows), -np.inf)
    np.testing.assert_array_equal(mixture.predict(rows), [1, 0, 1])
    np.testing.assert_array_equal(mixture.responsibilities(rows), [[0, 1], [1, 0], [0, 1]])


def test_rows_near_and_far_together(kernel):
    mixture = random_mixture(np.random.default_rng(6), 4, 3, Full())
    near = mixture.sample(500, 0)[0]
    rows = np.concatenate([near[:200], directions(3) * 1e40, near[200:]])
    far = slice(200, 200 + len(directions(3)))
    for method in (mixture.log_prob, mixture.responsibilities, mixture.predict, mixture.log_joint):
        np.testing.assert_allclose(
            np.delete(method(rows), np.r_[far], axis=0), method(near), rtol=1e-9, atol=1e-300
        )
        np.testing.assert_array_equal(method(rows)[far], method(rows[far]))


def test_components_without_weight_take_no_row(kernel):
    mixture = Mixture([0.5, 0.0, 0.5], [[0.0], [1e20], [5.0]], [1.0, 1e30, 1.0])
    shares = mixture.responsibilities([[1e20], [-1e20], [1e150]])
    np.testing.assert_array_equal(shares, [[0, 0, 1], [1, 0, 0], [0, 0, 1]])
    assert mixture.predict([[1e20], [-1e20], [1e150]]).tolist() == [2, 0, 2]


def test_many_columns_far_away(kernel):
    mixture = random_mixture(np.random.default_rng(7), 2, 60, Full())
    unit = np.random.default_rng(8).normal(size=(5, 60))
    # At 1e150 the means are nothing, and so are the weights.
    squares = np.einsum("nd,kde,ne->nk", unit, np.linalg.inv(mixture.covariances.dense()), unit)
    rows = unit * 1e150
    np.testing.assert_array_equal(
        mixture.responsibilities(rows), squares == squares.min(axis=1, keepdims=True)
    )
    np.testing.assert_allclose(mixture.log_prob(rows), -0.5 * squares.min(axis=1) * 1e300, rtol=1e-12)


# --------------------------------------------------------------------------------------- classes, scores, fits


@pytest.mark.parametrize("distance", [1e16, 1e30, 1e152])
def test_classes_of_distant_rows(kernel, distance):
    mixtures = [
        Mixture([0.5, 0.5], [[-1.0, 0.0], [1.0, 3.0]], [1.0, 1.0]),
        Mixture([1.0], [[5.0, 0.0]], [1.0]),
        Mixture([0.3, 0.7], [[0.0, 4.0], [0.0, -9.0]], [1.0, 1.0]),
    ]
    classes = ClassMixtures(np.array([0.2, 0.5, 0.3]), mixtures)
    rows = np.array([[distance, 0.0], [-distance, 0.0], [0.0, distance], [0.0, -distance]])
    np.testing.assert_array_equal(np.exp(classes.log_posterior(rows)).argmax(axis=1), [1, 0, 2, 2])
    np.testing.assert_allclose(np.exp(classes.log_posterior(rows)).sum(axis=1), 1.0)


def test_a_classifier_of_distant_rows(kernel):
    y = (X[:, 0] > np.median(X[:, 0])).astype(int)
    model = MixtureClassifier(1, covariance_type="tied").fit(X, y)
    for scale in (1e17, 1e100):
        probability = model.predict_proba(X[:20] * scale)
        assert np.isfinite(probability).all()
        np.testing.assert_array_equal(
            model.classes_[probability.argmax(axis=1)], model.predict(X[:20] * scale)
        )


def test_scores_of_distant_rows(kernel):
    model = fit(X, 2)
    rows = np.concatenate([X, [[1e120, -1e120]]])
    weights = np.ones(len(rows))
    weights[-1] = 0.0
    assert model.score(rows, sample_weight=weights) == pytest.approx(model.score(X), rel=1e-12)
    assert model.score(rows) == pytest.approx(np.mean(model.score_samples(rows)), rel=1e-12)
    assert np.isfinite([model.bic(rows), model.aic(rows), model.icl(rows)]).all()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("covariance_type", NAMES)
def test_a_start_that_is_far_from_the_rows(kernel, covariance_type, dtype):
    rows = X.astype(dtype)
    base = fit(rows, 2, covariance_type=covariance_type)
    for shift in (1e10, 1e25):
        start = {
            "weights_init": base.weights_,
            "means_init": base.means_ + shift,
            "precisions_init": base.precisions_,
        }
        model = fit(rows, 2, covariance_type=covariance_type, **start)
        assert np.isfinite(model.lower_bounds_).all()
        np.testing.assert_allclose(model.mixture_.mean(), X.mean(axis=0), rtol=1e-5)


@pytest.mark.parametrize("covariance_type", NAMES)
@pytest.mark.parametrize("offset", [1e6, 1e10, 1e13])
def test_a_small_spread_about_a_large_value(kernel, covariance_type, offset):
    step = 2.0**-8
    rows = np.round(X / step) * step
    base, model = (
        fit(
            r,
            2,
            covariance_type=covariance_type,
            means_init=rows[:2] + (r[0, 0] - rows[0, 0]),
            tol=0,
            max_iter=5,
        )
        for r in (rows, rows + offset)
    )
    np.testing.assert_allclose(model.means_ - offset, base.means_, atol=4 * np.spacing(offset))
    np.testing.assert_allclose(model.covariances_, base.covariances_, rtol=1e-2)
    np.testing.assert_allclose(model.predict_proba(rows + offset), base.predict_proba(rows), atol=0.05)


# ---------------------------------------------------------------------------------------------- what is refused


def weighted(weights):
    return GaussianMixture(1).fit(X, sample_weight=weights)


RANGES = {
    "mean": (lambda: Mixture([1.0], [[0.0, 1e154]], [1.0]), r"means\[0, 1\] is 1e\+154, beyond"),
    "full": (
        lambda: Mixture([1.0], [[0.0, 0.0]], [np.eye(2) * 1e308]),
        r"component 0 in column 0 is 1e\+308",
    ),
    "diagonal": (
        lambda: Mixture([0.5, 0.5], np.eye(2)[:, :1] * 1.0, [[1.0], [9e307]]),
        r"component 1 in column 0",
    ),
    "spherical": (lambda: Mixture([1.0], [[0.0, 0.0]], [1.7e308]), r"1.7e\+308, beyond 1e\+307"),
    "tied": (lambda: Mixture([0.5, 0.5], [[0.0], [1.0]], [[1e308]], family=Tied(Full())), "divide column 0"),
    "narrow": (
        lambda: Mixture([1.0], [[0.0, 0.0]], [[[1.0, 0.0], [0.0, 1e-310]]]),
        "component 0 along column 1",
    ),
    "subnormal": (lambda: Mixture([1.0], [[0.0]], [5e-324]), "standard deviation.*multiply column 0"),
    "nearly a line": (
        lambda: Mixture([1.0], [[0.0, 0.0]], [np.array([[1.0, 1 - 1e-14], [1 - 1e-14, 1.0]]) * 1e-300]),
        "multiply column",
    ),
    "affine": (lambda: np.eye(2) * 1e160 @ Mixture([1.0], [[0.0, 1.0]], [1.0]), "means"),
    "affine of variances": (
        lambda: np.eye(2) * 1e200 @ Mixture([1.0], [[0.0, 0.0]], [1.0]),
        "variance of component 0",
    ),
    "affine that shrinks": (
        lambda: np.eye(2) * 1e-160 @ Mixture([1.0], [[0.0, 0.0]], [1.0]),
        "standard deviation",
    ),
    "shift": (lambda: Mixture([1.0], [[0.0]], [1.0]) + 1e200, "means"),
    "condition": (
        lambda: Mixture([1.0], [[0.0, 0.0]], [1.0]).condition([0], [1e200]),
        r"values\[0\] is 1e\+200",
    ),
    "rows": (
        lambda: Mixture([1.0], [[0.0]], [1.0]).log_prob([[1e200]]),
        r"X\[0, 0\] is 1e\+200.*in the mixture too",
    ),
    "rows of a fit": (lambda: fit(X, 2).predict(X * 1e200), "beyond.*in the mixture too"),
    "rows to fit": (lambda: GaussianMixture(2).fit(X * 1e200), "divide column . by a power of ten"),
    "precisions": (
        lambda: fit(
            X, 1, weights_init=[1.0], means_init=[[0.0, 0.0]], precisions_init=np.eye(2)[None] * 1e-309
        ),
        "precisions_init",
    ),
    "precisions that are large": (
        lambda: fit(
            X, 1, covariance_type="spherical", weights_init=[1.0], means_init=X[:1], precisions_init=[1e308]
        ),
        "precisions_init",
    ),
    "precisions that are subnormal": (
        lambda: fit(
            X, 1, covariance_type="diag", weights_init=[1.0], means_init=X[:1], precisions_init=[[1, 1e-320]]
        ),
        "precisions_init",
    ),
    "means to start with": (lambda: fit(X, 1, means_init=[[1e160, 0.0]]), r"means_init\[0, 0\] is 1e\+160"),
    "weights": (
        lambda: weighted(np.full(150, 1e-250)),
        "largest of sample_weight is 1e-250",
    ),
    "subnormal weights": (
        lambda: weighted(np.full(150, 1e-310)),
        "below 1e-100: divide",
    ),
    "huge weights": (
        lambda: weighted(np.full(150, 1e200)),
        r"\[0\] is 1e\+200, beyond",
    ),
    "weights of a score": (
        lambda: fit(X, 1).score(X, sample_weight=np.full(150, 1e-200)),
        "divide all by their largest",
    ),
    "weights of classes": (
        lambda: MixtureClassifier(1).fit(X, X[:, 0] > 0, np.full(150, 1e-310)),
        "divide all",
    ),
}


@pytest.mark.parametrize("kind", RANGES)
def test_one_sentence_beyond_the_range(kind):
    call, message = RANGES[kind]
    with pytest.raises(GaussmixError, match=message) as info:
        call()
    assert str(info.value).endswith(".")


# -------------------------------------------------------------------------------------------------- weights


@pytest.mark.parametrize("covariance_type", ["full", "tied", "spherical"])
@pytest.mark.parametrize("scale", [1e-100, 1e-40, 2.0**-70, 3.0, 1e17, 1e60, 1e100])
def test_weights_of_any_size(kernel, covariance_type, scale):
    weights = 1.0 + np.arange(len(X)) % 3
    base = fit(X, 2, covariance_type=covariance_type, sample_weight=weights / 3, tol=0, max_iter=10)
    model = fit(X, 2, covariance_type=covariance_type, sample_weight=weights / 3 * scale, tol=0, max_iter=10)
    np.testing.assert_allclose(model.means_, base.means_, rtol=1e-9)
    np.testing.assert_allclose(model.covariances_, base.covariances_, rtol=1e-8)
    assert model.score(X, sample_weight=weights * scale / 3) == pytest.approx(
        base.score(X, sample_weight=weights)
    )
    with quiet():
        searched = GaussianMixture(2, covariance_type=covariance_type, random_state=0).fit(
            X, sample_weight=weights / 3 * scale
        )
    assert np.isfinite(searched.lower_bound_)


@pytest.mark.parametrize("small", [1e-310, 1e-250, 1e-120, 0.0])
def test_weights_that_are_nothing_beside_others(small):
    weights = np.ones(len(X))
    weights[::3] = small
    base, model = (fit(X, 2, sample_weight=w) for w in (np.where(weights == 1, 1.0, 0.0), weights))
    np.testing.assert_array_equal(model.means_, base.means_)
    assert model.score(X, sample_weight=weights) == base.score(X, sample_weight=weights == 1)


# ------------------------------------------------------------------------------------------ no regularisation


def test_singular_covariances_still_name_their_option():
    with pytest.raises(SingularCovarianceError, match="allow_singular=True"):
        Mixture([1.0], [[0.0, 0.0]], [[[1.0, 1.0], [1.0, 1.0]]])
    with pytest.raises(InputError):
        Mixture([1.0], [[0.0, 0.0]], [[[1.0, 2.0], [2.0, 1.0]]])
