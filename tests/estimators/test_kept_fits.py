"""Fits of every kind that are kept: in checkpoints, pickles, copies and files; what is refused, in one sentence."""

from __future__ import annotations

import copy
import pickle
from contextlib import suppress

import numpy as np
import pytest
from sklearn.base import clone

import gaussmix
from gaussmix import (
    BayesianGaussianMixture,
    CheckpointFile,
    ConjugatePrior,
    GaussianMixture,
    MixtureRegressor,
    StudentMixture,
)  # fmt: skip
from gaussmix.errors import InputError

from ..support import quiet

rng = np.random.default_rng(0)
X = rng.standard_normal((200, 2)) + rng.integers(0, 2, 200)[:, None] * [2.0, 1.0]
HOLES = np.where(np.arange(400).reshape(200, 2) % 7 == 0, np.nan, X)
NEW = rng.standard_normal((20, 2)) * 2.0
NAN = np.nan

KINDS = {
    "mclust's prior": GaussianMixture(2, prior="mclust"),
    "a prior": GaussianMixture(2, prior=ConjugatePrior(mean=[0.0, 0.0], scale=[[1.0, 0.1], [0.1, 2.0]])),
    "a fixed mean": GaussianMixture(2, fix={"means": [0]}, means_init=[[0.0, 0.0], [NAN, NAN]]),
    "equal weights": GaussianMixture(2, fix={"weights": "equal"}, max_eigenvalue_ratio=20.0),
    "a least weight": GaussianMixture(2, min_weight=0.4, noise_component=True),
    "trimming": GaussianMixture(2, trim=0.1),
    "a region": GaussianMixture(2, bounds=(-6.0, (7.0, np.inf))),
    "limits": GaussianMixture(2, censored=((-1.5, -np.inf), [4.0, 4.0])),
    "t": StudentMixture(2),
    "trimmed t": StudentMixture(2, degrees_of_freedom="each", trim=0.05, prior="mclust"),
    "t of given tails": StudentMixture(2, degrees_of_freedom=[3.0, 9.0]),
    "a Dirichlet process": BayesianGaussianMixture(3),
    "a Dirichlet distribution": BayesianGaussianMixture(
        3, covariance_type="tied", weight_concentration_prior_type="dirichlet_distribution"
    ),
    "Bayesian noise": BayesianGaussianMixture(3, covariance_type="diag", noise_component=True),
}  # fmt: skip


@pytest.fixture(params=KINDS)
def model(request):
    return clone(KINDS[request.param]).set_params(random_state=0, max_iter=30)


def results(model):
    held = [model.predict(NEW), model.predict_proba(NEW), model.score_samples(NEW), model.lower_bound_]
    if not isinstance(model, BayesianGaussianMixture):
        held += [model.n_parameters_, model.bic(X), model.trim_threshold_ or 0.0]
    return [np.asarray(value) for value in held]


def assert_same(model, other):
    assert type(model) is type(other)
    assert repr(model.get_params()) == repr(other.get_params())
    for one, two in zip(results(model), results(other), strict=True):
        np.testing.assert_array_equal(one, two)


class CrashError(Exception):
    """The end of a process, as far as a fit can tell."""


def crash_after(number):
    calls = []

    def callback(step):
        calls.append(step)
        if len(calls) == number:
            raise CrashError

    return callback


@pytest.mark.parametrize("number", [2, 15])
def test_a_fit_continues_after_a_crash(model, number, tmp_path):
    assert_continued(model.set_params(search="off", max_iter=30), X, number, tmp_path)


@pytest.mark.parametrize("kind", ["mclust's prior", "t", "a Dirichlet process"])
def test_a_fit_with_a_search_continues_after_a_crash(kind, tmp_path):
    assert_continued(clone(KINDS[kind]).set_params(random_state=0), HOLES, 40, tmp_path)


