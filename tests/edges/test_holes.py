"""Missing values in every container, and problems at the edge of what can be fitted with them."""

from __future__ import annotations

import io
import warnings
from contextlib import redirect_stdout

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.exceptions import ConvergenceWarning

from gaussmix import GaussianMixture, Mixture, select
from gaussmix.engines import SerialEngine
from gaussmix.errors import DataWarning, InputError
from gaussmix.fitting import Aitken

from ..support import NAMES, assert_close, quiet

N = 80
RNG = np.random.default_rng(0)
TRUTH = RNG.integers(0, 2, N)
COMPLETE = RNG.standard_normal((N, 2)) + 6.0 * TRUTH[:, None]
X = np.where(RNG.random((N, 2)) < 0.2, np.nan, COMPLETE)
SOME = np.where(np.arange(N) < 9, TRUTH, -1)
NULLS = pl.DataFrame(X, schema=["a", "b"]).fill_nan(None)
FRAME = pd.DataFrame(X, columns=["a", "b"])


def fit(rows, K=2, known=None, **options):
    with quiet():
        return GaussianMixture(K, **{"random_state": 0, **options}).fit(rows, **(known or {}))


def assert_ascends(model):
    bounds = np.array(model.lower_bounds_)
    assert np.isfinite(bounds).all()
    assert (np.diff(bounds) >= -1e-9 * np.abs(bounds[:-1])).all()


PLAIN = fit(X, search="off")
CONTAINERS = {
    "pandas": FRAME,
    "pandas, nullable": FRAME.convert_dtypes(),
    "pandas, of Arrow": FRAME.convert_dtypes(dtype_backend="pyarrow"),
    "pandas, objects": FRAME.astype(object).where(FRAME.notna(), None),
    "polars": NULLS,
    "Arrow": NULLS.to_arrow(),
    "lists": [[None if np.isnan(value) else value for value in row] for row in X],
    "objects": np.where(np.isnan(X), None, X),
    "masked": np.ma.masked_array(np.where(np.isnan(X), 1e300, X), np.isnan(X)),
    "masked infinity": np.ma.masked_array(np.where(np.isnan(X), np.inf, X), np.isnan(X)),
    "Fortran order": np.asfortranarray(X),
    "strided": np.repeat(X, 2, axis=1)[:, ::2],
    "other byte order": X.astype(">f8"),
}


