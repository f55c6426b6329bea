"""mlflow: autologging of fits, and models that it keeps and serves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gaussmix import GaussianMixture, MixtureClassifier

mlflow = pytest.importorskip("mlflow", reason="mlflow is not installed: make test-clients")
pytest.importorskip("mlflow.sklearn")


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow.set_tracking_uri(tmp_path.joinpath("runs").as_uri())
    mlflow.sklearn.autolog(log_models=False)
    with mlflow.start_run() as started:
        yield started
    mlflow.sklearn.autolog(disable=True)


def params_of(run):
    return mlflow.get_run(run.info.run_id).data.params


def test_a_grid_search_is_logged(run, rows):
    model = GridSearchCV(GaussianMixture(random_state=0), {"n_components": [1, 2]}, cv=2).fit(rows)
    assert params_of(run)["best_n_components"] == "2"
    assert np.isfinite(mlflow.get_run(run.info.run_id).data.metrics["best_cv_score"])
    assert model.best_estimator_.converged_


def test_a_pipeline_is_logged(run, rows, labels):
    make_pipeline(StandardScaler(), MixtureClassifier(2, random_state=0)).fit(rows, labels)
    assert params_of(run)["mixtureclassifier__n_components"] == "2"


@pytest.mark.parametrize("kind", [GaussianMixture, MixtureClassifier])
def test_a_model_is_kept_and_served(run, rows, labels, kind):
    frame = pd.DataFrame(rows, columns=["a", "b"])
    model = kind(2, random_state=0).fit(frame, labels)
    # By cloudpickle, for the format of this version takes only classes that it trusts.
    kept = mlflow.sklearn.log_model(model, name="model", serialization_format="cloudpickle")
    np.testing.assert_array_equal(
        mlflow.sklearn.load_model(kept.model_uri).predict(frame), model.predict(frame)
    )
    served = mlflow.pyfunc.load_model(kept.model_uri)
    np.testing.assert_array_equal(served.predict(frame), model.predict(frame))
