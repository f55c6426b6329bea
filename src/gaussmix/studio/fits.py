"""The fit of a session: the library's own fit in a thread, watched step by step."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Protocol

import msgspec

from ..estimators import GaussianMixture
from ..fitting import Step
from ..mixture import Mixture
from ..search import SearchEvent
from . import bodies
from .answers import RequestError, sentence_of
from .chosen import ChosenRows
from .control import CancellableEngine, Control, Tell
from .looks import judged
from .messages import Move, Notice
from .record import Moment, Record

__all__ = ["Fit", "Listener", "Source"]


class Listener(Protocol):
    """Observer of a fit: the sockets of the session."""

    def changed(self) -> None:
        """The state of the session is another."""

    def moved(self) -> None:
        """There is another frame to show."""

    def post(self, event: Any) -> None:
        """Send an event."""


@dataclass(frozen=True, eq=False)
class Source:
    """The origin of a mixture that was not fitted on the page, and the code of its estimator.

    Parameters
    ----------
    kind : "sweep" or "file"
        Where.
    estimator : GaussianMixture
        With the mixture.
    code : tuple of str
        Lines of Python that make ``model``.
    words : str
        For people.
    """

    kind: Any
    estimator: GaussianMixture
    code: tuple[str, ...]
    words: str


class Fit:
    """A fit: its options, the record of its steps, and its result.

    A run ends when EM has converged, is cancelled, or a component is moved by hand; from there a further run of the
    same fit can begin.

    Parameters
    ----------
    rows : ChosenRows
        The rows.
    options : Options
        Of the estimator.
    listener : Listener
        Who is told.
    control : Control
        Of its first run.
    """

    def __init__(
        self, rows: ChosenRows, options: bodies.Options, listener: Listener, control: Control
    ) -> None:
        self.rows, self.options, self.control = rows, options, control
        self.record = Record()
        self.shown = 0
        self.state: Any = "paused" if control.paused else "running"
        self.words = ""
        self.first: Mixture | None = None
        self.source: Source | None = None
        self.estimator: GaussianMixture | None = None
        self.whole = False
        self._listener, self._half, self._run = listener, False, 0
        self._withheld: Moment | None = None
        self._facts: tuple[float, float] | None = None
        self._judged: tuple[Mixture, Any] | None = None

    # -------------------------------------------------------------------------- in the thread of the fit

    def run(self, control: Control) -> None:
        """Fit, from the start to the end; in a thread of its own."""
        estimator = GaussianMixture(**self.parameters, engine=CancellableEngine(control))
        try:
            self._show_start()
            if not control.wait(paced=False):
                estimator.set_params(callbacks=lambda step: self._watch(step, control)).fit(self.rows.rows)
        except KeyboardInterrupt:
            pass
        except Exception as error:
            self._fail(error, control)
            return
        if self.control is control:
            self._finish(estimator, control)

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of the estimator of this run."""
        given = msgspec.structs.asdict(self.options)
        return given if self.first is None else {**given, "init_params": self.first, "search": "off"}

    def _show_start(self) -> None:
        """Show the mixture that EM begins at, where no search comes before."""
        options = self.options
        if (
            self.first is not None
            or options.n_init > 1
            or not (options.search == "off" or options.n_components == 1)
        ):
            return
        parameters = {**self.parameters, "max_iter": 0, "engine": CancellableEngine(self.control)}
        self._add(
            Moment("start", GaussianMixture(**parameters).fit(self.rows.rows).mixture_, words="the start")
        )

    def _watch(self, step: Step, control: Control) -> bool:
        """Record a step, and wait until the next one may come; return whether the fit is to end."""
        if self.control is not control:
            return True
        event = step.event
        if isinstance(event, SearchEvent):
            self._listener.post(_move_of(event))
            title = event.title
            self._add(
                Moment("search", step.mixture, step.iteration, event.run, step.log_likelihood, words=title)
            )
        else:
            self._add_iteration(step, control)
        return control.wait() or self.control is not control

    def _add_iteration(self, step: Step, control: Control) -> None:
        run = self._run + step.run
        after = Moment(
            "M",
            step.mixture,
            step.iteration,
            run,
            step.log_likelihood,
            self._bic(step.mixture, step.log_likelihood),
        )
        before = self.record.at(len(self.record) - 1)[1] if len(self.record) else None
        follows = (
            before is not None and before.phase in ("start", "M") and before.iteration == step.iteration - 1
        )
        if before is None or not (self._half and control.paused and follows):
            self._add(after)
            return
        coloured_by = before.mixture
        self._add(Moment("E", before.mixture, step.iteration, run, coloured_by=coloured_by))
        self._withheld = replace(after, coloured_by=coloured_by)

    def _bic(self, mixture: Mixture, mean_log_likelihood: float) -> float:
        n = len(self.rows.X)
        return mixture.n_parameters * math.log(n) - 2.0 * n * mean_log_likelihood

    def _add(self, moment: Moment) -> None:
        following = self.shown >= len(self.record) - 1
        number = self.record.add(moment)
        if following:
            self.shown = number
        self._listener.moved()

    def _finish(self, estimator: GaussianMixture, control: Control) -> None:
        self.reveal()
        estimator.set_params(callbacks=None, engine=None)
        if not hasattr(estimator, "mixture_"):
            self.state, self.words = "done", "cancelled before the first step"
            self._listener.changed()
            return
        self.whole = not control.cancelled
        self._keep(estimator)
        run = estimator.trace_.runs[estimator.trace_.best]
        self.words = f"cancelled after {run.n_iterations} iterations" if control.cancelled else run.message
        newest = self.record.at(len(self.record) - 1)[1] if len(self.record) else None
        if newest is None or not _same(newest.mixture, estimator.mixture_):
            words = "the best run" if self.options.n_init > 1 else "the result"
            self._add(Moment("M", estimator.mixture_, run.n_iterations, self._run, words=words))
        self.state = "done"
        self._listener.changed()

    def _keep(self, estimator: GaussianMixture) -> None:
        self.estimator = estimator
        total = float(estimator.score(self.rows.rows)) * len(self.rows.X)
        self._facts = total, float(estimator.bic(self.rows.rows))

    def _fail(self, error: Exception, control: Control) -> None:
        if self.control is not control:
            return
        self.state, self.words = "failed", sentence_of(error)
        self._listener.post(Notice(self.words, "error"))
        self._listener.changed()

    # ------------------------------------------------------------------------------- commands of the page

    def pause(self) -> None:
        """Pause after the present step."""
        self._need("running", "paused")
        self.control.pause()
        self.state = "paused"

    def resume(self) -> None:
        """Go on without a stop."""
        self._need("running", "paused")
        self.reveal()
        self.shown = max(0, len(self.record) - 1)
        self.state = "running"
        self.control.resume()

    def step(self, half: bool) -> None:
        """Go one step on: the M-step after an E-step, or a step of the thread."""
        self._need("running", "paused")
        self.state = "paused"
        self.shown = max(0, len(self.record) - 1)
        if not self.reveal():
            self._half = half
            self.control.step()

    def seek(self, number: int) -> None:
        """Show an older frame."""
        if not len(self.record):
            raise RequestError("The fit has no frames yet.")
        if self.state == "running":
            self.pause()
        self.shown = self.record.at(min(number, len(self.record) - 1))[0]
        self._listener.moved()

    def reveal(self) -> bool:
        """Show the M-step that follows a shown E-step; return whether there was one."""
        withheld, self._withheld = self._withheld, None
        if withheld is None:
            return False
        self.shown = len(self.record)
        self._add(withheld)
        return True

    def edit(self, mixture: Mixture, words: str) -> None:
        """Take an edited mixture as the start of a further run; the present run ends."""
        self.control.cancel()
        self.control = Control(paused=True)
        self._withheld, self.source, self.estimator, self._facts, self.whole = None, None, None, None, False
        self.first, self.state, self.words = mixture, "edited", words
        self._run = 1 + (self.record.at(len(self.record) - 1)[1].run if len(self.record) else 0)
        self.options = msgspec.structs.replace(self.options, n_components=mixture.n_components)
        self.shown = len(self.record)
        self._add(Moment("start", mixture, 0, self._run, words=words))

    def continued(self, control: Control) -> Control:
        """Begin the run at an edited mixture, and return its control."""
        self._need("edited")
        self.control, self.state = control, "paused" if control.paused else "running"
        return control

    def load(self, source: Source) -> None:
        """Show a mixture from elsewhere, as a fit that is done."""
        self.source, self.state, self.words, self.whole = source, "done", source.words, True
        self._keep(source.estimator)
        self._add(Moment("start", source.estimator.mixture_, words=source.words))

    def _need(self, *states: str) -> None:
        if self.state not in states:
            raise RequestError(f"The fit is {self.state}, not {' or '.join(states)}: start a fit.")

    # ---------------------------------------------------------------------------------------------- facts

    @property
    def moment(self) -> Moment:
        """The moment that is shown.

        Raises
        ------
        RequestError
            If there is none yet.
        """
        if not len(self.record):
            raise RequestError("There is no mixture yet: run a fit.")
        return self.record.at(self.shown)[1]

    @property
    def at_end(self) -> bool:
        """Whether the result of a finished fit is shown."""
        return (
            self.state == "done"
            and self.estimator is not None
            and _same(self.moment.mixture, self.estimator.mixture_)
        )

    def shown_estimator(self) -> GaussianMixture:
        """Return an estimator with the mixture that is shown."""
        if self.at_end:
            assert self.estimator is not None
            return self.estimator
        mixture = self.moment.mixture
        given = {
            **self.parameters,
            "n_components": mixture.n_components,
            "init_params": mixture,
            "search": "off",
        }
        return GaussianMixture(**{**given, "max_iter": 0}).fit(self.rows.rows)

    def judged(self, tell: Tell) -> Any:
        """Return the outlier scores, components and log-densities of all rows; they are kept until another is shown."""
        mixture, known = self.moment.mixture, self._judged
        if known is None or known[0] is not mixture:
            known = self._judged = (mixture, judged(self.rows.X, mixture, tell))
        return known[1]

    def in_words(self) -> bodies.FitState:
        """Return the fit as a message for the page."""
        estimator, facts = self.estimator, self._facts or (None, None)
        run = None if estimator is None else estimator.trace_.runs[estimator.trace_.best]
        known = len(self.record) > 0
        return bodies.FitState(
            state=self.state,
            options=self.options,
            source="fit" if self.source is None else self.source.kind,
            n_components=self.moment.mixture.n_components if known else self.options.n_components,
            frames=len(self.record),
            first=0,
            shown=self.shown,
            converged=None if run is None else run.status == "converged",
            n_iter=None if run is None else run.n_iterations,
            log_likelihood=facts[0],
            bic=facts[1],
            words=self.words,
        )


def _same(one: Mixture, other: Mixture) -> bool:
    """Return whether two mixtures are equal, apart from the names of their columns."""
    return one.named(None) == other.named(None)


def _move_of(event: SearchEvent) -> Move:
    return Move(
        run=event.run,
        kind=event.kind,
        title=event.title,
        taken=event.taken,
        gain=event.gain,
        predicted=event.predicted if event.has_prediction else None,
        components=[list(map(int, numbers)) for numbers in event.components],
        mean_log_likelihood=event.log_likelihood,
    )
