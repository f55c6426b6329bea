"""dask-ml: our classes on dask's arrays and data frames."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gaussmix import GaussianMixture, MixtureClassifier

wrappers = pytest.importorskip("dask_ml.wrappers", reason="dask-ml is not installed: make test-clients")
da = pytest.importorskip("dask.array")
dd = pytest.importorskip("dask.dataframe")


def test_post_fit(rows, labels):
    chunks = da.from_array(rows, chunks=(50, 2))
    mixture = wrappers.ParallelPostFit(GaussianMixture(2, random_state=0)).fit(rows)
    np.testing.assert_array_equal(mixture.predict(chunks).compute(), mixture.estimator.predict(rows))
    classifier = wrappers.ParallelPostFit(MixtureClassifier(1)).fit(rows, labels)
    np.testing.assert_array_equal(classifier.predict(chunks).compute(), labels)
    np.testing.assert_allclose(
        classifier.predict_proba(chunks).compute(), classifier.estimator.predict_proba(rows)
    )


def test_post_fit_of_frames(rows, labels):
    frame = pd.DataFrame(rows, columns=["a", "b"])
    parts = dd.from_pandas(frame, npartitions=3)
    model = wrappers.ParallelPostFit(MixtureClassifier(1)).fit(frame, labels)
    np.testing.assert_array_equal(np.asarray(model.predict(parts).compute()), labels)


def test_arrays_and_frames_of_dask_as_rows(rows):
    base = GaussianMixture(2, random_state=0).fit(rows)
    chunks = da.from_array(rows, chunks=(50, 2))
    np.testing.assert_allclose(GaussianMixture(2, random_state=0).fit(chunks).means_, base.means_)
    parts = dd.from_pandas(pd.DataFrame(rows, columns=["a", "b"]), npartitions=3)
    np.testing.assert_allclose(GaussianMixture(2, random_state=0).fit(parts).means_, base.means_)


def test_a_grid_search(rows):
    from dask_ml.model_selection import GridSearchCV

    model = GridSearchCV(GaussianMixture(random_state=0), {"n_components": [1, 2]}, cv=2).fit(rows)
    assert model.best_params_ == {"n_components": 2}
