"""scikit-learn's callbacks, as scikit-learn has them from 1.9 on: told of each iteration of EM and move of a search."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from ..estimation import Trace
from ..fitting import Step
from .kinds import ArrayKind
from .rows import Features

try:
    from sklearn.callback import CallbackSupportMixin
    from sklearn.callback import with_callbacks as _with_callbacks
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """In the place of scikit-learn's, which has no callbacks before 1.9."""

    def _with_callbacks(method: Any) -> Any:
        return method


__all__ = ["CallbackSupportMixin", "FitTasks", "has_callbacks", "with_callbacks"]

F = TypeVar("F", bound=Callable[..., Any])


def with_callbacks(method: F) -> F:
    """Return a fit method that ends the work of scikit-learn's callbacks when it ends, also by an error."""
    return cast(F, _with_callbacks(method))


def has_callbacks(estimator: Any) -> bool:
    """Return whether callbacks were set with ``set_callbacks``, or by a meta-estimator."""
    return bool(getattr(estimator, "_skl_callbacks", None))


class FitTasks:
    """A callback of a fit that tells scikit-learn's callbacks of its tasks.

    The fit has one subtask for the search, where there is one, and one for EM; their subtasks are the moves and the
    iterations. A task is told of when it is over: its begin and its end come one after the other.

    Parameters
    ----------
    estimator : GaussianMixture
    features : Features
        The columns of the rows.
    kind : ArrayKind
        Of the attributes.
    X, y : arrays
        What ``fit`` was given.
    known : mapping
        What else ``fit`` was given, such as ``sample_weight``; None where it was not.
    """

    def __init__(
        self, estimator: Any, features: Features, kind: ArrayKind, X: Any, y: Any, known: Mapping[str, Any]
    ) -> None:
        self._estimator, self._features, self._kind = estimator, features, kind
        metadata = {name: value for name, value in known.items() if value is not None}
        self._told = {"estimator": estimator, "X": X, "y": y, "metadata": metadata or None}
        self._fit = estimator._init_callback_context(max_subtasks=None)
        self._fit.call_on_fit_task_begin(**self._told)
        self._stage: Any = None
        self._last: Step | None = None

    def __call__(self, step: Step) -> bool:
        """Tell of an iteration, or of a move; return whether a callback asks to stop."""
        if self._last is None or self._last.stage != step.stage:
            self._end_stage()
            most = step.max_iter * step.n_runs if step.stage == "EM" else None
            self._stage = self._fit.subcontext(task_name=step.stage, max_subtasks=most)
            self._stage.call_on_fit_task_begin(**self._told, reconstruction_attributes=self._before())
        task = self._stage.subcontext(task_name="iteration" if step.event is None else step.event.words)
        task.call_on_fit_task_begin(**self._told, reconstruction_attributes=self._before())
        self._last = step
        return bool(
            task.call_on_fit_task_end(**self._told, reconstruction_attributes=lambda: self._as_if(step))
        )

    def tell_end(self, trace: Trace) -> None:
        """Tell that the fit is over, and the estimator fitted."""
        self._end_stage()
        self._fit.call_on_fit_task_end(**self._told, reconstruction_attributes={})

    def _end_stage(self) -> None:
        if self._stage is not None:
            self._stage.call_on_fit_task_end(**self._told, reconstruction_attributes=self._before())

    def _before(self) -> Callable[[], dict[str, Any]] | None:
        """Return what makes the estimator of the last step, where there was one."""
        last = self._last
        return None if last is None else lambda: self._as_if(last)

    def _as_if(self, step: Step) -> dict[str, Any]:
        """Return what the estimator would have if the fit had ended with a step."""
        features = self._features
        fitted = {
            "mixture_": step.mixture.named(features.texts),
            "_kind": self._kind,
            "n_features_in_": features.count,
            "n_iter_": 0 if step.stage == "search" else step.iteration,
        }
        return fitted if features.names is None else {**fitted, "feature_names_in_": features.names}
