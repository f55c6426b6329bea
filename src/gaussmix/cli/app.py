"""The commands and their options, parsed without the imports of a fit: ``--help`` and ``--version`` are quick."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from gaussmix.cli.guard import ReaderLeftError, end, exit_code_of, usage_error
from gaussmix.cli.help import Command, PlainUsage, print_examples
from gaussmix.cli.option_values import (
    ABOUT,
    DATA,
    auto_or_number,
    family_name,
    flag,
    path_option,
    say_version,
    search_effort,
    whole,
)
from gaussmix.cli.table_options import TableOptions, reads_a_table
from gaussmix.cli.terminal import plain_streams

__all__ = ["app"]


class Commands(PlainUsage, TyperGroup):
    """The command line: the group of all commands, with an exit code for every end."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command and exit with its code."""
        given = list(sys.argv[1:] if args is None else args)
        # --debug may stand anywhere, and must work where the rest of the line cannot be understood.
        debug = "--debug" in given
        run = partial(
            super().main,
            args=[arg for arg in given if arg != "--debug"] or ["--help"],
            prog_name="gaussmix",
            complete_var=complete_var,
            standalone_mode=False,
            windows_expand_args=windows_expand_args,
            **extra,
        )
        plain_streams()
        code = exit_code_of(run, debug=debug)
        if standalone_mode:
            end(code)
        return code

    def invoke(self, ctx: Any) -> Any:
        """Run the command of the command line."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # typer would end the process with an exit code of its own.
            raise ReaderLeftError from None

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the page of help."""
        super().format_help(ctx, formatter)
        print_examples("gaussmix")


