"""The criteria and the status of a fit of a selection."""

from __future__ import annotations

import numpy as np

from ..engines import Engine
from ..errors import DegenerateMixtureError
from ..estimation import Trace
from ..estimation.fit import moments_of, trimmed_cutoff
from ..fitting.loop import RunResult
from .candidate import Candidate, Rows
from .criteria import aic, bic, icl
from .fitted import FittedModel, Status

__all__ = ["FAILURES", "judged", "objective", "unfitted"]

FAILURES = (DegenerateMixtureError, np.linalg.LinAlgError)
"""What a fit raises where a covariance has no inverse, or no row is left to the components."""


def unfitted(candidate: Candidate, status: Status) -> FittedModel:
    """Return a model without a fit."""
    return FittedModel(*candidate.key, candidate.source.n_features, status)


def judged(candidate: Candidate, rows: Rows, result: RunResult, trace: Trace, engine: Engine) -> FittedModel:
    """Return a model with its fit, status and criteria.

    Parameters
    ----------
    result : RunResult
        The fit.
    engine : Engine
        Adds up over the rows.
    """
    mixture = result.mixture
    plan, source = candidate.plan, candidate.source
    moments, n_fixed = moments_of(source, plan, mixture, engine), plan.n_fixed(mixture.n_features)
    total, df, n = moments.log_likelihood, mixture.n_parameters - n_fixed, moments.total_weight
    value = bic(total, df, n)
    return FittedModel(
        *candidate.key,
        source.n_features,
        _status(candidate, rows, result),
        log_likelihood=total,
        total_weight=n,
        bic=value,
        aic=aic(total, df),
        icl=icl(value, moments.map_entropy),
        mixture=mixture,
        n_fixed=n_fixed,
        trace=trace.without_mixtures(),
        cut=trimmed_cutoff(source, plan, mixture, engine),
    )


def _status(candidate: Candidate, rows: Rows, result: RunResult) -> Status:
    if rows.degenerate(result.mixture, candidate.plan):
        return "degenerate"
    return "fitted" if result.trace.status in ("converged", "stopped") else "not converged"


def objective(model: FittedModel, with_prior: bool) -> float:
    """Return the log-likelihood of a model, or with a prior the objective at the end of its run."""
    if not with_prior or model.trace is None or not len(model.trace.log_likelihood):
        return model.log_likelihood
    return float(model.trace.log_likelihood[-1]) * model.total_weight
