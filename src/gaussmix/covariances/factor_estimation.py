r"""Maximum likelihood of factor analysers for given second moments: steps until they converge.

Given the scatter :math:`n_k S_k` of each component, :math:`-\tfrac12 \sum_k n_k (\log |\Sigma_k| + \mathrm{tr}\,
\Sigma_k^{-1} S_k)` is maximised over :math:`\Sigma_k = \Lambda_k \Lambda_k^T + \Psi_k` by conditional steps, each of
which ascends: the loadings given the noise, and the noise given the loadings.

Zhao, J.-H., Yu, P. L. H. and Jiang, Q. (2008). ML estimation for factor analysis: EM or non-EM? Stat. Comput. 18,
109-123.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from .._types import Floats
from ..kernels.low_rank import basis_of, roots_of
from .covariances import Covariances
from .factor_step import FactorMoments, NoiseStep, Parameters, conditional_step

__all__ = ["dense_estimate"]

_SINGULAR = 1e-100
_SETTLED = 1e-11


class _Steps(ABC):
    """Steps from covariance matrices S_k (K, D, D) of components of given counts."""

    def __init__(self, S: Floats, counts: Floats, noise: NoiseStep) -> None:
        self.S, self.counts, self.noise = S, counts, noise

    @abstractmethod
    def step(self, now: Parameters) -> tuple[Parameters, float]:
        """Return the parameters after a step, and the objective before it."""

    @abstractmethod
    def result(self, now: Parameters) -> tuple[Floats, Covariances]:
        """Return loadings and noise of parameters."""

    def _objective(self, log_determinants: Floats, traces: Floats) -> float:
        return float(-0.5 * self.counts @ (log_determinants + traces))


class _FreeLoadings(_Steps):
    """Loadings of each component, the most likely ones for given noise; the iteration is over the noise alone."""

    def __init__(self, S: Floats, noise: NoiseStep, n_factors: int) -> None:
        super().__init__(S, noise.counts, noise)
        self.n_factors = n_factors

    def _loadings(self, noise: Floats) -> tuple[Floats, Floats]:
        """Return the loadings (K, D, q) of most likelihood, and their eigenvalues l ≥ 1 (K, q).

        They are Ψ^{1/2} U (l − 1)^{1/2}, with eigenvectors U and eigenvalues l of Ψ^{−1/2} S Ψ^{−1/2}.
        """
        deviation = np.sqrt(noise)
        values, vectors = np.linalg.eigh(self.S / deviation[:, :, None] / deviation[:, None, :])
        first = values.shape[1] - self.n_factors
        top = np.maximum(values[:, first:], 1.0)
        return deviation[:, :, None] * vectors[:, :, first:] * np.sqrt(top - 1.0)[:, None, :], top

    def step(self, now: Parameters) -> tuple[Parameters, float]:
        loadings, top = self._loadings(now.noise)
        log_determinants = np.log(now.noise).sum(axis=1) + np.log(top).sum(axis=1)
        traces = (self.noise.variances / now.noise).sum(axis=1) - (top - 1.0).sum(axis=1)
        if self.noise.separate:
            # EM takes a long way where a variance tends to zero.
            after = _noise_by_column(self.S, loadings, now.noise, self.noise.feasible(self.noise.least))
        else:
            residual = self.noise.variances - np.square(loadings).sum(axis=2)
            after = self.noise.estimate(residual, now.noise).in_frame()
        return Parameters(now.loadings, after), self._objective(log_determinants, traces)

    def result(self, now: Parameters) -> tuple[Floats, Covariances]:
        loadings, _ = self._loadings(now.noise)
        return loadings, self.noise.family.nearest(now.noise, self.counts)


def _noise_by_column(S: Floats, loadings: Floats, noise: Floats, least: Floats) -> Floats:
    """Return the noise after the variance of one column after the other was set to the most likely given all others.

    With P = Σ⁻¹ that of column d grows by ((P S P)_dd − P_dd) / P_dd², and P changes by a matrix of rank one.
    """
    after = noise.copy()
    w = 1.0 / np.sqrt(noise)[:, :, None]
    basis = basis_of(np.concatenate([w, w * loadings], axis=2))
    P = (1.0 / noise)[:, :, None] * np.eye(noise.shape[1]) - basis @ basis.swapaxes(1, 2)
    for d in range(noise.shape[1]):
        p = P[:, d]
        own = p[:, d]
        gain = (p * (S @ p[:, :, None])[:, :, 0]).sum(axis=1) - own
        target = np.maximum(noise[:, d] + gain / np.maximum(own * own, _SINGULAR), least[:, d])
        shrinking = 1.0 + (target - noise[:, d]) * own
        # Where rounding leaves nothing of a variance given the others, it stays as it is.
        lost = ~(shrinking > _SINGULAR)
        target[lost], shrinking[lost] = noise[lost, d], 1.0
        after[:, d], change = target, target - noise[:, d]
        P -= (change / shrinking)[:, None, None] * p[:, :, None] * p[:, None, :]
    return after


class _SharedLoadings(_Steps):
    """Loadings common to all components, or fixed, with noise of each component."""

    def __init__(self, S: Floats, noise: NoiseStep, fixed: bool) -> None:
        super().__init__(S, noise.counts, noise)
        self.fixed = fixed

    def step(self, now: Parameters) -> tuple[Parameters, float]:
        w = 1.0 / np.sqrt(now.noise)[:, :, None]
        H = w * now.loadings
        roots = roots_of(H)
        basis = w * (H @ roots)
        product = self.S @ basis
        inverse = np.diagonal(roots, axis1=1, axis2=2)
        log_determinants = np.log(now.noise).sum(axis=1) - 2.0 * np.log(inverse).sum(axis=1)
        inside = np.einsum("kdq,kdq->k", basis, product)
        traces = (self.noise.variances / now.noise).sum(axis=1) - inside
        moments = FactorMoments.of(self.noise.variances, product, basis, roots)
        loadings, noise = conditional_step(moments, now, self.noise, True, self.fixed)
        return Parameters(loadings, noise.in_frame()), self._objective(log_determinants, traces)

    def result(self, now: Parameters) -> tuple[Floats, Covariances]:
        return now.loadings, self.noise.family.nearest(now.noise, self.counts)


def dense_estimate(
    S: Floats, noise: NoiseStep, start: Parameters, shared: bool, cycles: int, fixed: bool = False
) -> tuple[Floats, Covariances]:
    """Return loadings (K, D, q) and noise of most likelihood for covariance matrices S_k (K, D, D).

    Parameters
    ----------
    S : (K, D, D) array
    shared : bool
        Whether all components have the same loadings.
    cycles : int
        Largest number of extrapolations; without one, a single step.
    fixed : bool, default=False
        Whether the loadings stay as they are.
    """
    steps: _Steps
    if shared or fixed:
        steps = _SharedLoadings(S, noise, fixed)
    else:
        steps = _FreeLoadings(S, noise, start.loadings.shape[2])
        start = Parameters(np.zeros((*start.noise.shape, 0)), start.noise)
    return steps.result(_converged(steps, start, cycles))


def _converged(steps: _Steps, start: Parameters, cycles: int) -> Parameters:
    """Return the limit of steps with squared extrapolation, or the result after a number of cycles.

    Varadhan, R. and Roland, C. (2008). Simple and globally convergent methods for accelerating the convergence of any
    EM algorithm. Scand. J. Statist. 35, 335-353.
    """
    if cycles == 0:
        return steps.step(start)[0]
    now = start
    for _ in range(cycles):
        first, _ = steps.step(now)
        second, objective = steps.step(first)
        if _left(_change(first, now), _change(second, first)) < _SETTLED:
            return second
        jump = _extrapolated(now, first, second, steps.noise)
        now = second
        if jump is not None:
            beyond, reached = steps.step(jump)
            now = beyond if reached >= objective else second
    return now


def _flat(parameters: Parameters) -> Floats:
    return np.concatenate([parameters.loadings.ravel(), np.log(parameters.noise).ravel()])


def _extrapolated(
    now: Parameters, first: Parameters, second: Parameters, bound: NoiseStep
) -> Parameters | None:
    """Return the squared extrapolation of three successive parameters; None if there is none."""
    origin = _flat(now)
    r = _flat(first) - origin
    v = _flat(second) - origin - 2.0 * r
    length = float(np.linalg.norm(v))
    if not length > 0:
        return None
    ratio = min(-float(np.linalg.norm(r)) / length, -1.0)
    with np.errstate(over="ignore", invalid="ignore"):
        jump = origin - 2.0 * ratio * r + ratio * ratio * v
        cut = now.loadings.size
        noise = np.exp(jump[cut:]).reshape(now.noise.shape)
    loadings = jump[:cut].reshape(now.loadings.shape)
    usable = np.isfinite(jump).all() and np.isfinite(noise).all() and (noise > 0).all()
    return Parameters(loadings, bound.feasible(noise)) if usable else None


def _left(before: float, last: float) -> float:
    """Return how far a linear sequence is from its limit, by its last two changes; those of rounding are the limit."""
    if last < 100.0 * np.finfo(np.float64).eps:
        return 0.0
    return last * last / (before - last) if before > last else np.inf


def _change(after: Parameters, before: Parameters) -> float:
    """Return the largest relative change of a variance or of the length of a row of loadings."""
    noise = np.abs(np.log(after.noise / before.noise)).max(initial=0.0)
    lengths = np.sqrt(np.square(after.loadings).sum(axis=2) + after.noise)
    rows = np.abs(after.loadings - before.loadings).max(axis=2, initial=0.0) / lengths
    return float(max(noise, rows.max(initial=0.0)))