def assert_continued(model, rows, number, folder):
    file = CheckpointFile(folder / "fit", seconds=0, resume=True)
    with quiet():
        whole = clone(model).fit(rows)
        with suppress(CrashError):
            clone(model).set_params(callbacks=crash_after(number)).fit(rows, checkpoint=file)
        again = clone(model).fit(rows, checkpoint=file)
    assert again.lower_bounds_ == whole.lower_bounds_
    assert_same(again, whole)


def test_copies_pickles_and_files_are_the_fit(model, tmp_path):
    with quiet():
        model.fit(X)
        model.save(tmp_path / "model.safetensors")
        loaded = gaussmix.load(tmp_path / "model.safetensors")
        for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model), copy.copy(model), loaded):
            assert_same(model, other)
        assert_same(model, clone(model).fit(X))


@pytest.mark.parametrize(
    ("kind", "other"),
    [
        ("mclust's prior", {"prior": ConjugatePrior()}),
        ("a prior", {"prior": None}),
        ("equal weights", {"max_eigenvalue_ratio": 30.0}),
        ("trimming", {"trim": 0.2}),
        ("a region", {"bounds": (-6.0, 8.0)}),
        ("limits", {"censored": None}),
        ("t", {"degrees_of_freedom": 4.0}),
        ("a Dirichlet process", {"weight_concentration_prior": 2.0}),
        ("a Dirichlet process", {"mean_prior": [0.0, 1.0]}),
    ],
)
def test_the_checkpoint_of_another_fit_is_refused(kind, other, tmp_path):
    file = CheckpointFile(tmp_path / "fit", seconds=0, resume=True)
    model = clone(KINDS[kind]).set_params(random_state=0, max_iter=3)
    with quiet():
        model.fit(X, checkpoint=file)
    with pytest.raises(InputError, match=f"is the checkpoint of a fit with {next(iter(other))}="):
        model.set_params(**other).fit(X, checkpoint=file)


@pytest.mark.parametrize(
    ("kind", "option"),
    [("trimming", "trim"), ("trimmed t", "trim"), ("a region", "bounds"), ("limits", "censored")],
)
def test_batches_are_refused_where_the_objective_is_that_of_all_rows(kind, option):
    with pytest.raises(InputError, match=f"partial_fit does not support {option}: fit all rows at once"):
        clone(KINDS[kind]).partial_fit(X)


@pytest.mark.parametrize(
    "kind", ["mclust's prior", "a prior", "a fixed mean", "equal weights", "t", "t of given tails"]
)
def test_batches_are_learned_with_priors_and_tails(kind):
    with quiet():
        model = clone(KINDS[kind]).set_params(random_state=0)
        for batch in np.array_split(X, 4):
            model.partial_fit(batch)
        whole = clone(model).fit(X)
    assert model.score(X) == pytest.approx(whole.score(X), abs=0.1)
    if kind == "a fixed mean":
        assert model.means_[0].tolist() == [0.0, 0.0]
    if kind == "equal weights":
        assert model.weights_.tolist() == [0.5, 0.5]


def test_a_bayesian_mixture_has_no_batches():
    model = BayesianGaussianMixture(2)
    assert not hasattr(model, "partial_fit")
    with pytest.raises(AttributeError, match="fit all rows at once"):
        _ = model.partial_fit


@pytest.mark.parametrize(
    "mixture",
    [GaussianMixture(2, prior="mclust", random_state=0), StudentMixture(2, random_state=0)],
    ids=str,
)
def test_a_regressor_is_kept(mixture, tmp_path):
    with quiet():
        model = MixtureRegressor(mixture).fit(X[:, :1], X[:, 1])
        model.save(tmp_path / "model.safetensors")
        for other in (
            pickle.loads(pickle.dumps(model)),
            copy.deepcopy(model),
            gaussmix.load(tmp_path / "model.safetensors"),
        ):
            np.testing.assert_array_equal(other.predict(NEW[:, :1]), model.predict(NEW[:, :1]))
        np.testing.assert_array_equal(
            clone(model).fit(X[:, :1], X[:, 1]).predict(NEW[:, :1]), model.predict(NEW[:, :1])
        )
