"""BayesianGaussianMixture: the variational estimator, with scikit-learn's contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn, Self

import numpy as np
from sklearn.base import DensityMixin
from sklearn.exceptions import NotFittedError

from .._types import Floats
from ..distributed.collections import engine_for
from ..engines import opened
from ..errors import recorded_warnings
from ..estimation import FitPlan, Trace, fit_mixture
from ..estimation.interrupted import FitInterrupted
from ..fitting import Callback, Checkpoint, RunResult
from ..mixture import Mixture
from ..validation import as_generator
from ..variational import Posterior, VariationalMixture
from .base import WithDefaults
from .bayesian_options import bayesian_plan
from .callbacks import CallbackSupportMixin, FitTasks, has_callbacks, with_callbacks
from .checkpoints import as_checkpoint, journal_in
from .completion import CompletingMixture
from .fitting_rows import FittingRows, starting_at, warn_unless_converged
from .kinds import ArrayKind
from .options import check_flag, engine_of
from .progress import IterationLines
from .rows import Features, keep_fit

__all__ = ["BayesianGaussianMixture"]


class BayesianGaussianMixture(
    CallbackSupportMixin, FittingRows, CompletingMixture, DensityMixin, WithDefaults
):
    r"""Fit a Bayesian Gaussian mixture to rows by variational inference, with a bound on the evidence.

    .. math:: \log p(X) \ge \mathcal{L}(q) = E_q \log \frac{p(X, z, p, \mu, \Lambda)}{q(z) \, q(p, \mu, \Lambda)}

    K is the maximum number of components: the data leave components without rows where the weights' concentration is
    small. Parameters, attributes and methods of ``sklearn.mixture.BayesianGaussianMixture`` have the same meaning here,
    but for the constants of the bound and the distribution of variances (see :attr:`lower_bound_` and the notes).

    Parameters
    ----------
    n_components : int, default=1
        Maximum number of components (K).
    covariance_type : {"full", "tied", "diag", "spherical", "tied-diag", "tied-spherical"} or Family, default="full"
        The covariance family, with a conjugate prior; see :class:`gaussmix.GaussianMixture`.
    tol : "auto", float or StoppingRule, default="auto"
        The stopping rule. "auto": stop when the remaining gain is below 1e-6 nats per row, by Aitken's extrapolation. A
        number: stop when the bound of all rows changes by less, in nats; 0 runs exactly ``max_iter`` iterations.
    reg_covar : "auto" or float, default="auto"
        "auto": nothing, as the prior keeps covariances positive definite. A number, in squared units of the columns, is
        added to the variances of the rows of each component, as in scikit-learn; the bound can then decrease.
    max_iter : int, default=1000
        Maximum number of iterations.
    n_init : int, default=1
        Number of starts, or with a search the minimum number of its runs, and the factor of its budget.
    init_params : str, array, Mixture or callable, default="kmeans"
        The start, as in :class:`gaussmix.GaussianMixture`.
    weight_concentration_prior_type : {"dirichlet_process", "dirichlet_distribution"}, default="dirichlet_process"
        The prior of the weights: stick-breaking of a Dirichlet process, or a Dirichlet distribution.
    weight_concentration_prior : float, optional
        Concentration α₀ of each component or of the process; 1 / K by default. A small one leaves more components
        without rows.
    mean_precision_prior : float, optional
        β₀, the weight of the prior mean in rows; 1 by default.
    mean_prior : (D,) array, optional
        Prior mean of the means; the mean of the rows by default.
    degrees_of_freedom_prior : float, optional
        ν₀ > D − 1, those of the precisions; D by default. A covariance that all components share has K times as many.
    covariance_prior : float or array, optional
        Scale B₀ of the prior of the precisions, in squared units: (D, D) full and tied, (D,) diag, a number for
        spherical. The covariance of the rows by default.
    random_state : int, RandomState, Generator or None, default=None
        Source of random numbers for the starts, the search and :meth:`sample`.
    warm_start : bool, default=False
        Start ``fit`` from the posterior of the last ``fit``.
    verbose : int, default=0
        1 prints lines for iterations, 2 adds times.
    verbose_interval : int, default=10
        Number of iterations between two lines.
    search : {"auto", "likelihood", "off"}, number of seconds or Budget, default="auto"
        The search for the best local maximum: first of the likelihood, as in :class:`gaussmix.GaussianMixture`, and
        from there of the bound, by mergers of two components and by sorting them as a Dirichlet process prefers. "off":
        ``n_init`` starts alone, as in scikit-learn.
    callbacks : callable or list of callables, optional
        Called with a :class:`gaussmix.fitting.Step` after each iteration, which has the bound for each unit of weight
        as its log-likelihood. A callback that returns True stops the fit.
    engine : Engine, optional
        The engine for the passes over the rows, as in :class:`gaussmix.GaussianMixture`.
    noise_component : bool or float, default=False
        Whether to add a uniform component for noise, as in :class:`gaussmix.GaussianMixture`; its weight has a uniform
        prior between 0 and 1.

    Attributes
    ----------
    posterior_ : Posterior
        The posterior distribution of weights, means and covariances.
    mixture_ : Mixture
        The mixture of expected weights, means and precisions.
    weights_ : (K,) array
        Expected weights.
    means_ : (K, D) array
        Expected means.
    covariances_ : array
        Inverses of the expected precisions, in the shapes of :class:`gaussmix.GaussianMixture`.
    precisions_ : array
        Expected precisions.
    precisions_cholesky_ : array
        Upper triangular U with Λ = U Uᵀ; 1/σ for diagonal and spherical ones.
    n_active_ : int
        Number of components with at least one row.
    lower_bound_ : float
        The bound on log p(X) at the last E-step, with all constants, in nats: it can be compared between numbers of
        components, families and priors. scikit-learn's lacks terms that depend on K, D and the prior.
    sklearn_lower_bound_ : float or None
        The value of scikit-learn's ``lower_bound_`` for the same posterior; None for incomplete rows and with a uniform
        component.
    lower_bounds_ : list of float
        The bound at each iteration of the best run.
    converged_ : bool
        Whether the best run converged.
    n_iter_ : int
        Number of iterations of that run.
    trace_ : Trace
        All runs, iteration by iteration, with the bound for each unit of weight in place of the log-likelihood.
    n_features_in_ : int
        Number of columns of the fit (D).
    feature_names_in_ : (D,) array of str
        Names of the columns, if X had names.

    Raises
    ------
    InputError
        If an option or the data are invalid; the message gives the remedy.

    Notes
    -----
    The precisions of "diag" and "spherical" have Gamma distributions, which are conjugate, so that the bound never
    decreases. scikit-learn takes their expected logarithms from a Wishart distribution instead: results differ a little
    for components of few rows.

    Examples
    --------
    >>> from gaussmix import BayesianGaussianMixture
    >>> from gaussmix.datasets import load_faithful
    >>> X = load_faithful().data
    >>> model = BayesianGaussianMixture(6, weight_concentration_prior=1e-3, random_state=0).fit(X)
    >>> model.n_active_
    2
    >>> model.weights_[:2].round(2)
    array([0.64, 0.36])

    References
    ----------
    Bishop, C. M. (2006). Pattern Recognition and Machine Learning, section 10.2. Springer.

    Blei, D. M. and Jordan, M. I. (2006). Variational inference for Dirichlet process mixtures. Bayesian Analysis 1,
    121-143.
    """

    def __init__(
        self,
        n_components: Any = 1,
        *,
        covariance_type: Any = "full",
        tol: Any = "auto",
        reg_covar: Any = "auto",
        max_iter: int = 1000,
        n_init: int = 1,
        init_params: Any = "kmeans",
        weight_concentration_prior_type: str = "dirichlet_process",
        weight_concentration_prior: Any = None,
        mean_precision_prior: Any = None,
        mean_prior: Any = None,
        degrees_of_freedom_prior: Any = None,
        covariance_prior: Any = None,
        random_state: Any = None,
        warm_start: bool = False,
        verbose: int = 0,
        verbose_interval: int = 10,
        search: Any = "auto",
        callbacks: Any = None,
        engine: Any = None,
        noise_component: Any = False,
    ) -> None:
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.weight_concentration_prior_type = weight_concentration_prior_type
        self.weight_concentration_prior = weight_concentration_prior
        self.mean_precision_prior = mean_precision_prior
        self.mean_prior = mean_prior
        self.degrees_of_freedom_prior = degrees_of_freedom_prior
        self.covariance_prior = covariance_prior
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.verbose_interval = verbose_interval
        self.search = search
        self.callbacks = callbacks
        self.engine = engine
        self.noise_component = noise_component

    # Attributes set by keep_fit.
    mixture_: Mixture
    posterior_: Posterior
    trace_: Trace
    converged_: bool
    n_iter_: int
    lower_bound_: float
    lower_bounds_: list[float]
    sklearn_lower_bound_: float | None
    n_features_in_: int

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.array_api_support = True
        tags.input_tags.allow_nan = True
        return tags

    @with_callbacks
    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        noise: Any = None,
        labels: Any = None,
        projections: Any = None,
        checkpoint: Any = None,
    ) -> Self:
        """Fit the posterior to rows.

        Parameters
        ----------
        X : (n, D) array, data frame, path or Source
            Rows, as in :meth:`gaussmix.GaussianMixture.fit`. NaN is a missing value.
        y : ignored
            Present for scikit-learn's interface.
        sample_weight : (n,) array, optional
            Weights of the rows: 2 counts a row twice. Their sum is the number of rows that the posterior has seen.
        noise : (n, D) or (n, D, D) array, optional
            Variances or covariances of the measurement errors of each row, in squared units of the columns.
        labels : (n,) array of int or (n, K) array of bool, optional
            The component of each row, −1 if unknown; or the possible components of each row.
        projections : (n, m, D) or (m, D) array, optional
            Matrices R, if rows (n, m) are projections R v of D true values v, plus errors.
        checkpoint : path or CheckpointFile, optional
            Where the fit is kept while it runs, so that it can continue after a crash.

        Returns
        -------
        self

        Raises
        ------
        InputError
            If the rows or an option are invalid.
        KeyboardInterrupt
            If Ctrl-C is pressed; an estimator without an earlier fit then has the posterior of the last iteration.

        Warns
        -----
        ConvergenceWarning
            If ``max_iter`` iterations were not enough.
        DataWarning
            If a column is constant, or the rows span fewer dimensions than there are columns.
        """
        known = {"sample_weight": sample_weight, "noise": noise, "labels": labels, "projections": projections}
        file = as_checkpoint(checkpoint, vars(self))
        with recorded_warnings() as warnings:
            rows, features = self._known_rows(X, sample_weight, noise, labels, projections)
        kind = ArrayKind.of(X, rows.dtype)
        watchers: list[IterationLines | FitTasks] = [*self._printers()]
        if has_callbacks(self):
            watchers.append(FitTasks(self, features, kind, X, y, known))
        with opened(engine_for(engine_of(self.engine), X)) as engine:
            plan = replace(self._plan(features, watchers), uniform=rows.uniform)
            drawn = plan.draws or self.random_state is not None
            rng = as_generator(self.random_state) if drawn else None
            source = rows.source(plan.n_components)
            if file is not None:
                journal = journal_in(file, self.get_params(deep=False), plan, source, engine, rng)
                plan = replace(plan, journal=journal)
            try:
                result, trace = fit_mixture(source, plan, rng, engine)
                trace = trace.after(warnings)
            except FitInterrupted as interrupt:
                if self.warm_start or not hasattr(self, "mixture_"):
                    self._keep(features, kind, interrupt.result, interrupt.trace)
                raise
        warn_unless_converged(trace.runs[trace.best], plan)
        self._keep(features, kind, result, trace)
        for watcher in watchers:
            watcher.end_fit(trace)
        return self

    def _plan(self, features: Features, watchers: Sequence[Callback]) -> FitPlan:
        options: Mapping[str, Any] = vars(self)
        plan = bayesian_plan(options, features.count, features.names, watchers)
        check_flag(self.warm_start, "warm_start")
        if not self.warm_start:
            return plan
        plan, last = replace(plan, keep=True), self.__dict__.get("mixture_")
        if last is None or (last.n_components, last.n_features) != (plan.n_components, features.count):
            return plan
        if last.family != plan.family:
            return plan
        reached: tuple[Mixture, Checkpoint | None] = getattr(self, "_checkpoint", (last, None))
        return starting_at(plan, last, reached[1] if reached[0] is last else None)

    def _keep(self, features: Features, kind: ArrayKind, result: RunResult, trace: Trace) -> None:
        best, posterior = trace.runs[trace.best], result.posterior
        mixture = posterior.mixture.named(features.texts)
        # The counts of the posterior sum to it but for rounding; the result of an interrupted fit has no total.
        n = posterior.total_weight if result.total_weight is None else result.total_weight
        keep_fit(
            self,
            features,
            mixture_=mixture,
            posterior_=posterior,
            _kind=kind,
            trace_=trace,
            _checkpoint=(mixture, result.checkpoint),
            converged_=best.status == "converged",
            n_iter_=best.n_iterations,
            lower_bound_=float(result.objective) * n,
            lower_bounds_=(best.log_likelihood * n).tolist(),
            sklearn_lower_bound_=posterior.sklearn_bound,
        )

    @property
    def has_posterior(self) -> bool:
        """Whether the parameters are those of a posterior, and were not assigned since."""
        posterior, mixture = self.__dict__.get("posterior_"), self.__dict__.get("mixture_")
        if posterior is None or mixture is None or mixture.covariances is not posterior.covariances:
            return False
        same = np.array_equal(mixture.means, posterior.means)
        return same and np.array_equal(mixture.weights, posterior.mixture.weights)

    def _fitted(self) -> Mixture:
        """Return the mixture, with the expected log-densities of the posterior where there is one."""
        mixture = super()._fitted()
        if not self.has_posterior:
            return mixture
        return VariationalMixture.of_posterior(self.posterior_, mixture.feature_names)

    def _posterior(self) -> Posterior:
        super()._fitted()
        if not self.has_posterior:
            raise NotFittedError(
                "the parameters of this BayesianGaussianMixture were assigned, and have no posterior: call fit."
            )
        return self.posterior_

    def pruned(self) -> Mixture:
        """Return the mixture of the components with at least one row, with weights of sum one.

        Returns
        -------
        Mixture
            Of ``n_active_`` components; of all if none has a row.

        Examples
        --------
        >>> from gaussmix import BayesianGaussianMixture, datasets
        >>> model = BayesianGaussianMixture(6, random_state=0).fit(datasets.load_faithful().data)
        >>> model.pruned().n_components == model.n_active_
        True
        """
        active = np.flatnonzero(self._posterior().active)
        return self.mixture_.take(active if len(active) else np.arange(self.mixture_.n_components))

    @property
    def n_active_(self) -> int:
        """Number of components with at least one row."""
        return int(np.count_nonzero(self._posterior().active))

    @property
    def weight_concentration_(self) -> Any:
        """Posterior concentrations of the weights, (K,); of a Dirichlet process the two parameters of each stick."""
        return self._posterior().weights.concentration

    @property
    def mean_precision_(self) -> Floats:
        """β, the precisions of the means in rows, (K,)."""
        return self._posterior().mean_precisions

    @property
    def degrees_of_freedom_(self) -> Any:
        """ν of the precisions, (K,); for a shared covariance a number, those of all components over K."""
        posterior = self._posterior()
        dof = posterior.degrees_of_freedom
        return float(dof[0] / posterior.n_components) if posterior.tied else dof

    @property
    def weight_concentration_prior_(self) -> float:
        """The prior concentration of the weights."""
        return self._posterior().prior.concentration

    @property
    def mean_precision_prior_(self) -> float:
        """β₀, the prior precision of the means in rows."""
        return self._posterior().prior.mean_precision

    @property
    def mean_prior_(self) -> Floats:
        """The prior mean of the means, (D,)."""
        return self._posterior().prior.mean

    @property
    def degrees_of_freedom_prior_(self) -> float:
        """ν₀, the prior degrees of freedom of the precisions."""
        return self._posterior().prior.degrees_of_freedom

    @property
    def covariance_prior_(self) -> Any:
        """The scale of the prior of the precisions: (D, D), (D,) or a number."""
        scale = self._posterior().prior.covariance
        return scale if scale.ndim else float(scale)

    @property
    def partial_fit(self) -> NoReturn:
        """No posterior of batches: fit all rows at once, from a file if they are many."""
        raise AttributeError(
            "BayesianGaussianMixture has no partial_fit: fit all rows at once, from a file if they are many."
        )

    @property
    def aic(self) -> NoReturn:
        """No criterion of maximum likelihood: ``lower_bound_`` compares models."""
        raise AttributeError(_NO_CRITERION.format("aic"))

    @property
    def bic(self) -> NoReturn:
        """No criterion of maximum likelihood: ``lower_bound_`` compares models."""
        raise AttributeError(_NO_CRITERION.format("bic"))

    @property
    def icl(self) -> NoReturn:
        """No criterion of maximum likelihood: ``lower_bound_`` compares models."""
        raise AttributeError(_NO_CRITERION.format("icl"))


_NO_CRITERION = (
    "{} is a criterion of maximum likelihood, and this is a Bayesian fit: compare models by lower_bound_."
)
