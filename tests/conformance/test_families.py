"""Every family against its dense matrices."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Diagonal, Full, Spherical, Tied
from gaussmix.covariances import DiagonalCovariances, SphericalCovariances
from gaussmix.errors import InputError, SingularCovarianceError
from gaussmix.testing import check_family

from ..support import DECOMPOSED, FAMILIES, NAMES, assert_close, random_mixture


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
@pytest.mark.parametrize(("K", "D"), [(1, 1), (3, 1), (1, 3), (2, 2), (4, 5)])
def test_the_contract(family, K, D):
    check_family(family, K, D)


@pytest.mark.parametrize("family", DECOMPOSED, ids=repr)
@pytest.mark.parametrize(("K", "D"), [(1, 1), (3, 1), (1, 3), (2, 2), (4, 3)])
def test_the_contract_of_families_that_share_a_part(family, K, D):
    check_family(family, K, D)


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
@pytest.mark.parametrize("scale", [1e-150, 1e-8, 1e8, 1e150])
def test_factors_at_any_scale(family, scale):
    covariances = random_mixture(np.random.default_rng(0), 2, 3, family).covariances
    scaled = family.covariances(covariances.array * scale**2, 2, 3)
    assert_close(scaled.factors * scale, covariances.factors, rtol=1e-12)
    assert_close(scaled.log_determinants, covariances.log_determinants + 6 * np.log(scale), rtol=1e-12)
    assert_close(scaled.precisions() * scale * scale, covariances.precisions(), rtol=1e-10)
    noise, label = np.ones((1, 3)), np.zeros(1, dtype=int)
    assert_close(scaled.colorize(noise, label) / scale, covariances.colorize(noise, label), rtol=1e-10)


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_wrong_arrays_are_refused(family):
    shape = family.shape(2, 3)
    for method in (family.covariances, family.from_precisions):
        with pytest.raises(InputError, match="shape"):
            method(np.ones((7, 7)), 2, 3)
        with pytest.raises(InputError, match="nan"):
            method(np.full(shape, np.nan), 2, 3)
    with pytest.raises(SingularCovarianceError, match="component 0"):
        _ = family.covariances(np.zeros(shape), 2, 3).factors
    with pytest.raises(SingularCovarianceError):
        family.from_precisions(np.zeros(shape), 2, 3)


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_precisions_cholesky_is_scikit_learns(family):
    covariances = random_mixture(np.random.default_rng(1), 2, 3, family).covariances
    upper, precisions = covariances.precisions_cholesky(), covariances.precisions()
    if "diag" in family.name or "spherical" in family.name:
        assert_close(upper**2, precisions, rtol=1e-12)
    else:
        assert_close(upper @ upper.swapaxes(-1, -2), precisions, rtol=1e-10)
        assert_close(np.tril(upper, -1), np.zeros_like(upper))


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_sphering_takes_the_units_out(family):
    rng = np.random.default_rng(2)
    A = rng.standard_normal((3, 3)) + 2 * np.eye(3)
    covariance = A @ A.T
    W = family.whitening(family.frame.of_dense(covariance))
    if not family.frame.full:
        W = np.diag(W)
    unit = W @ covariance @ W.T
    if family.name in ("full", "tied"):
        assert_close(unit, np.eye(3), rtol=1e-9)
    elif "diag" in family.name:
        assert_close(np.diagonal(unit), np.ones(3), rtol=1e-12)
    else:
        assert np.trace(unit) / 3 == pytest.approx(1.0)
        assert_close(W, W[0, 0] * np.eye(3), rtol=1e-12)


def test_equality_and_hash():
    assert Tied(Full()) == Tied(Full())
    assert Tied(Full()) != Tied(Diagonal())
    assert Full() != Diagonal()
    assert Full() != "full"
    assert hash(Tied(Spherical())) == hash(Tied(Spherical()))
    one, two = DiagonalCovariances(np.ones((2, 2))), DiagonalCovariances(np.ones((2, 2)) * 2)
    assert one != two
    assert one != SphericalCovariances(np.ones(2), 2)
    assert one != "covariances"


class Wrong(Diagonal):
    """A diagonal family with one fault at a time."""

    fault = ""

    def n_parameters(self, n_components, n_features):
        return super().n_parameters(n_components, n_features) + (self.fault == "count")

    def shape(self, n_components, n_features):
        return (n_components, n_features + (self.fault == "shape"))

    def maximum_likelihood(self, scatter, counts, start=None):
        return super().maximum_likelihood(scatter * (1.1 if self.fault == "estimate" else 1.0), counts, start)

    def constrain(self, covariances, constraint, counts):
        if self.fault == "constraint":
            return covariances
        return super().constrain(covariances, constraint, counts)

    def normal_coordinates(self, covariances):
        return super().normal_coordinates(
            covariances.scale(np.full(covariances.n_features, 1.0 + (self.fault == "coordinates")))
        )


@pytest.mark.parametrize("fault", ["count", "shape", "estimate", "constraint", "coordinates"])
def test_a_faulty_family_is_found(fault):
    wrong = Wrong()
    wrong.fault = fault
    with pytest.raises((AssertionError, InputError)):
        check_family(wrong)
