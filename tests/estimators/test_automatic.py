"""``n_components="auto"`` and ``covariance_type="auto"``, also in pipelines and searches of scikit-learn."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import gaussmix
from gaussmix import GaussianMixture, plots, select
from gaussmix.errors import InputError

from ..support import quiet

FAITHFUL = gaussmix.datasets.load_faithful().data


@pytest.fixture(scope="module")
def fitted():
    return GaussianMixture("auto", covariance_type="tied", random_state=0).fit(FAITHFUL)


def test_the_number_of_components_is_that_of_the_lowest_bic(fitted):
    assert fitted.mixture_.n_components == 3
    assert fitted.bic(FAITHFUL) <= 2314.316 + 2e-3  # mclust 6.1.3: EEE,3
    assert [model.n_components for model in fitted.candidates_] == list(range(1, 10))
    assert fitted.bic(FAITHFUL) == pytest.approx(min(model.bic for model in fitted.candidates_), abs=1e-3)
    assert fitted.get_params()["n_components"] == "auto"


def test_the_family_is_that_of_the_lowest_bic():
    X = gaussmix.datasets.random_mixture(1, 3, random_state=2).sample(150, random_state=0)[0]
    with quiet():
        model = GaussianMixture(1, covariance_type="auto", random_state=0).fit(X)
    assert model.bic(X) == pytest.approx(select(X, 1, random_state=0).best.bic, abs=1e-3)
    assert model.covariances_.shape == model.mixture_.family.shape(1, 3)


def test_one_column():
    model = GaussianMixture("auto", covariance_type="auto", random_state=0).fit(FAITHFUL[:, :1])
    assert len(model.candidates_) == 18
    assert model.mixture_.n_components == 3


def test_what_was_compared_is_drawn(fitted):
    assert [ax.get_ylabel() for ax in plots.selection(fitted).axes] == [
        "BIC (lower is better)",
        "",
        "BIC above the best",
    ]


def test_without_a_choice_there_are_no_candidates(fitted):
    again = clone(fitted).set_params(n_components=2).fit(FAITHFUL)
    assert again.candidates_ is None
    refitted = clone(fitted).fit(FAITHFUL)
    assert refitted.set_params(n_components=2).fit(FAITHFUL).candidates_ is None


def test_saved_and_pickled(fitted, tmp_path):
    fitted.save(tmp_path / "model.safetensors")
    for other in (gaussmix.load(tmp_path / "model.safetensors"), pickle.loads(pickle.dumps(fitted))):
        assert other.mixture_ == fitted.mixture_
        assert other.get_params() == fitted.get_params()
        assert other.score(FAITHFUL) == fitted.score(FAITHFUL)


def test_attributes_can_be_set(fitted):
    model = clone(fitted).fit(FAITHFUL)
    model.means_ = model.means_ + 1.0
    np.testing.assert_allclose(model.means_, fitted.means_ + 1.0)


@pytest.mark.parametrize(
    "given",
    [
        {"means_init": np.zeros((2, 2))},
        {"weights_init": [0.5, 0.5]},
        {"init_params": np.zeros(272, dtype=int)},
        {"init_params": gaussmix.Mixture([1.0], [[3.0, 70.0]], [[[1.0, 0.0], [0.0, 1.0]]])},
        {"precisions_init": np.ones((2, 2))},
    ],
)
def test_the_start_of_one_model_is_refused(given):
    with pytest.raises(InputError, match="start of one model"):
        GaussianMixture("auto", **given).fit(FAITHFUL)


def test_no_sound_model_is_an_error():
    with quiet(), pytest.raises(InputError, match="models is sound"):
        GaussianMixture("auto", covariance_type="full").fit(np.random.default_rng(0).normal(size=(4, 6)))


def test_few_rows_limit_the_number_of_components():
    with quiet():
        model = GaussianMixture("auto", covariance_type="tied-spherical", random_state=0).fit(FAITHFUL[:6])
    assert [each.n_components for each in model.candidates_] == list(range(1, 7))


def test_what_is_known_of_rows_is_passed_on():
    X = FAITHFUL.copy()
    X[::9, 0] = np.nan
    weights = np.random.default_rng(0).integers(1, 3, len(X))
    with quiet():
        model = GaussianMixture("auto", covariance_type="tied-diag", random_state=0, search="off")
        model.fit(X, sample_weight=weights, noise=np.full(X.shape, 0.01))
    assert model.mixture_.n_components >= 2


def test_a_pipeline_and_cross_validation():
    pipeline = make_pipeline(
        StandardScaler(), GaussianMixture("auto", covariance_type="tied", random_state=0)
    )
    pipeline.fit(FAITHFUL)
    assert pipeline[-1].mixture_.n_components == 3
    with quiet():
        assert np.isfinite(cross_val_score(pipeline, FAITHFUL, cv=2)).all()


def test_a_grid_search_over_models():
    grid = {"n_components": [1, 2, 3, "auto"], "covariance_type": ["tied", "spherical"]}
    with quiet():
        found = GridSearchCV(GaussianMixture(random_state=0, search="off"), grid, cv=3, error_score="raise")
        found.fit(FAITHFUL)
    assert found.best_params_["covariance_type"] == "tied"
    assert found.best_params_["n_components"] != 1
    assert np.isfinite(found.cv_results_["mean_test_score"]).all()
