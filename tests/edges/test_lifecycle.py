"""Copies, pickles, clones, warm starts, callbacks, limits of iterations, several starts, progress."""

from __future__ import annotations

import copy
import pickle
import re
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from gaussmix import Full, GaussianMixture, Mixture, MixtureClassifier, Tied, datasets
from gaussmix.fitting import Aitken, FixedIterations, RelativeChange
from gaussmix.search import Budget

from ..support import NAMES, assert_close, clusters, fit, quiet

X = clusters(np.random.default_rng(5), 200, 3, 2)
COPIES = {
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
    "protocol 2": lambda value: pickle.loads(pickle.dumps(value, protocol=2)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("covariance_type", NAMES)
def test_a_copy_predicts_the_same(how, covariance_type):
    model = fit(X, 2, covariance_type=covariance_type)
    again = COPIES[how](model)
    assert again.mixture_ == model.mixture_
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))
    assert again.get_params() == model.get_params()
    assert again.lower_bounds_ == model.lower_bounds_


@pytest.mark.parametrize("how", COPIES)
def test_a_copy_of_a_mixture_is_equal_and_frozen(how):
    mixture = fit(X, 2).mixture_
    again = COPIES[how](mixture)
    assert again == mixture
    for array in (again.weights, again.means, again.covariances.array):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    with pytest.raises(AttributeError, match="frozen"):
        again.weights = None


@pytest.mark.parametrize("how", COPIES)
def test_a_copy_of_a_singular_mixture_is_singular(how):
    mixture = Mixture([1.0], [[0.0, 0.0]], [[[1.0, 0.0], [0.0, 0.0]]], allow_singular=True)
    again = COPIES[how](mixture)
    assert again == mixture
    assert np.array_equal(
        again.log_prob([[0.5, 0.0], [0.5, 1.0]]), mixture.log_prob([[0.5, 0.0], [0.5, 1.0]])
    )


