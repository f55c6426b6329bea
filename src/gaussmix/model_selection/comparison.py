"""The comparison of families and numbers of components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..distributed.collections import engine_for
from ..engines import Engine, opened
from ..errors import DataWarning, InputError, warn
from ..estimators.bounded_rows import check_within
from ..estimators.candidates import Candidates, FitRows, candidates_of, counts_of, families_from
from ..estimators.kinds import ArrayKind
from ..estimators.options import callback_list, check_choice, engine_of
from ..validation import as_generator
from .methods import CRITERIA, Request, method_of
from .progress import Progress
from .rows import checked_rows, hash_of
from .run import SelectionRun, earlier_selection, file_of
from .selection import Selection

__all__ = ["select"]

_OF_A_PART = {
    # A fold may hold another share of outliers than the rows of its fit.
    "trim": ("bic", "icl", "aic"),
    "bounds": ("bic", "icl", "aic", "cv", "held-out"),
    "censored": ("bic", "icl", "aic", "cv", "held-out"),
}
"""The criteria of fits that leave rows out, and of those that know some values by their limits."""


def select(
    X: Any,
    n_components: Any = range(1, 10),
    families: Any = "all",
    criterion: str = "bic",
    *,
    random_state: Any = None,
    sample_weight: Any = None,
    noise: Any = None,
    labels: Any = None,
    noise_component: Any = False,
    prior: Any = None,
    fix: Any = None,
    max_eigenvalue_ratio: Any = None,
    min_weight: Any = 0.0,
    trim: Any = 0.0,
    bounds: Any = None,
    censored: Any = None,
    search: Any = "auto",
    n_init: int = 1,
    tol: Any = "auto",
    reg_covar: Any = "auto",
    max_iter: int = 1000,
    engine: Any = None,
    resume: Any = None,
    callbacks: Any = None,
    verbose: int = 0,
    n_folds: int = 5,
    held_out: float = 0.2,
    n_runs: int = 10,
) -> Selection:
    r"""Fit mixtures of several families and numbers of components, and choose the best by a criterion.

    Singular and degenerate models are listed in the table, but never chosen. Ctrl-C ends the selection and returns the
    models fitted so far.

    Parameters
    ----------
    X : (n, D) array, data frame, path or Source
        Rows to fit. NaN is a missing value. A file, or what :func:`gaussmix.sources.open_source` opens, is read in
        blocks unless half of its memory has room for the rows; a collection of Dask, Ray or Spark stays on its cluster.
    n_components : int or iterable of int, default=range(1, 10)
        Numbers of mixture components to compare (K).
    families : "all", str, Family or list of these, default="all"
        Covariance families to compare, by names as in ``covariance_type`` ("full", "VVV", "UUU-2") or as objects; "all"
        compares the fourteen families of mclust (two with one column).
    criterion : {"bic", "icl", "aic", "cv", "held-out", "mml", "dendrogram", "instability"}, default="bic"
        The criterion to minimise. The table always has BIC, ICL and AIC.

        - "cv": −2 times the log-likelihood of each of ``n_folds`` folds under the fit to the others, summed. The best
          model is fitted to all rows.
        - "held-out": −2 times the log-likelihood of a fraction ``held_out`` of the rows, under the fits to the others,
          which are those of the table.
        - "mml": the message length of Figueiredo and Jain. One run of EM for each family begins with the most
          components, and removes weak ones.
        - "dendrogram": merges of the components of the largest mixture of each family; the criterion combines the
          distance of the closest pair and the likelihood. It needs K ≥ 2 and thousands of rows.
        - "instability": 1 minus the mean Fowlkes-Mallows index between partitions into K and K ± 1 components over
          ``n_runs`` runs; the smallest and the largest K have none.

    random_state : int, RandomState, Generator or None, default=None
        Source of random numbers. An integer gives reproducible results.
    sample_weight : (n,) array, optional
        Weights of the rows.
    noise : (n, D) or (n, D, D) array, optional
        Variances or covariances of the rows' measurement errors.
    labels : (n,) array of int, optional
        The component of each row, −1 if unknown. Numbers of components that contradict the labels are omitted.
    noise_component : bool or float, default=False
        Whether to add a uniform component for noise, as in :class:`gaussmix.GaussianMixture`.
    prior : {None, "mclust"} or ConjugatePrior, default=None
        A prior of the parameters, as in :class:`gaussmix.GaussianMixture`. The criteria are those of the likelihood at
        the MAP estimate, without the density of the prior (Fraley and Raftery, 2007).
    fix : dict, optional
        Restrictions that hold for any number of components: ``{"weights": "equal"}``, and "zero" or "shared" for the
        key "means". Models that contradict them are omitted.
    max_eigenvalue_ratio : float, optional
        The largest ratio of two eigenvalues of the covariances, over all components; ≥ 1.
    min_weight : float, default=0.0
        The least weight of a component; models of more than ``1 / min_weight`` components are omitted.
    trim : float, default=0.0
        Share of the rows that each fit leaves out, from 0 to 0.5. The criteria are those of the rows that it keeps.
    bounds, censored : pair (lower, upper), optional
        Truncated and censored columns, as in :class:`gaussmix.GaussianMixture`.
    search, n_init, tol, reg_covar, max_iter, engine : optional
        Options of each fit, as in :class:`gaussmix.GaussianMixture`; but ``search="likelihood"`` is less thorough, as
        models propose starts to each other.
    resume : Selection or path, optional
        A selection of the same rows, or the path of its file: its models are not fitted again. The file is created if
        it does not exist, and updated during the selection.
    callbacks : callable or list of callables, optional
        Called with each :class:`gaussmix.model_sweep.FittedModel` when it is fitted; True stops the selection.
    verbose : int, default=0
        1 shows a progress bar on the standard error stream; 2 prints a line for each model.
    n_folds : int, default=5
        Number of folds of "cv".
    held_out : float, default=0.2
        Fraction of the rows for "held-out".
    n_runs : int, default=10
        Number of runs of each model for "instability": EM from a k-means start, or the given ``search``. With more than
        20,000 rows, each run is fitted to a sample of 20,000, and the best model to all rows.

    Returns
    -------
    Selection
        All models with their criteria, and the best as an estimator.

    Raises
    ------
    InputError
        If the rows or an option are invalid.

    Warns
    -----
    DataWarning
        If the rows are too few, or span too few dimensions, for some families.

    Examples
    --------
    >>> import gaussmix
    >>> X = gaussmix.datasets.load_faithful().data
    >>> selection = gaussmix.select(X, range(1, 6), ["EII", "EEI", "EEE", "VVV"], random_state=0)
    >>> selection
    <Selection of 20 models by bic: best EEE,3, 2314.30>
    >>> selection.best_.n_components, selection.best_.covariance_type
    (3, 'tied')

    References
    ----------
    Fraley, C. and Raftery, A. E. (2002). Model-based clustering, discriminant analysis, and density estimation. J. Am.
    Stat. Assoc. 97, 611-631.

    Fraley, C. and Raftery, A. E. (2007). Bayesian regularization for normal mixture estimation and model-based
    clustering. Journal of Classification 24, 155-181.

    Figueiredo, M. A. T. and Jain, A. K. (2002). Unsupervised learning of finite mixture models. IEEE Trans. Pattern
    Anal. Mach. Intell. 24, 381-396.

    Do, D., Do, L., McKinley, S. A., Terhorst, J. and Nguyen, X. (2024). Dendrogram of mixing measures: hierarchical
    clustering and model selection for finite mixture models. arXiv:2403.01684.

    Varrone, M. et al. (2024). CellCharter reveals spatial cell niches associated with tissue remodeling and cell
    plasticity. Nature Genetics 56, 74-84.
    """
    check_choice(criterion, "criterion", CRITERIA)
    options = {
        "search": search,
        "n_init": n_init,
        "tol": tol,
        "reg_covar": reg_covar,
        "max_iter": max_iter,
        "noise_component": noise_component,
        "prior": prior,
        "fix": fix,
        "max_eigenvalue_ratio": max_eigenvalue_ratio,
        "min_weight": min_weight,
        "trim": trim,
        "bounds": _as_lists(bounds),
        "censored": _as_lists(censored),
        "random_state": random_state,
    }
    _check_estimate(options, criterion)
    known = {"sample_weight": sample_weight, "noise": noise, "labels": labels}
    with opened(engine_for(engine_of(engine), X)) as adding:
        rows, features = checked_rows(X, known, noise_component, adding)
        plan_options = {**options, "acceleration": "auto", "init_params": "kmeans", "callbacks": None}
        chosen, counts = families_from(families, features.count), counts_of(n_components)

        def compared(part: FitRows) -> Candidates:
            return candidates_of(plan_options, counts, chosen, part, features.names)

        identity = hash_of(rows, adding)
        earlier = earlier_selection(resume, identity, criterion, options)
        seed = _seed(random_state) if earlier is None else earlier.seed
        asked = (criterion, rows, lambda part: compared(part).models, seed, n_folds, held_out, n_runs)
        method = method_of(Request(*asked, searched=search != "auto"))
        candidates = _within_bounds(compared(method.rows), adding)
        kind, few = ArrayKind.of(X, rows.dtype), len(candidates.models)
        start = Selection((), criterion, options, features, kind, identity, seed, few, notes=candidates.notes)
        watchers: list[Any] = list(callback_list(callbacks))
        run = SelectionRun(start, candidates.models, earlier, file_of(resume))
        with Progress(few, criterion, verbose) as progress:
            return run.finished(adding, [progress.tell, *watchers], method)


def _within_bounds(candidates: Candidates, engine: Engine) -> Candidates:
    """Return models after a check of their rows, and warnings of those left out."""
    for candidate in candidates.models:
        check_within(candidate.source, candidate.plan.bounds, engine, candidate.plan.column_names)
    for note in candidates.notes:
        warn(note, DataWarning)
    return candidates


def _as_lists(limits: Any) -> Any:
    """Return limits of columns as numbers and lists, which can be compared and written to a file."""
    if not isinstance(limits, (tuple, list)):
        return limits
    return tuple(side.tolist() if hasattr(side, "tolist") else side for side in limits)


def _seed(random_state: Any) -> int:
    """Return a seed for all fits."""
    return int(as_generator(random_state).integers(1 << 62))


def _check_estimate(options: Mapping[str, Any], criterion: str) -> None:
    """Raise InputError if a prior or a restriction cannot be that of many models."""
    fix = options["fix"] if isinstance(options["fix"], Mapping) else {}
    for key, value in fix.items():
        if not isinstance(value, str) or value == "all":
            raise InputError(
                f"fix[{key!r}] is {value!r}, which keeps given values of components, and select compares models of "
                "many components from starts of its own: give 'equal' for weights, 'zero' or 'shared' for means."
            )
    for name, criteria in _OF_A_PART.items():
        if options[name] and criterion not in criteria:
            raise InputError(
                f"{name} is {options[name]!r} beside criterion={criterion!r}, which counts all rows by density: "
                f"give one of {', '.join(map(repr, criteria))}, or leave {name} out."
            )
    for name in ("prior", "fix", "max_eigenvalue_ratio", "min_weight"):
        if criterion == "mml" and options[name]:
            raise InputError(
                f'{name} is {options[name]!r} beside criterion="mml", whose message length has a prior of its own and '
                "free parameters: leave it out, or give another criterion."
            )
