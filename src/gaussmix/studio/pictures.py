"""The bodies of answers that are drawn or put in words: frames, points, densities, assessments, explanations."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from .bodies import Name

__all__ = [
    "Assessment",
    "ComponentAtRow",
    "Density",
    "ExplainedFit",
    "ExplainedRow",
    "Frame",
    "Frames",
    "Outlier",
    "Points",
    "Slice",
]


class Frame(Struct):
    """The state of a fit after a step, in the form of the view (``gaussmix/view/frames.py``), with more fields.

    ``iteration``, ``run``, ``words``, ``logLikelihood``, ``weights``, ``means``, ``covariances``, ``noise`` and
    ``responsibilities`` are those of the view: the mixture is the marginal distribution of the fit in ``columns``. The
    responsibilities are those of the rows that are drawn under the mixture of all columns; null unless :class:`Show`
    asks for them.

    ``frame`` is the position in the record, from 0. ``phase`` is "start" (also a mixture that was edited or loaded),
    "search" (a move), "E" (after an E-step alone: the mixture of the frame before, and new colours), or "M" (after an
    M-step). ``half`` is true for "E" and for the "M" after it: there the rows keep the colours of the E-step.
    ``trimmed`` are the positions of the drawn rows that a trimmed fit leaves out. ``bic`` goes with ``logLikelihood``;
    null in a search.
    """

    frame: int
    phase: Literal["start", "search", "E", "M"]
    iteration: int
    run: int
    words: str
    columns: list[str]
    weights: list[float | None]
    means: list[list[float | None]]
    covariances: list[list[list[float | None]]]
    noise: dict[str, Any] | None = None
    log_likelihood: float | None = field(name="logLikelihood", default=None)
    bic: float | None = None
    half: bool = False
    responsibilities: str | None = None
    trimmed: list[int] | None = None


class Density(Struct):
    """A mixture in some columns without a place in a record: the fields of the view's frames."""

    columns: list[str]
    weights: list[float | None]
    means: list[list[float | None]]
    covariances: list[list[list[float | None]]]
    noise: dict[str, Any] | None = None


class Points(Struct):
    """The rows that are drawn, in the form of the view: ``columns`` (d lists of m values, null where missing).

    ``names`` are the names of the columns. ``rows`` are their numbers in the table. ``labels`` are positions in
    ``Chosen.labels`` (-1 for none), null without a label column. ``limits`` are the least and the largest value of each
    column over *all* rows.
    """

    names: list[str]
    columns: list[list[float | None]]
    rows: list[int]
    labels: list[int] | None
    limits: list[tuple[float, float]]


class Outlier(Struct):
    """A row with its outlier score from 0 to 1, log-density in nats, component, and values, null where missing."""

    row: int
    score: float
    log_density: float
    component: int
    values: list[float | None]


class Assessment(Struct):
    """How well the rows fit the mixture.

    For the rows that are drawn: ``components`` (-1 is noise), ``uncertainty`` (1 − the largest responsibility),
    ``outlier_scores``. Over all rows: the rows of the highest outlier scores (``outliers``), the number of rows above
    ``threshold`` (``n_outliers``), and the numbers of rows in each component (``counts``).
    """

    components: list[int]
    uncertainty: list[float]
    outlier_scores: list[float]
    outliers: list[Outlier]
    n_outliers: int
    threshold: float
    counts: list[int]


class Slice(Struct, forbid_unknown_fields=True):
    """A conditional distribution: of ``columns``, given values of others; the rest is integrated out."""

    columns: Annotated[list[Name], Meta(min_length=1, max_length=2)]
    given: dict[Name, float]


class ComponentAtRow(Struct):
    """A component at a row: weight p, log-density log N, weight × density, and the responsibility."""

    component: int
    weight: float
    log_density: float
    density: float
    product: float
    responsibility: float


class ExplainedRow(Struct):
    """A row explained: ``values`` by column, each component's part, their sum ``density``; ``outlier_score`` in 0..1.

    The noise component, where there is one, comes last, with the number −1. ``cells`` are all cells of the row.
    """

    row: int
    values: dict[str, float | None]
    components: list[ComponentAtRow]
    density: float
    log_density: float
    component: int
    uncertainty: float
    outlier_score: float
    cells: dict[str, Any]
    words: list[str]


class ExplainedFit(Struct):
    """The fit in words, in sentences.

    ``words`` on the end of EM, ``search`` on what the search compared, ``choice`` on how sure the choice of the model
    is (after a sweep), ``notes`` on what to take care of; ``runs`` is a table of text of the runs of the search.
    """

    words: list[str]
    search: list[str]
    choice: list[str]
    notes: list[str]
    runs: str = ""


class Frames(Struct):
    """Frames of the record, in order, for a player."""

    frames: list[Frame]
