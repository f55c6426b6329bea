"""A selection as a dict of arrays and a description, for `gaussmix.save`, and from them, for `gaussmix.load`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from .._types import Floats, Ints
from ..covariances import family_named
from ..errors import DataWarning, InputError, warn
from ..estimators.kinds import ArrayKind
from ..estimators.rows import Features
from ..estimators.trimmed_rows import KeptRows
from ..mixture import Mixture
from ..model_sweep import FittedModel
from ..model_sweep.fitted import STAGES, STATUSES
from ..persist import decode, encode, mixture_from, register, trace_from, trace_to_dict
from ..storage import Record, short
from ..trimming import Trimming
from .selection import Selection

__all__: list[str] = []

_NUMBERS = ("seconds", "log_likelihood", "total_weight", "bic", "aic", "icl")
_OPTIONS = ("search", "n_init", "tol", "reg_covar", "max_iter", "noise_component", "random_state")
_LATER = {
    "prior": None,
    "fix": None,
    "max_eigenvalue_ratio": None,
    "min_weight": 0.0,
    "trim": 0.0,
    "bounds": None,
    "censored": None,
}
"""Options that files of earlier versions lack, with their defaults."""


def _selection_to_dict(selection: Selection) -> dict[str, Any]:
    models, names = selection.models, selection.features.names
    return {
        "criterion": selection.criterion,
        "options": _options_to_dict(selection.options),
        "n_features": selection.features.count,
        "feature_names": None if names is None else list(names),
        "dtype": selection.kind.dtype.name,
        "rows": selection.rows,
        "seed": selection.seed,
        "n_candidates": selection.n_candidates,
        "time": np.array(selection.seconds),
        "notes": list(selection.notes),
        "families": [_name_of(model) for model in models],
        "statuses": [model.status for model in models],
        "n_components": np.array([model.n_components for model in models], dtype=np.int64),
        "numbers": np.array(
            [[getattr(model, name) for name in _NUMBERS] for model in models], dtype=np.float64
        ).reshape(len(models), len(_NUMBERS)),
        "stages": [model.stage for model in models],
        "fits": [_fit_to_dict(model) for model in models],
    }


def _name_of(model: FittedModel) -> str:
    if family_named(model.family.name) != model.family:
        raise InputError(
            f"a file cannot hold {model.family!r}: select among families that have a short name to save them."
        )
    return model.family.name


def _options_to_dict(options: Mapping[str, Any]) -> dict[str, Any]:
    state = options["random_state"]
    if not (state is None or isinstance(state, (int, np.integer))):
        warn("a file cannot hold random_state, which will be None when it is loaded.", DataWarning)
        state = None
    return {name: encode(name, value) for name, value in {**options, "random_state": state}.items()}


def _fit_to_dict(model: FittedModel) -> dict[str, Any]:
    scores = {name: np.array(value) for name, value in model.scores.items()}
    held: dict[str, Any] = {"scores": scores, "scored": list(scores)}
    if model.partitions is not None:
        agreements = np.empty(0) if model.agreements is None else model.agreements
        held["runs"] = {"partitions": model.partitions.astype(np.int64), "agreements": agreements}
    if model.mixture is None or model.trace is None:
        return held
    if model.cut is not None:
        held["trimming"] = KeptRows(model.mixture, *model.cut).to_dict()
    return {
        **held,
        "n_fixed": model.n_fixed,
        "mixture": model.mixture.to_dict(),
        "trace": trace_to_dict(model.trace),
    }


def _selection_from(record: Record) -> Selection:
    options = record.section("options")
    D = record.entry("n_features", int)
    names = record.entry("feature_names", list, None)
    if names is not None and (len(names) != D or not all(isinstance(name, str) for name in names)):
        raise record.fault(f"feature_names is {short(names)}, and {D} names are expected")
    return Selection(
        models=_models_from(record, D),
        criterion=record.entry("criterion", str),
        options={**_LATER, **{name: decode(options, name) for name in _names_in(options)}},
        features=Features(D, None if names is None else np.array(names, dtype=object)),
        kind=ArrayKind(_dtype_from(record)),
        rows=record.entry("rows", str),
        seed=record.entry("seed", int),
        n_candidates=record.entry("n_candidates", int),
        seconds=float(record.require("time", ())),
        notes=tuple(map(str, record.entry("notes", list))),
    )


def _names_in(options: Record) -> list[str]:
    return [*_OPTIONS, *(name for name in _LATER if name in options.description)]


def _dtype_from(record: Record) -> np.dtype[Any]:
    name = record.entry("dtype", str)
    if name not in ("float32", "float64"):
        raise record.fault(f"dtype is {short(name)}, and 'float32' or 'float64' is expected")
    dtype: np.dtype[Any] = np.dtype(name)
    return dtype


def _cut_from(mixture: Mixture, record: Record) -> tuple[Trimming, float]:
    kept = KeptRows.from_record(mixture, record)
    return kept.trimming, kept.threshold


_NO_RUNS: tuple[Ints | None, Floats | None] = (None, None)


def _runs_from(record: Record) -> tuple[Ints | None, Floats | None]:
    partitions: Ints = record.require("partitions", (None, None), dtype="int64").astype(np.int32)
    agreements: Floats = record.require("agreements", (None,))
    return partitions, agreements if len(agreements) else None


def _models_from(record: Record, n_features: int) -> tuple[FittedModel, ...]:
    families, statuses = record.entry("families", list), record.entry("statuses", list)
    fits = record.sections("fits")
    M = len(fits)
    counts = record.require("n_components", (M,), dtype="int64")
    numbers = record.require("numbers", (M, len(_NUMBERS)), finite=False)
    if len(families) != M or len(statuses) != M or not set(map(str, statuses)) <= set(STATUSES):
        raise record.fault(f"it does not say the family and the status of each of {M} models")
    # Files of earlier versions do not tell the stages.
    stages = record.entry("stages", list) if "stages" in record.description else ["final"] * M
    if len(stages) != M or not set(map(str, stages)) <= set(STAGES):
        raise record.fault(f"it does not say the stage of each of {M} models")
    found = []
    told_of_each = zip(families, statuses, stages, counts, numbers, fits, strict=True)
    for family, status, stage, K, row, fit in told_of_each:
        known = family_named(family) if isinstance(family, str) else None
        if known is None or K < 1:
            raise record.fault(f"this version has no model {short(family)} with {K} components")
        told = dict(zip(_NUMBERS, row.tolist(), strict=True))
        scores, (partitions, agreements) = fit.section("scores"), fit.optional("runs", _runs_from) or _NO_RUNS
        mixture = fit.optional("mixture", mixture_from)
        found.append(
            FittedModel(
                n_components=int(K),
                family=known,
                n_features=n_features,
                status=status,
                **told,
                mixture=mixture,
                trace=fit.optional("trace", trace_from),
                scores={
                    name: float(scores.require(name, (), finite=False)) for name in fit.entry("scored", list)
                },
                partitions=partitions,
                agreements=agreements,
                n_fixed=fit.entry("n_fixed", int) if "n_fixed" in fit.description else 0,
                cut=None if mixture is None else fit.optional("trimming", partial(_cut_from, mixture)),
                stage=stage,
            )
        )
    return tuple(found)


register("selection", Selection, _selection_to_dict, _selection_from, is_model=True)
