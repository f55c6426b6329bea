"""GaussianMixture: the estimator, with scikit-learn's contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

from sklearn.base import DensityMixin

from ..distributed.collections import engine_for
from ..engines import Engine, opened
from ..errors import recorded_warnings
from ..estimation import FitPlan, Trace, fit_mixture
from ..estimation.fit import trimmed_cutoff
from ..estimation.interrupted import FitInterrupted
from ..fitting import Callback, Checkpoint, RunResult
from ..mixture import Mixture
from ..model_sweep import FittedModel
from ..validation import as_generator
from .automatic import chosen_models, is_automatic, resolved
from .base import WithDefaults
from .bounded_rows import BoundedRows, check_within
from .callbacks import CallbackSupportMixin, FitTasks, has_callbacks, with_callbacks
from .candidates import FitRows
from .checkpoints import as_checkpoint, journal_in
from .fitting_rows import FittingRows, first_uniform, starting_at, warn_unless_converged
from .kinds import ArrayKind
from .options import check_flag, engine_of, plan_of
from .progress import IterationLines
from .rows import Features, keep_fit
from .streams import StreamingMixture
from .trimmed_rows import KeptRows

__all__ = ["GaussianMixture"]


class GaussianMixture(CallbackSupportMixin, FittingRows, StreamingMixture, DensityMixin, WithDefaults):
    r"""Fit a Gaussian mixture to rows by expectation-maximisation (EM), after a search for the best local maximum.

    .. math:: p(x) = \sum_{k=1}^K p_k \, N(x \mid \mu_k, \Sigma_k)

    Parameters, attributes and methods of ``sklearn.mixture.GaussianMixture`` have the same meaning here.
    Shapes: n rows, K components, D features. Log-likelihoods are natural logarithms, in nats.

    Parameters
    ----------
    n_components : int or "auto", default=1
        Number of mixture components (K). "auto" chooses among 1 to 9 components by BIC; see
        :func:`gaussmix.select` for other criteria and numbers.
    covariance_type : {"full", "tied", "diag", "spherical", "tied-diag", "tied-spherical"} or Family, default="full"
        The covariance family. "full": each component has its own covariance; "diag": no correlations; "spherical": one
        variance for all columns; "tied", "tied-diag", "tied-spherical": one covariance for all components. Also the
        names of mclust's fourteen models, "EII" to "VVV" ("E" and "V" with one column; see
        :class:`gaussmix.Decomposed`), and factor analysers, such as "UUU-2" (see :class:`gaussmix.FactorAnalysers`).
        "auto" chooses among the fourteen models of mclust by BIC.
    tol : "auto", float or StoppingRule, default="auto"
        The stopping rule of EM. "auto": stop when the remaining gain is below 1e-6 nats per row, by Aitken's
        extrapolation. A number: stop when the mean log-likelihood changes by less, in nats per row; 0 runs exactly
        ``max_iter`` iterations.
    reg_covar : "auto" or float, default="auto"
        "auto": the constraint Σ_k ⪰ 1e-8 · S with S the covariance of all rows, which does not depend on the units. A
        number, in squared units of the columns, is added to the diagonal, as in scikit-learn.
    max_iter : int, default=1000
        Maximum number of iterations of EM on all rows, from each start or from the result of the search. The search
        has its own budget (see ``search``).
    n_init : int, default=1
        With a search, the minimum number of its runs, and the factor of its budget. Without one, the number of starts
        of EM; the best run is kept.
    init_params : str, array, Mixture or callable, default="kmeans"
        The start of EM. "kmeans", "k-means++", "random" and "random_from_data" assign the rows to components after a
        robust scaling of the columns; "hierarchical" cuts the tree of a model-based agglomerative clustering. Names and
        functions have an effect only without a search.

        - Labels (n,): whole numbers from 0 to K − 1, and −1 for unknown.
        - Responsibilities (n, K): the first mixture is their M-step.
        - Means (K, D), in the units of the columns: the other parameters come from the rows nearest to each mean. An
          array of this shape always holds means.
        - A :class:`Mixture` of K components in D columns.
        - A function of rows, K and a generator that returns responsibilities (m, K) of ``rows.X`` (m, D), a sample of
          at most max(5000, 100 K) rows, with ``rows.weights`` and standardised ``rows.Z``.

        With labels, responsibilities, means or a mixture there is one run of EM and no search. ``weights_init``,
        ``means_init`` and ``precisions_init`` replace the corresponding part.
    weights_init : (K,) array, optional
        Weights of the first mixture.
    means_init : (K, D) array, optional
        Means of the first mixture.
    precisions_init : array, optional
        Inverse covariances of the first mixture: (K, D, D) full, (D, D) tied, (K, D) diag, (K,) spherical,
        (D,) tied-diag, () tied-spherical.
    random_state : int, RandomState, Generator or None, default=None
        Source of random numbers for the starts, the search and :meth:`sample`. An integer gives reproducible results.
    warm_start : bool, default=False
        Start ``fit`` from the mixture of the last ``fit``. With the same rows in the same order and the same options,
        it continues the last run of EM, and the stopping rule uses the iterations of both: several short fits are
        equivalent to a long one. ``n_iter_``, ``lower_bounds_`` and ``trace_`` are those of the last ``fit``. A loaded
        model starts a new run from its mixture.
    verbose : int, default=0
        1 prints a line for each iteration, for each accepted move of the search, and for the verdict; 2 adds
        times, and the rejected moves with their predicted gains.
    verbose_interval : int, default=10
        Number of iterations of EM between two lines.
    search : {"auto", "likelihood", "off"}, number of seconds or Budget, default="auto"
        The search for the best local maximum of the likelihood before EM, by several starts, crossovers of mixtures,
        and split-merge moves (one component is split and two are merged).

        - "auto": at most about the time of scikit-learn with ``n_init=10``, and less if the result is clear earlier.
          With fewer than two rows for each free parameter, the best of six starts.
        - "likelihood": the highest likelihood of mixtures without small components, also with fewer rows, by a thorough
          search. On real tables it takes 5.5 times as long (geometric mean); its budget is 96 times as large.
        - A number: until the result is clear, for at most this many seconds; the result depends on the speed of the
          machine.
        - A :class:`gaussmix.search.Budget`: runs, seconds and others of its options.
        - "off": EM from ``n_init`` starts, as in scikit-learn.

        There is no search with one component and no noise component, with a given start, after a warm start, with
        ``max_iter=0`` ("auto": fewer than 10), or if the rows are too few for K non-degenerate components.
    acceleration : {"auto", "off"}, default="auto"
        "auto" accelerates EM by quasi-Newton steps if it is slow, with ``tol="auto"`` and ``reg_covar="auto"`` only;
        "off" is plain EM. An iteration is a pass over the rows in both, and the log-likelihood never decreases.
    callbacks : callable or list of callables, optional
        Called with a :class:`gaussmix.fitting.Step` after each move of the search (``step.stage`` is "search", and
        ``step.event`` is the move) and after each iteration of EM (``step.stage`` is "EM"). A callback that returns
        True stops the fit.
    engine : Engine or str, optional
        The engine for the passes over the rows in ``fit``, ``score``, ``aic``, ``bic`` and ``icl``, or its name, such
        as "threads:4", "dask://host:8786" or "spark" (:func:`gaussmix.distributed.engine_named`); a
        :class:`gaussmix.engines.ThreadEngine` with a thread for each processor by default, and the cluster's engine
        for rows on a cluster (:mod:`gaussmix.distributed`). Results are bit-identical for all engines.
    noise_component : bool or float, default=False
        Whether to add a uniform component for noise. Its volume is that of the smaller of two boxes around the rows,
        along the columns and along the principal axes; a number is the volume, in the product of the columns' units
        (1 is a volume, and not True).
    prior : {None, "mclust"} or ConjugatePrior, default=None
        A prior of the parameters, for the maximum a posteriori (MAP) estimate: a :class:`gaussmix.ConjugatePrior`, or
        mclust's default prior (:class:`gaussmix.MclustPrior`).
    fix : dict, optional
        Parameters that are not estimated. The keys are "weights", "means" and "covariances"; a value is a list of
        components that keep the values of ``weights_init``, ``means_init`` and ``precisions_init`` (or of a mixture as
        ``init_params``), or "all". With NaN in the rows of the other components, their start comes from the search.
        Other values: "equal" for the weights; "zero" or "shared" for the means.
    max_eigenvalue_ratio : float, optional
        The largest ratio of two eigenvalues of the estimated covariances, over all components (tclust's
        ``restr.fact``); ≥ 1.
    min_weight : float, default=0.0
        The least weight of a component, at most 1/K.
    trim : float, default=0.0
        The share of rows of least density, from 0 to 0.5, that is left out in each step (trimmed likelihood);
        ``predict`` returns −1 for them. Combine it with ``max_eigenvalue_ratio``, as tclust does.
    bounds : (lower, upper), optional
        The region that rows are seen in (truncation): each limit is None, a number or a (D,) array. ``mixture_`` is the
        distribution of all rows, seen or not, and ``score`` the likelihood within the region.
    censored : (lower, upper), optional
        Limits of the measurement: of a value at or beyond a limit only that is known. Forms as for ``bounds``.

    Attributes
    ----------
    mixture_ : Mixture
        The fitted distribution, in float64. The next five attributes are views of it, in float32 if the rows were. An
        assignment to one of them makes a new mixture; on an unfitted estimator, as soon as all of them are set.
    weights_ : (K,) array
        Weights of the components.
    means_ : (K, D) array
        Their means, in the units of the columns.
    covariances_ : array
        Their covariances: (K, D, D) full, (D, D) tied, (K, D) diag, (K,) spherical, (D,) tied-diag, float
        tied-spherical.
    precisions_ : array
        Inverse covariances, in the same shape.
    precisions_cholesky_ : array
        Upper triangular U with Σ⁻¹ = U Uᵀ, in the same shape; 1/σ for diagonal and spherical ones.
    converged_ : bool
        Whether the best run of EM converged.
    n_iter_ : int
        Number of iterations of that run; small after a search. ``trace_.search.passes`` counts the passes of the search
        over its rows.
    lower_bound_ : float
        The objective at the last E-step of that run, in nats per unit of weight: the mean log-likelihood. ``score`` is
        a little higher, as it is that of the mixture after the last M-step. With a prior, the logarithm of its density
        is added, without the constant and divided by the total weight; with ``trim`` it is that of the rows kept, with
        ``bounds`` that within the region.
    lower_bounds_ : list of float
        The same at each iteration of that run.
    n_parameters_ : int
        The number of estimated parameters, as in ``bic``.
    candidates_ : tuple of FittedModel, or None
        The models that "auto" compared; None without "auto". :func:`gaussmix.plots.selection` draws them.
    trace_ : Trace
        All runs of EM, iteration by iteration. ``trace_.search`` is the :class:`gaussmix.search.SearchTrace` of the
        search with its verdict, or None.
    trim_threshold_ : float or None
        The log-density below which rows are trimmed, nats; None without ``trim``.
    n_features_in_ : int
        Number of columns of the fit (D).
    feature_names_in_ : (D,) array of str
        Names of the columns, if X had names.

    Raises
    ------
    InputError, InputTypeError
        If the value or the type of an option or of the data is invalid; the message gives the remedy.

    Examples
    --------
    >>> from gaussmix import GaussianMixture
    >>> from gaussmix.datasets import load_faithful
    >>> X = load_faithful().data
    >>> model = GaussianMixture(2, random_state=0).fit(X)
    >>> round(model.score(X) * len(X), 4)
    -1130.264
    >>> model.predict(X[:3])
    array([0, 1, 0])

    References
    ----------
    Dempster, A. P., Laird, N. M. and Rubin, D. B. (1977). Maximum likelihood from incomplete data via the EM
    algorithm. J. R. Statist. Soc. B 39, 1-38.
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
        weights_init: Any = None,
        means_init: Any = None,
        precisions_init: Any = None,
        random_state: Any = None,
        warm_start: bool = False,
        verbose: int = 0,
        verbose_interval: int = 10,
        search: Any = "auto",
        acceleration: str = "auto",
        callbacks: Any = None,
        engine: Any = None,
        noise_component: Any = False,
        prior: Any = None,
        fix: Any = None,
        max_eigenvalue_ratio: Any = None,
        min_weight: Any = 0.0,
        trim: float = 0.0,
        bounds: Any = None,
        censored: Any = None,
    ) -> None:
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.weights_init = weights_init
        self.means_init = means_init
        self.precisions_init = precisions_init
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.verbose_interval = verbose_interval
        self.search = search
        self.acceleration = acceleration
        self.callbacks = callbacks
        self.engine = engine
        self.noise_component = noise_component
        self.prior = prior
        self.fix = fix
        self.max_eigenvalue_ratio = max_eigenvalue_ratio
        self.min_weight = min_weight
        self.trim = trim
        self.bounds = bounds
        self.censored = censored

    # Attributes set by keep_fit.
    mixture_: Mixture
    candidates_: tuple[FittedModel, ...] | None
    trace_: Trace
    converged_: bool
    n_iter_: int
    lower_bound_: float
    lower_bounds_: list[float]
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
        """Fit the mixture to rows.

        Parameters
        ----------
        X : (n, D) array, data frame, path or Source
            Rows; n is at least K and 2. NaN is a missing value: the fit is exact for values missing at random. A file,
            or what :func:`gaussmix.sources.open_source` opens, is read in blocks; an array or a data frame of Dask, a
            dataset of Ray or a data frame of Spark stays on its cluster.
        y : ignored
            Present for scikit-learn's interface.
        sample_weight : (n,) array, optional
            Weights of the rows: 2 counts a row twice, 0 ignores it.
        noise : (n, D) or (n, D, D) array, optional
            Variances or covariances of the measurement errors of each row, in squared units of the columns; the mixture
            is that of the true values.
        labels : (n,) array of int or (n, K) array of bool, optional
            The component of each row, −1 if unknown; or the possible components of each row. Components keep the
            numbers of their labels.
        projections : (n, m, D) or (m, D) array, optional
            Matrices R, if rows (n, m) are projections R v of D true values v, plus errors; (m, D) is a matrix for all
            rows. Then ``noise`` is (n, m) or (n, m, m).
        checkpoint : path or CheckpointFile, optional
            Where the fit is kept while it runs, so that it can continue after a crash.

        Returns
        -------
        self

        Raises
        ------
        InputError
            If the rows or an option are invalid, or the checkpoint is that of another fit.
        KeyboardInterrupt
            If Ctrl-C is pressed. An estimator without an earlier fit, or with ``warm_start``, then has the mixture of
            the last iteration; any other keeps its earlier fit.

        Warns
        -----
        ConvergenceWarning
            If ``max_iter`` iterations were not enough.
        ComponentWarning, DataWarning
            If a component collapsed, the rows have no spread in some direction, or there are fewer than five rows for
            each free parameter of several components.
        """
        file = as_checkpoint(checkpoint, vars(self))
        with recorded_warnings() as warnings:
            rows, features = self._known_rows(X, sample_weight, noise, labels, projections)
        kind = ArrayKind.of(X, rows.dtype)
        watchers: list[IterationLines | FitTasks] = [*self._printers()]
        if has_callbacks(self):
            known = {
                "sample_weight": sample_weight,
                "noise": noise,
                "labels": labels,
                "projections": projections,
            }
            watchers.append(FitTasks(self, features, kind, X, y, known))
        with opened(engine_for(engine_of(self.engine), X)) as engine:
            plan, models = self._plan(rows, features, watchers, engine)
            # To make a generator from nothing takes as long as many iterations.
            drawn = plan.draws or self.random_state is not None
            rng = as_generator(self.random_state) if drawn else None
            source = rows.source(plan.n_components)
            if file is not None:
                journal = journal_in(file, self.get_params(deep=False), plan, source, engine, rng)
                plan = replace(plan, journal=journal)
            check_within(source, plan.bounds, engine, plan.column_names)
            try:
                result, trace = fit_mixture(source, plan, rng, engine)
                trace = trace.after(warnings)
                cut = trimmed_cutoff(source, plan, result.mixture, engine)
            except FitInterrupted as interrupt:
                if self.warm_start or not hasattr(self, "mixture_"):
                    self._keep(features, kind, interrupt.result, interrupt.trace, models)
                raise
        warn_unless_converged(trace.runs[trace.best], plan)
        self._keep(features, kind, result, trace, models)
        self._n_fixed = plan.n_fixed(features.count)
        self._kept: KeptRows | BoundedRows | None = None if cut is None else KeptRows(self.mixture_, *cut)
        if plan.bounds is not None:
            self._kept = BoundedRows(self.mixture_, plan.bounds)
        for watcher in watchers:
            watcher.end_fit(trace)
        return self

    def _plan(
        self, rows: FitRows, features: Features, watchers: Sequence[Callback], engine: Engine
    ) -> tuple[FitPlan, tuple[FittedModel, ...] | None]:
        """Return the plan of the fit, and the models that were compared for it."""
        options: Mapping[str, Any] = vars(self)
        best, models = None, None
        if is_automatic(options):
            best, models = chosen_models(options, rows, features.names, engine)
            options = resolved(options, best.mixture)
        plan = plan_of(options, features.count, features.names, watchers)
        if rows.uniform is not None:
            plan = replace(plan, uniform=first_uniform(rows.uniform, options["init_params"]))
        if best is not None and best.mixture is not None:
            return starting_at(plan, best.mixture), models
        return self._with_warm_start(plan, features), None

    def _with_warm_start(self, plan: FitPlan, features: Features) -> FitPlan:
        check_flag(self.warm_start, "warm_start")
        if not self.warm_start:
            return plan
        plan = replace(plan, keep=True)
        last: Mixture | None = getattr(self, "mixture_", None)
        if last is None:
            return plan
        then, now = (last.n_components, last.n_features), (plan.n_components, features.count)
        if then != now or last.family != plan.family:
            return plan
        reached: tuple[Mixture, Checkpoint | None] = getattr(self, "_checkpoint", (last, None))
        checkpoint = reached[1] if reached[0] is last else None
        return starting_at(plan, last, checkpoint)

    def _keep(
        self,
        features: Features,
        kind: ArrayKind,
        result: RunResult,
        trace: Trace,
        models: tuple[FittedModel, ...] | None,
    ) -> None:
        mixture, best = result.mixture.named(features.texts), trace.runs[trace.best]
        keep_fit(
            self,
            features,
            mixture_=mixture,
            candidates_=models,
            _kind=kind,
            trace_=trace,
            _checkpoint=(mixture, result.checkpoint),
            _total_weight=result.total_weight,
            _stream=None,
            converged_=best.status == "converged",
            n_iter_=best.n_iterations,
            lower_bound_=float(result.objective),
            lower_bounds_=best.log_likelihood.tolist(),
        )
