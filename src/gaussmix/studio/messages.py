"""The protocol between the server and the page, and every message of the WebSocket, with its fields.

The HTTP routes are in ``routes.py``; the bodies of requests and answers, and the parts of messages, in ``bodies.py``
and ``pictures.py``.

All addresses begin with the token: ``http://127.0.0.1:PORT/TOKEN/``. The page at this address names everything
relative to it (``api/sessions``), so that it never handles the token.

A *session* is one page: a table, a fit, a sweep. The page opens it by ``POST api/sessions`` and keeps its number; a
page that is loaded again, or has lost its socket, continues the session with the same number. Then it opens the
WebSocket ``api/sessions/{session}/socket`` (of the same origin), on which it sends commands and receives events.

Every request and every message is JSON, apart from uploads, images and files. A fault is a ``Fault``: over HTTP with a
status of 400 or more, over the WebSocket as the answer to a command. NaN and infinity are null.

*Rows that are drawn*: of a table of more than ``MOST_DRAWN`` rows, the page draws a sample as points, which stays the
same until other columns are chosen. The responsibilities of frames belong to these rows, in their order.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from .bodies import MOST_COMPONENTS, Components, Model, Name, Options, Position, Seed, Session
from .pictures import Frame

__all__ = [
    "COMMANDS",
    "EVENTS",
    "AddComponent",
    "Cancel",
    "Choose",
    "Classify",
    "Closed",
    "Command",
    "Fitted",
    "Move",
    "Notice",
    "Pace",
    "Pause",
    "Progress",
    "RemoveComponent",
    "Reply",
    "Resume",
    "Seek",
    "SetMean",
    "Show",
    "Shown",
    "Start",
    "State",
    "Step",
    "Sweep",
    "Trace",
    "command_of",
]


# ------------------------------------------------------------------------------------ WebSocket: commands


class Command(Struct, tag_field="command", forbid_unknown_fields=True, kw_only=True):
    """A command; ``id`` comes back in its :class:`Reply`."""

    id: int = 0


class Start(Command, tag="start"):
    """Begin a fit; with ``paused`` it waits before its first step (the start is shown)."""

    options: Options
    paused: bool = False


class Pause(Command, tag="pause"):
    """Pause the fit after the present step."""


class Resume(Command, tag="resume"):
    """Go on with a paused fit from its newest frame, or begin EM at an edited mixture.

    Where an older frame is shown (:class:`Seek`), the fit continues from the newest.
    """


class Step(Command, tag="step"):
    """Go one step on: a half (E, then M), or with ``half=false`` a whole iteration. In a search, one move."""

    half: bool = True


class Seek(Command, tag="seek"):
    """Show an older frame of the record; a running fit pauses."""

    frame: Position


class Pace(Command, tag="pace"):
    """Wait this many seconds after each frame of the fit; 0 is as fast as it can."""

    seconds: Annotated[float, Meta(ge=0, le=10)]


class Show(Command, tag="show"):
    """Say what this page draws: the columns of frames, and whether they hold responsibilities of the drawn rows."""

    columns: Annotated[list[Name], Meta(min_length=1, max_length=8)]
    responsibilities: bool = True


class SetMean(Command, tag="set_mean"):
    """Move a component of the mixture that is shown: its mean in some columns. The fit is then "edited"."""

    component: Position
    columns: Annotated[list[Name], Meta(min_length=1, max_length=100)]
    mean: list[float]


class AddComponent(Command, tag="add_component"):
    """Add a component at a point in some columns.

    It gets the weight 1/(K + 1) and the mean covariance of the others; in the other columns its mean is the expected
    value given the point.
    """

    columns: Annotated[list[Name], Meta(min_length=1, max_length=100)]
    mean: list[float]


class RemoveComponent(Command, tag="remove_component"):
    """Remove a component of the mixture that is shown; the weights of the others grow in proportion."""

    component: Position


class Sweep(Command, tag="sweep"):
    """Fit mixtures of several families and numbers of components, and compare them (:func:`gaussmix.select`)."""

    n_components: Annotated[list[Components], Meta(min_length=1, max_length=MOST_COMPONENTS)]
    families: Annotated[list[Annotated[str, Meta(max_length=40)]], Meta(min_length=1, max_length=40)]
    criterion: Literal["bic", "icl", "aic"] = "bic"
    search: Literal["auto", "likelihood", "off"] = "auto"
    random_state: Seed = 0


class Choose(Command, tag="choose"):
    """Show a model of the sweep as the fit."""

    n_components: Components
    family: Annotated[str, Meta(max_length=40)]


class Classify(Command, tag="classify"):
    """Fit a :class:`gaussmix.MixtureClassifier` to the label column, for the decision map."""

    n_components: Annotated[int, Meta(ge=1, le=20)] = 1
    covariance_type: Annotated[str, Meta(max_length=40)] = "full"
    random_state: Seed = 0


class Cancel(Command, tag="cancel"):
    """End the long task that runs. A fit keeps its newest frame, a sweep the models that it has."""


COMMANDS = (
    Start,
    Pause,
    Resume,
    Step,
    Seek,
    Pace,
    Show,
    SetMean,
    AddComponent,
    RemoveComponent,
    Sweep,
    Choose,
    Classify,
    Cancel,
)
"""What the page may send over the WebSocket: ``{"command": "step", "id": 7, "half": true}``."""


# -------------------------------------------------------------------------------------- WebSocket: events


class Reply(Struct, tag="reply", tag_field="event"):
    """The answer to the command of the same ``id``: carried out, or an ``error`` in one sentence."""

    id: int
    error: str | None = None


class Trace(Struct, tag="trace", tag_field="event"):
    """The mean log-likelihood (nats per row) and the BIC of frames ``first``, ``first + 1``, … of the record.

    Over HTTP of all that are kept. As an event of those since the last one: none is left out, unlike frames.
    ``phases`` has a letter for each: "s" (start), "S" (search), "E" or "M". ``runs`` are their runs.
    """

    first: int
    mean_log_likelihood: list[float | None]
    bic: list[float | None]
    phases: str
    runs: list[int]


class Shown(Struct, tag="frame", tag_field="event"):
    """A frame to draw. Frames come at most 25 times a second, the newest wins: some are left out."""

    frame: Frame


class Move(Struct, tag="move", tag_field="event"):
    """An event of the search: the start of a run, the end of its EM, or a move that was tried, and taken or not.

    ``gain`` and ``predicted`` in nats of all rows of the search; ``components`` are the numbers of the components of
    each move: the split one and the two merged ones, or the two refitted ones.
    """

    run: int
    kind: str
    title: str
    taken: bool
    gain: float
    predicted: float | None
    components: list[list[int]]
    mean_log_likelihood: float


class State(Struct, tag="state", tag_field="event"):
    """The state of the session after a change; the first event after the socket opens."""

    session: Session


class Fitted(Struct, tag="model", tag_field="event"):
    """A model of the sweep is fitted: the ``number``-th of ``total``."""

    model: Model
    number: int
    total: int


class Progress(Struct, tag="progress", tag_field="event"):
    """The progress of a long task: ``done`` of ``total``; total is 0 where it is not known."""

    job: str
    done: int
    total: int
    words: str = ""


class Notice(Struct, tag="notice", tag_field="event"):
    """A warning of the library, or the reason why a task failed (``kind`` is "error"), in one sentence."""

    words: str
    kind: Literal["warning", "error"] = "warning"


class Closed(Struct, tag="closed", tag_field="event"):
    """The session ends; the socket is closed next."""

    words: str


EVENTS = (Reply, Shown, Trace, Move, State, Fitted, Progress, Notice, Closed)
"""What the server sends over the WebSocket: ``{"event": "frame", "frame": {…}}``."""

Event: TypeAlias = Reply | Shown | Trace | Move | State | Fitted | Progress | Notice | Closed


def command_of(text: str | bytes) -> Command:
    """Return the command in a message of the page.

    Raises
    ------
    msgspec.DecodeError
        If it is none.
    """
    command: Command = _decoder.decode(text)
    return command


_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(
    Start
    | Pause
    | Resume
    | Step
    | Seek
    | Pace
    | Show
    | SetMean
    | AddComponent
    | RemoveComponent
    | Sweep
    | Choose
    | Classify
    | Cancel
)
