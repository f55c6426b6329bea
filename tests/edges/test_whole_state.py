"""A fit replaces what the last one left as a whole, or not at all: errors, interrupts, callbacks, threads."""

from __future__ import annotations

import threading
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning

import gaussmix
from gaussmix import GaussianMixture, MixtureClassifier
from gaussmix.errors import GaussmixError

from ..support import clusters, quiet

rng = np.random.default_rng(11)
X = clusters(rng, 150, 2, 2)
FRAME = pd.DataFrame(X, columns=["a", "b"])
WIDE = np.column_stack([X, X[:, 0] * 0.5 + rng.normal(size=len(X))])


def labels(rows):
    return np.asarray(rows)[:, 0] > np.median(np.asarray(rows)[:, 0])


class Own(GaussianMixture):
    """A subclass."""


def fit(model, rows):
    return model.fit(rows, labels(rows)) if isinstance(model, MixtureClassifier) else model.fit(rows)


MODELS = {
    "mixture": lambda: GaussianMixture(2, random_state=0, search="off"),
    "warm": lambda: GaussianMixture(2, random_state=0, search="off", warm_start=True),
    "subclass": lambda: Own(2, random_state=0, search="off"),
    "classifier": lambda: MixtureClassifier(2, random_state=0, search="off"),
}


@pytest.fixture(params=MODELS)
def model(request):
    """An estimator that was fitted to a data frame."""
    with quiet():
        return fit(MODELS[request.param](), FRAME)


def state(model):
    return {name: value for name, value in vars(model).items() if name.endswith("_") or name.startswith("_")}


