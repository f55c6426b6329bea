"""The Python code that repeats the steps on a page: the same rows, the same fit, the same parameters."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from ..covariances import Family
from ..errors import InputError
from ..mixture import Mixture
from . import bodies
from .chosen import ChosenRows
from .fits import Fit

__all__ = ["code_of", "mixture_code"]

_MOST_NUMBERS = 20_000
_DEFAULTS = bodies.Options()


def code_of(rows: ChosenRows, fit: Fit | None) -> str:
    """Return a program that reads the rows and makes ``model``, with the mixture that is shown, and ``labels``.

    Parameters
    ----------
    rows : ChosenRows
        The rows.
    fit : Fit or None
        The fit; None for the rows alone.
    """
    lines = _rows_code(rows)
    if fit is not None and len(fit.record):
        lines += ["", *_model_code(fit), "", "labels = model.predict(X)"]
    return "\n".join(_with_imports(lines)) + "\n"


def _rows_code(rows: ChosenRows) -> list[str]:
    lines = rows.table.code(rows.positions)
    if rows.standardise:
        lines.append("X = np.column_stack([(x - np.nanmean(x)) / np.nanstd(x) for x in X.T])")
    if rows.label is not None:
        lines.append(rows.table.label_code(rows.label))
    return lines


def _model_code(fit: Fit) -> list[str]:
    moment, given = fit.moment, fit.first
    if fit.source is not None:
        return list(fit.source.code)
    if fit.at_end and fit.whole:
        options, start = _options(fit.options), given
    elif moment.phase == "M" and _repeats(fit) and moment.coloured_by is None:
        options, start = {**_options(fit.options), "max_iter": moment.iteration}, given
    else:
        options, start = {**_options(fit.options), "max_iter": 0}, moment.mixture
    options["n_components"] = moment.mixture.n_components
    lines = []
    if start is not None:
        lines = mixture_code(start)
        # A mixture as the start comes without a search.
        options = {
            name: value for name, value in options.items() if name not in ("init_params", "search", "n_init")
        }
        options["init_params"] = _Code("start")
    arguments = ", ".join(f"{name}={value!r}" for name, value in options.items() if name != "n_components")
    first = f"{options['n_components']}, " if arguments else f"{options['n_components']}"
    return [*lines, f"model = gaussmix.GaussianMixture({first}{arguments}).fit(X)"]


class _Code(str):
    """Text that stands in code as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _repeats(fit: Fit) -> bool:
    """Return whether the same fit with fewer iterations leads to each of its iterations."""
    return fit.first is not None or (fit.options.search == "off" and fit.options.n_init == 1)


def _options(options: bodies.Options) -> dict[str, Any]:
    """Return the options that differ from those of the library, and the seed."""
    given = msgspec.structs.asdict(options)
    usual = msgspec.structs.asdict(_DEFAULTS)
    kept = {name: value for name, value in given.items() if value != usual[name]}
    return {**kept, "n_components": options.n_components, "random_state": options.random_state}


def mixture_code(mixture: Mixture, name: str = "start") -> list[str]:
    r"""Return lines of Python that make a mixture, with all digits of its numbers.

    Raises
    ------
    InputError
        If it has too many numbers to be written in a program.

    Examples
    --------
    >>> print("\n".join(mixture_code(Mixture([1.0], [[0.5]], [2.0]))))
    start = gaussmix.Mixture(
        weights=[1.0],
        means=[[0.5]],
        covariances=np.array([2.0]),
        family=gaussmix.Spherical(),
    )
    """
    size = mixture.means.size + mixture.covariances.array.size
    if size > _MOST_NUMBERS:
        raise InputError(
            f"The mixture has {size:,} numbers, too many for a program: take the file of the model."
        )
    parts = [
        f"weights={mixture.weights.tolist()!r}",
        f"means={mixture.means.tolist()!r}",
        f"covariances=np.array({np.asarray(mixture.covariances.array).tolist()!r})",
        f"family={_family_code(mixture.family)}",
    ]
    if mixture.uniform is not None:
        uniform = mixture.uniform
        box = f"lower=np.array({uniform.lower.tolist()!r}), upper=np.array({uniform.upper.tolist()!r})"
        parts.append(f"uniform=Uniform({uniform.weight!r}, {uniform.log_volume!r}, {box})")
    return [f"{name} = gaussmix.Mixture(", *(f"    {part}," for part in parts), ")"]


def _family_code(family: Family) -> str:
    """Return the code of a family: its classes are names of the package."""
    text = repr(family)
    for kind in ("Tied", "Decomposed", "Diagonal", "Full", "Spherical", "FactorAnalysers"):
        text = text.replace(kind, f"gaussmix.{kind}")
    return text


def _with_imports(lines: list[str]) -> list[str]:
    """Return a program with its imports at the top."""
    text = "\n".join(lines)
    imports = [line for line in lines if line.startswith(("import ", "from "))]
    rest = [line for line in lines if line not in imports]
    wanted = {
        "import numpy as np": "np." in text,
        "import gaussmix": "gaussmix." in text,
        "from gaussmix.uniform import Uniform": "Uniform(" in text,
    }
    imports += [line for line, needed in wanted.items() if needed and line not in imports]
    order = sorted(
        imports, key=lambda line: (not line.startswith("import numpy"), line.startswith("from"), line)
    )
    while rest and not rest[0]:
        rest.pop(0)
    return [*order, "", *rest]
