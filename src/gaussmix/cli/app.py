"""The commands and their options, parsed without the imports of a fit: ``--help`` and ``--version`` are quick."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gaussmix.cli.declarations import (
    FAMILY,
    Connection,
    DataFile,
    EngineName,
    EqualWeights,
    Errors,
    FitColumns,
    Label,
    MaxEigenvalueRatio,
    Memory,
    MinWeight,
    ModelColumns,
    ModelFile,
    NoiseComponent,
    NoiseVolume,
    Prior,
    Quiet,
    Raw,
    RegCovar,
    RowsToFit,
    Search,
    SkipBadRows,
    Sql,
    Student,
    TableOut,
    Tol,
    Trim,
    Weights,
)
from gaussmix.cli.group import Commands
from gaussmix.cli.guard import usage_error
from gaussmix.cli.help import Command
from gaussmix.cli.option_values import (
    ABOUT,
    count_of_components,
    counts_of_components,
    criterion_name,
    families_named,
    family_name,
    flag,
    path_option,
    say_version,
    whole,
)
from gaussmix.cli.other_commands import convert, demo, impute, info, sample, studio
from gaussmix.cli.table_options import TableOptions, reads_a_table

__all__ = ["app"]


def check_rows_given(file: Path | None, sql: str | None, connection: str | None) -> None:
    """Raise a usage error unless there is either a file or a query with its connection."""
    if (file is None) == (sql is None):
        raise usage_error("give either a FILE or --sql QUERY with --connection ADDRESS")
    if (sql is None) != (connection is None):
        raise usage_error("--sql and --connection belong together: give both")


app = typer.Typer(
    cls=Commands,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(help=ABOUT)
def gaussmix(
    version: Annotated[
        bool, flag("--version", callback=say_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, flag("--debug", help="Print the traceback of an error.")] = False,
) -> None:
    """The options of the whole program."""


@app.command(cls=Command)
@reads_a_table
def fit(
    components: Annotated[
        int,
        typer.Option(
            "--components",
            "-k",
            metavar="K",
            parser=count_of_components,
            help="Number of components.",
            show_default=False,
        ),
    ],
    table: TableOptions,
    file: RowsToFit = None,
    columns: FitColumns = None,
    family: Annotated[str, typer.Option(metavar="NAME", parser=family_name, help=FAMILY)] = "full",
    out: Annotated[Path | None, path_option("--out", "Write the model to this file (.safetensors).")] = None,
    report: Annotated[Path | None, path_option("--report", "Write a report with figures (.html).")] = None,
    weights: Weights = None,
    errors: Errors = None,
    label: Label = None,
    sql: Sql = None,
    connection: Connection = None,
    memory: Memory = None,
    skip_bad_rows: SkipBadRows = False,
    noise_component: NoiseComponent = False,
    noise_volume: NoiseVolume = None,
    prior: Prior = None,
    equal_weights: EqualWeights = False,
    min_weight: MinWeight = 0.0,
    max_eigenvalue_ratio: MaxEigenvalueRatio = None,
    trim: Trim = 0.0,
    student: Student = False,
    search: Search = "auto",
    n_init: Annotated[
        int,
        typer.Option(
            metavar="N",
            parser=whole(1),
            help="Minimum number of runs of the search; with --search off, the number of starts of EM.",
        ),
    ] = 1,
    seed: Annotated[int, typer.Option(metavar="N", parser=whole(0), help="Seed of the random numbers.")] = 0,
    max_iter: Annotated[
        int,
        typer.Option(
            metavar="N", parser=whole(0), help="Maximum number of iterations of EM after the search."
        ),
    ] = 1000,
    tol: Tol = "auto",
    reg_covar: RegCovar = "auto",
    checkpoint: Annotated[
        Path | None,
        path_option(
            "--checkpoint", "Save the state of the fit to this file every minute, to continue after a crash."
        ),
    ] = None,
    resume: Annotated[
        bool, flag("--resume", help="Continue the fit saved by --checkpoint, if there is one.")
    ] = False,
    engine: EngineName = None,
    verbose: Annotated[
        bool, flag("--verbose", "-v", help="Print each move of the search and each iteration.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Fit a mixture to a table, and print its parameters."""
    from gaussmix.cli.fit import FitCommand, Kept
    from gaussmix.cli.roles import Roles
    from gaussmix.cli.source_rows import Blocks

    check_rows_given(file, sql, connection)
    if verbose and quiet:
        raise usage_error("--verbose and --quiet contradict each other: give one")
    if resume and checkpoint is None:
        raise usage_error("--resume needs the file of the fit to continue: give --checkpoint PATH")
    options = {
        "n_components": components,
        "covariance_type": family,
        "search": search,
        "n_init": n_init,
        "random_state": seed,
        "max_iter": max_iter,
        "tol": tol,
        "reg_covar": reg_covar,
        "noise_component": noise_volume or noise_component,
        "engine": engine,
        "prior": prior,
        "fix": {"weights": "equal"} if equal_weights else None,
        "min_weight": min_weight,
        "max_eigenvalue_ratio": max_eigenvalue_ratio,
        "trim": trim,
        **({"degrees_of_freedom": "common"} if student else {}),
    }
    roles, kept = Roles(weights, errors, label), Kept(checkpoint, resume)
    blocks = Blocks(sql, connection, memory, skip_bad_rows)
    FitCommand(file, table, columns, roles, out, report, kept, options, blocks, verbose, quiet).run()


