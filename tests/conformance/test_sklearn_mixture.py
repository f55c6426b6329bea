"""scikit-learn's own tests of ``GaussianMixture``, those of the installed version, run on our class.

A test that fails on purpose is named below with its reason, which `docs/coming_from_sklearn.md` tells users.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gaussmix import GaussianMixture

from .scikit_learn import copied_tests

theirs = pytest.importorskip("sklearn.mixture.tests.test_gaussian_mixture")
of_all_mixtures = pytest.importorskip("sklearn.mixture.tests.test_mixture")

WORDING = "asks for scikit-learn's words; ours name the value, the place and what to do"
PRIVATE = "probes private functions of scikit-learn's class"
COLLAPSED = (
    "reg_covar=0 and a component of one row, whose variance is 0: scikit-learn goes on with the rounding error as a "
    "variance, and we refuse it with K and the scale of the columns"
)
ROUNDING = (
    "the best of five searches may reach the maximum of one to rounding, a unit in the last place below"
)
MORE = "expects array API dispatch to refuse init_params that ours supports"

DIFFERENCES = {
    "test_check_weights": WORDING,
    "test_check_means": WORDING,
    "test_check_precisions": WORDING,
    "test_gaussian_mixture_fit_convergence_warning": WORDING,
    "test_regularisation": WORDING,
    "test_gaussian_mixture_precisions_init": PRIVATE,
    "test_gaussian_mixture_all_init_does_not_estimate_gaussian_parameters": PRIVATE,
    "test_gaussian_mixture_setting_best_params": COLLAPSED,
    "test_multiple_init": ROUNDING,
    "test_gaussian_mixture_raises_where_array_api_not_implemented": MORE,
}

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(params=[np.float32, np.float64])
def global_dtype(request):
    return request.param


@pytest.fixture
def global_random_seed():
    return 42


@pytest.fixture(autouse=True)
def ours(monkeypatch):
    monkeypatch.setattr(theirs, "GaussianMixture", GaussianMixture)
    monkeypatch.setenv(
        "SCIPY_ARRAY_API", "1"
    )  # runs the tests of array API dispatch, where a library is installed


TESTS = copied_tests(theirs, "GaussianMixture", DIFFERENCES, loose=[ROUNDING])
globals().update(TESTS)


def test_there_are_tests_of_the_class():
    assert len(TESTS) > 25
    assert {"test_warm_start", "test_gaussian_mixture_fit", "test_sample"} <= set(TESTS)


@pytest.mark.parametrize("name", [name for name in vars(of_all_mixtures) if name.startswith("test_")])
def test_of_all_mixtures(name):
    getattr(of_all_mixtures, name)(GaussianMixture())


def test_the_page_for_users_names_each_difference():
    page = (Path(__file__).resolve().parents[2] / "docs" / "coming_from_sklearn.md").read_text(
        encoding="utf-8"
    )
    assert [name for name in DIFFERENCES if f"`{name}`" not in page] == []
