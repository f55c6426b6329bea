"""Yellowbrick's pictures of our classes.

Its last version (1.5, 2022) takes no class of scikit-learn 1.6 or newer for a classifier: ``force_model`` says that it
is. Its ClassPredictionError and DiscriminationThreshold run on no classifier of scikit-learn 1.9 at all.
"""

from __future__ import annotations

import matplotlib
import pytest

from gaussmix import GaussianMixture, MixtureClassifier

matplotlib.use("Agg")
pytest.importorskip("yellowbrick", reason="yellowbrick is not installed: make test-clients")


@pytest.mark.parametrize(
    "name",
    ["ClassificationReport", "ConfusionMatrix", "ROCAUC", "PrecisionRecallCurve"],
)
def test_pictures_of_a_classifier(name, rows, labels):
    from yellowbrick import classifier

    picture = getattr(classifier, name)(MixtureClassifier(1), force_model=True)
    picture.fit(rows, labels)
    assert picture.score(rows, labels) > 0.9
    picture.finalize()
    assert picture.ax.get_title()


@pytest.mark.parametrize("name", ["ValidationCurve", "LearningCurve"])
def test_curves(name, rows, labels):
    from yellowbrick import model_selection

    options = {"ValidationCurve": {"param_name": "n_components", "param_range": [1, 2, 3]}}.get(name, {})
    picture = getattr(model_selection, name)(GaussianMixture(random_state=0), cv=3, **options).fit(rows)
    picture.finalize()
    assert picture.ax.lines or picture.ax.patches
