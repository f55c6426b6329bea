"""The table of the models of a selection, and the choice in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import MissingDependencyError
from ..estimators.estimate_words import estimate_in_words
from ..model_sweep import FittedModel, best_of
from ..model_sweep.names import criterion_title

if TYPE_CHECKING:
    import pandas as pd

    from .selection import Selection

__all__ = ["INFORMATION", "counted", "in_words", "noise_in_words", "stopped_after", "table_of"]

INFORMATION = ("bic", "aic", "icl")
"""The criteria that every model has."""


def table_of(models: Sequence[FittedModel]) -> pd.DataFrame:
    """Return the table of models, one row each with its criteria, status and time, as a pandas frame.

    Parameters
    ----------
    models : sequence of FittedModel

    Raises
    ------
    MissingDependencyError
        Without pandas.
    """
    try:
        import pandas as pd
    except ImportError:
        raise MissingDependencyError('a table needs pandas: pip install "gaussmix[data]"') from None
    extra = sorted({name for model in models for name in model.scores})
    columns = ("log_likelihood", "df", "bic", "aic", "icl")
    rows = [
        {
            "n_components": model.n_components,
            "family": model.family_name,
            **{name: getattr(model, name) for name in columns},
            **{name: model.value(name) for name in extra},
            "status": model.status,
            "seconds": model.seconds,
        }
        for model in models
    ]
    names = ["n_components", "family", *columns, *extra, "status", "seconds"]
    return pd.DataFrame(rows, columns=names)


def counted(models: Sequence[FittedModel], without: str = "") -> str:
    """Return the number of models of each status in words, those of one status left out.

    Parameters
    ----------
    models : sequence of FittedModel
    without : str
        The status.
    """
    found = Counter(model.status for model in models if model.status != without)
    return ", ".join(f"{count} {status}" for status, count in found.items())


def in_words(selection: Selection) -> str:
    """Return the choice of a selection, its certainty, and omitted models, in words: sentences, one a line.

    Parameters
    ----------
    selection : Selection
    """
    models, criterion = selection.models, selection.criterion
    best = best_of(models, criterion)
    lines = [selection.confidence.words, *selection.notes]
    if criterion not in INFORMATION and best is not None:
        value = best.value(criterion)
        lines.insert(0, f"The lowest {criterion_title(criterion)} has {best.name} ({value:.2f}).")
    if estimate := estimate_in_words(selection.options):
        lines.append(f"All models: {estimate}.")
    if noise := noise_in_words(selection):
        lines.append(noise)
    if others := counted(models, without="fitted"):
        lines.append(f"Of {len(models)} models, {others}.")
    if not selection.complete:
        lines.append(f"{stopped_after(selection).capitalize()}.")
    return "\n".join(lines)


def noise_in_words(selection: Selection) -> str:
    """Return a sentence on the noise component of all models, or an empty text.

    Parameters
    ----------
    selection : Selection
    """
    if not selection.options.get("noise_component"):
        return ""
    best = best_of(selection.models, selection.criterion)
    uniform = None if best is None or best.mixture is None else best.mixture.uniform
    weight = "" if uniform is None else f"; its weight in the chosen model is {uniform.weight:.3g}"
    return f"Every model has a noise component{weight}."


def stopped_after(selection: Selection) -> str:
    """Return the progress of an incomplete selection, in words.

    Parameters
    ----------
    selection : Selection
    """
    fitted, all_models = len(selection.models), selection.n_candidates
    if fitted < all_models:
        return f"stopped after {fitted} of {all_models} models"
    return "stopped after the first fit of each model, before all improvements"
