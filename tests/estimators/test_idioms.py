"""What people write with scikit-learn's ``GaussianMixture``, in its guide and in tutorials, with our class."""

from __future__ import annotations

import io
import itertools
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy import linalg
from scipy.stats import multivariate_normal, norm
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris, make_blobs
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture as ScikitLearnMixture
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from gaussmix import GaussianMixture

from ..support import quiet

IRIS = load_iris(as_frame=True).data
X = IRIS.to_numpy()
BLOBS, TRUTH = make_blobs(n_samples=600, centers=4, cluster_std=0.6, random_state=0)
TYPES = ["spherical", "tied", "diag", "full"]


@pytest.fixture(autouse=True)
def quietly():
    with quiet():
        yield


@pytest.mark.parametrize("covariance_type", TYPES)
@pytest.mark.parametrize("seed", range(3))
def test_from_the_same_start_the_numbers_are_those_of_scikit_learn(covariance_type, seed):
    options = {"covariance_type": covariance_type, "tol": 1e-3, "reg_covar": 1e-6, "max_iter": 100}
    for rows in (X, BLOBS, np.tan(BLOBS / 10)):
        theirs = ScikitLearnMixture(3, random_state=seed, **options).fit(rows)
        start = ScikitLearnMixture(3, random_state=seed, **{**options, "max_iter": 0}).fit(rows)
        given = {f"{name}_init": getattr(start, f"{name}_") for name in ("weights", "means", "precisions")}
        ours = GaussianMixture(3, **options, **given).fit(rows)
        assert ours.n_iter_ == theirs.n_iter_
        assert ours.converged_ == theirs.converged_
        assert ours.lower_bound_ == pytest.approx(theirs.lower_bound_, rel=1e-9)
        assert ours.means_ == pytest.approx(theirs.means_, rel=1e-7)
        assert ours.bic(rows) == pytest.approx(theirs.bic(rows), rel=1e-9)
        assert np.array_equal(ours.predict(rows), theirs.predict(rows))


def test_the_lowest_bic_of_a_loop():
    best = min(
        (
            GaussianMixture(K, covariance_type=kind, random_state=0).fit(BLOBS)
            for kind in TYPES
            for K in range(1, 7)
        ),
        key=lambda model: model.bic(BLOBS),
    )
    assert best.n_components == 4
    assert best.covariance_type in ("spherical", "tied")  # the blobs are round and of one size


def lower_bic(model, rows, y=None):
    return -model.bic(rows)


SCORINGS = {
    "two arguments": lambda model, rows: -model.bic(rows),
    "three arguments": lower_bic,
    "none": None,
    "several": {
        "bic": lambda model, rows, y=None: -model.bic(rows),
        "aic": lambda model, rows, y=None: -model.aic(rows),
    },
}


@pytest.mark.parametrize("scoring", SCORINGS)
def test_a_grid_search(scoring):
    grid = {"n_components": [2, 4], "covariance_type": ["spherical", "full"]}
    refit = "bic" if scoring == "several" else True
    search = GridSearchCV(GaussianMixture(random_state=0), grid, scoring=SCORINGS[scoring], refit=refit, cv=3)
    search.fit(BLOBS)
    assert search.best_params_["n_components"] == 4
    assert len(pd.DataFrame(search.cv_results_)) == 4


@pytest.mark.parametrize("covariance_type", TYPES)
def test_ellipses_from_the_covariances(covariance_type):
    model = GaussianMixture(3, covariance_type=covariance_type, random_state=0).fit(X)
    for k in range(3):
        covariance = {
            "full": lambda k=k: model.covariances_[k][:2, :2],
            "tied": lambda: model.covariances_[:2, :2],
            "diag": lambda k=k: np.diag(model.covariances_[k][:2]),
            "spherical": lambda k=k: np.eye(model.means_.shape[1])[:2, :2] * model.covariances_[k],
        }[covariance_type]()
        values, vectors = linalg.eigh(covariance)
        angle = np.degrees(np.arctan2(vectors[0][1], vectors[0][0]))
        assert (2.0 * np.sqrt(2.0) * np.sqrt(values) > 0).all()
        assert np.isfinite(angle)


def test_densities_by_scipy_are_the_same():
    model = GaussianMixture(3, random_state=0).fit(X)
    parts = zip(model.weights_, model.means_, model.covariances_, strict=True)
    density = sum(w * multivariate_normal(mean=m, cov=c).pdf(X) for w, m, c in parts)
    assert np.log(density) == pytest.approx(model.score_samples(X), rel=1e-9)


def test_a_density_of_one_column():
    rows = BLOBS[:, :1]
    model = GaussianMixture(2, random_state=0).fit(rows)
    grid = np.linspace(-5, 5, 50)
    parts = zip(model.weights_.ravel(), model.means_.ravel(), model.covariances_.ravel(), strict=True)
    density = sum(w * norm.pdf(grid, m, np.sqrt(c)) for w, m, c in parts)
    assert density == pytest.approx(np.exp(model.score_samples(grid.reshape(-1, 1))), rel=1e-9)


@pytest.mark.parametrize("init_params", ["kmeans", "random_from_data", "k-means++", "random"])
def test_the_means_of_each_start_and_what_becomes_of_them(init_params):
    options = {"init_params": init_params, "tol": 1e-9, "random_state": 0}
    first = GaussianMixture(4, max_iter=0, **options).fit(BLOBS)
    assert first.n_iter_ == 0
    last = GaussianMixture(4, means_init=first.means_, max_iter=2000, **options).fit(BLOBS)
    assert last.converged_
    assert last.score(BLOBS) > first.score(BLOBS)


