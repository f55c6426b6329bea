"""scikit-learn's own meta-estimators run on our classes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.feature_selection import RFE, SequentialFeatureSelector
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_validate,
    learning_curve,
    validation_curve,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier

from gaussmix import GaussianMixture, MixtureClassifier

CLASSIFIERS = {
    "calibrated": lambda: CalibratedClassifierCV(MixtureClassifier(1), cv=3),
    "calibrated by isotonic regression": lambda: CalibratedClassifierCV(
        MixtureClassifier(1), method="isotonic", cv=3
    ),
    "voting": lambda: VotingClassifier(
        [("a", MixtureClassifier(1)), ("b", LogisticRegression())], voting="soft"
    ),
    "voting by label": lambda: VotingClassifier([("a", MixtureClassifier(1)), ("b", MixtureClassifier(2))]),
    "stacking": lambda: StackingClassifier([("a", MixtureClassifier(1)), ("b", LogisticRegression())], cv=3),
    "bagging": lambda: BaggingClassifier(MixtureClassifier(1), n_estimators=3, random_state=0),
    "boosting": lambda: AdaBoostClassifier(MixtureClassifier(1), n_estimators=3, random_state=0),
    "one against the rest": lambda: OneVsRestClassifier(MixtureClassifier(1)),
    "one against one": lambda: OneVsOneClassifier(MixtureClassifier(1)),
    "self-training": lambda: SelfTrainingClassifier(MixtureClassifier(1)),
    "a threshold": lambda: FixedThresholdClassifier(MixtureClassifier(1), threshold=0.4),
    "a tuned threshold": lambda: TunedThresholdClassifierCV(MixtureClassifier(1), cv=3),
    "pipeline": lambda: make_pipeline(StandardScaler(), MixtureClassifier(1)),
    "grid search": lambda: GridSearchCV(MixtureClassifier(), {"n_components": [1, 2]}, cv=3),
    "random search": lambda: RandomizedSearchCV(
        MixtureClassifier(), {"n_components": [1, 2]}, n_iter=2, cv=3
    ),
}


@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_classifiers_of_classifiers(kind, rows, labels):
    model = CLASSIFIERS[kind]().fit(rows, labels)
    assert model.score(rows, labels) > 0.95
    assert set(model.predict(rows)) == {0, 1}


def test_classes_that_are_text(rows, labels):
    names = np.array(["left", "right"])[labels]
    model = CalibratedClassifierCV(MixtureClassifier(1), cv=3).fit(rows, names)
    assert model.classes_.tolist() == ["left", "right"]
    assert model.predict_proba(rows).shape == (240, 2)


def test_weights_reach_the_classifier(rows, labels):
    weights = np.where(labels == 0, 1.0, 3.0)
    model = VotingClassifier([("a", MixtureClassifier(1))]).fit(rows, labels, sample_weight=weights)
    np.testing.assert_allclose(model.estimators_[0].priors_, [0.25, 0.75])


SEARCHES = {
    "grid": lambda: GridSearchCV(GaussianMixture(random_state=0), {"n_components": [1, 2, 3]}, cv=3),
    "grid of families": lambda: GridSearchCV(
        GaussianMixture(2, random_state=0), {"covariance_type": ["full", "tied", "diag", "spherical"]}, cv=3
    ),
    "random": lambda: RandomizedSearchCV(
        GaussianMixture(random_state=0), {"n_components": [1, 2]}, n_iter=2, cv=3
    ),
    "by a criterion": lambda: GridSearchCV(
        GaussianMixture(random_state=0),
        {"n_components": [1, 2, 3]},
        scoring=lambda estimator, X, y=None: -estimator.bic(X),
        cv=3,
    ),
    "in a pipeline": lambda: GridSearchCV(
        make_pipeline(StandardScaler(), GaussianMixture(random_state=0)),
        {"gaussianmixture__n_components": [1, 2]},
        cv=3,
    ),
    "in two processes": lambda: GridSearchCV(
        GaussianMixture(random_state=0), {"n_components": [1, 2]}, cv=3, n_jobs=2
    ),
}


@pytest.mark.parametrize("kind", SEARCHES)
def test_searches_over_options(kind, rows):
    model = SEARCHES[kind]().fit(rows)
    assert np.isfinite(model.cv_results_["mean_test_score"]).all()
    best = model.best_params_
    assert next(iter(best.values())) in (2, 3, "full", "tied", "diag", "spherical")
    assert model.predict(rows).shape == (240,)


def test_curves_and_cross_validation(rows, labels):
    model = GaussianMixture(2, random_state=0)
    assert np.isfinite(cross_validate(model, rows, cv=3, return_estimator=True)["test_score"]).all()
    assert cross_val_predict(MixtureClassifier(1), rows, labels, cv=3, method="predict_log_proba").shape == (
        240,
        2,
    )
    _, scores = validation_curve(model, rows, None, param_name="n_components", param_range=[1, 2], cv=3)
    assert scores.shape == (2, 3)
    _, _, scores = learning_curve(
        MixtureClassifier(1), rows, labels, cv=3, train_sizes=[0.5, 1.0], shuffle=True
    )
    assert scores.min() > 0.9


def test_selection_of_features(rows, labels):
    noise = np.random.default_rng(0).normal(size=(240, 2))
    table = np.hstack([noise[:, :1], rows, noise[:, 1:]])
    chosen = SequentialFeatureSelector(MixtureClassifier(1), n_features_to_select=1, cv=3).fit(table, labels)
    assert chosen.get_support().argmax() in (1, 2)
    model = MixtureClassifier(1).fit(table, labels)
    importance = permutation_importance(model, table, labels, n_repeats=2, random_state=0).importances_mean
    assert importance[1:3].min() >= importance[[0, 3]].max()
    with pytest.raises(ValueError, match="coef_|feature_importances_"):
        RFE(MixtureClassifier(1)).fit(table, labels)


def test_as_features_of_another_model(rows, labels):
    model = GaussianMixture(2, random_state=0).fit(rows)
    shares = FunctionTransformer(model.predict_proba)
    union = FeatureUnion([("raw", StandardScaler()), ("shares", shares)])
    assert make_pipeline(union, LogisticRegression()).fit(rows, labels).score(rows, labels) > 0.95
    frame = pd.DataFrame(rows, columns=["a", "b"])
    columns = make_column_transformer((StandardScaler(), ["a"]), ("passthrough", ["b"]))
    columns.set_output(transform="pandas")
    assert make_pipeline(columns, GaussianMixture(2)).fit(frame)[-1].feature_names_in_.size == 2


def test_frozen_and_several_outputs(rows, labels):
    frozen = FrozenEstimator(MixtureClassifier(1).fit(rows, labels))
    assert CalibratedClassifierCV(frozen).fit(rows, labels).score(rows, labels) > 0.95
    both = MultiOutputClassifier(MixtureClassifier(1)).fit(rows, np.column_stack([labels, 1 - labels]))
    np.testing.assert_array_equal(both.predict(rows)[:, 0], 1 - both.predict(rows)[:, 1])
