"""Factor analysers against their dense matrices, and their names and numbers of parameters."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Diagonal, FactorAnalysers, Full, GaussianMixture
from gaussmix.covariances import family_named
from gaussmix.errors import InputError, InputTypeError
from gaussmix.testing import check_family

from ..support import quiet

NOISE = ("diag", "tied-diag", "spherical", "tied-spherical", "VEI", "EVI")
CODES = {
    "VEI": "CUU",
    "EVI": "UCU",
    "diag": "UU",
    "tied-diag": "CU",
    "spherical": "UC",
    "tied-spherical": "CC",
}


@pytest.mark.parametrize("loadings", ["free", "shared"])
@pytest.mark.parametrize("noise", NOISE)
@pytest.mark.parametrize(("K", "D", "q"), [(2, 5, 1), (1, 4, 0)])
def test_the_contract(loadings, noise, K, D, q):
    check_family(FactorAnalysers(q, loadings, noise), K, D)


@pytest.mark.parametrize("loadings", ["free", "shared"])
@pytest.mark.parametrize("noise", NOISE)
def test_a_name_leads_back(loadings, noise):
    family = FactorAnalysers(4, loadings, noise)
    assert family.name == {"free": "U", "shared": "C"}[loadings] + CODES[noise] + "-4"
    assert family_named(family.name) == family
    assert eval(repr(family), {"FactorAnalysers": FactorAnalysers}) == family


@pytest.mark.parametrize(
    "name", ["UUU", "UUU-", "UUU-01", "UUU--1", "UUX-1", "uuu-1", "UUU-1.0", "UUU- 1", "UUUU-1", "CCCC-2", ""]
)
def test_other_names_are_none(name):
    assert family_named(name) is None


# Table 1 of McNicholas & Murphy (2008), Stat. Comput. 18, 285-296: K components, p columns, and q factors, whose
# loadings have pq − q(q − 1)/2 free parameters.
COUNTS = {
    "CCC": lambda K, p, loadings: loadings + 1,
    "CCU": lambda K, p, loadings: loadings + p,
    "CUC": lambda K, p, loadings: loadings + K,
    "CUU": lambda K, p, loadings: loadings + K * p,
    "UCC": lambda K, p, loadings: K * loadings + 1,
    "UCU": lambda K, p, loadings: K * loadings + p,
    "UUC": lambda K, p, loadings: K * loadings + K,
    "UUU": lambda K, p, loadings: K * loadings + K * p,
    # Table 1 of McNicholas & Murphy (2010), Bioinformatics 26, 2705-2712.
    "CCUU": lambda K, p, loadings: loadings + K + p - 1,
    "UCUU": lambda K, p, loadings: K * loadings + K + p - 1,
    "CUCU": lambda K, p, loadings: loadings + 1 + K * (p - 1),
    "UUCU": lambda K, p, loadings: K * loadings + 1 + K * (p - 1),
}


@pytest.mark.parametrize("code", COUNTS)
@pytest.mark.parametrize(("K", "p", "q"), [(1, 8, 2), (3, 27, 3), (20, 784, 10)])
def test_the_number_of_parameters_is_that_of_pgmm(code, K, p, q):
    assert family_named(f"{code}-{q}").n_parameters(K, p) == COUNTS[code](K, p, p * q - q * (q - 1) // 2)


@pytest.mark.parametrize("D", [1, 2, 3, 5])
def test_no_more_parameters_than_a_matrix_has(D):
    for name in (f"UUU-{D}", f"UUC-{D}"):
        assert family_named(name).n_parameters(3, D) == Full().n_parameters(3, D)
    assert family_named("UUU-0").n_parameters(3, D) == Diagonal().n_parameters(3, D)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((-1,), InputError),
        ((1.5,), InputTypeError),
        ((True,), InputTypeError),
        ((1, "equal"), InputError),
        ((1, "free", "full"), InputError),
        ((1, "free", Full()), InputError),
    ],
)
def test_arguments_that_are_refused(arguments, error):
    with pytest.raises(error, match="give"):
        FactorAnalysers(*arguments)


@pytest.mark.parametrize("D", [3, 50])
def test_more_factors_than_columns_are_refused(D):
    X = np.random.default_rng(0).standard_normal((90, D))
    with pytest.raises(InputError, match=f"give at most {D}"):
        GaussianMixture(2, covariance_type=FactorAnalysers(D + 1)).fit(X)


@pytest.mark.parametrize(("q", "rows"), [(0, 2), (1, 3), (3, 5), (4, 5)])
def test_the_fewest_rows_of_a_component(q, rows):
    assert FactorAnalysers(q).fewest_rows(4) == rows


def test_a_group_of_fewer_rows_than_columns_is_found():
    rng = np.random.default_rng(0)
    direction = rng.normal(size=12)
    X = rng.normal(size=(47, 12)) + np.outer(2.0 * rng.normal(size=47), direction)
    X[:7] += 9.0
    with quiet():
        model = GaussianMixture(2, covariance_type="UUU-1", random_state=0).fit(X)
    labels = model.predict(X)
    assert (labels[:7] == labels[0]).all()
    assert (labels[7:] != labels[0]).all()