@pytest.mark.filterwarnings("ignore:X has feature names")
@pytest.mark.parametrize("kind", CONTAINERS)
def test_containers_with_gaps(kind):
    model = fit(CONTAINERS[kind], search="off")
    assert_close(model.means_, PLAIN.means_, rtol=1e-12)
    assert_close(model.predict_proba(CONTAINERS[kind]), PLAIN.predict_proba(X), atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_masked_arrays_keep_their_precision(dtype):
    masked = np.ma.masked_array((100 * COMPLETE).astype(dtype), np.isnan(X))
    model = fit(masked, search="off")
    assert_close(np.sort(model.means_, axis=0), 100 * np.sort(PLAIN.means_, axis=0), rtol=1e-2)
    assert model.means_.dtype == (np.float32 if dtype is np.float32 else np.float64)


def test_a_masked_weight_is_none():
    with pytest.raises(InputError, match=r"sample_weight\[3\] is nan"):
        GaussianMixture(2).fit(X, sample_weight=np.ma.masked_array(np.ones(N), np.arange(N) == 3))
    with pytest.raises(InputError, match="labels has masked entries"):
        GaussianMixture(2).fit(X, labels=np.ma.masked_array(SOME, SOME < 0))


EMPTY_ROWS = np.where((np.arange(N) % 4 == 0)[:, None], np.nan, X)
NEVER_TOGETHER = np.where(np.arange(N)[:, None] % 2 == np.arange(2), np.nan, COMPLETE)
CONSTANT = np.where([True, False], X, np.where(np.isnan(X), np.nan, 3.0))
WIDE = np.where(RNG.random((7, 9)) < 0.2, np.nan, RNG.standard_normal((7, 9)))
EDGES = {
    "one component": (X, 1, {}),
    "rows without any value": (EMPTY_ROWS, 2, {}),
    "columns never seen together": (NEVER_TOGETHER, 2, {}),
    "a constant column": (CONSTANT, 2, {}),
    "one column": (X[:, :1], 2, {"noise": np.full((N, 1), 0.1)}),
    "fewer rows than columns": (WIDE, 2, {}),
    "float32": (X.astype(np.float32), 2, {"noise": np.full((N, 2), 0.1), "labels": SOME}),
    "errors in one column": (X, 2, {"noise": [0.0, 0.3]}),
    "errors above the spread": (X, 2, {"noise": [100.0, 100.0]}),
    "one error for all rows": (X, 2, {"noise": np.array([[[0.2, 0.1], [0.1, 0.3]]])}),
    "all rows labelled": (X, 2, {"labels": TRUTH}),
    "labels of two of four": (X, 4, {"labels": SOME}),
    "labelled rows without weight": (X, 2, {"labels": SOME, "sample_weight": 1.0 * (SOME < 0)}),
    "no weight on holes": (X, 2, {"sample_weight": 1.0 * ~np.isnan(X).any(axis=1)}),
}


@pytest.mark.parametrize("noise_component", [False, True], ids=["", "noise"])
@pytest.mark.parametrize("family", NAMES)
@pytest.mark.parametrize("edge", EDGES)
def test_edges(edge, family, noise_component):
    rows, K, known = EDGES[edge]
    if noise_component and edge == "a constant column":
        pytest.skip("the region of the data has no volume: see tests/estimators/test_combinations.py")
    options = {"covariance_type": family, "noise_component": noise_component, "max_iter": 100}
    model = fit(rows, K, known, **options)
    assert_ascends(model)
    assert np.isfinite(model.impute(rows)).all()
    assert_close(model.predict_proba(rows).sum(axis=1), np.ones(len(rows)), rtol=1e-6)


def test_rows_without_any_value_weigh_on_the_weights_only():
    labels = np.where(np.arange(N) % 4 == 0, 1, -1)
    seen = ~np.isnan(EMPTY_ROWS).all(axis=1)
    for known, weights in ((None, None), ({"labels": labels}, {"labels": labels[seen]})):
        init = Mixture([0.5, 0.5], [[0.0, 0.0], [6.0, 6.0]], [1.0, 1.0])
        every = fit(EMPTY_ROWS, 2, known, init_params=init, acceleration="off")
        others = fit(EMPTY_ROWS[seen], 2, weights, init_params=init, acceleration="off")
        assert_close(every.means_, others.means_, rtol=1e-3)
        assert_close(every.mixture_.covariances.dense(), others.mixture_.covariances.dense(), rtol=1e-2)
        moved = every.weights_[1] - others.weights_[1]
        assert (moved > 0.05) == (known is not None)
    assert_close(every.score_samples([[np.nan, np.nan]]), [0.0], atol=1e-12)


OPTIONS = {
    "a constant on the diagonal": {"reg_covar": 1e-6},
    "no acceleration": {"acceleration": "off"},
    "one iteration": {"max_iter": 1},
    "three iterations": {"max_iter": 3},
    "a dozen iterations": {"max_iter": 12},
    "starts without a search": {"search": "off", "n_init": 3},
    "a mixture": {"init_params": Mixture([0.5, 0.5], [[0.0, 0.0], [6.0, 6.0]], [1.0, 1.0])},
    "means": {"init_params": [[0.0, 0.0], [6.0, 6.0]]},
    "start labels": {"init_params": np.where(np.arange(N) % 3, TRUTH, -1)},
    "responsibilities": {"init_params": 0.8 * np.eye(2)[TRUTH] + 0.1},
    "weights alone": {"weights_init": [0.3, 0.7]},
    "an engine of one's own": {"engine": SerialEngine()},
}


@pytest.mark.parametrize("noise_component", [False, True], ids=["", "noise"])
@pytest.mark.parametrize("name", OPTIONS)
def test_options(name, noise_component):
    model = fit(X, 2, noise_component=noise_component, **OPTIONS[name])
    assert_ascends(model)
    assert model.n_iter_ <= model.max_iter
    if model.max_iter >= 1000:
        least = fit(X, 2, noise_component=noise_component).score(X)
        assert model.score(X) == pytest.approx(least, abs=1e-4)


@pytest.mark.parametrize("scale", [1e150, 1e-150, 1e100, [1e140, 1e-140]], ids=str)
@pytest.mark.parametrize("family", ["full", "diag", "tied"])
def test_extreme_units(family, scale):
    units = np.broadcast_to(scale, (2,))
    means, options = np.array([[0.0, 0.0], [6.0, 6.0]]), {"covariance_type": family, "tol": Aitken(1e-9)}
    for volume, errors in ((150.0, 0.0), (False, 0.1), (150.0, 0.1)):
        base = fit(X, 2, {"noise": [errors] * 2}, init_params=means, noise_component=volume, **options)
        # (The default volume is that of principal axes, which depend on the units of the columns.)
        known = {"noise": errors * units**2}
        volume *= units[0] * units[1]
        moved = fit(
            X * units, 2, known, init_params=means * units, noise_component=volume or False, **options
        )
        assert_close(moved.means_ / units, base.means_, rtol=1e-4)
        assert_close(moved.weights_, base.weights_, rtol=1e-4)


@pytest.mark.parametrize("stop_at", [1, 2, 5, 12])
@pytest.mark.parametrize("noise_component", [False, True], ids=["", "noise"])
def test_a_callback_stops_the_fit(stop_at, noise_component):
    seen = []

    def stop(step):
        seen.append(step.stage)
        return len(seen) == stop_at

    model = fit(X, 3, noise_component=noise_component, callbacks=stop, tol=0, max_iter=100)
    assert len(seen) == stop_at
    assert not model.converged_
    assert model.trace_.runs[model.trace_.best].status == "stopped"
    assert np.isfinite(model.score(X))


@pytest.mark.parametrize(
    "known", [{}, {"noise": np.full((N, 2), 0.1)}, {"labels": SOME}], ids=["holes", "errors", "labels"]
)
@pytest.mark.parametrize("noise_component", [False, True], ids=["", "noise"])
def test_a_warm_start_goes_on(known, noise_component):
    options = {"noise_component": noise_component, "search": "off"}
    whole = fit(X, 2, known, **options)
    model = GaussianMixture(2, warm_start=True, max_iter=5, random_state=0, **options)
    with quiet():
        for _ in range(200):
            if model.fit(X, **known).converged_:
                break
    assert_close(model.means_, whole.means_, rtol=1e-12)


def test_refusals_name_the_component_and_the_shape():
    with pytest.raises(InputError, match="all rows of positive weight from component 1 of 2"):
        GaussianMixture(2).fit(X, labels=np.zeros(N, dtype=int))
    weights = np.where(TRUTH == 0, 0.0, 1.0)
    with pytest.raises(InputError, match="all rows of positive weight from component 0 of 2"):
        GaussianMixture(2).fit(X, labels=TRUTH, sample_weight=weights)
    with pytest.raises(InputError, match="all rows of positive weight from component 0"):
        GaussianMixture(2, noise_component=True).fit(X, labels=np.tile([False, False, True], (N, 1)))
    with pytest.raises(InputError, match=r"give flags \(80, 2\)\."):
        GaussianMixture(2).fit(X, labels=np.ones((N, 3), dtype=bool))
    with pytest.raises(InputError, match="a column more is for the noise component"):
        GaussianMixture(2, noise_component=True).fit(X, labels=np.ones((N, 4), dtype=bool))


def test_rows_that_are_known_to_be_noise():
    flags = np.ones((N, 3), dtype=bool)
    flags[:9] = [False, False, True]
    model = fit(X, 2, {"labels": flags}, noise_component=True)
    assert_ascends(model)
    assert model.mixture_.uniform.weight >= 9 / N - 1e-9


def test_progress_has_whole_lines():
    out = io.StringIO()
    with redirect_stdout(out):
        fit(X, 3, noise_component=True, verbose=2, verbose_interval=1)
    lines = out.getvalue().splitlines()
    assert any(line.startswith("Iteration") for line in lines)
    assert all(len(line) < 120 for line in lines)
    assert "nan" not in out.getvalue()


@pytest.mark.parametrize("n_components", [1, 2])
@pytest.mark.parametrize("covariance_type", ["full", "diag", "tied", "VVE"])
def test_a_constant_column_with_gaps_never_lowers_the_likelihood(
    covariance_type: str, n_components: int
) -> None:
    rows = np.random.default_rng(0).normal(size=(300, 3))
    rows[:, 1] = 4.0
    rows[::5, 0], rows[3::7, 1] = np.nan, np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        warnings.simplefilter("ignore", DataWarning)
        model = GaussianMixture(n_components, covariance_type=covariance_type, random_state=0).fit(rows)
    assert np.diff(model.lower_bounds_).min() > -1e-9
    assert np.allclose(model.means_[:, 1], 4.0)


@pytest.mark.parametrize("call", [lambda file: GaussianMixture(2).fit(file), lambda file: select(file, [1])])
def test_an_empty_column_of_a_file_is_named(call, tmp_path):
    FRAME.assign(gone=np.nan).to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(InputError, match="column 'gone' of X has no value"):
        call(tmp_path / "rows.csv")


def test_a_column_without_a_value_in_a_weighted_row_is_named():
    with pytest.raises(InputError, match="column 'b' of X has no value in any row of positive weight"):
        GaussianMixture(2).fit(FRAME, sample_weight=FRAME["b"].isna().to_numpy(float))