def assert_kept(model, before, tmp_path):
    """Nothing that was fitted has changed, and what is saved can be loaded."""
    after = state(model)
    assert after.keys() == before.keys()
    assert all(after[name] is before[name] for name in before)
    assert list(model.feature_names_in_) == ["a", "b"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if type(model) is not Own:
            model.save(tmp_path / "m.safetensors")
            again = gaussmix.load(tmp_path / "m.safetensors")
            assert np.array_equal(again.predict(FRAME), model.predict(FRAME))


def failing(error):
    def callback(step):
        raise error

    return callback


WRONG_ROWS = {
    "infinite": np.where(WIDE > 1e300, 0, np.inf),
    "too few": WIDE[:1],
    "text": np.array([["a", "b", "c"]] * 20),
    "one dimension": WIDE[0],
    "no columns": np.zeros((20, 0)),
    "infinite in a data frame": pd.DataFrame(
        np.where(WIDE.max() - 1 < WIDE, np.inf, WIDE), columns=list("xyz")
    ),
}


@pytest.mark.parametrize("rows", WRONG_ROWS.values(), ids=WRONG_ROWS)
def test_rows_that_cannot_be_fitted(model, rows, tmp_path):
    before = state(model)
    with pytest.raises((GaussmixError, ValueError)):
        model.fit(rows, np.arange(len(rows)) % 2)
    assert_kept(model, before, tmp_path)


WRONG_OPTIONS = [
    {"n_components": 140},
    {"tol": "never"},
    {"covariance_type": "tartan"},
    {"max_iter": -1},
    {"init_params": "nowhere"},
    {"callbacks": 3},
    {"acceleration": "warp"},
]


@pytest.mark.parametrize("options", WRONG_OPTIONS, ids=lambda options: next(iter(options)))
def test_options_that_cannot_be(model, options, tmp_path):
    before, sound = state(model), model.get_params()
    model.set_params(**options)
    with pytest.raises(GaussmixError):
        fit(model, WIDE[:100])
    assert_kept(model.set_params(**{name: sound[name] for name in options}), before, tmp_path)


@pytest.mark.parametrize(
    "error", [ZeroDivisionError, KeyboardInterrupt, SystemExit, MemoryError, GeneratorExit]
)
def test_an_error_or_an_interrupt_in_the_middle(model, error, tmp_path):
    before = state(model)
    model.set_params(callbacks=[failing(error)])
    with pytest.raises(error), quiet():
        fit(model, WIDE)
    if error is KeyboardInterrupt and getattr(model, "warm_start", False):
        # What the last iteration reached is where the next fit begins.
        assert model.trace_.message == "interrupted after 1 iteration"
        return
    assert_kept(model, before, tmp_path)


def test_a_second_class_that_fails_after_the_first(tmp_path):
    model = MixtureClassifier(3, random_state=0, search="off")
    with quiet():
        fit(model, FRAME)
    before = state(model)
    with pytest.raises(GaussmixError, match="fewer than n_components"), quiet():
        model.fit(WIDE, np.arange(len(WIDE)) >= len(WIDE) - 2)
    assert_kept(model, before, tmp_path)


@pytest.mark.parametrize(
    "y", [None, np.zeros(3), np.full(len(WIDE), np.nan), rng.normal(size=(len(WIDE), 2))]
)
def test_classes_that_cannot_be(y, tmp_path):
    with quiet():
        model = fit(MODELS["classifier"](), FRAME)
    before = state(model)
    with pytest.raises((GaussmixError, ValueError)):
        model.fit(WIDE, y)
    assert_kept(model, before, tmp_path)


@pytest.mark.parametrize("weights", [np.zeros(len(WIDE)), -np.ones(len(WIDE)), np.ones(3), ["a"] * len(WIDE)])
def test_weights_that_cannot_be(model, weights, tmp_path):
    before = state(model)
    with pytest.raises((GaussmixError, ValueError)):
        model.fit(WIDE, labels(WIDE), sample_weight=weights)
    assert_kept(model, before, tmp_path)


def test_a_warning_that_is_made_an_error(model, tmp_path):
    before = state(model)
    model.set_params(max_iter=1, tol=1e-300)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        with pytest.raises(ConvergenceWarning):
            fit(model, WIDE)
    assert_kept(model, before, tmp_path)


def test_a_printer_whose_reader_has_left(tmp_path, monkeypatch):
    model = GaussianMixture(2, random_state=0, verbose=1, verbose_interval=1).fit(FRAME)
    before = state(model)

    def closed(*_, **__):
        raise BrokenPipeError

    monkeypatch.setattr("builtins.print", closed)
    with pytest.raises(BrokenPipeError):
        model.fit(WIDE)
    monkeypatch.undo()
    assert_kept(model, before, tmp_path)


def test_an_estimator_that_was_never_fitted_stays_so():
    for make in MODELS.values():
        model = make().set_params(callbacks=failing(ZeroDivisionError))
        with pytest.raises(ZeroDivisionError), quiet():
            fit(model, FRAME)
        assert state(model) == {}


def test_a_callback_that_fits_its_own_estimator(model, tmp_path):
    once = []

    def refit(step):
        if not once:
            once.append(step)
            model.set_params(callbacks=None)
            fit(model, WIDE)
            assert model.n_features_in_ == 3

    model.set_params(callbacks=refit)
    with quiet():
        fit(model, FRAME)
    assert once
    assert_one_fit(model, {2})
    assert_kept(model, state(model), tmp_path)


def assert_one_fit(model, allowed):
    D = model.n_features_in_
    assert D in allowed
    mixtures = model.mixtures_ if isinstance(model, MixtureClassifier) else [model.mixture_]
    assert {mixture.n_features for mixture in mixtures} == {D}
    assert hasattr(model, "feature_names_in_") == (mixtures[0].feature_names is not None) == (D == 2)
    if isinstance(model, MixtureClassifier):
        runs = [trace.runs[trace.best].n_iterations for trace in model.traces_]
        assert model.n_iter_.tolist() == runs
    else:
        assert model.lower_bounds_ == model.trace_.runs[model.trace_.best].log_likelihood.tolist()
        assert model.n_iter_ == len(model.lower_bounds_)
        assert model._checkpoint[0] is model.mixture_


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_threads_that_share_an_estimator(make):
    """Whoever ends last leaves its own fit; a fit that fails beside it leaves nothing."""
    model = make()
    meeting = threading.Barrier(4)

    def work(rows):
        meeting.wait()
        for _ in range(3):
            try:
                fit(model, rows)
            except GaussmixError:
                assert np.isnan(np.asarray(rows)).any()

    everything = [FRAME, WIDE, WIDE[:80], np.full((9, 4), np.nan)]
    threads = [threading.Thread(target=work, args=(rows,)) for rows in everything]
    with quiet():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert_one_fit(model, {2, 3})
