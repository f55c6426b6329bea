"""The options of a fit, as objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..bounds import Bounds
from ..covariances import Family
from ..degrees_of_freedom import DegreesOfFreedom
from ..fitting.callback import Callback
from ..fitting.checkpoint import Checkpoint, Steps
from ..fitting.convergence import StoppingRule
from ..fitting.drivers import driver_of
from ..fitting.initial_values import InitialValues
from ..fitting.journal import Journal
from ..fitting.problem import Problem
from ..fitting.protocols import Driver
from ..fitting.spread import Spread
from ..priors import ConjugatePrior, MclustPrior, PseudoMoments
from ..restrictions import FREE, Restrictions
from ..search.budget import Budget
from ..starts import StartMethod
from ..uniform import Uniform
from ..variational import Variational

__all__ = ["FitPlan", "objective_name"]


def objective_name(variational: bool, prior: bool, trimmed: bool) -> str:
    """Return the name of the objective of a fit.

    Parameters
    ----------
    variational, prior, trimmed : bool
        Whether the fit is a variational one, has a prior, or leaves rows out.

    Examples
    --------
    >>> objective_name(False, True, False)
    'log-posterior'
    """
    if variational:
        return "lower bound"
    return f"{'trimmed ' if trimmed else ''}{'log-posterior' if prior else 'log-likelihood'}"


@dataclass(frozen=True, eq=False)
class FitPlan:
    """The plan of a fit: the options of an estimator as objects.

    Parameters
    ----------
    n_components : int
        Number of mixture components (K).
    family : Family
        The covariance family.
    stop : StoppingRule
        The stopping rule of a run.
    max_iter : int
        Maximum number of iterations of a run.
    start_method : StartMethod
        Computes the initial responsibilities.
    n_init : int
        Number of starts of EM.
    reg_covar : float or None
        A constant added to the diagonal of every covariance; None for the scale-free constraint Σ_k ⪰ ε S.
    given : InitialValues
        Parts of the first mixture.
    accelerate : bool
        Whether EM may be accelerated.
    search : Budget or None
        The budget of the search before EM; None for EM from the starts alone. There is no
        search if any part of the first mixture is given.
    callbacks : sequence of callables
        Called with a :class:`Step` after every iteration and after every move of the search.
    column_names : sequence of str, optional
        Names of the columns, for warnings.
    component_names : sequence of str, optional
        Names of the components, such as those of classes, for warnings.
    keep : bool
        Whether the result has a checkpoint, from which a further fit can continue.
    checkpoint : Checkpoint, optional
        The checkpoint of the fit that gave the first mixture; with the same rows and options, this fit continues it.
    asks_support : bool
        Whether to warn if the rows are too few for the free parameters.
    uniform : Uniform, optional
        The uniform component, with its weight at the start.
    journal : Journal, optional
        The stages of an earlier fit, which this fit continues.
    prior : ConjugatePrior, optional
        The prior of a MAP estimate.
    restrictions : Restrictions
        Fixed and common parameters, a bound of the eigenvalues, a least weight.
    variational : Variational, optional
        The plan of a variational fit, instead of maximum likelihood.
    tails : DegreesOfFreedom, optional
        The rule for the degrees of freedom of t distributed components; they are Gaussian unless given.
    trim : float, default=0.0
        The share of rows of least density that is left out.
    bounds : Bounds, optional
        Truncation and censoring of the columns.

    Examples
    --------
    >>> from gaussmix import Full
    >>> from gaussmix.estimation import FitPlan
    >>> from gaussmix.fitting import Aitken
    >>> from gaussmix.starts import START_METHODS
    >>> plan = FitPlan(3, Full(), Aitken(), max_iter=100, start_method=START_METHODS["kmeans"])
    >>> plan.searches
    False
    """

    n_components: int
    family: Family
    stop: StoppingRule
    max_iter: int
    start_method: StartMethod
    n_init: int = 1
    reg_covar: float | None = None
    given: InitialValues = field(default_factory=InitialValues)
    accelerate: bool = False
    search: Budget | None = None
    callbacks: Sequence[Callback] = ()
    column_names: Sequence[str] | None = None
    component_names: Sequence[str] | None = None
    keep: bool = False
    checkpoint: Checkpoint | None = None
    asks_support: bool = True
    uniform: Uniform | None = None
    journal: Journal | None = None
    prior: ConjugatePrior | None = None
    restrictions: Restrictions = FREE
    variational: Variational | None = None
    tails: DegreesOfFreedom | None = None
    trim: float = 0.0
    bounds: Bounds | None = None

    @property
    def robust(self) -> bool:
        """Whether some rows may be outliers."""
        return self.tails is not None or self.trim > 0

    def driver(self, problem: Problem) -> Driver[Any]:
        """Return the driver of EM, or of the variational bound.

        Parameters
        ----------
        problem : Problem
            The rows, the model and the engine.

        Returns
        -------
        Driver
            Takes the steps of a run.
        """
        if self.variational is not None:
            return self.variational.driver(problem)
        return driver_of(problem, self.stop, self.accelerate)

    @property
    def steps(self) -> Steps:
        """The options that determine the steps of a run on the same rows."""
        key = None if self.variational is None else self.variational.key
        return Steps(
            self.family,
            self.reg_covar,
            self.accelerate,
            self.stop,
            self.prior,
            self.restrictions,
            key,
            None if self.tails is None else self.tails.steps,
            self.trim,
            self.bounds,
            None if self.uniform is None else self.uniform.log_volume,
        )

    @property
    def compares_columns(self) -> bool:
        """Whether the estimate depends on the ratios of the units of the columns."""
        isotropic = isinstance(self.prior, MclustPrior) and not self.family.frame.full
        return isotropic or not self.family.scales_columns or self.restrictions.bounds_ratio

    def begun(self, family: Family) -> FitPlan:
        """Return the plan of one fit, with its journal and covariance family.

        Parameters
        ----------
        family : Family
            The covariance family.

        Returns
        -------
        FitPlan
            The plan with the journal of an earlier fit, or a new one.
        """
        return self._with(family=family, journal=self.stages)

    def among_others(self, uniform: Uniform | None) -> FitPlan:
        """Return the plan of a model of a selection, which does not warn of few rows.

        Parameters
        ----------
        uniform : Uniform, optional
            The uniform component.

        Returns
        -------
        FitPlan
            The plan with this component.
        """
        return self._with(uniform=uniform, asks_support=False)

    def _with(self, **values: object) -> FitPlan:
        # dataclasses.replace would take as long as four iterations of a small fit.
        plan = object.__new__(type(self))
        plan.__dict__.update(self.__dict__, **values)
        return plan

    @property
    def stages(self) -> Journal:
        """The journal of the fit."""
        return self.journal or Journal()

    @property
    def searches(self) -> bool:
        """Whether there is a search before EM."""
        return self.search is not None and self.max_iter > 0 and not self.given.anything

    @property
    def objective(self) -> str:
        """The name of what the iterations increase."""
        return objective_name(self.variational is not None, self.prior is not None, self.trim > 0)

    @property
    def plain(self) -> bool:
        """Whether the fit is of maximum likelihood, without a prior and restrictions."""
        return self.prior is None and not self.restrictions.anything

    def pseudo_moments(self, spread: Spread, total_weight: float) -> PseudoMoments | None:
        """Return the pseudo-moments of the prior, or None without one.

        Parameters
        ----------
        spread : Spread
            Mean and covariance of the rows.
        total_weight : float
            Sum of their weights as they were given: rows in canonical order have weights of mean one, and the prior
            beside them is as strong as beside the rows given.

        Returns
        -------
        PseudoMoments or None
            For the family and K components.
        """
        if self.prior is None:
            return None
        K, mean, scale = self.n_components, spread.mean, spread.scale
        pseudo = self.prior.pseudo_moments(self.family, K, mean, scale, total_weight)
        return pseudo.scaled(spread.total_weight / total_weight)

    def n_fixed(self, n_features: int) -> int:
        """Return the number of parameters that restrictions take from the free ones.

        Parameters
        ----------
        n_features : int
            Number of columns (D).

        Returns
        -------
        int
            Zero without fixed and common parameters.
        """
        uniform = self.uniform is not None
        return self.restrictions.n_fixed(self.family, self.n_components, n_features, uniform)

    @property
    def needs_moments(self) -> bool:
        """Whether the fit needs mean and covariance of all rows: for the bound of the covariances, or for the start."""
        return self.reg_covar is None or self.draws

    @property
    def draws(self) -> bool:
        """Whether the start depends on random numbers."""
        return not self.given.whole

    def starting_at(self, given: InitialValues, checkpoint: Checkpoint | None = None) -> FitPlan:
        """Return the same plan with one start, at given parts of a mixture.

        Parameters
        ----------
        given : InitialValues
            Parts of the first mixture.
        checkpoint : Checkpoint, optional
            Of a fit that ended with that mixture.

        Returns
        -------
        FitPlan
            The plan with ``n_init=1``.
        """
        return replace(self, given=given, n_init=1, checkpoint=checkpoint)
