"""PyOD's outlier detector by Gaussian mixtures, on our class."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import GaussianMixture

gmm = pytest.importorskip("pyod.models.gmm", reason="pyod is not installed: make test-clients")
KDE = pytest.importorskip("pyod.models.lof")


@pytest.fixture
def detector(monkeypatch):
    monkeypatch.setattr(gmm, "GaussianMixture", GaussianMixture)
    return gmm.GMM


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
def test_outliers(detector, rows, covariance_type):
    table = np.concatenate([rows, [[30.0, -30.0], [-25.0, 40.0]]])
    model = detector(n_components=2, covariance_type=covariance_type, contamination=0.02, random_state=0).fit(
        table
    )
    assert isinstance(model.detector_, GaussianMixture)
    assert model.labels_[-2:].tolist() == [1, 1]
    assert set(np.argsort(model.decision_scores_)[-2:]) == {240, 241}
    np.testing.assert_allclose(model.decision_function(table), model.decision_scores_)
    assert model.predict_proba(table).shape == (242, 2)


def test_attributes(detector, rows):
    model = detector(n_components=2, random_state=0, n_init=2, tol=1e-4).fit(rows)
    assert model.weights_.shape == (2,)
    assert model.means_.shape == (2, 2)
    assert (
        model.covariances_.shape == model.precisions_.shape == model.precisions_cholesky_.shape == (2, 2, 2)
    )
    assert model.converged_
    assert model.n_iter_ > 0
    assert np.isfinite(model.lower_bound_)


def test_options_that_pyod_hands_on(detector, rows):
    model = detector(
        n_components=2, weights_init=[0.5, 0.5], means_init=[[0, 0], [6, 6]], warm_start=True, max_iter=50
    ).fit(rows)
    np.testing.assert_allclose(np.sort(model.means_[:, 0]), [0, 6], atol=0.5)
