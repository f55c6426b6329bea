"""scikit-learn's own tests of ``BayesianGaussianMixture``, those of the installed version, run on our class.

Its tests of the normalisers of Dirichlet and Wishart distributions call private functions; `tests/variational/` has
tests of ours.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gaussmix import BayesianGaussianMixture

from .scikit_learn import copied_tests

theirs = pytest.importorskip("sklearn.mixture.tests.test_bayesian_mixture")

DIFFERENCES = {"test_compare_covar_type": "calls private functions of scikit-learn's class"}
OF_FUNCTIONS = {"test_log_dirichlet_norm", "test_log_wishart_norm"}

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def ours(monkeypatch):
    monkeypatch.setattr(theirs, "BayesianGaussianMixture", BayesianGaussianMixture)


TESTS = copied_tests(theirs, "BayesianGaussianMixture", DIFFERENCES)
globals().update(TESTS)


def test_all_tests_of_the_class_are_here():
    assert set(TESTS) | OF_FUNCTIONS == {name for name in vars(theirs) if name.startswith("test_")}
    assert len(TESTS) >= 12


def test_the_page_for_users_names_each_difference():
    page = Path(__file__).resolve().parents[2] / "docs" / "coming_from_sklearn.md"
    text = page.read_text(encoding="utf-8")
    assert [name for name in DIFFERENCES if f"`{name}`" not in text] == []