app = typer.Typer(
    cls=Commands,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


_MODEL = "A model file, written by 'gaussmix fit --out'."
_FAMILY = (
    "The covariances of components: full (any ellipse), diag (along the axes) or spherical (round), one for each "
    "component; tied, tied-diag, tied-spherical: one for all. Or a model of mclust, EII to VVV."
)
_TABLE = "The file to write: .csv, .tsv, .npy or .parquet. By default, the table is printed as CSV."

DataFile = Annotated[Path, typer.Argument(metavar="FILE", help=DATA, show_default=False)]
ModelFile = Annotated[Path, typer.Argument(metavar="MODEL", help=_MODEL, show_default=False)]
TableOut = Annotated[Path | None, path_option("--out", _TABLE)]
Raw = Annotated[
    bool, flag("--raw", help="Do not escape text that a spreadsheet would interpret as a formula (=…).")
]
ModelColumns = Annotated[
    str | None,
    typer.Option(
        metavar="A,B",
        help="The columns to use, in the order of the model. By default, the columns of the same names.",
        show_default=False,
    ),
]
Errors = Annotated[
    str | None,
    typer.Option(
        metavar="A,B",
        help="The columns of standard errors (standard deviations of the measurement errors): one for each column of "
        "data, in its order and units; nothing between two commas for a column without errors.",
        show_default=False,
    ),
]
Quiet = Annotated[bool, flag("--quiet", "-q", help="Print warnings and errors only.")]


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
    file: DataFile,
    components: Annotated[
        int,
        typer.Option(
            "--components",
            "-k",
            metavar="K",
            parser=whole(1),
            help="Number of components.",
            show_default=False,
        ),
    ],
    table: TableOptions,
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="A,B",
            help="The columns to fit, by name or by position from 0. By default, all columns of numbers.",
            show_default=False,
        ),
    ] = None,
    family: Annotated[str, typer.Option(metavar="NAME", parser=family_name, help=_FAMILY)] = "full",
    out: Annotated[Path | None, path_option("--out", "Write the model to this file (.safetensors).")] = None,
    report: Annotated[Path | None, path_option("--report", "Write a report with figures (.html).")] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            "--weights",
            "--weight",
            metavar="COLUMN",
            help="The column of weights: the number of times that each row counts.",
            show_default=False,
        ),
    ] = None,
    errors: Errors = None,
    label: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="The column of known components, by number from 0 or by any names; an empty cell is unknown.",
            show_default=False,
        ),
    ] = None,
    noise_component: Annotated[
        bool,
        flag("--noise-component", help="Add a uniform component for rows that are noise, with the label -1."),
    ] = False,
    search: Annotated[
        Any,
        typer.Option(
            metavar="auto|likelihood|off|SECONDS",
            parser=search_effort,
            help="The search for the best local maximum before EM: auto (a few times the time of EM), likelihood (the "
            "same, by likelihood alone), off, or a number of seconds.",
        ),
    ] = "auto",
    n_init: Annotated[
        int,
        typer.Option(
            metavar="N",
            parser=whole(1),
            help="Smallest number of runs of the search; with --search off, the number of starts of EM.",
        ),
    ] = 1,
    seed: Annotated[int, typer.Option(metavar="N", parser=whole(0), help="Seed of the random numbers.")] = 0,
    max_iter: Annotated[
        int,
        typer.Option(
            metavar="N", parser=whole(0), help="Largest number of iterations of EM after the search."
        ),
    ] = 1000,
    tol: Annotated[
        Any,
        typer.Option(
            metavar="NUMBER",
            parser=auto_or_number,
            help="Stop when an iteration increases the mean log-likelihood by less than this; auto: when the remaining "
            "gain is below 1e-6 nats per row. (A nat is the unit of natural logarithms of probabilities.)",
        ),
    ] = "auto",
    reg_covar: Annotated[
        Any,
        typer.Option(
            metavar="NUMBER",
            parser=auto_or_number,
            help="A number is added to all variances; auto bounds covariances from below, independently of the units.",
        ),
    ] = "auto",
    verbose: Annotated[
        bool, flag("--verbose", "-v", help="Print each move of the search and each iteration.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Fit a mixture to a table, and print its parameters."""
    from gaussmix.cli.fit import FitCommand
    from gaussmix.cli.roles import Roles

    if verbose and quiet:
        raise usage_error("--verbose and --quiet contradict each other: give one")
    options = {
        "n_components": components,
        "covariance_type": family,
        "search": search,
        "n_init": n_init,
        "random_state": seed,
        "max_iter": max_iter,
        "tol": tol,
        "reg_covar": reg_covar,
        "noise_component": noise_component,
    }
    FitCommand(
        file, table, columns, Roles(weights, errors, label), out, report, options, verbose, quiet
    ).run()


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
    keep: Annotated[bool, flag("--keep", help="Write the columns and row names of the table, too.")] = False,
    raw: Raw = False,
    quiet: Quiet = False,
) -> None:
    """Predict the component (or class) of each row of a table."""
    from gaussmix.cli.predict import PredictCommand

    PredictCommand(model, file, table, out, columns, errors, proba, log_density, keep, raw, quiet).run()


@app.command(cls=Command)
@reads_a_table
def impute(
    model: ModelFile,
    file: DataFile,
    table: TableOptions,
    out: TableOut = None,
    columns: ModelColumns = None,
    errors: Errors = None,
    draws: Annotated[
        int | None,
        typer.Option(
            metavar="M",
            parser=whole(1),
            help="Draw each missing value M times at random, instead of its expected value: M tables one below the "
            "other, numbered in the column draw.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(metavar="N", parser=whole(0), help="Seed of the random numbers.", show_default=False),
    ] = None,
    raw: Raw = False,
    quiet: Quiet = False,
) -> None:
    """Fill the missing values of a table with their expected values, or with draws."""
    from gaussmix.cli.impute import ImputeCommand

    if seed is not None and draws is None:
        raise usage_error("--seed is for random draws: give --draws too")
    ImputeCommand(model, file, table, out, columns, errors, draws, seed, raw, quiet).run()


@app.command(cls=Command)
def sample(
    model: ModelFile,
    number: Annotated[
        int, typer.Option("--number", "-n", metavar="N", parser=whole(0), help="Number of rows.")
    ] = 1000,
    seed: Annotated[
        int | None,
        typer.Option(metavar="N", parser=whole(0), help="Seed of the random numbers.", show_default=False),
    ] = None,
    labels: Annotated[bool, flag("--labels", help="Add the component (or class) of each row.")] = False,
    out: TableOut = None,
    raw: Raw = False,
    quiet: Quiet = False,
) -> None:
    """Sample rows from a model."""
    from gaussmix.cli.sample import run

    run(model, number, out, seed=seed, labels=labels, raw=raw, quiet=quiet)


@app.command(cls=Command)
def demo(
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder to write.")] = Path("gaussmix-demo"),
    quick: Annotated[bool, flag("--quick", help="Use fewer rows, which takes some seconds.")] = False,
    quiet: Quiet = False,
) -> None:
    """Write a page about mixtures, with pictures of synthetic data and of vowels."""
    from gaussmix.cli.demo import run

    run(out, quick=quick, quiet=quiet)


@app.command(cls=Command)
def info(
    model: Annotated[Path | None, typer.Argument(metavar="MODEL", help=_MODEL, show_default=False)] = None,
) -> None:
    """Print versions, kernel and threads, or the contents of a model."""
    from gaussmix.cli.info import run

    run(model)
