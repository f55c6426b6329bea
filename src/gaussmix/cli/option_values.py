"""Values and declarations of options of the command line."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import typer

__all__ = [
    "ABOUT",
    "DATA",
    "auto_or_number",
    "count_of_components",
    "counts_of_components",
    "criterion_name",
    "engine_name",
    "families_named",
    "family_name",
    "flag",
    "number_from",
    "path_option",
    "positive_number",
    "prior_name",
    "say_version",
    "search_effort",
    "whole",
]

ABOUT = (
    "Find groups in tables of numbers: Gaussian mixtures by expectation-maximisation (EM).\n\n"
    "A Gaussian mixture describes the rows of a table by several normal distributions (components). A fit gives their "
    "positions, shapes and weights, and the probability of each component for each row."
)
DATA = (
    "A table of numbers: .csv, .tsv, .txt, .jsonl (also .gz, .xz, .bz2, .zip), .xlsx, .ods, .parquet, .feather, .npy "
    "or .npz; - for text on the standard input."
)


def family_name(text: str) -> str:
    """Return the name of a family."""
    from gaussmix.covariances import family_named, names_of_families

    # Factor analysers have names in capitals only.
    family = family_named(text.strip().lower()) or family_named(text.strip().upper())
    if family is None:
        several = (
            " (without --families, gaussmix select compares all)"
            if text.strip().lower() in ("auto", "all")
            else ""
        )
        raise typer.BadParameter(f"{text!r} is not one of {names_of_families()}{several}")
    # mclust's names for one column are refused where there are more.
    return text.strip().upper() if len(text.strip()) == 1 else family.name


def families_named(given: object) -> list[str]:
    """Return the names of families, separated by commas; all of mclust's for "all"."""
    text = str(given).strip()
    return ["all"] if text.lower() == "all" else [family_name(part) for part in text.split(",")]


def count_of_components(given: object) -> int:
    """Return the number of components of one fit."""
    text = str(given).strip()
    if _SEVERAL.fullmatch(text.lower()):
        raise typer.BadParameter(f"{text!r} is not a whole number ≥ 1 ({_COMPARE})")
    return whole(1)(given)


_SEVERAL = re.compile(r"auto|all|\d+\s*[-:,].*")
_COMPARE = "gaussmix select compares several numbers of components"


def counts_of_components(given: object) -> list[int]:
    """Return numbers of components: numbers and ranges, such as 1-9, separated by commas."""
    text = str(given)
    found: set[int] = set()
    for part in text.split(","):
        low, _, high = part.strip().partition("-")
        if not low.isdecimal() or not (high or low).isdecimal():
            default = "; without -k, select compares 1-9" if text.strip().lower() in ("auto", "all") else ""
            raise typer.BadParameter(
                f"{text!r} is not a list or range: give whole numbers ≥ 1, such as 3, 1-9 or 2,4,8{default}"
            )
        found.update(range(int(low), int(high or low) + 1))
    if not found or min(found) < 1:
        raise typer.BadParameter(f"{text!r} is empty or has a number below 1: give whole numbers ≥ 1")
    return sorted(found)


def criterion_name(given: object) -> str:
    """Return the name of a criterion."""
    from gaussmix.model_selection.methods import CRITERIA

    text = str(given).strip().lower()
    if text not in CRITERIA:
        raise typer.BadParameter(f"{given!r} is not one of {', '.join(CRITERIA)}")
    return text


def engine_name(text: str) -> str:
    """Return the name of an engine."""
    from gaussmix.distributed import engine_named
    from gaussmix.errors import InputError

    try:
        engine_named(text)
    except InputError as error:
        raise typer.BadParameter(
            str(error).replace("engine is ", "").replace(", or an engine object", "")
        ) from None
    return text.strip()


# A reader gets the default, too, which need not be text.
def auto_or_number(given: object) -> float | str:
    """Return a tolerance: a number, or auto."""
    text = str(given)
    if text.strip().lower() == "auto":
        return "auto"
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise typer.BadParameter(f"{text!r} is neither a number ≥ 0 nor 'auto'")
    return value


def number_from(least: float) -> Callable[[object], float]:
    """Return a reader of numbers.

    Parameters
    ----------
    least : float
        The smallest that is taken.
    """

    def read(given: object) -> float:
        try:
            value = float(str(given))
        except ValueError:
            value = least - 1.0
        if not least <= value < float("inf"):
            raise typer.BadParameter(f"{str(given)!r} is not a number ≥ {least:g}")
        return value

    return read


def positive_number(given: object) -> float:
    """Return a positive, finite number."""
    try:
        value = float(str(given))
    except ValueError:
        value = 0.0
    if not 0.0 < value < float("inf"):
        raise typer.BadParameter(f"{str(given)!r} is not a positive number")
    return value


def prior_name(given: object) -> Any:
    """Return a prior by its name: that of mclust, or the conjugate prior with its defaults."""
    from gaussmix.priors import ConjugatePrior

    text = str(given).strip().lower()
    if text not in ("mclust", "conjugate"):
        raise typer.BadParameter(f"{str(given)!r} is neither mclust nor conjugate")
    return text if text == "mclust" else ConjugatePrior()


def search_effort(given: object) -> float | str:
    """Return the kind of a search: auto, likelihood, off, or seconds."""
    text = str(given).strip().lower()
    if text in ("auto", "likelihood", "off"):
        return text
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise typer.BadParameter(f"{given!r} is not auto, likelihood, off or a number of seconds above 0")
    return value


def say_version(wanted: bool) -> None:
    """Print the version and exit."""
    if wanted:
        from gaussmix import __version__

        typer.echo(f"gaussmix {__version__}")
        raise typer.Exit


def flag(*names: str, help: str, **more: Any) -> Any:
    """Return the option of a switch."""
    # A blank instead of the type, which is meaningless for a switch.
    return typer.Option(*names, help=help, metavar=" ", **more)


def path_option(name: str, help: str) -> Any:
    """Return the option of a file to write."""
    return typer.Option(name, metavar="PATH", help=help, show_default=False)


def whole(least: int) -> Callable[[object], int]:
    """Return a reader of whole numbers.

    Parameters
    ----------
    least : int
        The smallest that is taken.
    """

    def read(given: object) -> int:
        text = str(given)
        number = int(text) if text.strip().lstrip("+-").isdecimal() else least - 1
        if number < least:
            raise typer.BadParameter(f"{text!r} is not a whole number ≥ {least}")
        return number

    return read
