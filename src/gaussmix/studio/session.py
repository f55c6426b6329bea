"""A session: the table, the fit and the sweep of one page, and the long task that runs for it."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from ..estimators.options import family_of
from . import bodies, messages
from .answers import RequestError
from .chosen import ChosenRows
from .classifiers import ClassifierOfSession
from .control import Control
from .edits import with_component, with_mean, without_component
from .fits import Fit, Source
from .mailbox import Mailbox
from .subsets import rows_with
from .sweeps import SweepOfSession
from .tables import StudioTable
from .warned import warnings_to

__all__ = ["StudioSession"]

T = TypeVar("T")

_MOST_SOCKETS = 4


class StudioSession:
    """The state of one page.

    Commands come one at a time, under a lock; the long task runs in a thread of its own and takes no lock.
    """

    def __init__(self) -> None:
        self.number = secrets.token_urlsafe(16)
        self.lock = threading.RLock()
        self.used = time.monotonic()
        self.table: StudioTable | None = None
        self.chosen: ChosenRows | None = None
        self.fit: Fit | None = None
        self.sweep: SweepOfSession | None = None
        self.classifier: ClassifierOfSession | None = None
        self.pace = 0.0
        self.job, self._control, self._thread = "", Control(), threading.Thread()
        self.mailboxes: list[Mailbox] = []
        self.ended = False
        self._revision, self._counting = 0, threading.Lock()

    # ------------------------------------------------------------------------------------------- listener

    def changed(self) -> None:
        """Tell the sockets that the state is another."""
        with self._counting:
            self._revision += 1
        for mailbox in list(self.mailboxes):
            mailbox.changed()

    def moved(self) -> None:
        """Tell the sockets that there is another frame."""
        for mailbox in list(self.mailboxes):
            mailbox.moved()

    def post(self, event: Any) -> None:
        """Send an event to the sockets."""
        for mailbox in list(self.mailboxes):
            mailbox.post(event)

    def listen(self, mailbox: Mailbox) -> None:
        """Add a socket.

        Raises
        ------
        RequestError
            If the session has too many.
        """
        if len(self.mailboxes) >= _MOST_SOCKETS:
            raise RequestError("Too many pages show this session: close one of them.", 503)
        self.mailboxes.append(mailbox)

    # ----------------------------------------------------------------------------------------- long tasks

    def begin(self, job: str, task: Callable[[Control], None], control: Control | None = None) -> None:
        """Run a long task in a thread; the one that runs is cancelled first."""
        with self.lock:
            if self.ended:
                raise RequestError("The session has ended: load the page again.", 410)
            before = self._thread
            self._control.cancel()
            self.job, self._control = job, control or Control()
            self._thread = threading.Thread(
                target=self._work,
                args=(before, task, self._control),
                name=f"gaussmix studio: {job}",
                daemon=True,
            )
            self._thread.start()
        self.changed()

    def _work(self, before: threading.Thread, task: Callable[[Control], None], control: Control) -> None:
        if before.ident is not None:
            before.join()
        told: set[str] = set()

        def tell(words: str) -> None:
            # A sweep warns of the same in each of its models.
            if words not in told:
                told.add(words)
                self.post(messages.Notice(words))

        with warnings_to(tell):
            task(control)
        if self._control is control:
            self.job = ""
        self.changed()

    def cancel(self) -> None:
        """End the long task."""
        self._control.cancel()

    def end(self, words: str) -> None:
        """End the session: its task, its sockets, its data."""
        with self.lock:
            self.ended = True
            self._control.cancel()
            self.post(messages.Closed(words))
            self.table = self.chosen = self.fit = self.sweep = self.classifier = None

    def join(self, seconds: float) -> None:
        """Wait for the end of a task that was cancelled."""
        if self._thread.ident is not None:
            self._thread.join(seconds)

    # ----------------------------------------------------------------------------------------------- data

    def take(self, table: StudioTable) -> None:
        """Take another table; all columns are chosen. What was fitted before is forgotten."""
        rows = ChosenRows.of(table, bodies.Columns(list(table.names)))
        with self.lock:
            self._take(table, rows)
        self.changed()

    def choose(self, asked: bodies.Columns) -> None:
        """Choose columns. What was fitted before is forgotten."""
        table = _known(self.table, "table: take a built-in one, draw a random one, or load a file")
        rows = ChosenRows.of(table, asked)
        with self.lock:
            self._take(table, rows)
        self.changed()

    def keep(self, asked: bodies.Only) -> None:
        """Keep the rows with one label, or all; the same columns stay chosen.

        Raises
        ------
        InputError
            If no row has the label.
        """
        rows = self.rows
        whole = rows.table.whole or rows.table
        table = whole
        if asked.value is not None:
            labelled = ChosenRows.of(whole, bodies.Columns(list(rows.names), label=asked.column))
            table = rows_with(labelled, asked.value)
        chosen = ChosenRows.of(table, bodies.Columns(list(rows.names), rows.standardise, rows.label))
        with self.lock:
            self._take(table, chosen)
        self.changed()

    def _take(self, table: StudioTable, rows: ChosenRows) -> None:
        self._control.cancel()
        self.table, self.chosen = table, rows
        self.fit = self.sweep = self.classifier = None

    @property
    def rows(self) -> ChosenRows:
        """The rows to fit.

        Raises
        ------
        RequestError
            If there is no table.
        """
        return _known(self.chosen, "table: take a built-in one, draw a random one, or load a file")

    @property
    def known_fit(self) -> Fit:
        """The fit.

        Raises
        ------
        RequestError
            If there is none.
        """
        return _known(self.fit, "fit: run one")

    @property
    def n_bytes(self) -> int:
        """Memory of the numbers, roughly."""
        table, rows = self.table, self.chosen
        own = 0 if rows is None or (table is not None and rows.X is table.X) else int(rows.X.nbytes)
        return own + (0 if table is None else table.n_bytes)

    # ------------------------------------------------------------------------------------------- commands

    def do(self, command: messages.Command) -> None:
        """Carry out a command of the page.

        Raises
        ------
        GaussmixError
            If it cannot be carried out; the message says why.
        """
        with self.lock:
            self.used = time.monotonic()
            _DO[type(command)](self, command)
        self.changed()

    def start(self, command: messages.Start) -> None:
        """Begin a fit."""
        rows = self.rows
        family_of(command.options.covariance_type, len(rows.names))
        control = Control(command.paused, self.pace)
        self.fit = Fit(rows, command.options, self, control)
        self.begin("fit", self.fit.run, control)

    def resume(self) -> None:
        """Go on with the fit, or begin EM at an edited mixture."""
        if not self._begun(paused=False):
            self.known_fit.resume()

    def step(self, half: bool) -> None:
        """Go one step on."""
        self._begun(paused=True)
        self.known_fit.step(half)

    def _begun(self, paused: bool) -> bool:
        """Begin the run at an edited mixture; return whether the mixture is one."""
        fit = self.known_fit
        if fit.state != "edited":
            return False
        self.begin("fit", fit.run, fit.continued(Control(paused, self.pace)))
        return True

    def edit(self, command: Any) -> None:
        """Move, add or remove a component of the mixture that is shown; the run ends."""
        fit = self.known_fit
        mixture, family = fit.moment.mixture, family_of(fit.options.covariance_type, len(self.rows.names))
        if isinstance(command, messages.SetMean):
            places = self.rows.places(command.columns)
            mixture = with_mean(mixture, command.component, places, command.mean)
            words = f"component {command.component} moved"
        elif isinstance(command, messages.AddComponent):
            mixture = with_component(mixture, self.rows.places(command.columns), command.mean, family)
            words = f"component {mixture.n_components - 1} added"
        else:
            mixture, words = (
                without_component(mixture, command.component, family),
                f"component {command.component} removed",
            )
        self.cancel()
        fit.edit(mixture, words)

    def set_pace(self, seconds: float) -> None:
        """Set the time between steps."""
        self.pace = seconds
        if self.fit is not None:
            self.fit.control.set_pace(seconds)

    def compare(self, command: messages.Sweep) -> None:
        """Begin a sweep."""
        self.sweep = SweepOfSession(self.rows, command, self)
        self.begin("sweep", self.sweep.run)

    def show_model(self, command: messages.Choose) -> None:
        """Show a model of the sweep as the fit."""
        sweep = _known(self.sweep, "sweep: run one")
        self.load(sweep.chosen(command.n_components, command.family))

    def load(self, source: Source) -> None:
        """Show a mixture from elsewhere as the fit."""
        estimator = source.estimator
        options = bodies.Options(
            n_components=estimator.mixture_.n_components,
            covariance_type=estimator.mixture_.family.name,
            search="off",
        )
        fit = Fit(self.rows, options, self, Control())
        fit.load(source)
        self._control.cancel()
        self.fit = fit
        # Told after the change: a state that a socket reads before it would have the new revision.
        self.changed()
        self.moved()

    def classify(self, command: messages.Classify) -> None:
        """Begin the fit of a classifier to the column of labels."""
        self.classifier = ClassifierOfSession(self.rows, command, self)
        self.begin("classifier", self.classifier.run)

    # ---------------------------------------------------------------------------------------------- state

    def in_words(self) -> bodies.Session:
        """Return the session as a message for the page."""
        # Read first: what changes meanwhile has a larger number, and is told again.
        revision = self._revision
        table, chosen, fit, sweep = self.table, self.chosen, self.fit, self.sweep
        state = bodies.FitState("none") if fit is None else fit.in_words()
        state.pace = self.pace
        return bodies.Session(
            session=self.number,
            revision=revision,
            table=None if table is None else table.in_words(),
            chosen=None if chosen is None else chosen.in_words(),
            fit=state,
            sweep=bodies.SweepState("none") if sweep is None else sweep.in_words(),
            job=self.job,
            classifier=self.classifier is not None and self.classifier.ready,
        )


def _known(value: T | None, what: str) -> T:
    if value is None:
        raise RequestError(f"There is no {what}.")
    return value


_DO: dict[type[messages.Command], Callable[[StudioSession, Any], None]] = {
    messages.Start: StudioSession.start,
    messages.Pause: lambda session, _: session.known_fit.pause(),
    messages.Resume: lambda session, _: session.resume(),
    messages.Step: lambda session, command: session.step(command.half),
    messages.Seek: lambda session, command: session.known_fit.seek(command.frame),
    messages.Pace: lambda session, command: session.set_pace(command.seconds),
    messages.SetMean: StudioSession.edit,
    messages.AddComponent: StudioSession.edit,
    messages.RemoveComponent: StudioSession.edit,
    messages.Sweep: StudioSession.compare,
    messages.Choose: StudioSession.show_model,
    messages.Classify: StudioSession.classify,
    messages.Cancel: lambda session, _: session.cancel(),
}
