"""What ``max_iter``, ``n_iter_`` and ``lower_bound_`` mean beside a search."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import GaussianMixture
from gaussmix.errors import InputError, InputTypeError
from gaussmix.search import Budget

from ..support import NAMES, clusters, quiet

X = clusters(np.random.default_rng(21), 400, 4, 2)


def fitted(**options):
    steps = []
    with quiet():
        model = GaussianMixture(4, random_state=0, callbacks=steps.append, **options).fit(X)
    return (
        model,
        [step for step in steps if step.stage == "EM"],
        [step for step in steps if step.stage == "search"],
    )


@pytest.mark.parametrize("covariance_type", NAMES)
@pytest.mark.parametrize("max_iter", [1, 2, 5, 9])
def test_few_iterations_are_all_that_is_run(covariance_type, max_iter):
    model, em, search = fitted(max_iter=max_iter, covariance_type=covariance_type)
    assert search == []
    assert model.trace_.search is None
    assert len(em) == model.n_iter_ <= max_iter
    plain, _, _ = fitted(max_iter=max_iter, covariance_type=covariance_type, search="off")
    assert model.mixture_ == plain.mixture_


@pytest.mark.parametrize("max_iter", [10, 11, 50, 1000])
def test_more_iterations_bound_em_on_all_rows_after_a_search(max_iter):
    model, em, search = fitted(max_iter=max_iter)
    assert len(search) > 0
    assert len(em) == model.n_iter_ == len(model.lower_bounds_) <= max_iter
    assert model.trace_.search.passes > 0


@pytest.mark.parametrize("search", ["likelihood", 0.05, Budget(runs=1)])
def test_a_search_that_was_asked_for_takes_place_with_any_number(search):
    model, em, _ = fitted(max_iter=2, search=search)
    assert model.trace_.search is not None
    assert len(em) == model.n_iter_ <= 2


@pytest.mark.parametrize("seconds", [-1.0, 0, "long"])
def test_a_limit_in_seconds_is_positive(seconds):
    with pytest.raises(
        (InputError, InputTypeError), match="search.seconds is .*: give a positive number of seconds"
    ):
        fitted(max_iter=10, search=Budget(seconds=seconds))


@pytest.mark.parametrize("n_init", [1, 3])
def test_each_start_has_its_own_iterations(n_init):
    model, em, _ = fitted(max_iter=4, tol=0, n_init=n_init)
    assert [run.n_iterations for run in model.trace_.runs] == [4] * n_init
    assert len(em) == 4 * n_init
    assert model.n_iter_ == 4


@pytest.mark.parametrize(
    "options", [{}, {"search": "off"}, {"max_iter": 3}, {"acceleration": "off"}, {"tol": 1e-3}]
)
def test_the_lower_bound_is_that_of_the_last_e_step(options):
    model, em, _ = fitted(**options)
    assert model.lower_bound_ == model.lower_bounds_[-1] == em[-1].log_likelihood
    if options.get("acceleration") == "off":
        assert model.lower_bound_ == pytest.approx(em[-2].mixture.log_prob(X).mean(), rel=1e-12)
    assert model.score(X) >= model.lower_bound_ - 1e-12


def test_lines_say_what_the_numbers_count(capsys):
    with quiet():
        searched = GaussianMixture(4, random_state=0, verbose=1).fit(X)
        lines = capsys.readouterr().out.splitlines()
        assert lines[-1].startswith("EM on all rows from the result of the search: log-likelihood ")
        assert lines[-1].endswith(f"after {searched.n_iter_} iterations")
        GaussianMixture(4, random_state=0, verbose=1, max_iter=3).fit(X)
        assert capsys.readouterr().out.splitlines()[-1].startswith("EM without a search: ")
        GaussianMixture(4, random_state=0, verbose=1, max_iter=0).fit(X)
        assert capsys.readouterr().out == ""
