"""scikit-lego's classifier and detector by Gaussian mixtures, and its wrappers, on our classes."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import GaussianMixture, MixtureClassifier

classifier = pytest.importorskip(
    "sklego.mixture.gmm_classifier", reason="scikit-lego is not installed: make test-clients"
)
detector = pytest.importorskip("sklego.mixture.gmm_outlier_detector")
meta = pytest.importorskip("sklego.meta")


@pytest.fixture(autouse=True)
def _ours(monkeypatch):
    for module in (classifier, detector):
        monkeypatch.setattr(module, "GaussianMixture", GaussianMixture)


def test_the_classifier_agrees_with_ours(rows, labels):
    model = classifier.GMMClassifier(n_components=1, random_state=0).fit(rows, labels)
    assert all(isinstance(gmm, GaussianMixture) for gmm in model.gmms_.values())
    np.testing.assert_array_equal(model.predict(rows), MixtureClassifier(1).fit(rows, labels).predict(rows))
    np.testing.assert_allclose(model.predict_proba(rows).sum(axis=1), 1.0)


@pytest.mark.parametrize("options", [{"threshold": 0.95}, {"threshold": 3, "method": "stddev"}])
def test_outliers(rows, options):
    table = np.concatenate([rows, [[30.0, -30.0]]])
    model = detector.GMMOutlierDetector(n_components=2, random_state=0, **options).fit(table)
    assert model.predict(table)[-1] == -1
    assert (model.predict(rows) == 1).mean() > 0.9


def test_wrappers(rows, labels):
    density = meta.EstimatorTransformer(GaussianMixture(2, random_state=0), predict_func="score_samples")
    assert density.fit(rows, labels).transform(rows).shape == (240, 1)
    model = meta.Thresholder(MixtureClassifier(1), threshold=0.3).fit(rows, labels)
    assert model.score(rows, labels) > 0.95
    grouped = meta.GroupedPredictor(MixtureClassifier(1), groups=[2])
    table = np.column_stack([rows, np.arange(240) % 2])
    assert grouped.fit(table, labels).predict(table).shape == (240,)
