"""Arguments and options that several commands declare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gaussmix.cli.option_values import (
    DATA,
    auto_or_number,
    engine_name,
    flag,
    number_from,
    path_option,
    positive_number,
    prior_name,
    search_effort,
)

__all__ = [
    "FAMILY",
    "MODEL",
    "Connection",
    "DataFile",
    "EngineName",
    "EqualWeights",
    "Errors",
    "FitColumns",
    "Label",
    "MaxEigenvalueRatio",
    "Memory",
    "MinWeight",
    "ModelColumns",
    "ModelFile",
    "NoiseComponent",
    "NoiseVolume",
    "Prior",
    "Quiet",
    "Raw",
    "RegCovar",
    "RowsToFit",
    "Search",
    "SkipBadRows",
    "Sql",
    "Student",
    "TableOut",
    "Tol",
    "Trim",
    "Weights",
]

MODEL = "A model file, written by 'gaussmix fit --out'."
FAMILY = (
    "The covariances: full (any ellipse), diag (along the axes) or spherical (round), one for each component; tied, "
    "tied-diag, tied-spherical: one for all. Also mclust's models, EII to VVV, and factor analysers, such as UUU-2."
)
TABLE = "The file to write: .csv, .tsv, .npy or .parquet. By default, the table is printed as CSV."

DataFile = Annotated[Path, typer.Argument(metavar="FILE", help=DATA, show_default=False)]
RowsToFit = Annotated[
    Path | None,
    typer.Argument(
        metavar="FILE",
        help=f"{DATA} A folder of Parquet files, .fcs and .h5ad files and large files are read in blocks.",
        show_default=False,
    ),
]
Sql = Annotated[
    str | None,
    typer.Option(
        "--sql", metavar="QUERY", help="Fit the result of this query instead of a file.", show_default=False
    ),
]
Connection = Annotated[
    str | None,
    typer.Option(
        "--connection",
        metavar="ADDRESS",
        help="The database of the query: postgresql://user@host/name, duckdb:///FILE, sqlite:///FILE and others.",
        show_default=False,
    ),
]
Memory = Annotated[
    str | None,
    typer.Option(
        "--memory",
        metavar="SIZE",
        help="Read the rows in blocks, and hold no more of them than this: 500MB, 2GB.",
        show_default=False,
    ),
]
SkipBadRows = Annotated[
    bool,
    flag(
        "--skip-bad-rows",
        help="Leave out and count rows with infinite values or invalid weights, errors or labels.",
    ),
]
ModelFile = Annotated[Path, typer.Argument(metavar="MODEL", help=MODEL, show_default=False)]
TableOut = Annotated[Path | None, path_option("--out", TABLE)]
Raw = Annotated[
    bool, flag("--raw", help="Do not escape text that a spreadsheet would interpret as a formula (=…).")
]
ModelColumns = Annotated[
    str | None,
    typer.Option(
        metavar="A,B",
        help="The columns to use, in the order of the model. By default, the columns with the model's names.",
        show_default=False,
    ),
]
Errors = Annotated[
    str | None,
    typer.Option(
        metavar="A,B",
        help="The columns of standard errors (standard deviations of the measurement errors), one for each data "
        "column, in the same order and units; empty for a column without errors (ex,,ez).",
        show_default=False,
    ),
]
FitColumns = Annotated[
    str | None,
    typer.Option(
        metavar="A,B",
        help="The columns to fit, by name or by position from 0. By default, all columns of numbers.",
        show_default=False,
    ),
]
Weights = Annotated[
    str | None,
    typer.Option(
        "--weights",
        "--weight",
        metavar="COLUMN",
        help="The column of weights: how many times each row counts.",
        show_default=False,
    ),
]
Label = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help="The column of known components: numbers from 0, or names; empty if unknown.",
        show_default=False,
    ),
]
NoiseComponent = Annotated[
    bool,
    flag("--noise-component", help="Add a uniform component for noise (label -1)."),
]
NoiseVolume = Annotated[
    Any,
    typer.Option(
        metavar="V",
        parser=positive_number,
        help="The volume of the region of the noise, in the product of the columns' units; adds a noise component.",
        show_default=False,
    ),
]
Prior = Annotated[
    Any,
    typer.Option(
        metavar="mclust|conjugate",
        parser=prior_name,
        help="A prior for the maximum a posteriori (MAP) estimate: the default prior of mclust, or the same with the "
        "spread of each column.",
        show_default=False,
    ),
]
EqualWeights = Annotated[bool, flag("--equal-weights", help="Give all components the same weight.")]
MinWeight = Annotated[
    Any,
    typer.Option(
        metavar="NUMBER",
        parser=number_from(0.0),
        help="The lower bound of the weights of components, at most 1/K.",
    ),
]
Trim = Annotated[
    Any,
    typer.Option(
        metavar="SHARE",
        parser=number_from(0.0),
        help="The share of rows to leave out, those of the lowest density (label -1); at most 0.5.",
    ),
]
Student = Annotated[
    bool,
    flag("--student", help="Fit t distributions, so that outliers do not distort the clusters."),
]
MaxEigenvalueRatio = Annotated[
    Any,
    typer.Option(
        metavar="NUMBER",
        parser=number_from(1.0),
        help="The largest ratio of two eigenvalues of the covariances, over all components.",
        show_default=False,
    ),
]
Search = Annotated[
    Any,
    typer.Option(
        metavar="auto|likelihood|off|SECONDS",
        parser=search_effort,
        help="The search for the best local maximum before EM: auto (a few times the time of EM), likelihood (a "
        "longer search for the highest likelihood, also with few rows for each parameter), off, or a number of "
        "seconds.",
    ),
]
EngineName = Annotated[
    str | None,
    typer.Option(
        "--engine",
        metavar="threads[:N]|dask[://HOST:PORT]|ray[://HOST:PORT]|spark[://HOST:PORT]",
        parser=engine_name,
        help="Where the passes over the rows run: threads of this machine, by default one for each processor, or a "
        "cluster of Dask, Ray or Apache Spark. The results are the same.",
        show_default=False,
    ),
]
Quiet = Annotated[bool, flag("--quiet", "-q", help="Print warnings and errors only.")]
Tol = Annotated[
    Any,
    typer.Option(
        metavar="NUMBER",
        parser=auto_or_number,
        help="auto: stop when the predicted remaining gain is below 1e-6 nats per row. A number: stop when an "
        "iteration increases the mean log-likelihood by less. (A nat is the unit of natural logarithms of "
        "probabilities.)",
    ),
]
RegCovar = Annotated[
    Any,
    typer.Option(
        metavar="NUMBER",
        parser=auto_or_number,
        help="auto: bound covariances from below, independently of the units. A number is added to all variances.",
    ),
]
