"""Estimates from resampling: standard errors, bias and intervals of parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np

from .._types import Floats
from ..errors import InputError
from ..mixture import Mixture
from .data_frames import parameter_table
from .normal_intervals import LOGIT, PLAIN, Scale, normal_interval, of_covariances

__all__ = ["Intervals", "Method", "ParameterArrays", "ResampledEstimates", "as_level"]

Method: TypeAlias = Literal["nonparametric", "weighted", "parametric", "jackknife"]

_INTERVALS = ("auto", "percentile", "normal")
_NAMES = {
    "nonparametric": "nonparametric bootstrap",
    "weighted": "weighted likelihood bootstrap",
    "parametric": "parametric bootstrap",
    "jackknife": "jackknife",
}


@dataclass(frozen=True, eq=False)
class ParameterArrays:
    """A number for each parameter of a mixture, such as its standard error.

    Attributes
    ----------
    weights : (K,) array
        Of the weights of the components.
    means : (K, D) array
        Of their means, in the units of the columns.
    covariances : array
        Of their covariances, in the shape of ``covariances_`` and in squared units.
    uniform_weight : float or None
        Of the weight of the uniform component, if there is one.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix import inference
    >>> inference.ParameterArrays(np.ones(2), np.zeros((2, 1)), np.ones(2)).uniform_weight is None
    True
    """

    weights: Floats
    means: Floats
    covariances: Floats
    uniform_weight: Any = None

    def map(self, function: Callable[[Floats], Floats]) -> ParameterArrays:
        """Return a function of each array.

        Parameters
        ----------
        function : callable
            From an array to an array.

        Returns
        -------
        ParameterArrays
            Results of the function.
        """
        uniform = None if self.uniform_weight is None else function(np.asarray(self.uniform_weight))
        return ParameterArrays(
            function(self.weights), function(self.means), function(self.covariances), uniform
        )


@dataclass(frozen=True)
class Intervals:
    """Confidence intervals of all parameters of a mixture.

    Attributes
    ----------
    level : float
        The confidence level.
    lower, upper : ParameterArrays
        The ends of the intervals.

    Examples
    --------
    >>> from gaussmix import GaussianMixture, datasets, inference
    >>> X = datasets.load_faithful().data
    >>> model = GaussianMixture(2, random_state=0).fit(X)
    >>> inference.bootstrap(model, X, n_replicates=100, random_state=0).intervals(0.9).level
    0.9
    """

    level: float
    lower: ParameterArrays
    upper: ParameterArrays


@dataclass(frozen=True, eq=False, repr=False)
class ResampledEstimates:
    """Parameters of mixtures fitted to B resamples of the rows, with standard errors and intervals.

    Attributes
    ----------
    mixture : Mixture
        The mixture of the fit; its numbering of components is that of the replicates.
    method : "nonparametric", "weighted", "parametric" or "jackknife"
        The method of resampling.
    replicates : ParameterArrays
        The estimates of the replicates: weights (B, K), means (B, K, D), covariances (B, …).
    counts : (B,) array
        Weights of the replicates: in a jackknife the weight of the row left out, else 1.
    n_failed : int
        Number of replicates without a possible fit, which are left out.
    n_collapsed : int
        Number of replicates with a collapsed component, which are left out.

    Examples
    --------
    >>> from gaussmix import GaussianMixture, datasets, inference
    >>> X = datasets.load_faithful().data
    >>> model = GaussianMixture(2, random_state=0).fit(X)
    >>> resampled = inference.bootstrap(model, X, n_replicates=100, random_state=0)
    >>> resampled
    <ResampledEstimates: nonparametric bootstrap, 100 replicates of 2 components in 2 columns>
    >>> resampled.standard_errors.means.shape
    (2, 2)
    """

    mixture: Mixture
    method: Method
    replicates: ParameterArrays = field(repr=False)
    counts: Floats = field(repr=False)
    n_failed: int = 0
    n_collapsed: int = 0

    @property
    def n_replicates(self) -> int:
        """The number B of replicates, without those left out."""
        return len(self.counts)

    @property
    def estimates(self) -> ParameterArrays:
        """The parameters of the fit."""
        mixture = self.mixture
        uniform = None if mixture.uniform is None else np.asarray(mixture.uniform.weight)
        return ParameterArrays(mixture.weights, mixture.means, mixture.covariances.natural, uniform)

    @cached_property
    def standard_errors(self) -> ParameterArrays:
        """The standard deviation of the replicates; of a jackknife √((n − 1)/n Σ (θᵢ − θ̄)²)."""
        total = float(self.counts.sum())
        factor = (total - 1.0) / total if self.method == "jackknife" else 1.0 / (total - 1.0)
        return self.replicates.map(lambda array: np.sqrt(factor * self._sum(np.square(self._centred(array)))))

    @cached_property
    def bias(self) -> ParameterArrays:
        """The estimated bias: mean of the replicates less the estimate, times n − 1 for a jackknife.

        The corrected estimate is the estimate less the bias.
        """
        total = float(self.counts.sum())
        factor = total - 1.0 if self.method == "jackknife" else 1.0
        mean, estimates = self.replicates.map(lambda array: self._sum(array) / total), self.estimates
        uniform = (
            None if mean.uniform_weight is None else factor * (mean.uniform_weight - estimates.uniform_weight)
        )
        return ParameterArrays(
            factor * (mean.weights - estimates.weights),
            factor * (mean.means - estimates.means),
            factor * (mean.covariances - estimates.covariances),
            uniform,
        )

    def intervals(self, level: float = 0.95, kind: str = "auto") -> Intervals:
        """Return a confidence interval for each parameter.

        Normal intervals are symmetric about the estimate less its bias, on the scale of the logarithms of variances and
        of the logits of weights: variances are above 0, and weights between 0 and 1. Percentiles cover less where
        estimates are biased, as those of variances are.

        Parameters
        ----------
        level : float
            The probability, in (0, 1).
        kind : {"auto", "percentile", "normal"}, default="auto"
            "percentile" takes percentiles of the replicates, "normal" normal quantiles times standard errors. "auto" is
            "percentile" for a bootstrap and "normal" for a jackknife.

        Returns
        -------
        Intervals
            Lower and upper ends, in the shapes of the parameters.

        Raises
        ------
        InputError
            If the level is not between 0 and 1, or a jackknife is asked for percentiles.

        References
        ----------
        Davison, A. C. and Hinkley, D. V. (1997). Bootstrap Methods and their Application. Cambridge University Press,
        chapter 5.
        """
        tail = 0.5 * (1.0 - as_level(level))
        if kind not in _INTERVALS or (kind == "percentile" and self.method == "jackknife"):
            allowed = [name for name in _INTERVALS if name != "percentile" or self.method != "jackknife"]
            raise InputError(f"kind is {kind!r}: give one of {', '.join(map(repr, allowed))}.")
        if kind == "normal" or self.method == "jackknife":
            return self._normal_intervals(level, tail)
        lower, upper = (
            self.replicates.map(lambda array, share=share: np.asarray(np.quantile(array, share, axis=0)))  # type: ignore[misc]
            for share in (tail, 1.0 - tail)
        )
        return Intervals(level, lower, upper)

    def _normal_intervals(self, level: float, tail: float) -> Intervals:
        jackknife, held, estimates = self.method == "jackknife", self.replicates, self.estimates

        def interval(replicates: Floats, estimate: Floats, scale: Scale) -> tuple[Floats, Floats]:
            return normal_interval(replicates, estimate, self.counts, jackknife, tail, scale)

        matrices = self.mixture.family.frame.full and estimates.covariances.ndim > 1
        parts = [
            interval(held.weights, estimates.weights, LOGIT),
            interval(held.means, estimates.means, PLAIN),
            of_covariances(interval, held.covariances, estimates.covariances, matrices),
        ]
        if estimates.uniform_weight is not None:
            parts.append(interval(held.uniform_weight, estimates.uniform_weight, LOGIT))
        lower, upper = (ParameterArrays(*(part[end] for part in parts)) for end in (0, 1))
        return Intervals(level, lower, upper)

    def table(self, level: float = 0.95, kind: str = "auto") -> Any:
        """Return estimates, standard errors and intervals as a table, a line for each parameter.

        Parameters
        ----------
        level : float
            The probability of the intervals, in (0, 1).
        kind : {"auto", "percentile", "normal"}, default="auto"
            The kind of the intervals, as in :meth:`intervals`.

        Returns
        -------
        pandas.DataFrame
            Columns "parameter", "component", "column", "estimate", "standard_error", "lower", "upper". Covariances are
            those of pairs of columns, each once.

        Raises
        ------
        MissingDependencyError
            If pandas is not installed.
        """
        intervals = self.intervals(level, kind)
        parts = {
            "estimate": self.estimates,
            "standard_error": self.standard_errors,
            "lower": intervals.lower,
            "upper": intervals.upper,
        }
        return parameter_table(self.mixture, parts)

    def _sum(self, array: Floats) -> Floats:
        """Return the weighted sum over the replicates."""
        return np.asarray(np.tensordot(self.counts, array, axes=1))

    def _centred(self, array: Floats) -> Floats:
        return np.asarray(array - self._sum(array) / self.counts.sum())

    def __repr__(self) -> str:
        K, D, B = self.mixture.n_components, self.mixture.n_features, self.n_replicates
        left_out = [
            f"{count} without a fit" if kind == "failed" else f"{count} with a collapsed component"
            for kind, count in (("failed", self.n_failed), ("collapsed", self.n_collapsed))
            if count
        ]
        more = f"; left out: {', '.join(left_out)}" if left_out else ""
        components, columns = f"{K} component{'s' * (K > 1)}", f"{D} column{'s' * (D > 1)}"
        return f"<ResampledEstimates: {_NAMES[self.method]}, {B:,} replicates of {components} in {columns}{more}>"


def as_level(level: Any) -> float:
    """Return a probability between 0 and 1, or raise InputError."""
    value = float(level) if isinstance(level, (int, float, np.floating)) else np.nan
    if not 0.0 < value < 1.0:
        raise InputError(f"level is {level!r}: give a probability between 0 and 1, such as 0.95.")
    return value
