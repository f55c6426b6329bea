"""The fit of a mixture to each class of rows, in memory or of a source in blocks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .._types import Floats
from ..blocks import Block
from ..engines import Engine, LocalEngine
from ..errors import InputError
from ..estimation import FitPlan, Trace, fit_mixture
from ..fitting import warn_about_support
from ..mixture import Mixture
from ..names import column_in_words
from ..sources import TableSource
from ..validation import as_generator
from .automatic import is_automatic
from .class_labels import check_all_known, check_classes, check_enough, class_labels, codes_of, given_priors
from .class_messages import ClassMessages, warn_if_unfinished
from .class_models import ClassFits, fits_of_classes, one_family
from .class_rows import ClassRows, HeldClasses, SourceClasses, labelled_rows, of_one_type
from .initialization import check_chance_start
from .options import plan_of
from .rows import Features
from .source_rows import features_of
from .unknown_classes import joint_fit, known_classes

__all__ = ["ClassifierFit", "class_plan", "fit_held", "fit_source"]


@dataclass(frozen=True, eq=False)
class ClassifierFit:
    """A fit of a classifier: columns, classes, their priors (fitted and given), mixtures and rows."""

    features: Features
    classes: Any
    priors: Floats
    given: Floats | None
    fits: ClassFits
    joint: Trace | None
    rows: ClassRows


def fit_held(estimator: Any, block: Block, labels: Any, features: Features, engine: Engine) -> ClassifierFit:
    """Return the fit to rows in memory and their labels."""
    if block.weights is not None:
        used = np.flatnonzero(block.weights > 0)
        block, labels = block.take(used), labels[used]
    known = known_classes(labels, estimator.unknown_label)
    classes, codes = codes_of(labels, known)
    rows, names = HeldClasses(block, codes, len(classes)), features.names
    priors = rows.counts / rows.counts.sum()
    given = None if estimator.priors is None else given_priors(estimator.priors, classes)
    joint: Trace | None = None
    if estimator.across_classes:
        fits, priors = one_family(vars(estimator), rows, classes, names, engine)
    elif is_automatic(vars(estimator)):
        check_all_known(known)
        fits = fits_of_classes(vars(estimator), rows, classes, names, engine)
    else:
        plan = class_plan(estimator, features.count, names)
        fits = _fit_each(estimator.random_state, plan, rows, classes, bool(known.all()), engine)
        if not known.all():
            found = joint_fit(plan, rows, classes, fits.mixtures, engine)
            fits, priors, joint = replace(fits, mixtures=found.mixtures), found.priors, found.trace
            warn_if_unfinished(joint, plan, "The joint fit of all classes")
    return ClassifierFit(features, classes, priors, given, fits, joint, rows)


def fit_source(estimator: Any, source: TableSource, engine: Engine) -> ClassifierFit:
    """Return the fit to rows of a source: in memory if they have room there, else in blocks."""
    features = features_of(source)
    held = labelled_rows(source) if isinstance(engine, LocalEngine) else None
    if held is not None:
        block, labels = held[0], class_labels(estimator, held[1], held[0].n_rows)
        return fit_held(estimator, block, labels, features, engine)
    rows, classes = SourceClasses(source, engine), of_one_type(np.array(source.classes))
    _check_for_blocks(estimator, rows, classes)
    given = None if estimator.priors is None else given_priors(estimator.priors, classes)
    if is_automatic(vars(estimator)):
        fits = fits_of_classes(vars(estimator), rows, classes, features.names, engine)
    else:
        plan = class_plan(estimator, features.count, features.names)
        fits = _fit_each(estimator.random_state, plan, rows, classes, True, engine)
    return ClassifierFit(features, classes, rows.counts / rows.counts.sum(), given, fits, None, rows)


def _fit_each(
    random_state: Any, plan: FitPlan, rows: ClassRows, classes: Any, everything_known: bool, engine: Engine
) -> ClassFits:
    rng, messages = as_generator(random_state), ClassMessages(classes)
    mixtures: list[Mixture] = []
    traces: list[Trace] = []
    whole, sizes = rows.whole, rows.sizes
    check_enough(classes, sizes, plan.n_components)
    for code, label in enumerate(classes.tolist()):
        with messages.of(label):
            result, trace = fit_mixture(rows.of_class(code), plan, rng, engine, whole=whole)
            mixtures.append(result.mixture)
            traces.append(trace)
            warn_if_unfinished(trace, plan, "the fit")
            if plan.n_components > 1 and code == sizes.argmin():
                # One warning for all classes, of the smallest.
                warn_about_support(float(sizes[code]), result.mixture.n_parameters)
    if everything_known:
        messages.warn()
    df = len(mixtures) - 1 + sum(mixture.n_parameters for mixture in mixtures)
    return ClassFits(mixtures, traces, None, df)


def _check_for_blocks(estimator: Any, rows: SourceClasses, classes: Any) -> None:
    """Raise InputError if a fit needs all rows in memory, and they have no room there."""
    advice = "give a larger memory= to open_source, or an array."
    if estimator.across_classes:
        raise InputError(f"across_classes=True needs the rows in memory: {advice}")
    if estimator.unknown_label is not None and rows.n_unknown:
        raise InputError(f"a fit with rows of unknown class needs them in memory: {advice}")
    if rows.n_unknown:
        raise InputError(
            f"{column_in_words(rows.table.layout.labels)} holds no class for {rows.n_unknown:,} rows: give "
            "the class of each row."
        )
    if not len(classes):
        raise InputError(
            f"{column_in_words(rows.table.layout.labels)} holds no class: give the class of each row."
        )
    check_classes(classes)


def class_plan(estimator: Any, n_features: int, feature_names: Any = None) -> FitPlan:
    """Return the plan of the fit of each class."""
    check_chance_start(estimator.init_params, type(estimator).__name__)
    return replace(plan_of(vars(estimator), n_features, feature_names), asks_support=False)
