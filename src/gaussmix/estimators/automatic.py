"""Options chosen by a fit: ``n_components="auto"`` and ``covariance_type="auto"``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..covariances import Full
from ..engines import Engine
from ..errors import InputError
from ..mixture import Mixture
from ..model_sweep import FittedModel, best_of, fit_models
from ..model_sweep.candidate import Rows
from ..model_sweep.causes import causes_in_words
from ..validation import as_count, as_generator
from .candidates import FitRows, candidates_of, counts_of, families_from

__all__ = ["chosen_models", "is_automatic", "is_automatic_choice", "no_sound_model", "resolved"]

AUTO = "auto"
MOST_COMPONENTS = 9
"""Maximum number of components that ``n_components="auto"`` compares, as in mclust."""


def is_automatic(options: Mapping[str, Any]) -> bool:
    """Return whether a fit chooses the number of components or the family."""
    return is_automatic_choice(options["n_components"]) or is_automatic_choice(options["covariance_type"])


def is_automatic_choice(value: Any) -> bool:
    """Return whether the value of an option is "auto"."""
    return isinstance(value, str) and value == AUTO


def resolved(options: Mapping[str, Any], mixture: Mixture | None = None) -> dict[str, Any]:
    """Return options with the number of components and the family of a mixture in the place of "auto".

    Parameters
    ----------
    options : mapping
        Of an estimator.
    mixture : Mixture, optional
        The fitted one; without it, one component and full covariances.
    """
    count, family = (1, Full()) if mixture is None else (mixture.n_components, mixture.family)
    found = {"n_components": count, "covariance_type": family}
    return {**options, **{name: value for name, value in found.items() if is_automatic_choice(options[name])}}


def chosen_models(
    options: Mapping[str, Any], rows: FitRows, names: Any, engine: Engine
) -> tuple[FittedModel, tuple[FittedModel, ...]]:
    """Return the best model by BIC, and all that were compared.

    Parameters
    ----------
    options : mapping
        Of :class:`gaussmix.GaussianMixture`.
    names : (D,) array of str, or None
        Of the columns.

    Raises
    ------
    InputError
        If no model is sound, or an option cannot be used.
    """
    given = [
        name for name in ("weights_init", "means_init", "precisions_init") if options.get(name) is not None
    ]
    if given or not (isinstance(options["init_params"], str) or callable(options["init_params"])):
        raise InputError(
            f"{given[0] if given else 'init_params'} gives the start of one model, but n_components or "
            'covariance_type is "auto": give a number and a family, or no start.'
        )
    K, family = options["n_components"], options["covariance_type"]
    most = min(MOST_COMPONENTS, max(1, rows.usable))
    counts = list(range(1, most + 1)) if is_automatic_choice(K) else counts_of(as_count(K, "n_components"))
    families = families_from("all" if is_automatic_choice(family) else family, rows.n_features)
    plain = {**options, "callbacks": None}
    candidates = candidates_of(plain, counts, families, rows, names).models
    seed = int(as_generator(options["random_state"]).integers(1 << 62))
    models = tuple(fit_models(candidates, engine, seed))
    best = best_of(models, "bic")
    if best is None:
        raise no_sound_model(models, Rows.of(candidates[0], engine))
    return best, models


def no_sound_model(models: Sequence[FittedModel], rows: Rows) -> InputError:
    """Return the error of a choice among models of which none is sound, with the cause."""
    statuses = sorted({model.status for model in models})
    why = " ".join(causes_in_words(models, rows))
    why = why or "give more rows, or a number of components and a family."
    none = "the model is not sound" if len(models) == 1 else f"none of {len(models)} models is sound"
    return InputError(f"{none} ({', '.join(statuses)}): {why[:1].lower()}{why[1:]}")
