"""Criteria against their formulas, and mixtures of classes against Bayes' rule."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Mixture, MixtureClassifier
from gaussmix.classify import ClassMixtures
from gaussmix.model_sweep import criteria

from ..support import assert_close, clusters, quiet


def test_mclusts_published_values():
    # Scrucca et al. (2016), vignette of mclust 6.1.3, in mclust's sign: faithful EEE,3 with 11 parameters.
    assert -criteria.bic(-1126.326, 11, 272) == pytest.approx(-2314.316, abs=2e-3)
    # acidity E,2 with 4 parameters; ICL = BIC + 2 Σ log max r gives the sum from its own two values.
    bic = criteria.bic(-185.9493, 4, 155)
    assert -bic == pytest.approx(-392.0723, abs=1e-3)
    map_entropy = (-398.5554 + 392.0723) / 2
    assert -criteria.icl(bic, map_entropy) == pytest.approx(-398.5554, abs=1e-3)
    # diabetes VVV,3 with 29 parameters, 145 rows.
    assert -criteria.bic(-2303.496, 29, 145) == pytest.approx(-4751.316, abs=3e-3)


def test_lower_is_better():
    assert criteria.aic(-10.0, 3) < criteria.aic(-11.0, 3)
    assert criteria.aic(-10.0, 3) < criteria.aic(-10.0, 4)
    assert criteria.bic(-10.0, 3, 100) < criteria.bic(-10.0, 4, 100)
    assert criteria.icl(10.0, -1.0) > criteria.icl(10.0, 0.0) == 10.0


def test_bayes_rule():
    mixtures = [Mixture([0.5, 0.5], [[0.0], [4.0]], [1.0, 2.0]), Mixture([1.0], [[1.0]], [1.0])]
    classes = ClassMixtures(np.array([0.3, 0.7]), mixtures)
    X = np.linspace(-5, 9, 29)[:, None]
    joint = np.stack([0.3 * mixtures[0].pdf(X), 0.7 * mixtures[1].pdf(X)], axis=1)
    assert_close(np.exp(classes.log_joint(X)), joint, rtol=1e-12)
    assert_close(np.exp(classes.log_posterior(X)), joint / joint.sum(axis=1, keepdims=True), rtol=1e-12)


def test_a_prior_of_zero():
    mixtures = [Mixture([1.0], [[m]], [1.0]) for m in (0.0, 1.0)]
    posterior = np.exp(ClassMixtures(np.array([1.0, 0.0]), mixtures).log_posterior([[0.0], [9.0]]))
    assert posterior.tolist() == [[1.0, 0.0], [1.0, 0.0]]


@pytest.mark.parametrize("priors", [None, [0.9, 0.1]])
def test_the_classifier_is_the_mixtures_and_the_priors(priors):
    X = clusters(np.random.default_rng(0), 200, 2, 2)
    y = np.where(X[:, 0] > X[:, 0].mean(), "right", "left")
    weights = np.random.default_rng(1).uniform(0, 2, 200)
    with quiet():
        model = MixtureClassifier(2, priors=priors, random_state=0).fit(X, y, sample_weight=weights)
    assert model.classes_.tolist() == ["left", "right"]
    shares = [weights[y == c].sum() / weights.sum() for c in model.classes_] if priors is None else priors
    assert_close(model.priors_, shares, rtol=1e-12)
    joint = np.stack([p * m.pdf(X) for p, m in zip(model.priors_, model.mixtures_, strict=True)], axis=1)
    posterior = joint / joint.sum(axis=1, keepdims=True)
    assert_close(model.predict_proba(X), posterior, rtol=1e-9)
    assert_close(np.exp(model.predict_log_proba(X)), posterior, rtol=1e-9)
    assert np.array_equal(model.predict(X), model.classes_[posterior.argmax(axis=1)])
    assert model.score(X, y) == np.mean(model.predict(X) == y)


def test_one_component_and_full_is_quadratic_discriminant_analysis():
    from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis

    X = clusters(np.random.default_rng(2), 300, 3, 3)
    y = np.arange(300) % 3
    X[y == 1] += 2.0
    with quiet():
        ours = MixtureClassifier(1).fit(X, y)
    theirs = QuadraticDiscriminantAnalysis().fit(X, y)
    for c, mixture in enumerate(ours.mixtures_):
        assert_close(mixture.covariances.dense()[0], np.cov(X[y == c].T, bias=True), rtol=1e-9)
    # Releases of scikit-learn divide by n or by n − 1.
    assert np.mean(ours.predict(X) == theirs.predict(X)) > 0.98


def test_rows_of_weight_zero_make_no_class():
    X = clusters(np.random.default_rng(3), 60, 2, 2)
    y, weights = np.arange(60) % 3, np.ones(60)
    weights[y == 2] = 0.0
    with quiet():
        assert MixtureClassifier(1).fit(X, y, sample_weight=weights).classes_.tolist() == [0, 1]


def test_mclusts_discriminant_analysis_of_the_iris():
    # EDDA with full covariances is a classifier of one component: 0.02 is mclust's training error with VEV.
    from ..oracles.tables import measurements

    X, y = measurements("iris")
    with quiet():
        error = 1 - MixtureClassifier(1).fit(X, y).score(X, y)
    assert error <= 0.02 + 1e-12
