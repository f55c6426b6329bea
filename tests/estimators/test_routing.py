"""Metadata routing of weights through pipelines and searches, and the tags of the class."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn
from scipy.sparse import csr_array
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.mixture import GaussianMixture as ScikitLearnMixture
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, cross_validate
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

from gaussmix import GaussianMixture, MixtureClassifier
from gaussmix.errors import InputTypeError

from ..support import clusters

X = clusters(np.random.default_rng(41), 240, 3, 2)
WEIGHTS = np.random.default_rng(42).integers(0, 4, len(X)).astype(float)
REPEATED = np.repeat(X, WEIGHTS.astype(int), axis=0)


@pytest.fixture(autouse=True)
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def mixture(K=3, **options):
    options = {"random_state": 0, "search": "off", "means_init": X[[0, 50, 100]][:K], **options}
    return GaussianMixture(K, **options)


def scaled_mixture():
    return mixture(2, means_init=[[-1.0, -1.0], [1.0, 1.0]])


def requested(model):
    return model.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)


def test_weights_reach_the_last_step_of_a_pipeline():
    pipe = Pipeline(
        [
            ("scale", StandardScaler().set_fit_request(sample_weight=True)),
            ("mix", requested(scaled_mixture())),
        ]
    )
    pipe.fit(X, sample_weight=WEIGHTS)
    alone = make_pipeline(StandardScaler(), scaled_mixture()).fit(REPEATED)
    assert pipe[-1].means_ == pytest.approx(alone[-1].means_, rel=1e-4)
    assert pipe.score(X, sample_weight=WEIGHTS) == pytest.approx(alone.score(REPEATED), rel=1e-6)
    assert np.array_equal(pipe.fit_predict(X, sample_weight=WEIGHTS), pipe.predict(X))


def test_weights_that_were_not_requested_do_not_reach_it():
    scale = StandardScaler().set_fit_request(sample_weight=True)
    pipe = make_pipeline(scale, scaled_mixture().set_fit_request(sample_weight=False))
    pipe.fit(X, sample_weight=WEIGHTS)
    scaled = scale.fit(X, sample_weight=WEIGHTS).transform(X)
    assert np.array_equal(pipe[-1].means_, scaled_mixture().fit(scaled).means_)


def test_weights_without_a_word_are_refused():
    with pytest.raises(UnsetMetadataPassedError, match="GaussianMixture.fit"):
        make_pipeline(StandardScaler().set_fit_request(sample_weight=True), scaled_mixture()).fit(
            X, sample_weight=WEIGHTS
        )


@pytest.mark.parametrize("search", [GridSearchCV, RandomizedSearchCV])
def test_weights_reach_fits_and_scores_of_a_search(search):
    options = {"n_iter": 2, "random_state": 0} if search is RandomizedSearchCV else {}
    model = search(requested(mixture(means_init=None)), {"n_components": [1, 3]}, cv=3, **options)
    model.fit(X, sample_weight=WEIGHTS)
    first = np.ones(len(X), dtype=bool)
    first[: len(X) // 3] = False
    one = mixture(1, means_init=None).fit(X[first], sample_weight=WEIGHTS[first])
    expected = one.score(X[~first], sample_weight=WEIGHTS[~first])
    position = [params["n_components"] for params in model.cv_results_["params"]].index(1)
    assert model.cv_results_["split0_test_score"][position] == pytest.approx(expected)


def test_weights_reach_cross_validation():
    found = cross_validate(
        requested(mixture()), X, params={"sample_weight": WEIGHTS}, cv=3, return_estimator=True
    )
    train = np.arange(len(X)) >= len(X) // 3
    expected = mixture().fit(X[train], sample_weight=WEIGHTS[train])
    assert found["test_score"][0] == pytest.approx(expected.score(X[~train], sample_weight=WEIGHTS[~train]))


def test_another_name_of_the_weights():
    model = GridSearchCV(
        mixture().set_fit_request(sample_weight="counts").set_score_request(sample_weight="counts"),
        {"tol": [1e-3]},
        cv=2,
    )
    model.fit(X, counts=WEIGHTS)
    assert model.best_estimator_.means_ == pytest.approx(mixture(tol=1e-3).fit(REPEATED).means_, rel=1e-6)


def test_weights_of_a_classifier():
    y = X[:, 0] > X[:, 0].mean()
    options = {"n_components": 1, "random_state": 0}
    pipe = make_pipeline(
        StandardScaler().set_fit_request(sample_weight=True),
        MixtureClassifier(**options).set_fit_request(sample_weight=True),
    ).fit(X, y, sample_weight=WEIGHTS)
    again = make_pipeline(StandardScaler(), MixtureClassifier(**options))
    again.fit(REPEATED, np.repeat(y, WEIGHTS.astype(int)))
    assert pipe.predict_proba(X) == pytest.approx(again.predict_proba(X), rel=1e-6)


def test_the_methods_that_take_weights_say_so():
    requests = requested(mixture()).get_metadata_routing()
    assert requests.fit.requests == {
        "sample_weight": True,
        "noise": None,
        "labels": None,
        "projections": None,
        "checkpoint": None,
    }
    assert requests.score.requests == {"sample_weight": True, "noise": None, "projections": None}


# ----------------------------------------------------------------------------------------------------------- tags


def test_tags_are_those_of_scikit_learn_with_array_api_in_every_case():
    ours, theirs = get_tags(GaussianMixture()), get_tags(ScikitLearnMixture(init_params="random"))
    theirs.array_api_support = True  # theirs from 1.8 on, with some starts and without warm_start
    theirs.input_tags.allow_nan = True
    assert ours == theirs
    assert get_tags(GaussianMixture(warm_start=True, init_params="kmeans")).array_api_support
    assert get_tags(make_pipeline(StandardScaler(), GaussianMixture())).estimator_type == "density_estimator"


def test_what_the_tags_deny_is_refused():
    tags = get_tags(GaussianMixture()).input_tags
    assert not tags.sparse
    with pytest.raises(InputTypeError, match="sparse"):
        mixture().fit(csr_array(X))
