"""Rows of truncated and censored columns: options of an estimator, and predictions for such rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from .._types import Floats, Ints
from ..blocks import Block
from ..bounds import Bounds, log_seen
from ..densities import NOT_EXACT, Densities
from ..engines import Engine
from ..errors import InputError, InputTypeError
from ..graphs import Graph, Output, mixture_outputs
from ..incomplete import log_joint
from ..kernels.censored_rows import Limits, censored_expected
from ..log_space import log_sum_exp
from ..mixture import Mixture
from ..names import columns_in_words
from ..sources import Source
from .kinds import on_host

__all__ = ["BoundedRows", "bounds_of", "check_within"]


def bounds_of(options: Mapping[str, Any], n_features: int) -> Bounds | None:
    """Return the bounds of the options ``bounds`` and ``censored``, or None.

    Raises
    ------
    InputError, InputTypeError
        If they are not two limits in order, or are combined with an option that excludes them.
    """
    truncation = _limits(options.get("bounds"), "bounds", n_features)
    censoring = _limits(options.get("censored"), "censored", n_features)
    if truncation is None and censoring is None:
        return None
    for name in ("noise_component", "trim"):
        if options.get(name):
            raise InputError(
                f"{name} is {options[name]!r} beside {'censored' if truncation is None else 'bounds'}: truncated and "
                "censored columns have no uniform component and no trimming; leave one of them out."
            )
    return Bounds(truncation, censoring)


def _limits(value: Any, name: str, D: int) -> Limits | None:
    if value is None:
        return None
    if isinstance(value, str) or not hasattr(value, "__len__") or len(value) != 2:
        raise InputTypeError(
            f"{name} is {value!r}: give a pair (lower, upper), each None, a number or (D,) array."
        )
    ends = []
    for side, infinite in zip(value, (-np.inf, np.inf), strict=True):
        try:
            array = np.asarray(infinite if side is None else on_host(side), dtype=np.float64)
        except (TypeError, ValueError):
            raise InputTypeError(
                f"{name} has the limit {side!r}: give None, a number or (D,) array."
            ) from None
        if array.shape not in ((), (D,)):
            raise InputError(f"{name} has a limit of shape {array.shape}: give a number, or {D} of them.")
        ends.append(np.array(np.broadcast_to(np.where(np.isnan(array), infinite, array), (D,))))
    lower, upper = ends
    if not (lower < upper).all():
        d = int(np.argmin(lower < upper))
        raise InputError(
            f"{name} is {lower[d]:g} to {upper[d]:g} in column {d}: give a lower limit below the upper."
        )
    return None if np.isinf(lower).all() and np.isinf(upper).all() else Limits(lower, upper)


def check_within(
    source: Source, bounds: Bounds | None, engine: Engine, names: Sequence[str] | None = None
) -> None:
    """Raise InputError if a value lies outside the region of truncation, or rows have measurement errors.

    Parameters
    ----------
    source : Source
        Rows.
    names : (D,) sequence of str, optional
        Of the columns.
    """
    if bounds is None:
        return
    outside = engine.sum(partial(_outside, bounds), source)
    if outside.any():
        d = int(np.argmax(outside > 0))
        assert bounds.truncation is not None
        lower, upper = bounds.truncation.lower[d], bounds.truncation.upper[d]
        raise InputError(
            f"{columns_in_words([d], names)} has {int(outside[d]):,} of its values outside its bounds, {lower:g} to "
            f"{upper:g}: give wider bounds or leave the rows out."
        )


def _outside(bounds: Bounds, block: Block) -> Ints:
    """Return the number of values outside the region, for each column."""
    if block.noise is not None or block.projections is not None:
        raise InputError(NOT_EXACT)
    if bounds.truncation is None:
        return np.zeros(block.n_features, dtype=np.intp)
    lower, upper = bounds.truncation
    return np.asarray(((lower > block.X) | (upper < block.X)).sum(axis=0))


@dataclass(frozen=True, eq=False)
class BoundedRows:
    """Predictions for rows of truncated and censored columns.

    Parameters
    ----------
    mixture : Mixture
        The mixture of the untruncated and uncensored rows.
    """

    mixture: Mixture
    bounds: Bounds

    @cached_property
    def densities(self) -> Densities:
        """The weighted densities, with the limits of censored columns."""
        return replace(self.mixture.densities, limits=self.bounds.censoring)

    @cached_property
    def log_seen(self) -> float:
        """The logarithm of the probability of the region, nats."""
        return log_seen(self.mixture.densities, self.bounds)

    def _log_joint(self, X: Any) -> Floats:
        return log_joint(self.densities, self._block(X))

    def _block(self, X: Any) -> Block:
        return Block(X, holes=bool(np.isnan(X).any()))

    def predict(self, X: Any, noise: Any = None, projections: Any = None) -> Ints:
        """Return the most probable component of each row."""
        return np.asarray(self._log_joint(X).argmax(axis=1))

    def responsibilities(self, X: Any, noise: Any = None, projections: Any = None) -> Floats:
        """Return the probability of each component, given what is known of a row."""
        joint = self._log_joint(X)
        return np.asarray(np.exp(joint - log_sum_exp(joint)[:, None]))

    def log_prob(self, X: Any, noise: Any = None, projections: Any = None) -> Floats:
        """Return the log-density within the region; censored values count by their probability beyond the limit."""
        return log_sum_exp(self._log_joint(X)) - self.log_seen

    def onnx_outputs(self, graph: Graph, rows: str) -> list[Output]:
        """Add the predictions for rows within the region to a graph.

        Raises
        ------
        InputError
            If columns are censored.
        """
        if self.bounds.censoring is not None:
            raise InputError(
                "censored columns have no form in ONNX, since a censored value has a probability and no density: give "
                "model.mixture_, the mixture of the true values."
            )
        label, probabilities, score = mixture_outputs(graph, rows, self.mixture)
        value = graph.add("Sub", score.value, graph.constant(np.array(self.log_seen)))
        return [label, probabilities, replace(score, value=value)]

    def impute(self, X: Any, noise: Any = None) -> Floats:
        """Return the rows with expected values in the place of missing and of censored ones."""
        rows = np.array(X, dtype=np.float64)
        unknown = np.isnan(rows)
        limits = self.bounds.censoring
        if limits is None:
            return self.mixture.impute(rows)
        with np.errstate(invalid="ignore"):
            unknown |= (rows <= limits.lower) | (rows >= limits.upper)
        found = censored_expected(
            self._block(rows).observations(self.mixture.n_components), self.densities.dense_gaussians, limits
        )
        rows[unknown] = found[unknown]
        return rows