def test_class_means_as_the_start():
    centres = np.array([BLOBS[k == TRUTH].mean(axis=0) for k in range(4)])
    model = GaussianMixture(4, max_iter=20, random_state=0)
    model.means_init = centres
    labels = model.fit(BLOBS).predict(BLOBS)
    assert (labels == TRUTH).mean() > 0.9  # in the order of the given means
    centres = KMeans(4, n_init=1, random_state=0).fit(BLOBS).cluster_centers_
    assert GaussianMixture(4, means_init=centres).fit(BLOBS).converged_


def test_a_loop_of_warm_starts_shows_em_step_by_step():
    model, steps = GaussianMixture(4, warm_start=True, max_iter=1, random_state=0), []
    for _ in range(15):
        steps.append(model.fit(BLOBS).lower_bound_)
    whole = GaussianMixture(4, search="off", max_iter=15, tol=0, acceleration="off", random_state=0).fit(
        BLOBS
    )
    assert np.array(steps) == pytest.approx(whole.lower_bounds_, rel=1e-9)


def test_anomalies_are_the_rows_of_low_density():
    rows = np.vstack([BLOBS, [[30.0, 30.0]]])
    pipe = make_pipeline(StandardScaler(), GaussianMixture(4, random_state=0)).fit(BLOBS)
    scores = pipe.score_samples(rows)
    assert np.flatnonzero(scores < np.percentile(scores, 0.1)).tolist() == [len(rows) - 1]


def test_pipelines():
    pipe = make_pipeline(StandardScaler(), PCA(2), GaussianMixture(3, random_state=0))
    labels = pipe.set_output(transform="pandas").fit(IRIS).predict(IRIS)
    assert pipe[-1].feature_names_in_.tolist() == ["pca0", "pca1"]
    assert np.array_equal(pipe.fit_predict(IRIS), labels)
    pipe.set_params(gaussianmixture__n_components=2).fit(IRIS)
    assert set(pipe.predict(IRIS)) == {0, 1}
    assert cross_val_score(pipe, IRIS, cv=KFold(3, shuffle=True, random_state=0)).shape == (3,)


def test_a_column_of_labels_goes_into_the_frame():
    frame = IRIS.copy()
    model = GaussianMixture(3, random_state=0).fit(frame)
    frame["cluster"] = model.predict(frame)
    assert frame.groupby("cluster").size().sum() == len(frame)
    with pytest.raises(ValueError, match="cluster"):
        model.predict(frame)


def test_arrays_that_were_saved():
    model, file = GaussianMixture(3, random_state=0).fit(X), io.BytesIO()
    np.savez(file, weights=model.weights_, means=model.means_, covariances=model.covariances_)
    file.seek(0)
    saved = np.load(file)
    again = GaussianMixture(n_components=len(saved["means"]), covariance_type="full")
    # As in the answer that most people find: a lower triangular root, then the rest.
    again.precisions_cholesky_ = np.linalg.cholesky(np.linalg.inv(saved["covariances"]))
    again.weights_ = saved["weights"]
    again.means_ = saved["means"]
    again.covariances_ = saved["covariances"]
    assert again.score_samples(X) == pytest.approx(model.score_samples(X), rel=1e-9)


def test_a_subclass_whose_fit_takes_no_weights():
    class Ordered(GaussianMixture):
        def fit(self, X, y=None):
            super().fit(X)
            order = np.argsort(self.means_[:, 0])
            self.weights_, self.means_, self.covariances_ = (
                self.weights_[order],
                self.means_[order],
                self.covariances_[order],
            )
            return self

    model = Ordered(3, random_state=0)
    labels = model.fit_predict(X)
    assert (np.diff(model.means_[:, 0]) > 0).all()
    assert np.array_equal(labels, model.predict(X))
    assert np.array_equal(clone(model).fit_predict(X), labels)


def test_copies_and_lists_of_models():
    models = {K: GaussianMixture(K, random_state=0).fit(X) for K in (1, 2)}
    file = io.BytesIO()
    joblib.dump(models, file)
    file.seek(0)
    again = joblib.load(file)
    for K, model in models.items():
        assert np.array_equal(again[K].predict_proba(X), model.predict_proba(X))
    assert clone(models[2]).get_params() == models[2].get_params()
    for name in ("means_", ["weights_", "covariances_"], None):
        check_is_fitted(models[1], name)


def test_samples_go_back_through_a_projection():
    pca = PCA(0.99, whiten=True).fit(X)
    drawn, labels = GaussianMixture(3, random_state=0).fit(pca.transform(X)).sample(100)
    assert pca.inverse_transform(drawn).shape == (100, 4)
    assert set(labels) <= {0, 1, 2}


def test_every_pair_of_names_and_defaults_of_scikit_learn_is_taken():
    theirs = ScikitLearnMixture().get_params()
    model = GaussianMixture(**theirs)
    assert {name: model.get_params()[name] for name in theirs} == theirs
    model.fit(X)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pairs = itertools.product(TYPES, ["kmeans", "k-means++", "random", "random_from_data"])
        for covariance_type, init_params in pairs:
            model.set_params(covariance_type=covariance_type, init_params=init_params, n_components=2).fit(X)
            assert model.weights_.sum() == pytest.approx(1.0)
