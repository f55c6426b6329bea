"""imbalanced-learn's samplers and ensembles round our classifier."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import GaussianMixture, MixtureClassifier

imblearn = pytest.importorskip("imblearn", reason="imbalanced-learn is not installed: make test-clients")


@pytest.fixture
def rare(rows, labels):
    """Rows of which one class is rare."""
    kept = (labels == 0) | (np.arange(240) < 60)
    return rows[kept], labels[kept]


@pytest.mark.parametrize("sampler", ["SMOTE", "RandomOverSampler", "SVMSMOTE"])
def test_pipelines_that_sample(rare, rows, labels, sampler):
    from imblearn import over_sampling
    from imblearn.pipeline import make_pipeline

    model = make_pipeline(getattr(over_sampling, sampler)(random_state=0), MixtureClassifier(1))
    model.fit(*rare)
    assert model.score(rows, labels) > 0.9


def test_ensembles_and_hardness(rare, rows, labels):
    from imblearn.ensemble import BalancedBaggingClassifier, EasyEnsembleClassifier
    from imblearn.under_sampling import InstanceHardnessThreshold

    for kind in (BalancedBaggingClassifier, EasyEnsembleClassifier):
        model = kind(estimator=MixtureClassifier(1), n_estimators=3, random_state=0).fit(*rare)
        assert model.score(rows, labels) > 0.9
    kept, _ = InstanceHardnessThreshold(estimator=MixtureClassifier(1), random_state=0).fit_resample(*rare)
    assert 0 < len(kept) <= 150


def test_a_mixture_at_the_end_of_a_pipeline(rare):
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline

    model = make_pipeline(SMOTE(random_state=0), GaussianMixture(2, random_state=0)).fit(*rare)
    assert model[-1].weights_.round(1).tolist() == [0.5, 0.5]
