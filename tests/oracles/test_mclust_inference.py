"""R's mclust: standard errors by jackknife and bootstrap, and the likelihood ratios of Old Faithful."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import GaussianMixture, inference

from .tables import measurements, rows_of


@pytest.fixture(scope="module")
def diabetes():
    X = measurements("diabetes")[0].copy()
    # The vignette of mclust corrects the insulin of one person.
    assert X[103, 1] == 45.0
    X[103, 1] = 455.0
    return X, GaussianMixture(3, random_state=0).fit(X)


@pytest.fixture(scope="module")
def acidity():
    X = np.array([[float(row["acidity"])] for row in rows_of("acidity")])
    return X, GaussianMixture(2, covariance_type="tied", random_state=0).fit(X)


def test_jackknife_of_diabetes(diabetes):
    # me() of mclust 6.0.0 to a tolerance of 1e-13 for each row left out, from the responsibilities of the others.
    X, model = diabetes
    found = inference.jackknife(model, X).standard_errors
    np.testing.assert_allclose(found.weights, [0.051385940, 0.048163040, 0.035305998], rtol=5e-3)
    means = [
        [1.0116299, 7.2687999, 6.9538122],
        [2.9659630, 19.9502822, 30.5146481],
        [16.3744061, 63.3827086, 9.7009619],
    ]
    np.testing.assert_allclose(found.means, means, rtol=5e-3)
    variances = [
        [11.578333, 469.660871, 519.463646],
        [56.759265, 2272.210848, 6965.974944],
        [1003.102024, 18808.305638, 457.515601],
    ]
    np.testing.assert_allclose(np.diagonal(found.covariances, axis1=1, axis2=2), variances, rtol=5e-3)


def test_jackknife_of_acidity(acidity):
    X, model = acidity
    found = inference.jackknife(model, X).standard_errors
    np.testing.assert_allclose(found.weights, 0.040540194, rtol=2e-3)
    np.testing.assert_allclose(found.means[:, 0], [0.045877984, 0.068936099], rtol=2e-3)
    np.testing.assert_allclose(found.covariances, 0.02427334, rtol=2e-3)


def test_bootstrap_of_diabetes(diabetes):
    # Vignette of mclust 6.1.3, 999 replicates that stop at a relative change of 1e-5: a little too narrow.
    X, model = diabetes
    found = inference.bootstrap(model, X, n_replicates=999, random_state=0)
    published = [[1.029, 7.348, 6.890], [3.432, 23.10, 32.49], [16.45, 63.57, 10.36]]
    np.testing.assert_allclose(found.standard_errors.means, published, rtol=0.15)
    intervals = found.intervals()
    np.testing.assert_allclose(intervals.lower.weights, [0.461, 0.147, 0.131], atol=0.03)
    np.testing.assert_allclose(intervals.upper.weights, [0.661, 0.335, 0.270], atol=0.03)


def test_bootstrap_of_acidity(acidity):
    X, model = acidity
    found = inference.bootstrap(model, X, n_replicates=999, random_state=0).standard_errors
    np.testing.assert_allclose(found.weights, 0.0413, rtol=0.1)
    np.testing.assert_allclose(found.means[:, 0], [0.0467, 0.0672], rtol=0.1)
    np.testing.assert_allclose(found.covariances, 0.0238, rtol=0.1)


def test_likelihood_ratios_of_faithful():
    # mclust's are 319.065, 6.131 and 31.838: its maximum for three components is not the best.
    X, _ = measurements("faithful")
    found = inference.likelihood_ratio_test(
        GaussianMixture(), X, n_replicates=39, max_components=4, random_state=0
    )
    first, second, third = (test.statistic for test in found.tests)
    assert first == pytest.approx(319.066, abs=1e-3)
    assert second >= 31.648 - 1e-3
    assert third >= 16.819 - 1e-2
    assert found.n_components == 3


def test_likelihood_ratios_of_diabetes(diabetes):
    # Vignette of mclust 6.1.3: 369.985, 121.107 and 19.901, of which the last is not rejected.
    X, _ = diabetes
    fits = [GaussianMixture(K, random_state=0).fit(X) for K in (1, 2, 3)]
    log_likelihoods = [fit.score(X) * len(X) for fit in fits]
    first, second = 2 * np.diff(log_likelihoods)
    assert first >= 369.985 - 1e-3
    assert first + second >= 369.985 + 121.107 - 1e-3
