"""R's mclust: the directions of MclustDR from the same components, and entropies of mixtures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from gaussmix import GaussianMixture, Mixture, MixtureClassifier, reduce_dimension

from .tables import measurements, rows_of

LINES = rows_of("mclust_dr")
CASES = sorted({(line["case"], line["means_share"]) for line in LINES if line["part"] == "direction"})


def numbers(text):
    return [float(number) for number in text.split()]


def case_of(case):
    X = measurements(case.split()[0])[0].copy()
    if case == "diabetes":
        X[103, 1] = 455.0
    lines = [line for line in LINES if line["case"] == case and line["part"] == "component"]
    D, weights = X.shape[1], np.array([float(line["weight"]) for line in lines])
    covariances = np.array([numbers(line["second"]) for line in lines]).reshape(-1, D, D)
    return X, Mixture(weights / weights.sum(), [numbers(line["first"]) for line in lines], covariances)


@pytest.mark.parametrize(("case", "share"), CASES)
def test_directions_and_eigenvalues(case, share):
    X, mixture = case_of(case)
    found = reduce_dimension(mixture, X, means_share=float(share))
    lines = [line for line in LINES if (line["case"], line["means_share"]) == (case, share)]
    np.testing.assert_allclose(found.eigenvalues, [float(line["weight"]) for line in lines], rtol=1e-7)
    theirs = np.array([numbers(line["first"]) for line in lines]).T
    np.testing.assert_allclose(np.abs(np.sum(found.directions * theirs, axis=0)), 1.0, rtol=1e-6)


@pytest.mark.parametrize(
    ("case", "published", "percent"),
    # The vignette of mclust 6.1.3.
    [
        ("diabetes", [1.371, 0.41864], 76.607),
        ("iris EDDA", [1.8813, 0.098592], 95.0204),
        ("banknote MclustDA", [1.7188, 1.0607], None),
    ],
)
def test_published_eigenvalues(case, published, percent):
    X, mixture = case_of(case)
    found = reduce_dimension(mixture, X)
    np.testing.assert_allclose(found.eigenvalues, published, rtol=5e-5)
    if percent is not None:
        assert 100 * found.cumulative_shares[0] == pytest.approx(percent, abs=1e-3)


def test_our_own_fit_of_diabetes():
    X, _ = case_of("diabetes")
    found = reduce_dimension(GaussianMixture(3, random_state=0).fit(X), X)
    # mclust stops a little before the maximum.
    np.testing.assert_allclose(found.eigenvalues, [1.371, 0.41864], rtol=3e-2)


def test_directions_of_our_own_classifier():
    # EDDA with VEV, the family that mclust chooses for iris.
    X, y = measurements("iris")
    model = MixtureClassifier(1, covariance_type="VEV", across_classes=True, random_state=0).fit(X, y)
    found = reduce_dimension(model, X)
    np.testing.assert_allclose(found.eigenvalues, [1.8813, 0.098592], rtol=1e-4)
    assert 100 * found.cumulative_shares[0] == pytest.approx(95.0204, abs=1e-3)


def test_entropies():
    # EntropyGMM() of mclustAddons: minus the mean log-density of the rows; and one by simulation.
    X, _ = measurements("faithful")
    tied = GaussianMixture(3, covariance_type="tied", random_state=0).fit(X)
    assert -tied.score(X) <= 4.140889 + 5e-6
    pair = Mixture([0.5, 0.5], [[-2.0], [2.0]], [1.0, 1.0])
    integral = quad(lambda x: -pair.pdf([[x]])[0] * pair.log_prob([[x]])[0], -12.0, 12.0, points=[-2.0, 2.0])[
        0
    ]
    assert integral == pytest.approx(2.051939, abs=1e-3)