@app.command(cls=Command)
@reads_a_table
def select(
    table: TableOptions,
    file: RowsToFit = None,
    components: Annotated[
        Any,
        typer.Option(
            "--components",
            "-k",
            metavar="1-9|2,4,8",
            parser=counts_of_components,
            help="Numbers of components to compare.",
        ),
    ] = "1-9",
    families: Annotated[
        Any,
        typer.Option(
            metavar="all|NAME,NAME",
            parser=families_named,
            help="The families to compare: mclust's names (EEE, VVV), or full, tied, diag and so on.",
        ),
    ] = "all",
    criterion: Annotated[
        str,
        typer.Option(
            metavar="bic|icl|aic|cv|held-out|mml|dendrogram|instability",
            parser=criterion_name,
            help="The criterion to minimise.",
        ),
    ] = "bic",
    columns: FitColumns = None,
    out: Annotated[
        Path | None, path_option("--out", "Write the best model to this file (.safetensors).")
    ] = None,
    picture: Annotated[
        Path | None, path_option("--picture", "Draw the criterion of all models (.png, .svg or .pdf).")
    ] = None,
    all_models: Annotated[Path | None, path_option("--table", "Write a table of all models (.csv).")] = None,
    resume: Annotated[
        Path | None,
        path_option(
            "--resume",
            "Save all fits to this file (.safetensors); fits that it already has are not repeated.",
        ),
    ] = None,
    weights: Weights = None,
    errors: Errors = None,
    label: Label = None,
    sql: Sql = None,
    connection: Connection = None,
    memory: Memory = None,
    skip_bad_rows: SkipBadRows = False,
    noise_component: NoiseComponent = False,
    noise_volume: NoiseVolume = None,
    prior: Prior = None,
    equal_weights: EqualWeights = False,
    min_weight: MinWeight = 0.0,
    max_eigenvalue_ratio: MaxEigenvalueRatio = None,
    search: Search = "auto",
    seed: Annotated[int, typer.Option(metavar="N", parser=whole(0), help="Seed of the random numbers.")] = 0,
    engine: EngineName = None,
    quiet: Quiet = False,
) -> None:
    """Compare numbers of components and families, and choose the best by a criterion."""
    from gaussmix.cli.roles import Roles
    from gaussmix.cli.select import SelectCommand
    from gaussmix.cli.source_rows import Blocks

    check_rows_given(file, sql, connection)
    outputs = {"--out": out, "--picture": picture, "--table": all_models, "--resume": resume}
    options = {
        "n_components": components,
        "families": "all" if families == ["all"] else families,
        "criterion": criterion,
        "search": search,
        "random_state": seed,
        "noise_component": noise_volume or noise_component,
        "engine": engine,
        "prior": prior,
        "fix": {"weights": "equal"} if equal_weights else None,
        "min_weight": min_weight,
        "max_eigenvalue_ratio": max_eigenvalue_ratio,
    }
    roles, blocks = Roles(weights, errors, label), Blocks(sql, connection, memory, skip_bad_rows)
    SelectCommand(file, table, columns, roles, outputs, options, blocks, quiet).run()


@app.command(cls=Command)
@reads_a_table
def predict(
    model: ModelFile,
    file: DataFile,
    table: TableOptions,
    out: TableOut = None,
    columns: ModelColumns = None,
    errors: Errors = None,
    proba: Annotated[bool, flag("--proba", help="Add the probability of each label.")] = False,
    log_density: Annotated[
        bool, flag("--log-density", help="Add the logarithm of the density, which is very low for outliers.")
    ] = False,
    keep: Annotated[bool, flag("--keep", help="Also write the columns and row names of the table.")] = False,
    memory: Memory = None,
    engine: EngineName = None,
    raw: Raw = False,
    quiet: Quiet = False,
) -> None:
    """Predict the component (or class) of each row of a table."""
    from gaussmix.cli.predict import PredictCommand

    PredictCommand(
        model, file, table, out, columns, errors, proba, log_density, keep, raw, quiet, memory, engine
    ).run()


for command in (impute, sample, convert, demo, studio, info):
    app.command(cls=Command)(command)
