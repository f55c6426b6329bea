"""The bodies of requests and answers: the data exchanged by a page and the server, as typed records."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, Struct

__all__ = [
    "MOST_COMPONENTS",
    "MOST_DRAWN",
    "Choice",
    "Chosen",
    "Columns",
    "Components",
    "Fault",
    "FitState",
    "Model",
    "Name",
    "Only",
    "Options",
    "Position",
    "Random",
    "Rows",
    "Seed",
    "ServerFacts",
    "Session",
    "SweepState",
    "Table",
    "TableName",
]

MOST_DRAWN = 4000
"""Rows that the page draws as points; the others are in the image of counts."""

MOST_COMPONENTS = 100

Components: TypeAlias = Annotated[int, Meta(ge=1, le=MOST_COMPONENTS)]
Position: TypeAlias = Annotated[int, Meta(ge=0)]
Name: TypeAlias = Annotated[str, Meta(max_length=1000)]
Seed: TypeAlias = Annotated[int, Meta(ge=0, lt=1 << 53)]


class Fault(Struct):
    """One sentence for a person: what was wrong, its value, what to do."""

    error: str


class Options(Struct, forbid_unknown_fields=True):
    """The options of a fit: those of :class:`gaussmix.GaussianMixture` with the same names.

    ``covariance_type`` is a name such as "full", "diag" or "VEV"; ``ServerFacts.families`` lists them.
    """

    n_components: Components = 3
    covariance_type: Annotated[str, Meta(max_length=40)] = "full"
    init_params: Literal["kmeans", "k-means++", "random", "random_from_data", "hierarchical"] = "kmeans"
    search: Literal["auto", "likelihood", "off"] = "auto"
    acceleration: Literal["auto", "off"] = "auto"
    tol: Literal["auto"] | Annotated[float, Meta(ge=0)] = "auto"
    reg_covar: Literal["auto"] | Annotated[float, Meta(ge=0)] = "auto"
    max_iter: Annotated[int, Meta(ge=0, le=100_000)] = 1000
    n_init: Annotated[int, Meta(ge=1, le=1000)] = 1
    random_state: Seed = 0
    noise_component: bool = False
    trim: Annotated[float, Meta(ge=0, le=0.5)] = 0.0


class Table(Struct):
    """The table of a session.

    ``name`` is for people. ``columns`` hold numbers and can be fitted; ``text_columns`` can only be labels (with
    ``hidden_labels`` the components that a random mixture drew are the text column "component"). ``missing`` counts the
    missing values of each column that has some. ``notes`` are sentences of the reader. ``only`` is the column and the
    label of its rows, where others were left out.
    """

    name: str
    kind: Literal["built-in", "random", "file"]
    n_rows: int
    columns: list[str]
    text_columns: list[str]
    missing: dict[str, int]
    notes: list[str]
    hidden_labels: bool = False
    only: tuple[str, str] | None = None


class Chosen(Struct):
    """The columns of a fit, standardised or not, and a column of labels.

    ``labels`` are the different labels in order, empty without a label column. ``drawn`` is the number of rows that are
    drawn as points.
    """

    columns: list[str]
    standardise: bool
    label: str | None
    labels: list[str]
    drawn: int


class FitState(Struct):
    """The state of the fit.

    ``state``: "none", "running", "paused", "edited" (a component was moved, added or removed; ``Resume`` begins EM
    there), "done" or "failed". ``shown`` is the frame on the page, ``frames`` their number in the record, ``first`` the
    oldest that is kept. ``words`` say how the fit ended or why it failed. ``source`` is where the mixture comes from:
    "fit", "sweep" or "file". ``bic``, ``log_likelihood`` (of all rows, nats) are those of a fit that is done.
    """

    state: Literal["none", "running", "paused", "edited", "done", "failed"]
    options: Options | None = None
    source: Literal["fit", "sweep", "file"] = "fit"
    n_components: int = 0
    frames: int = 0
    first: int = 0
    shown: int = 0
    converged: bool | None = None
    n_iter: int | None = None
    log_likelihood: float | None = None
    bic: float | None = None
    words: str = ""
    pace: float = 0.0


class Model(Struct):
    """A fitted model of a sweep.

    ``name`` is mclust's, such as "VVV,3"; ``status`` is "fitted", or says what is wrong; ``value`` is that of the
    criterion; ``words`` are the meaning of the family.
    """

    n_components: int
    family: str
    name: str
    status: str
    sound: bool
    df: int
    log_likelihood: float
    bic: float
    aic: float
    icl: float
    value: float
    seconds: float
    words: str = ""


class SweepState(Struct):
    """The state of the sweep over numbers of components and families.

    ``models`` are those fitted so far, ``total`` their number in the end; ``best`` is the name of the best by
    ``criterion``. ``words`` say in sentences what was chosen and how sure the choice is.
    """

    state: Literal["none", "running", "done", "failed"]
    criterion: str = "bic"
    total: int = 0
    models: list[Model] = []
    best: str | None = None
    words: str = ""


class Session(Struct):
    """The whole state of a session.

    ``job`` is the long task that runs: "reading", "fit", "sweep", "classifier" or "". ``classifier`` says whether there
    is a decision map to draw. ``revision`` counts the changes: of two states the one with the larger number is newer.
    """

    session: str
    revision: int
    table: Table | None
    chosen: Chosen | None
    fit: FitState
    sweep: SweepState
    job: str = ""
    classifier: bool = False


class Choice(Struct):
    """A thing to choose on the page: its name in messages, its title, and a sentence about it."""

    name: str
    title: str
    words: str = ""


class ServerFacts(Struct):
    """The limits, and the choices of menus, before a session is opened."""

    version: str
    upload_bytes: int
    most_drawn: int
    formats: list[str]
    builtin: list[Choice]
    families: list[Choice]
    starts: list[Choice]
    criteria: list[Choice]
    exports: list[Choice]
    file: str | None = None


class TableName(Struct, forbid_unknown_fields=True):
    """The name of a built-in table, one of ``ServerFacts.builtin``."""

    name: Annotated[str, Meta(max_length=100)]


class Random(Struct, forbid_unknown_fields=True):
    """A random mixture (:func:`gaussmix.datasets.random_mixture`) to draw a table from.

    ``separation`` is half the side of the cube that the means lie in, in standard deviations (its ``spread``).
    """

    n_components: Components = 3
    n_features: Annotated[int, Meta(ge=1, le=100)] = 2
    separation: Annotated[float, Meta(ge=0, le=1000)] = 5.0
    n_rows: Annotated[int, Meta(ge=2, le=2_000_000)] = 1000
    random_state: Seed = 0


class Columns(Struct, forbid_unknown_fields=True):
    """The columns to fit, in this order; the fit and the sweep of other columns end."""

    columns: Annotated[list[Name], Meta(min_length=1, max_length=1000)]
    standardise: bool = False
    label: Name | None = None


class Only(Struct, forbid_unknown_fields=True):
    """The rows to keep: those with a label in a column; null for all rows. The same columns stay chosen."""

    column: Name
    value: Name | None = None


class Rows(Struct):
    """Rows of the table, for the preview: cells as numbers or text, null where missing."""

    first: int
    columns: list[str]
    rows: list[list[Any]]
    n_rows: int
