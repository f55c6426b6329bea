"""scikit-learn's callbacks on ``GaussianMixture``: tasks, scores, early ends, progress bars, meta-estimators."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gaussmix import GaussianMixture
from gaussmix.errors import InputError, InputTypeError

from ..support import clusters, quiet

callback = pytest.importorskip("sklearn.callback", reason="scikit-learn has callbacks from 1.9 on")

X = clusters(np.random.default_rng(31), 300, 3, 2)


class Recorder:
    """Keeps what it was told, and the score of the estimator as if the fit had ended there."""

    def __init__(self, stop_after=None, fail=False):
        self.told, self.stop_after, self.fail = [], stop_after, fail

    def setup(self, estimator, context):
        self.told.append(("setup", context.task_name, None))

    def teardown(self, estimator, context):
        self.told.append(("teardown", context.task_name, None))

    def on_fit_task_begin(self, estimator, context, *, X=None, fitted_estimator=None):
        score = None if fitted_estimator is None else fitted_estimator.score(X)
        self.told.append(("begin", context.task_name, score))

    def on_fit_task_end(self, estimator, context, *, X=None, metadata=None, fitted_estimator=None):
        score = None if fitted_estimator is None else fitted_estimator.score(X)
        self.metadata = metadata
        self.told.append(("end", context.task_name, score))
        if self.fail:
            raise RuntimeError("a callback failed")
        return len(self.of("end", "iteration")) == self.stop_after

    def of(self, hook, name):
        return [score for told, task, score in self.told if (told, task) == (hook, name)]


def watched(recorder, **options):
    with quiet():
        model = GaussianMixture(3, random_state=0, **options)
        return model.set_callbacks(recorder).fit(X)


@pytest.mark.parametrize("options", [{}, {"search": "off"}, {"search": "off", "n_init": 2}, {"max_iter": 3}])
def test_each_iteration_and_each_move_is_a_task(options):
    recorder = Recorder()
    model = watched(recorder, **options)
    runs = model.trace_.runs
    assert len(recorder.of("end", "iteration")) == sum(run.n_iterations for run in runs)
    search = model.trace_.search
    moves = [
        task
        for hook, task, _ in recorder.told
        if hook == "end" and task not in ("iteration", "search", "EM", "fit")
    ]
    assert len(moves) == (0 if search is None else len(search.events))
    for hook in ("setup", "teardown"):
        assert len(recorder.of(hook, "fit")) == 1
    assert len([told for told in recorder.told if told[0] == "begin"]) == len(
        [told for told in recorder.told if told[0] == "end"]
    )
    assert recorder.told[0][0] == "setup"
    assert recorder.told[-1][0] == "teardown"


def test_the_estimator_of_each_iteration_can_be_scored():
    recorder = Recorder()
    model = watched(recorder, search="off", acceleration="off")
    scores = recorder.of("end", "iteration")
    assert scores == sorted(scores)
    assert scores[-1] == pytest.approx(model.score(X))
    assert recorder.of("begin", "iteration")[1:] == scores[:-1]
    assert recorder.of("end", "fit") == [model.score(X)]


def test_with_callbacks_the_fit_is_the_same():
    assert watched(Recorder()).mixture_ == GaussianMixture(3, random_state=0).fit(X).mixture_


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_callback_ends_the_fit(count):
    model = watched(Recorder(stop_after=count), search="off")
    assert model.n_iter_ == count
    assert not model.converged_


def test_a_callback_that_fails_leaves_the_earlier_fit():
    model = GaussianMixture(3, random_state=0).fit(X)
    before, recorder = model.mixture_, Recorder(fail=True)
    with pytest.raises(RuntimeError, match="a callback failed"):
        model.set_callbacks(recorder).fit(X[:100])
    assert model.mixture_ is before
    assert recorder.of("teardown", "fit") == [None]
    assert not any(name.startswith("_callback") for name in vars(model))


def test_rows_that_cannot_be_used_are_no_task():
    recorder = Recorder()
    with pytest.raises(InputError, match="infinity"):
        GaussianMixture(2).set_callbacks(recorder).fit(np.full((5, 2), np.inf))
    assert recorder.told == []


def test_weights_are_metadata():
    recorder = Recorder()
    weights = np.ones(len(X))
    GaussianMixture(2, random_state=0).set_callbacks(recorder).fit(X, sample_weight=weights)
    assert recorder.metadata == {"sample_weight": weights}


def test_scores_are_monitored():
    monitor = callback.ScoringMonitor(scoring={"mean": lambda model, X, y: model.score(X)})
    model = GaussianMixture(3, random_state=0, search="off").set_callbacks(monitor)
    model.fit(X, np.zeros(len(X)))
    means = [row["mean"] for row in monitor.get_logs().data if row["task_name"] == "iteration"]
    assert len(means) == model.n_iter_
    assert means[-1] == pytest.approx(model.score(X))


def test_a_progress_bar_in_meta_estimators(capsys):
    bar = callback.ProgressBar(max_propagation_depth=None)
    make_pipeline(StandardScaler(), GaussianMixture(2, random_state=0)).set_callbacks(bar).fit(X)
    assert "GaussianMixture - EM" in capsys.readouterr().out
    grid = GridSearchCV(GaussianMixture(random_state=0), {"n_components": [1, 2]}, cv=2)
    grid.set_callbacks(callback.ProgressBar(max_propagation_depth=None)).fit(X)
    assert grid.best_estimator_.mixture_.n_components == 2
    assert "100%" in capsys.readouterr().out


def test_copies():
    model = watched(callback.ProgressBar())
    assert pickle.loads(pickle.dumps(model)).mixture_ == model.mixture_
    assert clone(model).fit(X).mixture_ == model.mixture_
    assert not hasattr(model.set_callbacks(), "_skl_callbacks")


@pytest.mark.parametrize("given", [lambda: callback.ProgressBar(), lambda: [print, callback.ProgressBar()]])
def test_the_parameter_callbacks_says_where_they_belong(given):
    with pytest.raises(
        InputTypeError, match="ProgressBar, a callback of scikit-learn's: give it to set_callbacks"
    ):
        GaussianMixture(2, callbacks=given()).fit(X)
