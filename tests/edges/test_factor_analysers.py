"""Factor analysers of rows that are too few, constant, equal or extreme: a fit is a mixture, never an error."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import GaussianMixture, MixtureClassifier, select
from gaussmix.errors import InputError, SingularCovarianceError
from gaussmix.kernels.low_rank import roots_of

from ..support import quiet

NAMES = ("UUU-2", "CUU-2", "UCC-1", "UUC-3", "CCU-2")


def tables(D):
    """Awkward rows of D columns by name."""
    X = np.random.default_rng(0).standard_normal((20, D))
    awkward = X.copy()
    awkward[:, 3], awkward[:, 5] = 7.0, awkward[:, 4]
    return {
        "constant and equal columns": awkward,
        "whole numbers": np.round(X),
        "another unit": awkward * np.where(np.arange(D) == 4, 1e-6, 1.0),
        "equal rows": np.repeat(X[:3], 10, axis=0),
        "zeros": np.zeros((30, D)),
        "far from zero": X + 1e8,
        "huge": X * 1e120,
        "three rows": X[:3],
        "float32": X.astype(np.float32),
    }


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("D", [12, 60])
@pytest.mark.parametrize("table", tables(6))
def test_a_fit_is_a_mixture(name, D, table):
    X = tables(D)[table]
    with quiet():
        model = GaussianMixture(2, covariance_type=name, max_iter=30, random_state=0).fit(X)
    assert np.isfinite(model.score(X))
    assert np.isfinite(model.mixture_.covariances.array).all()


@pytest.mark.parametrize("D", [8, 50])
def test_every_start_and_given_parameters(D):
    rng = np.random.default_rng(1)
    X = np.concatenate([rng.standard_normal((40, D)), rng.standard_normal((40, D)) + 4.0])
    y = np.repeat([0, 1], 40)
    options = {"covariance_type": "UUU-2", "random_state": 0, "max_iter": 40}
    with quiet():
        of_classes = GaussianMixture(2, **options, init_params=y).fit(X)
        plain = GaussianMixture(2, covariance_type="diag", random_state=0).fit(X)
        others = [
            *({"init_params": method} for method in ("kmeans", "k-means++", "random", "random_from_data")),
            {},
            {"means_init": plain.means_},
            {
                "means_init": plain.means_,
                "weights_init": [0.5, 0.5],
                "precisions_init": of_classes.precisions_,
            },
            {"search": "off", "n_init": 2},
            {"reg_covar": 1e-4},
        ]
        for other in others:
            model = GaussianMixture(2, **options, **other).fit(X)
            assert model.score(X) > of_classes.score(X) - 0.5, other
        # Independent columns are near a saddle point, which EM leaves slowly.
        assert GaussianMixture(2, **options, init_params=plain.mixture_).fit(X).score(X) > plain.score(X)
        assert MixtureClassifier(1, covariance_type="UUU-2").fit(X, y).score(X, y) == 1.0


def test_families_are_compared_by_their_names():
    rng = np.random.default_rng(2)
    X = rng.standard_normal((100, 1)) @ rng.standard_normal((1, 7)) + 0.3 * rng.standard_normal((100, 7))
    with quiet():
        table = select(X, n_components=[1, 2], families=["UUU-1", "UUC-1", "VVI"], random_state=0).table
    assert set(table["family"]) == {"UUU-1", "UUC-1", "VVI"}
    assert table.loc[table["bic"].idxmin(), "family"] in ("UUU-1", "UUC-1")


def test_covariances_of_errors_in_many_columns_are_refused():
    X = np.random.default_rng(3).standard_normal((30, 50))
    with quiet(), pytest.raises(InputError, match=r"give noise of shape \(n, D\)"):
        GaussianMixture(2, covariance_type="UUU-2").fit(X, noise=np.tile(np.eye(50), (30, 1, 1)))


@pytest.mark.parametrize("D", [6, 40])
def test_loadings_and_noise_are_attributes_of_these_families_only(D):
    X = np.random.default_rng(4).standard_normal((80, D))
    model = GaussianMixture(2, covariance_type="UUU-2", max_iter=5, random_state=0)
    assert not hasattr(model, "loadings_")
    with quiet():
        model.fit(X)
        other = GaussianMixture(2, covariance_type="diag", random_state=0).fit(X)
    noise = model.noise_variances_[:, :, None] * np.eye(D)
    rebuilt = model.loadings_ @ model.loadings_.swapaxes(1, 2) + noise
    np.testing.assert_allclose(rebuilt, model.covariances_, rtol=1e-12, atol=1e-12)
    assert not hasattr(other, "loadings_")
    with pytest.raises(AttributeError, match="such as 'UUU-2'"):
        _ = other.noise_variances_


def test_unique_variances_without_effect_beside_equal_loadings_are_reported():
    with pytest.raises(SingularCovarianceError, match="unique variances"):
        roots_of(np.full((1, 4, 2), 2.0**30))