@pytest.mark.parametrize("how", COPIES)
def test_a_copy_of_a_classifier(how):
    model = MixtureClassifier(2, covariance_type="spherical", random_state=0).fit(X, X[:, 0] > 0)
    assert np.array_equal(COPIES[how](model).predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize(
    "model",
    [
        GaussianMixture(3, covariance_type=Tied(Full()), callbacks=[print], tol=Aitken(1e-4)),
        GaussianMixture(2, weights_init=np.array([0.5, 0.5]), means_init=np.zeros((2, 2))),
        MixtureClassifier(2, priors=np.array([0.5, 0.5])),
    ],
    ids=["family", "start", "classifier"],
)
def test_clone(model):
    again = clone(model)
    assert type(again) is type(model)
    assert repr(again) == repr(model)
    assert not hasattr(clone(fit(X, 2)), "mixture_")


def test_parameters_are_kept_as_given():
    start = np.zeros((2, 2))
    model = GaussianMixture("two", covariance_type=3, means_init=start, tol=None)
    assert model.means_init is start
    assert (model.n_components, model.covariance_type, model.tol) == ("two", 3, None)
    assert model.set_params(n_components=2).n_components == 2


@pytest.mark.parametrize("covariance_type", NAMES)
def test_no_iteration_gives_the_start(covariance_type):
    base = fit(X, 2, covariance_type=covariance_type, max_iter=5, tol=0)
    given = {"weights_init": base.weights_, "means_init": base.means_, "precisions_init": base.precisions_}
    model = fit(X, 2, covariance_type=covariance_type, max_iter=0, **given)
    assert (model.n_iter_, model.converged_, model.lower_bounds_) == (0, False, [])
    assert_close(model.means_, base.means_, rtol=1e-12)
    assert_close(model.covariances_, base.covariances_, rtol=1e-9)
    assert np.isfinite(fit(X, 2, covariance_type=covariance_type, max_iter=0).score(X))


def test_one_iteration_is_one_e_step_and_one_m_step():
    start = fit(X, 2, max_iter=0).mixture_
    seen = []
    model = fit(X, 2, max_iter=1, callbacks=seen.append)
    assert model.n_iter_ == len(seen) == 1
    assert model.lower_bound_ == pytest.approx(start.log_prob(X).mean(), rel=1e-12)
    shares = start.responsibilities(X)
    assert_close(model.weights_, shares.mean(axis=0), rtol=1e-10)
    assert_close(model.means_, shares.T @ X / shares.sum(axis=0)[:, None], rtol=1e-10)


@pytest.mark.parametrize("max_iter", [1, 2, 50])
@pytest.mark.parametrize("stop", [0, 0.0, FixedIterations()])
def test_tol_zero_runs_every_iteration(max_iter, stop):
    model = GaussianMixture(2, tol=stop, max_iter=max_iter, random_state=0, search="off", acceleration="off")
    with quiet():
        model.fit(X)
    assert model.n_iter_ == len(model.lower_bounds_) == max_iter


def test_tol_zero_gives_no_warning():
    model = GaussianMixture(2, tol=0, max_iter=3, random_state=0, search="off", acceleration="off").fit(X)
    assert not model.converged_


def test_an_unfinished_fit_warns_with_what_to_do():
    with pytest.warns(ConvergenceWarning, match="did not converge in 2 iterations: raise max_iter or tol"):
        GaussianMixture(2, tol=1e-12, max_iter=2, random_state=0, search="off").fit(X)


def test_a_rule_may_be_given_as_tol():
    loose, tight = (fit(X, 3, tol=RelativeChange(tol), max_iter=5000) for tol in (1e-2, 1e-10))
    assert loose.n_iter_ < tight.n_iter_
    assert tight.converged_


def test_a_callback_stops_the_run():
    seen = []

    def stop(step):
        seen.append(step.iteration)
        return step.iteration == 3

    model = fit(X, 2, tol=0, max_iter=50, callbacks=[stop, lambda step: None])
    assert seen == [1, 2, 3]
    assert (model.n_iter_, model.converged_) == (3, False)
    assert model.trace_.runs[0].status == "stopped"
    assert "stopped by a callback after 3" in model.trace_.message


def test_only_true_stops():
    assert fit(X, 2, tol=0, max_iter=5, callbacks=lambda step: "go on").n_iter_ == 5


def test_what_a_callback_sees():
    seen = []
    model = fit(X, 2, tol=0, max_iter=4, n_init=2, callbacks=seen.append)
    assert [(step.run, step.iteration) for step in seen] == [(r, i) for r in range(2) for i in range(1, 5)]
    assert {(step.n_runs, step.max_iter) for step in seen} == {(2, 4)}
    assert seen[0].change is None
    assert seen[1].change == pytest.approx(seen[1].log_likelihood - seen[0].log_likelihood)
    assert np.all(np.diff([step.seconds for step in seen[:4]]) >= 0)
    assert seen[1].log_likelihood == pytest.approx(seen[0].mixture.log_prob(X).mean())
    assert seen[4 * model.trace_.best + 3].mixture == model.mixture_
    with pytest.raises(AttributeError):
        seen[0].iteration = 5


def test_an_error_in_a_callback_comes_through():
    def fail(step):
        raise ZeroDivisionError("mine")

    model = GaussianMixture(2, callbacks=fail, random_state=0)
    with pytest.raises(ZeroDivisionError, match="mine"):
        model.fit(X)
    assert not hasattr(model, "mixture_")
    assert fit(X, 2).n_iter_ > 0  # threads and settings of BLAS are as before


def test_several_starts_keep_the_best():
    # A number for reg_covar leaves the choice to the likelihood alone, as scikit-learn does.
    model = fit(X, 4, n_init=8, init_params="random", max_iter=200, reg_covar=1e-6)
    ends = [run.log_likelihood[-1] for run in model.trace_.runs]
    assert len(ends) == 8
    assert model.trace_.best == int(np.argmax(ends))
    assert model.lower_bound_ == max(ends)
    assert len(set(np.round(ends, 6))) > 1


@pytest.mark.parametrize("init_params", ["kmeans", "k-means++", "random", "random_from_data"])
def test_a_seed_repeats_the_fit(init_params):
    first, again = (fit(X, 3, init_params=init_params, random_state=7) for _ in range(2))
    assert first.mixture_ == again.mixture_
    others = [fit(X, 3, init_params=init_params, random_state=s, max_iter=1).mixture_ for s in range(5)]
    assert init_params == "kmeans" or any(m != others[0] for m in others)


def test_warm_start_goes_on_where_it_was():
    straight = fit(X, 2, tol=0, max_iter=10)
    model = GaussianMixture(
        2, tol=0, max_iter=5, warm_start=True, random_state=0, search="off", acceleration="off"
    )
    model.fit(X).fit(X)
    assert_close(model.means_, straight.means_, rtol=1e-10)
    assert model.n_iter_ == 5
    model.set_params(n_components=3).fit(X)
    assert model.means_.shape == (3, 2)
    model.set_params(covariance_type="diag").fit(X)
    assert model.covariances_.shape == (3, 2)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_warm_start_on_other_columns_begins_anew():
    model = GaussianMixture(2, max_iter=5, warm_start=True, random_state=0).fit(X)
    wide = np.column_stack([X, X[:, 0] ** 2])
    assert model.fit(wide).means_.shape == (2, 3)


def test_lines_of_progress(capsys):
    fit(X, 2, tol=0, max_iter=5, verbose=1, verbose_interval=2)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[-1].startswith("EM without a search: log-likelihood \u2212")
    assert lines[-1].endswith("ended after 5 iterations, as asked")
    assert lines[0].startswith("Iteration 002/005  log-likelihood \u2212")
    fit(X, 2, tol=0, max_iter=3, verbose=2, verbose_interval=1, n_init=2)
    text = capsys.readouterr().out
    assert text.splitlines()[0] == "Start 1/2"
    assert "Start 2/2" in text
    assert "EM without a search, best of 2 starts: " in text
    assert "change" in text
    fit(X, 2, tol=0, max_iter=3)
    assert capsys.readouterr().out == ""


def test_lines_of_a_search(capsys):
    # Twenty components of 1,500 rows: some changes pay, and others do not.
    rows = datasets.random_mixture(20, 2, random_state=2).sample(1500, random_state=2)[0]
    options = {"search": Budget(runs=2), "random_state": 0}
    model = GaussianMixture(20, verbose=1, **options).fit(rows)
    search = model.trace_.search
    short = capsys.readouterr().out.splitlines()
    assert [line for line in short if line.startswith("Search, run")] == [
        line
        for line in short
        if re.fullmatch(r"Search, run [12] begins  log-likelihood \u2212\d\.\d{4}", line)
    ]
    kept = [line for line in short if re.match(r" +[+\u2212]\d+\.\d nats  log-likelihood", line)]
    assert len(kept) == search.n_taken > 0
    assert short[-2].endswith(search.verdict)
    assert short[-1].startswith("EM on all rows from the result of the search: log-likelihood")
    assert short[-1].endswith(model.trace_.message)
    GaussianMixture(20, verbose=2, **options).fit(rows)
    long = capsys.readouterr().out.splitlines()
    tried = [line for line in long if re.match(r" +[+\u2212-]\d+\.\d nats", line)]
    assert len(tried) == search.n_tried
    assert sum("rejected" in line for line in tried) == search.n_tried - search.n_taken


def test_fit_again_replaces_everything():
    model = fit(X, 2)
    model.set_params(n_components=3)
    with quiet():
        model.fit(X[:, :1])
    assert (model.n_features_in_, model.means_.shape) == (1, (3, 1))


def test_sample_from_a_fit():
    model = fit(X, 3)
    rows, labels = model.sample(500)
    assert rows.shape == (500, 2)
    assert labels.shape == (500,)
    assert (np.diff(labels) != 0).sum() > 50  # in random order
    assert np.array_equal(model.sample(5)[0], model.sample(5)[0])  # a seed given to the constructor


@pytest.mark.parametrize("n", [0, -1, 1.5, "ten", None])
def test_a_wrong_number_of_samples(n):
    from gaussmix.errors import GaussmixError

    model = fit(X, 2)
    with pytest.raises(GaussmixError, match="whole number"):
        model.sample(n)


def test_a_sound_run_comes_before_one_that_collapsed():
    # Six equal rows between two clusters: a component that takes them gains likelihood without end.
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(60, 2)), rng.normal(size=(60, 2)) + 6.0, np.full((6, 2), 3.0)])
    options = {"init_params": "random_from_data", "search": "off"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        runs = [GaussianMixture(3, random_state=seed, **options).fit(X) for seed in range(20)]
        best = GaussianMixture(3, random_state=0, n_init=20, **options).fit(X)
    spiky = [np.linalg.eigvalsh(run.covariances_)[:, 0].min() < 1e-6 for run in runs]
    assert any(spiky)
    assert not all(spiky)
    assert np.linalg.eigvalsh(best.covariances_)[:, 0].min() > 1e-3
    assert best.lower_bound_ < max(run.lower_bound_ for run in runs)
