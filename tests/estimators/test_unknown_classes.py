"""Classifiers of rows some of whose classes are not known."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris

import gaussmix
from gaussmix import GaussianMixture, MixtureClassifier
from gaussmix.errors import InputError

from ..support import assert_close, quiet

IRIS = load_iris()
HIDDEN = np.arange(150) % 3 == 0
PARTLY = np.where(HIDDEN, -1, IRIS.target)


def fit(y, X=IRIS.data, K=1, **options):
    with quiet():
        return MixtureClassifier(K, **{"random_state": 0, **options}).fit(X, y)


def fit_components(labels):
    with quiet():
        return GaussianMixture(3, random_state=0).fit(IRIS.data, labels=labels)


def joint_log_likelihood(model, X, codes):
    """Σ log π_c p(x | c) of the rows of known class, and Σ log p(x) of the others."""
    joint = np.log(model.priors_) + np.stack([m.log_prob(X) for m in model.mixtures_], axis=1)
    known = codes >= 0
    return joint[known, codes[known]].sum() + np.logaddexp.reduce(joint[~known], axis=1).sum()


def test_iris_with_every_third_label_hidden():
    """The example of mclust's MclustSSC, with a full covariance for each class (VVV)."""
    model = fit(PARTLY, unknown_label=-1)
    run = model.joint_trace_.runs[model.joint_trace_.best]
    assert (np.diff(run.log_likelihood) >= -1e-9).all()
    total = joint_log_likelihood(model, IRIS.data, PARTLY)
    assert total == pytest.approx(150 * run.log_likelihood[-1], abs=1e-3)
    labelled = fit(IRIS.target[~HIDDEN], IRIS.data[~HIDDEN])
    assert total > joint_log_likelihood(labelled, IRIS.data, PARTLY)
    # All labels known is a constraint more.
    assert total > joint_log_likelihood(fit(IRIS.target), IRIS.data, IRIS.target)
    assert (model.predict(IRIS.data)[HIDDEN] == IRIS.target[HIDDEN]).mean() >= 0.94
    assert list(model.classes_) == [0, 1, 2]
    assert_close(model.priors_, np.full(3, 1 / 3), rtol=0.1)


def test_the_fit_is_that_of_labels_of_components():
    model = fit(PARTLY, unknown_label=-1)
    other = fit_components(PARTLY)
    assert_close(other.means_, np.concatenate([m.means for m in model.mixtures_]), rtol=1e-3)
    assert_close(other.weights_, model.priors_, rtol=1e-3)


