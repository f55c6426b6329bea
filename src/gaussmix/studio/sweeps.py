"""The comparison of families and numbers of components in a session."""

from __future__ import annotations

from typing import Any

from ..errors import InputError
from ..estimators.candidates import families_from
from ..model_selection import Selection, select
from ..model_sweep import FittedModel
from ..report.words import described
from . import bodies
from .answers import RequestError, sentence_of
from .chosen import ChosenRows
from .control import CancellableEngine, Control
from .fits import Listener, Source
from .messages import Fitted, Notice, Sweep

__all__ = ["SweepOfSession"]


class SweepOfSession:
    """A sweep: the models fitted so far, and their comparison at the end.

    Parameters
    ----------
    rows : ChosenRows
        The rows.
    asked : Sweep
        What the page asks for.
    listener : Listener
        Who is told.
    """

    def __init__(self, rows: ChosenRows, asked: Sweep, listener: Listener) -> None:
        self.rows, self.asked, self.state, self.words = rows, asked, "running", ""
        counts = sorted(set(asked.n_components))
        families = families_from(asked.families, len(rows.names))
        self.total = len(counts) * len(families)
        self._counts, self._listener = counts, listener
        self._models: dict[tuple[int, str], FittedModel] = {}
        self._selection: Selection | None = None

    @property
    def _options(self) -> dict[str, Any]:
        asked = self.asked
        return {
            "n_components": self._counts,
            "families": asked.families,
            "criterion": asked.criterion,
            "search": asked.search,
            "random_state": asked.random_state,
        }

    def run(self, control: Control) -> None:
        """Fit all models; in a thread of its own."""

        def tell(model: FittedModel) -> bool:
            # A model is fitted again where its neighbours in the table lead to a better one.
            self._models[model.n_components, model.family_name] = model
            self._listener.post(Fitted(self._in_words(model), len(self._models), self.total))
            return control.cancelled

        try:
            found = select(self.rows.rows, **self._options, callbacks=tell, engine=CancellableEngine(control))
            self._selection, self.words, self.state = found, found.summary(), "done"
        except KeyboardInterrupt:
            self.words, self.state = "cancelled before the first model", "done"
        except Exception as error:
            self.words, self.state = sentence_of(error), "failed"
            self._listener.post(Notice(self.words, "error"))
        self._listener.changed()

    def chosen(self, n_components: int, family: str) -> Source:
        """Return a model as the source of a fit.

        Raises
        ------
        RequestError
            If the sweep is not done.
        InputError
            If there is no such model, or it has no fit.
        """
        if self._selection is None:
            raise RequestError("The sweep is not done: wait for it, or cancel it.")
        model = self._selection.model(n_components, family)
        estimator = self._selection.estimator(model)
        given = ", ".join(f"{name}={value!r}" for name, value in self._options.items())
        code = (
            f"selection = gaussmix.select(X, {given})",
            f"model = selection.estimator(selection.model({n_components}, {family!r}))",
        )
        return Source("sweep", estimator, code, f"{model.name} of the comparison, {model.status}")

    @property
    def choice(self) -> list[str]:
        """The choice and its certainty, in sentences."""
        return [] if self._selection is None else self._selection.summary().splitlines()

    def in_words(self) -> bodies.SweepState:
        """Return the sweep as a message for the page."""
        best = None
        if self._selection is not None:
            try:
                best = self._selection.best.name
            except InputError:
                best = None
        return bodies.SweepState(
            state=self.state,  # type: ignore[arg-type]
            criterion=self.asked.criterion,
            total=self.total,
            models=[self._in_words(model) for model in list(self._models.values())],
            best=best,
            words=self.words,
        )

    def _in_words(self, model: FittedModel) -> bodies.Model:
        return bodies.Model(
            n_components=model.n_components,
            family=model.family_name,
            name=model.name,
            status=model.status,
            sound=model.sound,
            df=model.df,
            log_likelihood=model.log_likelihood,
            bic=model.bic,
            aic=model.aic,
            icl=model.icl,
            value=model.value(self.asked.criterion),
            seconds=model.seconds,
            words=described(model.family.name),
        )
