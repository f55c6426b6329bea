"""Callbacks of scikit-learn 1.9 and later: notified of each iteration of EM and each move of a search."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
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
        """Substitute for scikit-learn's class, for versions before 1.9."""

    def _with_callbacks(method: Any) -> Any:
        return method


__all__ = ["CallbackSupportMixin", "FitTasks", "has_callbacks", "with_callbacks"]

F = TypeVar("F", bound=Callable[..., Any])


def with_callbacks(method: F) -> F:
    """Return a fit method that closes scikit-learn's callbacks at its end, also after an error."""
    closing = _with_callbacks(method)

    @wraps(method)
    def fit(estimator: Any, *args: Any, **kwargs: Any) -> Any:
        # Without callbacks, there is nothing to close.
        return (closing if has_callbacks(estimator) else method)(estimator, *args, **kwargs)

    return cast(F, fit)


def has_callbacks(estimator: Any) -> bool:
    """Return whether callbacks were set with ``set_callbacks``, or by a meta-estimator."""
    return bool(getattr(estimator, "_skl_callbacks", None))


class FitTasks:
    """A callback of a fit that notifies scikit-learn's callbacks.

    The fit has one subtask for the search, if there is one, and one for EM; their subtasks are the moves and the
    iterations. A task is reported when it is over: its beginning and its end come one after the other.

    Parameters
    ----------
    features : Features
        The columns of the rows.
    kind : ArrayKind
        Of the attributes.
    X, y : arrays
        What ``fit`` was given.
    known : mapping
        The other arguments of ``fit``, such as ``sample_weight``.
    """

    def __init__(
        self, estimator: Any, features: Features, kind: ArrayKind, X: Any, y: Any, known: Mapping[str, Any]
    ) -> None:
        self._estimator, self._features, self._kind = estimator, features, kind
        metadata = {name: value for name, value in known.items() if value is not None}
        self._arguments = {"estimator": estimator, "X": X, "y": y, "metadata": metadata or None}
        self._fit = estimator._init_callback_context(max_subtasks=None)
        self._fit.call_on_fit_task_begin(**self._arguments)
        self._stage: Any = None
        self._last: Step | None = None

    def __call__(self, step: Step) -> bool:
        """Notify of an iteration or a move; return whether a callback asks to stop."""
        if self._last is None or self._last.stage != step.stage:
            self._end_stage()
            most = step.max_iter * step.n_runs if step.stage == "EM" else None
            self._stage = self._fit.subcontext(task_name=step.stage, max_subtasks=most)
            self._stage.call_on_fit_task_begin(
                **self._arguments, reconstruction_attributes=self._last_estimator()
            )
        task = self._stage.subcontext(task_name="iteration" if step.event is None else step.event.words)
        task.call_on_fit_task_begin(**self._arguments, reconstruction_attributes=self._last_estimator())
        self._last = step
        return bool(
            task.call_on_fit_task_end(
                **self._arguments, reconstruction_attributes=lambda: self._attributes_after(step)
            )
        )

    def end_fit(self, trace: Trace) -> None:
        """Notify of the end of the fit."""
        self._end_stage()
        self._fit.call_on_fit_task_end(**self._arguments, reconstruction_attributes={})

    def _end_stage(self) -> None:
        if self._stage is not None:
            self._stage.call_on_fit_task_end(
                **self._arguments, reconstruction_attributes=self._last_estimator()
            )

    def _last_estimator(self) -> Callable[[], dict[str, Any]] | None:
        """Return the maker of the estimator after the last step; None before the first step."""
        last = self._last
        return None if last is None else lambda: self._attributes_after(last)

    def _attributes_after(self, step: Step) -> dict[str, Any]:
        """Return the attributes of an estimator fitted up to a step."""
        features = self._features
        fitted = {
            "mixture_": step.mixture.named(features.texts),
            "_kind": self._kind,
            "n_features_in_": features.count,
            "n_iter_": 0 if step.stage == "search" else step.iteration,
        }
        return fitted if features.names is None else {**fitted, "feature_names_in_": features.names}