NAMES = np.array(["setosa", "versicolor", "virginica"], dtype=object)[IRIS.target]
SPELLINGS = {
    "float with NaN": (np.where(HIDDEN, np.nan, IRIS.target), float("nan")),
    "object with None": (np.where(HIDDEN, None, NAMES), float("nan")),
    "object with NaN": (np.where(HIDDEN, np.nan, NAMES), float("nan")),
    "a series with NA": (pd.Series(np.where(HIDDEN, pd.NA, IRIS.target), dtype=object), float("nan")),
    "text": (np.where(HIDDEN, "?", NAMES.astype(str)), "?"),
    "objects and −1": (np.where(HIDDEN, -1, NAMES), -1),
    "another number": (np.where(HIDDEN, 99, IRIS.target), 99),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_spellings_of_an_unknown_class(spelling):
    y, unknown = SPELLINGS[spelling]
    base, model = fit(PARTLY, unknown_label=-1), fit(y, unknown_label=unknown)
    assert len(model.classes_) == 3
    assert all(np.array_equal(a.means, b.means) for a, b in zip(model.mixtures_, base.mixtures_, strict=True))
    assert (model.predict(IRIS.data) == model.classes_[base.predict(IRIS.data)]).all()


@pytest.mark.parametrize("unknown", [None, float("nan"), "?", 99])
def test_minus_one_is_a_class_like_any_other(unknown):
    y = np.where(IRIS.target == 0, -1, 1)
    model, base = fit(y, unknown_label=unknown), fit(y + 1)
    assert list(model.classes_) == [-1, 1]
    assert model.joint_trace_ is None
    assert (model.predict(IRIS.data) == base.predict(IRIS.data) - 1).all()
    assert len(fit(PARTLY, unknown_label=unknown).classes_) == 4


@pytest.mark.parametrize("value", [np.nan, None])
def test_labels_without_a_value_are_refused_unless_unknown_label_says_so(value):
    y = np.where(HIDDEN, value, IRIS.target)
    with pytest.raises(InputError, match="NaN"):
        MixtureClassifier().fit(IRIS.data, y)
    with pytest.raises(InputError, match="give the class of some rows"):
        MixtureClassifier(unknown_label=-1).fit(IRIS.data, np.full(150, -1))


@pytest.mark.parametrize("family", ["full", "diag", "spherical", "tied", "tied-diag", "tied-spherical"])
@pytest.mark.parametrize("holes", [False, True], ids=["", "holes"])
def test_families_weights_and_holes(family, holes, tmp_path):
    rng = np.random.default_rng(1)
    X = np.where(rng.random(IRIS.data.shape) < 0.1, np.nan, IRIS.data) if holes else IRIS.data
    weights = rng.integers(0, 3, 150)
    with quiet():
        model = MixtureClassifier(covariance_type=family, unknown_label=-1, random_state=0)
        model.fit(X, PARTLY, sample_weight=weights)
        copies = clone(model).fit(np.repeat(X, weights, axis=0), np.repeat(PARTLY, weights))
    assert all(mixture.family.name == family for mixture in model.mixtures_)
    assert_close(copies.priors_, model.priors_, rtol=1e-3)
    for a, b in zip(copies.mixtures_, model.mixtures_, strict=True):
        assert_close(a.means, b.means, rtol=1e-2)
    assert (model.predict(X)[HIDDEN] == IRIS.target[HIDDEN]).mean() > 0.8
    model.save(tmp_path / "model.safetensors")
    for copy in (gaussmix.load(tmp_path / "model.safetensors"), pickle.loads(pickle.dumps(model))):
        assert (copy.predict_proba(X) == model.predict_proba(X)).all()
        assert copy.unknown_label == -1
        assert copy.joint_trace_.runs[0].n_iterations == model.joint_trace_.runs[0].n_iterations


def test_several_components_of_a_class():
    model = fit(PARTLY, K=2, covariance_type="diag", unknown_label=-1)
    assert [mixture.n_components for mixture in model.mixtures_] == [2, 2, 2]
    assert (model.predict(IRIS.data)[HIDDEN] == IRIS.target[HIDDEN]).mean() >= 0.9
    with pytest.raises(InputError, match=r"'tied'.*choose 'full', 'diag' or 'spherical'"):
        fit(PARTLY, K=2, covariance_type="tied", unknown_label=-1)


@pytest.mark.parametrize("order", [(1, 2, 0), (2, 1, 0), (0, 2, 1)])
def test_other_numbers_of_the_labels_number_the_parameters(order):
    names = np.array(order)
    renamed = np.where(HIDDEN, -1, names[IRIS.target])
    base, model = fit(PARTLY, unknown_label=-1), fit(renamed, unknown_label=-1)
    for k in range(3):
        assert_close(model.mixtures_[names[k]].means, base.mixtures_[k].means, rtol=1e-9)
    assert_close(model.priors_[names], base.priors_, rtol=1e-9)
    components, others = fit_components(PARTLY), fit_components(renamed)
    assert_close(others.means_[names], components.means_, rtol=1e-3)
    assert_close(others.covariances_[names], components.covariances_, rtol=1e-2)


def test_priors_that_are_given_are_for_predictions():
    base = fit(PARTLY, unknown_label=-1)
    model = fit(PARTLY, unknown_label=-1, priors=[0.2, 0.3, 0.5])
    assert (model.priors_ == [0.2, 0.3, 0.5]).all()
    assert model.mixtures_ == base.mixtures_


def test_nan_as_the_unknown_label_is_stored(tmp_path):
    model = fit(np.where(HIDDEN, np.nan, IRIS.target), unknown_label=float("nan"))
    model.save(tmp_path / "model.safetensors")
    loaded = gaussmix.load(tmp_path / "model.safetensors")
    assert np.isnan(loaded.unknown_label)
    assert (
        clone(loaded).fit(IRIS.data, np.where(HIDDEN, np.nan, IRIS.target)).classes_ == model.classes_
    ).all()
