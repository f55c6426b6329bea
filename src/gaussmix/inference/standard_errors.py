"""Bootstrap and jackknife of the parameters of a fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from .._types import Floats
from ..covariances.constraints import Floor, NoConstraint
from ..errors import DataWarning, InputError, warn
from ..estimators import GaussianMixture
from ..estimators.kinds import on_host
from ..estimators.labels import as_allowed
from ..estimators.options import check_choice
from ..estimators.rows import predict_rows
from ..fitting import Aitken
from ..fitting.degeneracy import degenerate_components
from ..mixture import Mixture
from ..validation import as_count, as_generator
from .matching import matched_order
from .progress import Watch, as_callbacks
from .refits import as_estimator, draw_seeds, in_parallel, pool_of, refit, template_of
from .resampled import ParameterArrays, ResampledEstimates
from .resampling import RESAMPLINGS, Observed

__all__ = ["bootstrap", "jackknife"]

A = TypeVar("A")

_TO_GAIN = 1e-4
"""Nats of all rows that a replicate leaves to be gained; a resample moves the maximum by about half a nat for each
parameter, a row that is left out by the n-th part of that."""
_LEAST_TOLERANCE, _ITERATIONS = 1e-14, 10_000


def bootstrap(
    model: Any,
    X: Any,
    *,
    method: str = "nonparametric",
    n_replicates: int = 999,
    start: str = "fitted",
    sample_weight: Any = None,
    noise: Any = None,
    labels: Any = None,
    random_state: Any = None,
    engine: Any = None,
    callbacks: Any = None,
    verbose: int = 0,
) -> ResampledEstimates:
    """Return the parameters of fits to resamples of the rows: standard errors and intervals by the bootstrap.

    The components of each replicate are matched with those of the fit by the similarity of their responsibilities.
    Missing values, errors and labels are resampled with their rows. The volume of a noise component is fixed, as are
    the number of components and the family that "auto" chose. Replicates with a collapsed component are left out and
    counted.

    Parameters
    ----------
    model : fitted GaussianMixture
        The fit; replicates have the same options.
    X : (n, D) array or data frame
        The rows of the fit.
    method : "nonparametric", "weighted" or "parametric"
        The method of resampling. "nonparametric": n rows drawn with replacement. "weighted": all rows with Dirichlet
        weights (the weighted likelihood bootstrap). "parametric": n rows drawn from the fitted mixture, with the
        missing values of X and errors drawn from their distributions.
    n_replicates : int
        Number of replicates (B).
    start : "fitted" or "search"
        The start of EM in a replicate: the fitted mixture, or the search of the model's options.
    sample_weight : (n,) array, optional
        Weights of the rows: numbers of observations.
    noise : (n, D) or (n, D, D) array, optional
        Variances or covariances of the rows' measurement errors, in squared units.
    labels : (n,) array of int or (n, K) array of bool, optional
        Known or possible components of each row, as in ``fit``. Components keep their numbers.
    random_state : int, RandomState, Generator or None, default=None
        Source of random numbers. A number makes results reproducible, with any number of threads.
    engine : Engine, optional
        The engine for the refits; threads by default.
    callbacks : callable or list of callables, optional
        Called with a :class:`Progress` after each replicate. If one returns True, the result has the replicates so far.
    verbose : int
        1 prints ten lines of progress.

    Returns
    -------
    ResampledEstimates
        The replicates, standard errors and intervals.

    Raises
    ------
    InputError
        If the model is not fitted, the rows or an option are invalid, or fewer than two replicates remain.

    Warns
    -----
    DataWarning
        If replicates are left out.

    References
    ----------
    O'Hagan, A., Murphy, T. B., Scrucca, L. and Gormley, I. C. (2019). Investigation of parameter uncertainty in
    clustering using a Gaussian mixture model via jackknife, bootstrap and weighted likelihood bootstrap. Computational
    Statistics 34, 1779-1813.

    Newton, M. A. and Raftery, A. E. (1994). Approximate Bayesian inference with the weighted likelihood bootstrap.
    J. R. Statist. Soc. B 56, 3-48.

    Examples
    --------
    >>> from gaussmix import GaussianMixture, datasets, inference
    >>> X = datasets.load_faithful().data
    >>> model = GaussianMixture(2, random_state=0).fit(X)
    >>> resampled = inference.bootstrap(model, X, n_replicates=200, random_state=0)
    >>> resampled.standard_errors.means.round(2)
    array([[0.04, 0.46],
           [0.03, 0.64]])
    """
    check_choice(method, "method", list(RESAMPLINGS))
    check_choice(start, "start", ["fitted", "search"])
    fit = _Fit(model, X, sample_weight, noise, labels)
    fit.observed.check_frequencies()
    resample, rng = RESAMPLINGS[method], as_generator(random_state)
    template = fit.template(start == "fitted", _TO_GAIN)
    seeds = draw_seeds(rng, as_count(n_replicates, "n_replicates", 2))
    # A method that does not suit the rows is refused here, and not once for each replicate.
    resample(fit.observed, fit.mixture, np.random.default_rng(0))

    def replicate(pair: Any) -> GaussianMixture:
        drawn = resample(fit.observed, fit.mixture, np.random.default_rng(int(pair[0])))
        return refit(template, drawn, int(pair[1]))

    watch = Watch("bootstrap", len(seeds), as_callbacks(callbacks), bool(verbose))
    found = fit.replicates(replicate, list(seeds), watch, engine)
    return _collected(method, fit, found, np.ones(len(found)), watch.n_done)


def jackknife(
    model: Any,
    X: Any,
    *,
    sample_weight: Any = None,
    noise: Any = None,
    labels: Any = None,
    engine: Any = None,
    callbacks: Any = None,
    verbose: int = 0,
) -> ResampledEstimates:
    """Return the parameters of fits without one row each: standard errors by the jackknife.

    A row of weight w is left out once, as one of w equal rows, and the replicate has the weight w.

    Parameters
    ----------
    model : fitted GaussianMixture
        The fit; replicates have the same options.
    X : (n, D) array or data frame
        The rows of the fit.
    sample_weight : (n,) array, optional
        Weights of the rows: whole numbers of observations.
    noise : (n, D) or (n, D, D) array, optional
        Variances or covariances of the rows' measurement errors, in squared units.
    labels : (n,) array of int or (n, K) array of bool, optional
        Known or possible components of each row, as in ``fit``.
    engine : Engine, optional
        The engine for the refits; threads by default.
    callbacks : callable or list of callables, optional
        Called with a :class:`Progress` after each replicate. If one returns True, the result has the replicates so far.
    verbose : int
        1 prints ten lines of progress.

    Returns
    -------
    ResampledEstimates
        The replicates, standard errors and intervals.

    Raises
    ------
    InputError
        If the model is not fitted, the rows are invalid, or a weight is not a whole number.

    References
    ----------
    Efron, B. (1982). The Jackknife, the Bootstrap and Other Resampling Plans. SIAM.

    Examples
    --------
    >>> from gaussmix import GaussianMixture, datasets, inference
    >>> X = datasets.load_faithful().data
    >>> model = GaussianMixture(1).fit(X)
    >>> inference.jackknife(model, X).standard_errors.means.round(3)
    array([[0.069, 0.824]])
    """
    fit = _Fit(model, X, sample_weight, noise, labels)
    template = fit.template(True, _TO_GAIN / fit.observed.total_weight)
    w = fit.observed.frequencies
    partial = w != np.floor(w)
    if partial.any():
        row = int(partial.argmax())
        raise InputError(
            f"sample_weight[{row}] is {w[row]:g}: a jackknife leaves out one row at a time; give whole numbers, or "
            "use bootstrap with method='weighted'."
        )

    def replicate(row: int) -> GaussianMixture:
        left = w.copy()
        left[row] -= 1.0
        return refit(template, fit.observed.weighted(left), 0)

    rows = [int(row) for row in np.flatnonzero(w)]
    watch = Watch("jackknife", len(rows), as_callbacks(callbacks), bool(verbose))
    found = fit.replicates(replicate, rows, watch, engine)
    return _collected("jackknife", fit, found, w[rows], watch.n_done)


class _Fit:
    """A fit and its rows, with the fit and the matching of a replicate."""

    def __init__(self, model: Any, X: Any, sample_weight: Any, noise: Any, labels: Any) -> None:
        estimator = as_estimator(model, "a standard error")
        self.mixture: Mixture = estimator._fitted()
        block = predict_rows(estimator, on_host(X))
        self.observed = Observed.of(block.X, on_host(sample_weight), on_host(noise), on_host(labels))
        K, uniform = self.mixture.n_components, self.mixture.uniform is not None
        as_allowed(self.observed.labels, block.n_rows, K, uniform, self.observed.weights)
        self._estimator = estimator
        floored = isinstance(estimator.reg_covar, str)
        self._bound = Floor(self.mixture.covariance()) if floored else NoConstraint()
        self._responsibilities = self.mixture.responsibilities(block.X, self.observed.noise)

    def template(self, at_fit: bool, to_gain: float) -> GaussianMixture:
        """Return the estimator of the replicates, with a stricter tolerance for "auto"."""
        estimator, uniform = self._estimator, self.mixture.uniform
        # The model that was chosen by "auto" is held.
        options: dict[str, Any] = {
            "n_components": self.mixture.n_components,
            "covariance_type": self.mixture.family,
        }
        if uniform is not None:
            options["noise_component"] = float(np.exp(uniform.log_volume))
        if isinstance(estimator.tol, str):
            # The tolerance of a fit is for each row: of many rows it leaves more nats than a resample moves.
            tol = max(to_gain / self.observed.total_weight, _LEAST_TOLERANCE)
            options |= {"tol": Aitken(tol), "max_iter": max(estimator.max_iter, _ITERATIONS)}
        return template_of(estimator, self.mixture if at_fit else None, **options)

    def replicates(
        self, replicate: Callable[[A], GaussianMixture], items: Sequence[A], watch: Watch, engine: Any
    ) -> list[ParameterArrays | bool | None]:
        """Return the matched parameters of each replicate; False if a component collapsed, None without a fit."""
        collapsed_before = self._n_collapsed(self.mixture)

        def matched(item: A) -> ParameterArrays | bool:
            mixture = replicate(item).mixture_
            if self._n_collapsed(mixture) > collapsed_before:
                return False
            return self._matched(mixture)

        with pool_of(engine) as pool:
            return in_parallel(matched, items, watch, pool)

    def _n_collapsed(self, mixture: Mixture) -> int:
        return len(degenerate_components(mixture, self._bound, self.observed.total_weight))

    def _matched(self, mixture: Mixture) -> ParameterArrays:
        order = np.arange(mixture.n_components)
        if self.observed.labels is None and len(order) > 1:
            r = mixture.responsibilities(self.observed.X, self.observed.noise)
            K = mixture.n_components
            order = matched_order(self._responsibilities[:, :K], r[:, :K], self.observed.frequencies)
        uniform = None if mixture.uniform is None else np.asarray(mixture.uniform.weight)
        spread = mixture.covariances.take(order).natural
        return ParameterArrays(mixture.weights[order], mixture.means[order], spread, uniform)


def _collected(
    method: Any, fit: _Fit, found: list[ParameterArrays | bool | None], counts: Floats, n_done: int
) -> ResampledEstimates:
    """Return the valid replicates as one result, and warn of the others."""
    kept = [position for position, part in enumerate(found) if isinstance(part, ParameterArrays)]
    parts = [part for part in found if isinstance(part, ParameterArrays)]
    n_collapsed = sum(part is False for part in found)
    n_failed = n_done - len(kept) - n_collapsed
    if len(parts) < 2:
        raise InputError(
            f"only {len(parts):,} of {n_done:,} replicates gave a fit without a collapsed component, and two are "
            "needed: fit fewer components, or a family of fewer parameters."
        )
    if n_failed + n_collapsed:
        other = (
            "" if method in ("jackknife", "weighted") else ", or use method='weighted' (it keeps all rows)"
        )
        warn(
            f"{n_failed + n_collapsed:,} of {n_done:,} replicates are left out: in {n_collapsed:,} a component "
            f"collapsed, and {n_failed:,} could not be fitted; fit fewer components{other}.",
            DataWarning,
        )
    uniform = None if parts[0].uniform_weight is None else np.array([p.uniform_weight for p in parts])
    replicates = ParameterArrays(
        np.array([p.weights for p in parts]),
        np.array([p.means for p in parts]),
        np.array([p.covariances for p in parts]),
        uniform,
    )
    return ResampledEstimates(fit.mixture, method, replicates, counts[kept], n_failed, n_collapsed)
