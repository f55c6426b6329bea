"""Values from 1e-150 to 1e150 give the same answer in other units; beyond that, a sentence."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import GaussianMixture, MixtureClassifier
from gaussmix.errors import GaussmixError

from ..support import NAMES, assert_close, clusters, fit

X = clusters(np.random.default_rng(4), 150, 2, 2)
POWERS = [1e-150, 1e-100, 1e-20, 1e-5, 1e5, 1e20, 1e100, 1e150]
BY_COLUMN = [(1e-150, 1e150), (1.0, 1e-150), (1e150, 1.0), (1e-8, 1e8), (1e-40, 1e-90)]


def assert_scaled(model, base, scale, rows):
    """Compare a fit of rows * scale with the fit of rows."""
    scale = np.asarray(scale)
    assert_close(model.weights_, base.weights_, rtol=1e-8)
    assert_close(model.means_ / scale, base.means_, rtol=1e-8)
    dense = model.mixture_.covariances.dense()
    assert_close(dense / scale / scale[..., None], base.mixture_.covariances.dense(), rtol=1e-7)
    assert_close(model.predict_proba(rows * scale), base.predict_proba(rows), rtol=1e-6)
    shift = 2 * np.log(scale) if scale.ndim == 0 else np.log(scale).sum()
    assert_close(model.score_samples(rows * scale), base.score_samples(rows) - shift, rtol=1e-6)
    assert_close(model.lower_bounds_, np.array(base.lower_bounds_) - shift, rtol=1e-8)
    assert model.n_iter_ == base.n_iter_


@pytest.mark.parametrize("covariance_type", NAMES)
@pytest.mark.parametrize("scale", POWERS)
def test_a_common_scale(covariance_type, scale):
    options = {"covariance_type": covariance_type, "tol": 0, "max_iter": 25}
    assert_scaled(fit(X * scale, 2, **options), fit(X, 2, **options), scale, X)


@pytest.mark.parametrize("covariance_type", ["full", "diag", "tied", "tied-diag"])
@pytest.mark.parametrize("scales", BY_COLUMN)
def test_a_scale_for_each_column(covariance_type, scales):
    options = {"covariance_type": covariance_type, "tol": 0, "max_iter": 25}
    assert_scaled(fit(X * scales, 2, **options), fit(X, 2, **options), scales, X)


@pytest.mark.parametrize("covariance_type", ["spherical", "tied-spherical"])
@pytest.mark.parametrize("scales", [(1e-150, 1e150), (1.0, 1e-150), (1.0, 1e150)])
def test_spherical_looks_at_the_widest_column(covariance_type, scales):
    rows = X * scales
    model = fit(rows, 2, covariance_type=covariance_type)
    wide = int(np.argmax(scales))
    alone = fit(rows[:, [wide]], 2, covariance_type=covariance_type)
    assert np.isfinite(model.means_).all()
    # The narrow column adds nothing to a distance; half of the mean variance is left.
    assert_close(model.covariances_ * 2, alone.covariances_, rtol=0.5)


@pytest.mark.parametrize("covariance_type", NAMES)
@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e150])
def test_a_search_is_worth_as_much_in_any_unit(covariance_type, scale):
    options = {"covariance_type": covariance_type, "search": "auto", "acceleration": "auto"}
    searched, base = fit(X * scale, 2, **options), fit(X, 2, **options)
    np.testing.assert_allclose(searched.score(X * scale), base.score(X) - 2 * np.log(scale), rtol=1e-6)
    assert base.score(X) >= fit(X, 2, covariance_type=covariance_type).score(X) - 1e-6


@pytest.mark.parametrize("covariance_type", NAMES)
@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_a_given_start(covariance_type, scale):
    base = fit(X, 2, covariance_type=covariance_type, tol=0, max_iter=3)
    given = {"weights_init": base.weights_, "means_init": base.means_, "precisions_init": base.precisions_}
    scaled = {
        "weights_init": base.weights_,
        "means_init": base.means_ * scale,
        "precisions_init": np.asarray(base.precisions_) / scale / scale,
    }
    options = {"covariance_type": covariance_type, "tol": 0, "max_iter": 5}
    assert_scaled(fit(X * scale, 2, **options, **scaled), fit(X, 2, **options, **given), scale, X)


@pytest.mark.parametrize("scale", [1e-150, 1e-80, 1e80, 1e150])
def test_attributes_and_callbacks_are_in_own_units(scale):
    seen = []
    model = fit(X * scale, 2, tol=0, max_iter=3, callbacks=seen.append)
    assert [step.log_likelihood for step in seen] == pytest.approx(model.lower_bounds_)
    assert_close(seen[-1].mixture.means, model.means_, rtol=1e-12)
    assert_close(seen[-1].mixture.covariances.array, model.covariances_, rtol=1e-12)
    upper = model.precisions_cholesky_
    assert_close(upper @ upper.swapaxes(1, 2), model.precisions_, rtol=1e-9)
    drawn, _ = model.sample(1000)
    assert_close(np.std(drawn, axis=0) / scale, np.std(X, axis=0), rtol=0.2)


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_the_classifier(scale):
    y = (X[:, 0] > X[:, 0].mean()).astype(int)
    base, model = (MixtureClassifier(1).fit(rows, y) for rows in (X, X * scale))
    assert_close(model.predict_proba(X * scale), base.predict_proba(X), rtol=1e-6)


@pytest.mark.parametrize("scale", [1e-300, 1e-320, 1e155, 1e300, 1e307])
@pytest.mark.parametrize("covariance_type", NAMES)
def test_beyond_the_range_a_sentence(scale, covariance_type):
    with pytest.raises(GaussmixError, match=r"column|X\[") as info:
        GaussianMixture(2, covariance_type=covariance_type).fit(X * scale)
    message = str(info.value)
    assert message.endswith(".")
    assert "multiply" in message or "divide" in message


@pytest.mark.parametrize("scale", [1e30, 1e-30])
def test_float32_scales(scale):
    rows = (X * scale).astype(np.float32)
    model, base = (fit(r, 2, tol=0, max_iter=10) for r in (rows, rows.astype(np.float64)))
    # The compiled kernel multiplies float32 rows in float32, with 24 bits; only its sums are float64.
    assert_close(model.means_, base.means_, rtol=1e-6)
    assert_close(model.covariances_, base.covariances_, rtol=1e-5)
