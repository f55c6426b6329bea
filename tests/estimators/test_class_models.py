"""Models that a classifier chooses for its classes (MclustDA), and one family for all classes (EDDA)."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

import gaussmix
from gaussmix import GaussianMixture, MixtureClassifier
from gaussmix.classify import ClassMixtures
from gaussmix.errors import InputError
from gaussmix.log_space import log_sum_exp

from ..oracles.tables import measurements
from ..support import clusters, quiet


def marginal(model, X):
    """The log-likelihood of mclust: that of the rows without their classes."""
    return float(log_sum_exp(ClassMixtures(model.priors_, model.mixtures_).log_joint(X)).sum())


def test_mclusts_edda_of_the_iris():
    # The vignette of mclust 6.1.3: VEV, log-likelihood −187.7097, 38 parameters, BIC −565.8236, error 0.02.
    X, y = measurements("iris")
    model = MixtureClassifier(covariance_type="auto", across_classes=True).fit(X, y)
    (compared,) = model.candidates_
    assert min(compared, key=lambda each: each.bic).name == "VEV,3"
    value = marginal(model, X)
    assert value == pytest.approx(-187.7097, abs=2e-3)
    assert 2 * value - 38 * np.log(150) == pytest.approx(-565.8236, abs=4e-3)
    assert model.bic_ == pytest.approx(-2 * model.log_likelihood_ + 38 * np.log(150))
    assert 1 - model.score(X, y) == pytest.approx(0.02)


def test_mclusts_discriminant_analysis_of_the_banknotes():
    # The vignette of mclust 6.1.3: EVE,2 and XXX,1, log-likelihood −646.0801.
    X, y = measurements("banknote")
    with quiet():
        model = MixtureClassifier("auto", covariance_type="EVE", search="likelihood", random_state=0).fit(
            X, y
        )
    assert marginal(model, X) >= -646.0801 - 0.01
    n_parameters = sum(mixture.n_parameters for mixture in model.mixtures_)
    assert model.bic_ == pytest.approx(
        -2 * model.log_likelihood_ + (1 + n_parameters) * np.log(200), rel=1e-9
    )
    for name, mixture in zip(model.classes_, model.mixtures_, strict=True):
        rows = X[y == name]
        for K in (1, 2):
            with quiet():
                other = GaussianMixture(K, covariance_type="EVE", random_state=0).fit(rows)
            bic = mixture.n_parameters * np.log(len(rows)) - 2 * mixture.log_prob(rows).sum()
            assert bic <= other.bic(rows) + 0.01


def test_linear_discriminant_analysis():
    X, y = measurements("iris")
    ours = MixtureClassifier(covariance_type="tied", across_classes=True).fit(X, y)
    theirs = LinearDiscriminantAnalysis(solver="lsqr").fit(X, y)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-9)


def test_each_class_has_a_number_of_components_of_its_own():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(150, 2)) + shift for shift in ([0, 0], [9, 0], [0, 9])])
    y = np.repeat(["one", "two", "two"], 150)
    with quiet():
        model = MixtureClassifier("auto", covariance_type="tied-spherical", random_state=0).fit(X, y)
    assert [mixture.n_components for mixture in model.mixtures_] == [1, 2]
    assert [len(models) for models in model.candidates_] == [9, 9]
    assert model.score(X, y) > 0.99
    assert model.predict_proba(X).shape == (450, 2)


def test_models_of_several_components_have_two_rows_for_each_parameter():
    X, y = measurements("iris")
    with quiet():
        found = MixtureClassifier("auto", covariance_type="auto", random_state=0).cross_validate(X, y)
        model = MixtureClassifier("auto", covariance_type="auto", random_state=0).fit(X, y)
    for models in model.candidates_:
        several = [each.df for each in models if each.n_components > 1]
        assert 0 < len(several) < len(models)
        assert max(several) <= 25
    assert found.error <= 0.05  # 0.08 without this rule; cvMclustDA of mclust 6.0.0: 0.027 to 0.053


def test_weights_are_copies():
    X, y = measurements("iris")
    weights = np.random.default_rng(1).integers(1, 3, len(X))
    one = MixtureClassifier(covariance_type="VEV", across_classes=True).fit(X, y, sample_weight=weights)
    other = MixtureClassifier(covariance_type="VEV", across_classes=True)
    other.fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
    np.testing.assert_allclose(one.predict_proba(X), other.predict_proba(X), atol=1e-6)
    assert one.bic_ == pytest.approx(other.bic_, rel=1e-8)


def test_rows_of_unknown_class_take_part_in_one_family():
    X, y = measurements("iris")
    known = np.where(np.arange(len(y)) % 3 == 0, y.astype(object), None)
    model = MixtureClassifier(covariance_type="VEV", across_classes=True, unknown_label=float("nan")).fit(
        X, known
    )
    assert model.score(X, y) > 0.95
    assert model.priors_.sum() == pytest.approx(1.0)


def test_saved_and_loaded(tmp_path):
    X, y = measurements("iris")
    model = MixtureClassifier(covariance_type="auto", across_classes=True).fit(X, y)
    model.save(tmp_path / "classifier.safetensors")
    other = gaussmix.load(tmp_path / "classifier.safetensors")
    np.testing.assert_allclose(other.predict_proba(X), model.predict_proba(X), rtol=1e-12)
    assert (other.bic_, other.log_likelihood_) == (model.bic_, model.log_likelihood_)
    assert other.get_params() == model.get_params()


# ---------------------------------------------------------------------------------------- classes of few rows


def rows_with_a_small_class(n_small, n=90):
    """Rows of three columns and three classes, the last of few rows."""
    rng = np.random.default_rng(0)
    y = np.array(["large"] * 60 + ["middle"] * (n - 60 - n_small) + ["small"] * n_small)
    X = rng.normal(size=(n, 3)) + 5.0 * (y == "middle")[:, None] - 5.0 * (y == "small")[:, None]
    return pd.DataFrame(X, columns=["u", "v", "w"]), y


def told(model, X, y):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y)
    return sorted(str(warning.message) for warning in caught)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"n_components": "auto"},
        {"covariance_type": "auto"},
        {"n_components": "auto", "covariance_type": "auto"},
        {"across_classes": True},
        {"across_classes": True, "covariance_type": "auto"},
    ],
)
@pytest.mark.parametrize("n_small", [1, 2, 3, 4])
def test_a_class_of_few_rows_ends_no_choice(options, n_small):
    X, y = rows_with_a_small_class(n_small)
    model = MixtureClassifier(random_state=0, **options)
    for message in told(model, X, y):
        assert "class 'small'" in message
    assert model.score(X, y) > 0.98
    assert model.mixtures_[2].n_components == 1
    small = model.mixtures_[2].means[0]
    np.testing.assert_allclose(small, X[y == "small"].mean(), rtol=1e-6)


def test_messages_name_the_class_and_the_cause():
    X, y = rows_with_a_small_class(3)
    span = "class 'small': the rows span 2 of 3 dimensions, and a variance floor replaces the missing spread"
    for options in ({}, {"n_components": "auto"}):
        (message,) = told(MixtureClassifier(random_state=0, **options), X, y)
        assert message.startswith(span)
    (message,) = told(MixtureClassifier(across_classes=True), X, y)
    assert message.startswith("the component of class 'small' collapsed (effective rows: 3); give more rows")
    several = told(MixtureClassifier(2, random_state=0), X, y)
    assert several[0].startswith("class 'small': 3 rows for 19 free parameters")
    assert several[1].startswith(span)
    (message,) = told(MixtureClassifier("auto", random_state=0), *rows_with_a_small_class(1))
    assert message == "class 'small': one row has no spread: a floor replaces its variances; give more rows."


@pytest.mark.parametrize("options", [{}, {"covariance_type": "diag"}, {"n_components": "auto"}])
def test_a_constant_column_of_a_class_is_named(options):
    X, y = rows_with_a_small_class(25)
    X.loc[y == "middle", "v"] = 1.0
    (message,) = told(MixtureClassifier(random_state=0, **options), X, y)
    assert message.startswith("class 'middle': column 'v' is constant")
    X["v"] = 1.0
    if options:
        return
    (message,) = told(MixtureClassifier(**options), X, y)
    assert message.startswith("every class: column 'v' is constant")


@pytest.mark.parametrize(
    ("options", "start"),
    [
        ({"n_components": "auto"}, r"class 'large': none of \d models"),
        ({"covariance_type": "auto"}, "class 'large': none of 14 models"),
        ({"covariance_type": "auto", "across_classes": True}, "none of 14 models"),
    ],
)
def test_no_sound_model_has_a_cause(options, start):
    X, y = rows_with_a_small_class(25)
    X["v"] = 1.0
    message = rf"^{start} is sound \(singular\): .*column 'v' is constant; leave it out\.$"
    with pytest.raises(InputError, match=message):
        MixtureClassifier(random_state=0, **options).fit(X, y)


def test_the_simplest_family_of_a_class_of_one_row():
    X, y = rows_with_a_small_class(1)
    with quiet():
        model = MixtureClassifier("auto", covariance_type="auto", random_state=0).fit(X, y)
    assert model.mixtures_[2].family.name == "spherical"
    assert [m.name for m in model.candidates_[2] if m.mixture is not None] == ["VII,1"]


def test_warnings_of_many_classes_are_few():
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(100), 12)
    X = rng.normal(size=(1200, 2)) + np.column_stack([y % 10, y // 10]) * 8.0
    messages = told(MixtureClassifier(2, random_state=0), X, y)
    assert len(messages) <= 4
    assert any("component 1 collapsed" in message for message in messages)
    assert any("more classes have a warning like that of class " in message for message in messages)


def test_errors_name_the_class():
    X, y = rows_with_a_small_class(25)
    X.loc[y == "middle", "v"] = np.nan
    for options in ({}, {"n_components": "auto"}):
        with pytest.raises(InputError, match="class 'middle': column 'v' of X has no value"):
            MixtureClassifier(**options).fit(X, y)
    X, y = rows_with_a_small_class(3)
    with pytest.raises(
        InputError, match="class 'small': Some components have ill-defined empirical covariance"
    ):
        MixtureClassifier(reg_covar=0.0).fit(X, y)
    with pytest.raises(InputError, match="class 'small' has 3 rows, fewer than n_components = 4"):
        MixtureClassifier(4).fit(X, y)
    with pytest.raises(InputError, match="class 'small' has 3 rows, fewer than n_components = 4"):
        MixtureClassifier(4, covariance_type="auto").fit(X, y)


def test_warnings_of_a_joint_fit_name_the_class():
    X, y = rows_with_a_small_class(3)
    y = np.where(np.arange(90) % 4 == 1, "?", y)
    (message,) = told(
        MixtureClassifier(2, unknown_label="?", random_state=0, search="off"),
        X[y != "small"],
        y[y != "small"],
    )
    assert "free parameters" in message
    X.loc[87:] = X.loc[87].to_numpy()
    (message,) = told(MixtureClassifier(unknown_label="?"), X, y)
    assert message.startswith("the component of class 'small' collapsed")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"n_components": "auto"},
        {"across_classes": True},
        {"across_classes": True, "covariance_type": "auto"},
    ],
)
def test_a_fit_that_did_not_converge_says_so(options):
    X, y = rows_with_a_small_class(25)
    X = X.mask(np.random.default_rng(0).random(X.shape) < 0.3)
    messages = told(MixtureClassifier(max_iter=1, random_state=0, **options), X, y)
    assert any("did not converge in 1 iteration" in message for message in messages)


def test_one_component_is_named_by_the_family_that_shares_nothing():
    X, y = measurements("iris")
    model = MixtureClassifier(covariance_type="auto").fit(X, y)
    assert [mixture.family.name for mixture in model.mixtures_] == ["full"] * 3
    equal = GaussianMixture(1, covariance_type="auto").fit(X)
    assert equal.mixture_.family.name == "full"
    assert gaussmix.select(X[:, :1], 1).best.name == "V,1"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"across_classes": "yes"}, "across_classes"),
        ({"across_classes": True, "n_components": 2}, "across_classes=True has one component"),
        ({"n_components": "automatic"}, "n_components"),
        ({"covariance_type": "automatic"}, "covariance_type"),
        ({"n_components": "auto", "unknown_label": 2}, "is unknown"),
    ],
)
def test_what_cannot_be_used(options, message):
    X, y = measurements("iris")
    codes = np.unique(y, return_inverse=True)[1]
    with pytest.raises((InputError, TypeError), match=message):
        MixtureClassifier(**options).fit(X, codes)


# ------------------------------------------------------------------------------------------- cross-validation


def test_cross_validation_of_separate_classes():
    X = clusters(np.random.default_rng(0), 120, 1, 2)
    y = np.arange(120) % 2
    X[y == 1] += 100.0
    with quiet():
        found = MixtureClassifier(random_state=0).cross_validate(X, y, 5)
    assert (found.error, found.error_se, found.n_folds) == (0.0, 0.0, 5)
    assert found.brier < 1e-9


def test_the_brier_score_of_a_guess():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(400, 1)), np.arange(400) % 2
    with quiet():
        found = MixtureClassifier(covariance_type="tied", across_classes=True).cross_validate(X, y, 4)
    # Probabilities of about a half have a score of ½ (¼ + ¼).
    assert found.brier == pytest.approx(0.25, abs=0.01)
    assert found.error == pytest.approx(0.5, abs=0.1)


def test_the_error_is_near_mclusts_on_the_iris():
    # cvMclustDA of mclust 6.0.0 on EDDA VEV: an error of 0.02 to 0.027 over ten folds.
    X, y = measurements("iris")
    found = MixtureClassifier(covariance_type="VEV", across_classes=True, random_state=1).cross_validate(X, y)
    assert found.error <= 0.04
    assert 0 < found.brier < 0.03
    assert found.brier_se > 0


@pytest.mark.parametrize("n_folds", [1, 0, 51, 2.5])
def test_folds(n_folds):
    X, y = measurements("iris")
    with pytest.raises((InputError, TypeError), match="n_folds"):
        MixtureClassifier().cross_validate(X, y, n_folds)
