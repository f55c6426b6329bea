"""A row and a fit explained in numbers and words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..estimators import GaussianMixture
from ..mixture import Mixture
from ..report.facts import Facts
from ..report.notes import notes, verdict
from ..report.words import counted, described, percent, significant
from . import pictures
from .answers import RequestError
from .chosen import ChosenRows
from .control import Tell, untold
from .fits import Fit

__all__ = ["fit_explained", "row_explained"]


def row_explained(rows: ChosenRows, mixture: Mixture, row: int) -> pictures.ExplainedRow:
    """Return a row with the part of each component in its density.

    Raises
    ------
    RequestError
        If there is no such row.
    """
    if not 0 <= row < len(rows.X):
        raise RequestError(f"There is no row {row}: the last one is {len(rows.X) - 1}.", 404)
    X = rows.X[row : row + 1]
    log_products, responsibilities = mixture.log_joint(X)[0], mixture.responsibilities(X)[0]
    weights = (
        mixture.weights if mixture.uniform is None else np.append(mixture.weights, mixture.uniform.weight)
    )
    with np.errstate(divide="ignore"):
        log_densities = log_products - np.log(weights)
    K = mixture.n_components
    parts = [
        pictures.ComponentAtRow(
            component=k if k < K else -1,
            weight=float(weights[k]),
            log_density=float(log_densities[k]),
            density=_exp(log_densities[k]),
            product=_exp(log_products[k]),
            responsibility=float(responsibilities[k]),
        )
        for k in range(len(weights))
    ]
    component, log_density = int(mixture.predict(X)[0]), float(mixture.log_prob(X)[0])
    score = float(mixture.outlier_score(X)[0])
    return pictures.ExplainedRow(
        row=row,
        values={
            name: float(value) if np.isfinite(value) else None
            for name, value in zip(rows.names, X[0], strict=True)
        },
        components=parts,
        density=_exp(log_density),
        log_density=log_density,
        component=component,
        uncertainty=float(1.0 - responsibilities.max()),
        outlier_score=score,
        cells=_cells(rows, row),
        words=_row_words(X[0], component, float(responsibilities.max()), score),
    )


def _exp(value: Any) -> float:
    return math.exp(min(float(value), 700.0))


def _cells(rows: ChosenRows, row: int) -> dict[str, Any]:
    shown = rows.table.rows(row, 1)
    return dict(zip(shown.columns, shown.rows[0], strict=True))


def _row_words(values: Any, component: int, share: float, score: float) -> list[str]:
    called = "the noise component" if component < 0 else f"component {component}"
    words = [f"The row belongs to {called} with probability {percent(share)}."]
    missing = int(np.isnan(values).sum())
    if missing:
        words.append(f"{counted(missing, 'missing value')}: integrated out of the densities.")
    if score > 0.99:
        words.append(
            f"It is remote: {percent(score)} of the rows of its components would be nearer to their means."
        )
    return words


def fit_explained(
    rows: ChosenRows, fit: Fit, choice: list[str], tell: Tell = untold
) -> pictures.ExplainedFit:
    """Return a fit in words.

    Parameters
    ----------
    rows : ChosenRows
        The rows.
    fit : Fit
        The fit; the mixture that is shown is described.
    choice : list of str
        Sentences on the choice of the model.
    tell : callable
        Is told the steps.
    """
    tell(0, 2)
    estimator = fit.shown_estimator()
    tell(1, 2)
    mixture, trace = estimator.mixture_, estimator.trace_
    facts = Facts.of(estimator, rows.X, feature_names=list(rows.names))
    family = mixture.family.name
    words = [
        f"The mixture has {counted(mixture.n_components, 'component')} in {counted(len(rows.names), 'column')}; "
        f"{described(family)}.",
        _end_words(fit, estimator),
        f"The log-likelihood of the {counted(len(rows.X), 'row')} is {significant(facts.log_likelihood, 7)} nats, with "
        f"{counted(mixture.n_parameters, 'free parameter')}: BIC {significant(facts.bic, 7)}.",
        f"{percent(facts.sure)} of the rows belong to a component with a probability above 80 %.",
    ]
    search = trace.search if fit.at_end else None
    compared = (
        []
        if search is None
        else [
            f"The search compared {counted(len(search.runs), 'run')} and {counted(search.n_tried, 'move')} on "
            f"{counted(search.n_rows, 'row')}, and accepted {search.n_taken}.",
            verdict(search),
        ]
    )
    runs = "" if search is None else search.summary()
    return pictures.ExplainedFit([w for w in words if w], compared, choice, notes(facts), runs)


def _end_words(fit: Fit, estimator: GaussianMixture) -> str:
    if not fit.at_end:
        return "This mixture is an intermediate state of the fit."
    if fit.source is not None:
        return f"It was not fitted on this page: {fit.source.words}."
    return f"EM {fit.words}." if fit.words.startswith("converged") else f"EM: {fit.words}."
