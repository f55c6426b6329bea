"""Stopping rules: convergence from the mean log-likelihoods so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..kernels import Pause

__all__ = ["AbsoluteChange", "Aitken", "FixedIterations", "RelativeChange", "StoppingRule", "pause_of"]


class StoppingRule(Protocol):
    """A stopping rule of EM: any object with a method ``converged``.

    Examples
    --------
    >>> class Above:
    ...     def converged(self, objectives):
    ...         return objectives[-1] > -4.16
    >>> import gaussmix
    >>> X = gaussmix.datasets.load_faithful().data
    >>> gaussmix.GaussianMixture(2, tol=Above(), search="off", random_state=0).fit(X).converged_
    True
    """

    def converged(self, objectives: Sequence[float]) -> bool:
        """Return whether to stop.

        Parameters
        ----------
        objectives : sequence of float
            Mean log-likelihood of every iteration so far, in nats for each unit of weight.

        Returns
        -------
        bool
            True to end the run as converged.
        """
        ...


@dataclass(frozen=True)
class AbsoluteChange(StoppingRule):
    """Stop when the mean log-likelihood changes by less than ``tol`` nats, as scikit-learn does.

    Parameters
    ----------
    tol : float
        Nats for each unit of weight.

    Examples
    --------
    >>> AbsoluteChange(1e-3).converged([-2.0, -1.9999])
    True
    """

    tol: float = 1e-3

    def converged(self, objectives: Sequence[float]) -> bool:
        """Return whether the last change is smaller than ``tol``."""
        return len(objectives) > 1 and abs(objectives[-1] - objectives[-2]) < self.tol


@dataclass(frozen=True)
class RelativeChange(StoppingRule):
    """Stop when the log-likelihood changes by less than ``tol`` times itself, as mclust does.

    Parameters
    ----------
    tol : float
        Tolerance relative to 1 + |log-likelihood|.

    Examples
    --------
    >>> RelativeChange(1e-5).converged([-2.0, -1.9999])
    False

    References
    ----------
    Scrucca, L., Fop, M., Murphy, T. B. and Raftery, A. E. (2016). mclust 5. The R Journal 8, 289-317.
    """

    tol: float = 1e-5

    def converged(self, objectives: Sequence[float]) -> bool:
        """Return whether the last change is smaller than ``tol`` · (1 + |log-likelihood|)."""
        if len(objectives) < 2:
            return False
        return abs(objectives[-1] - objectives[-2]) < self.tol * (1.0 + abs(objectives[-1]))


@dataclass(frozen=True)
class Aitken(StoppingRule):
    r"""Stop when the remaining gain, by Aitken's extrapolation, is less than ``tol`` nats.

    With changes δ₁, δ₂ of the last two iterations and their ratio a = δ₂ / δ₁, the remaining gain of a linearly
    convergent sequence is δ₂ a / (1 − a). A slow run with small changes is not stopped early.

    Parameters
    ----------
    tol : float
        Nats for each unit of weight.

    Examples
    --------
    >>> Aitken(1e-3).converged([-3.0, -2.001, -2.0])
    True
    >>> Aitken(1e-3).converged([-2.002, -2.001, -2.0001])
    False

    References
    ----------
    Böhning, D., Dietz, E., Schaub, R., Schlattmann, P. and Lindsay, B. G. (1994). The distribution of the likelihood
    ratio for mixtures of densities from the one-parameter exponential family. Ann. Inst. Statist. Math. 46, 373-388.
    """

    tol: float = 1e-6

    def converged(self, objectives: Sequence[float]) -> bool:
        """Return whether the remaining gain is less than ``tol``."""
        if len(objectives) < 3:
            return False
        last, before = objectives[-1] - objectives[-2], objectives[-2] - objectives[-3]
        if last <= 4e-16 * abs(objectives[-1]):
            return True
        if before <= 0 or last >= before:
            return False
        ratio = last / before
        return last < self.tol and last * ratio / (1.0 - ratio) < self.tol


@dataclass(frozen=True)
class FixedIterations(StoppingRule):
    """Always run the maximum number of iterations.

    Examples
    --------
    >>> FixedIterations().converged([-2.0, -2.0, -2.0])
    False
    """

    def converged(self, objectives: Sequence[float]) -> bool:
        """Return False: the run ends at ``max_iter``."""
        return False


_THRESHOLDS: dict[type, str] = {AbsoluteChange: "change", RelativeChange: "relative", Aitken: "remaining"}


def pause_of(stop: StoppingRule, allowed_fall: float) -> Pause | None:
    """Return the iterations after which a stopping rule may hold, as an argument of the compiled kernels.

    Parameters
    ----------
    stop : StoppingRule
    allowed_fall : float
        The relative decrease of the objective at which a run ends.

    Returns
    -------
    Pause or None
        None for a rule of other classes than those of this module.

    Examples
    --------
    >>> pause_of(AbsoluteChange(1e-3), 1e-9).change
    0.001
    """
    rule: Any = stop
    if type(rule) is FixedIterations:
        return Pause(allowed_fall)
    # A class of its own may have other conditions.
    name = _THRESHOLDS.get(type(rule))
    threshold: dict[str, Any] = {} if name is None else {name: float(rule.tol)}
    return Pause(allowed_fall, **threshold) if threshold else None
