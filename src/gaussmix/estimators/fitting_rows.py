"""The rows of a fit: checks of the arguments of ``fit``, and ``fit_predict``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from .._types import Ints
from ..distributed.collections import engine_for
from ..engines import opened
from ..errors import InputError, warn
from ..estimation import FitPlan
from ..estimation.plan import objective_name
from ..fitting import Checkpoint, FixedIterations, InitialValues, RunTrace
from ..mixture import Mixture, TMixture
from ..projections import NOT_UNIFORM, as_projections
from ..sources.opening import opens
from ..uniform import Uniform
from ..validation import as_count, as_noise, as_weights
from .automatic import is_automatic_choice
from .candidates import FitRows, KnownRows
from .kinds import on_host
from .options import engine_of, uniform_of
from .progress import IterationLines
from .rows import Features, fit_rows
from .source_rows import SourceRows
from .source_uniform import uniform_of_source

__all__ = ["FittingRows", "first_uniform", "starting_at", "warn_unless_converged"]


class FittingRows:
    """An estimator of mixtures that is fitted to rows with weights, errors and labels."""

    n_components: Any
    noise_component: Any
    engine: Any
    verbose: Any
    verbose_interval: Any
    fit: Any

    def _known_rows(
        self, X: Any, sample_weight: Any, noise: Any, labels: Any, projections: Any
    ) -> tuple[FitRows, Features]:
        """Return checked rows with what is known of each, and their columns."""
        if opens(X):
            known = {
                "sample_weight": sample_weight,
                "noise": noise,
                "labels": labels,
                "projections": projections,
            }
            return self._rows_of_source(X, known)
        checked, holes, features = fit_rows(on_host(X))
        weights = as_weights(on_host(sample_weight), len(checked))
        usable = len(checked) if weights is None else max(int(np.count_nonzero(weights)), int(weights.sum()))
        self._check_enough_rows(usable)
        uniform = uniform_of(self.noise_component, checked, weights, features.names)
        errors = as_noise(on_host(noise), checked)
        matrices = as_projections(on_host(projections), checked, errors)
        if matrices is not None:
            if uniform is not None:
                raise InputError(NOT_UNIFORM)
            features = Features(matrices.shape[2])
        return KnownRows(checked, weights, errors, on_host(labels), holes, uniform, matrices), features

    def _rows_of_source(self, X: Any, known: dict[str, Any]) -> tuple[FitRows, Features]:
        """Return the checked rows of a source, and their columns."""
        with opened(engine_for(engine_of(self.engine), X)) as engine:
            rows, features = SourceRows.of(X, known, engine)
            self._check_enough_rows(rows.usable)
            uniform = uniform_of_source(self.noise_component, rows.rows, engine, features.names)
        return rows.with_uniform(uniform), features

    def _check_enough_rows(self, usable: int) -> None:
        """Raise InputError if there are fewer rows than components; weights count as copies."""
        K = 1 if is_automatic_choice(self.n_components) else as_count(self.n_components, "n_components")
        if usable < K:
            raise InputError(
                f"Expected n_samples >= n_components but got n_components = {K}, "
                f"n_samples = {usable}: fit at most {usable} components, or give more rows."
            )

    def _printers(self) -> list[IterationLines]:
        verbose = int(self.verbose) if isinstance(self.verbose, (bool, np.bool_)) else self.verbose
        level, interval = as_count(verbose, "verbose", 0), as_count(self.verbose_interval, "verbose_interval")
        if not level:
            return []
        options = vars(self)
        variational = "weight_concentration_prior_type" in options
        name = objective_name(variational, options.get("prior") is not None, bool(options.get("trim")))
        return [IterationLines(interval, detail=level > 1, objective=name)]

    def fit_predict(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        noise: Any = None,
        labels: Any = None,
        projections: Any = None,
    ) -> Ints:
        """Fit the mixture and return the most probable component of each row.

        Parameters
        ----------
        X : (n, D) array or data frame
            Rows, as in :meth:`fit`.
        y : ignored
            Present for scikit-learn's interface.
        sample_weight : (n,) array, optional
            Weights of the rows, as in :meth:`fit`.
        noise : (n, D) or (n, D, D) array, optional
            Measurement errors, as in :meth:`fit`.
        labels : (n,) array of int or (n, K) array of bool, optional
            Known or possible components, as in :meth:`fit`.
        projections : (n, m, D) or (m, D) array, optional
            Projections, as in :meth:`fit`.

        Returns
        -------
        (n,) array of int
            Numbers of components, from 0; −1 for the uniform component.

        Raises
        ------
        InputError
            If the rows or an option are invalid.
        """
        # A subclass may have a fit without weights.
        known = {
            "sample_weight": sample_weight,
            "noise": noise,
            "labels": labels,
            "projections": projections,
        }
        fitted = self.fit(X, y, **{name: value for name, value in known.items() if value is not None})
        measured = {"noise": noise, "projections": projections}
        labels_of_rows: Ints = fitted.predict(
            X, **{name: value for name, value in measured.items() if value is not None}
        )
        return labels_of_rows


def warn_unless_converged(run: RunTrace, plan: FitPlan) -> None:
    """Warn if a run ended before convergence."""
    unfinished = run.status in ("max_iter", "fell") and run.n_iterations > 0
    if unfinished and not isinstance(plan.stop, FixedIterations):
        warn(f"The best run {run.message}.", ConvergenceWarning)


def first_uniform(uniform: Uniform | None, start: Any) -> Uniform | None:
    """Return the uniform component of the first mixture, with the weight that a given start has."""
    given = start.uniform if isinstance(start, Mixture) else None
    return uniform if uniform is None or given is None else uniform.of_weight(given.weight)


def starting_at(plan: FitPlan, mixture: Mixture, checkpoint: Checkpoint | None = None) -> FitPlan:
    """Return the same plan with one start, at a mixture."""
    if plan.uniform is not None and mixture.uniform is not None:
        plan = replace(plan, uniform=plan.uniform.of_weight(mixture.uniform.weight))
    if plan.tails is not None and isinstance(mixture, TMixture):
        plan = replace(plan, tails=plan.tails.starting_at(mixture.degrees_of_freedom))
    weights = mixture.weights if mixture.uniform is None else mixture.weights / mixture.weights.sum()
    return plan.starting_at(InitialValues(weights, mixture.means, mixture.covariances), checkpoint)
