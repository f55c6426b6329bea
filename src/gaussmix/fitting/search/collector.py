"""Collectors: one broad component for the rows that a mixture explains worst, wherever they lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ... import kernels
from ..._types import Floats
from ...errors import SingularCovarianceError
from .candidates import Candidate, Found, with_looks
from .climb import View
from .partial import Part, Scene, moments_of, partial_em
from .table import Table

__all__ = ["collector", "collectors"]

WORST = 0.05
"""The share of all rows that a collector begins with."""
SMALLEST = 3
"""So many of the smallest components may leave their place to one."""
SAME = 0.5
"""A collector that answers for this share of the rows of the component in whose place it is is that component."""
ROUNDS, ITERATIONS = 3, 4
"""How often its weight is found anew, and the iterations of partial EM in between."""


def collectors(table: Table, view: View, beside: Found, mergers: Sequence[Candidate]) -> list[Candidate]:
    """Return the changes of a mixture that make room for a collector, the most promising first.

    One of the smallest components leaves its place, or two are merged that lose least by it.

    Parameters
    ----------
    table : Table
    view : View
    beside : Part and float
        A collector beside all components, and its gain.
    mergers : sequence of Candidate
        What it costs to merge pairs.
    """
    smallest = [int(j) for j in np.argsort(view.mixture.weights, kind="stable")[:SMALLEST]]
    found = [beside, *(collector(table, view, j) for j in smallest)]
    groups: list[tuple[int, ...]] = [(), *((j,) for j in smallest)]
    added, *told = with_looks(table, view.mixture, groups, found, "gathering")
    merger = max(mergers, key=lambda merger: merger.net)
    told += [added.beside(merger)] if merger.parts else []
    return sorted((candidate for candidate in told if candidate.parts), key=lambda candidate: -candidate.net)


def collector(table: Table, view: View, without: int | None = None) -> Found:
    r"""Return a component beside a mixture f for the rows that f explains worst, and what all rows gain by it, nats.

    .. math:: \sum_n w_n \log \frac{(1 - \epsilon) f(x_n) + \epsilon N(x_n \mid \mu, \Sigma)}{p(x_n)}

    climbs by EM on ε, μ and Σ alone, with f the mixture p, or what is left of it without a component that is to be the
    collector. Tails and noise of all clusters gain most by such a component, and no split of one of them foretells it.
    None where components share a covariance and in tables of few rows. Its weight is such that those of all components,
    made to sum to one again, are those of the formula.

    Parameters
    ----------
    table : Table
    view : View
        Of p.
    without : int, optional
        The component that f lacks.

    References
    ----------
    Verbeek, J. J., Vlassis, N. and Kröse, B. (2003). Efficient greedy learning of Gaussian mixture models. Neural
    Computation 15, 469-485: components that are added to a frozen mixture.
    """
    if not table.foretells:
        return None, -np.inf
    try:
        return _climbed(table, view, without)
    except SingularCovarianceError:
        return None, -np.inf


def _climbed(table: Table, view: View, without: int | None) -> Found:
    others, kept = view.log_prob, 1.0
    if without is not None:
        left = np.maximum(1.0 - view.responsibilities[:, without], 1e-16)
        kept = 1.0 - float(view.mixture.weights[without])
        others = others + np.log(left) - np.log(kept)
    part, gain = _first(table, others), -np.inf
    for _ in range(ROUNDS):
        scene = _scene(table, others, view.objective, part)
        part, gain = partial_em(table, scene, part, ITERATIONS)
        if gain == -np.inf:
            return None, gain
        share = float(moments_of(scene, part).counts[0]) / table.total_weight
        part = replace(part, weights=np.array([min(max(share, 1e-6), 0.5)]))
    if without is not None and gain < table.worth and _is(table, view, without, others, part):
        return None, -np.inf  # that component was the collector already
    return replace(part, weights=part.weights * kept / (1.0 - part.weights)), gain


def _first(table: Table, others: Floats) -> Part:
    """Return the component of the rows of least density."""
    last = int(WORST * (len(others) - 1))
    worst = others <= np.partition(others, last)[last]
    X, weights = table.X[worst], table.weights[worst]
    total = weights.sum()
    mean = weights @ X / total
    deviations = X - mean
    full = table.family.layout == "full"
    scatter = (weights * deviations.T) @ deviations if full else weights @ deviations**2
    covariances = table.family.own.from_scatter(scatter[None], np.array([total]), table.prior)
    return Part(np.array([WORST]), mean[None], covariances)


def _scene(table: Table, others: Floats, objective: float, part: Part) -> Scene:
    """Return the scene in which a component of fixed weight moves before a frozen mixture."""
    background = others + np.log1p(-part.weights[0])
    shares = np.zeros(len(table.X))
    return Scene(table.X, table.rows.Z, table.weights, shares, background, objective, part)


def _is(table: Table, view: View, component: int, others: Floats, part: Part) -> bool:
    """Return whether most of what a component or a collector answers for both answer for."""
    joint = kernels.active.log_joint(table.X, part.means, part.covariances.factors, part.offsets)[:, 0]
    new = np.exp(joint - np.logaddexp(joint, others + np.log1p(-part.weights[0])))
    own = view.responsibilities[:, component]
    return bool(np.minimum(new, own).sum() > SAME * np.maximum(new, own).sum())
