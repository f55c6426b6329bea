"""The comparison of families and numbers of components."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..engines import opened
from ..errors import DataWarning, warn
from ..estimators.candidates import KnownRows, candidates_of, counts_of, families_from
from ..estimators.kinds import ArrayKind, on_host
from ..estimators.options import callback_list, check_choice, engine_of, uniform_of
from ..estimators.rows import Features, fit_rows
from ..model_sweep import Candidate
from ..validation import as_generator, as_noise, as_weights
from .methods import CRITERIA, Request, method_of
from .progress import Progress
from .run import SelectionRun, earlier_selection, file_of, hash_of
from .selection import Selection

__all__ = ["select"]


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

    A model that is singular or degenerate is reported in the table and never chosen. Ctrl-C stops: the models fitted
    until then are returned.

    Parameters
    ----------
    X : (n, D) array or data frame
        Rows to fit. NaN is a missing value.
    n_components : int or iterable of int, default=range(1, 10)
        Numbers of mixture components to compare (K).
    families : "all", str, Family or list of these, default="all"
        Covariance families to compare, by the names of mclust ("VVV", "EEE") or by short names ("full", "tied");
        "all" compares the fourteen families of mclust (two in one column).
    criterion : {"bic", "icl", "aic", "cv", "held-out", "mml", "dendrogram", "instability"}, default="bic"
        The criterion of the choice; lower is better. The table has the first three in any case. "cv" and "held-out" are
        −2 times the log-likelihood of rows that a model was not fitted to: of each fold in turn, the best model being
        fitted to all rows; or of one part, the models of the table being fitted to the other. "mml" is the message
        length of Figueiredo and Jain: one run of EM from the most components down, in which weak ones are removed,
        gives all models of a family.
        "dendrogram" merges the components of the largest mixture of a family, and weighs the distance of the closest
        pair against the likelihood; it compares two or more components, and needs thousands of rows. "instability" is 1
        less the mean Fowlkes-Mallows index of partitions into K components and into one more or fewer, over several
        runs; the first and the last K have none.
    random_state : int, RandomState, Generator or None, default=None
        Source of random numbers; with a number, the selection is the same each time.
    sample_weight : (n,) array, optional
        Weights of the rows.
    noise : (n, D) or (n, D, D) array, optional
        Variances or covariances of the rows' measurement errors.
    labels : (n,) array of int, optional
        The component of each row, −1 if unknown. Numbers of components that the labels rule out are left out.
    noise_component : bool or float, default=False
        Whether to add a uniform component for noise, as in :class:`gaussmix.GaussianMixture`.
    search, n_init, tol, reg_covar, max_iter, engine : optional
        Options of each fit, as in :class:`gaussmix.GaussianMixture`.
    resume : Selection or path, optional
        A selection of the same rows: its models are taken over, and the others fitted. A path is that of a file: what
        it holds is taken over, if it exists, and it is written anew while models are fitted and at the end.
    callbacks : callable or list of callables, optional
        Called with each :class:`gaussmix.model_sweep.FittedModel` when it is fitted; True stops the selection.
    verbose : int, default=0
        1 shows a progress bar on the standard error stream; 2 prints a line for each model.
    n_folds : int, default=5
        Number of folds of "cv".
    held_out : float, default=0.2
        Share of the rows that "held-out" leaves out of the fits.
    n_runs : int, default=10
        Number of runs of each model for "instability": EM from a start by k-means, or the search that ``search`` asks
        for. Of more than 20,000 rows each run is fitted to a sample of so many, and the best model to all.

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
        "random_state": random_state,
    }
    rows, features = _known_rows(X, sample_weight, noise, labels, noise_component)
    plan_options = {**options, "acceleration": "auto", "init_params": "kmeans", "callbacks": None}
    chosen = families_from(families, features.count)
    counts = counts_of(n_components)

    def make(part: KnownRows) -> list[Candidate]:
        return candidates_of(plan_options, counts, chosen, part, features.names)

    earlier = earlier_selection(resume, hash_of(rows), criterion, options)
    seed = _seed(random_state) if earlier is None else earlier.seed
    method = method_of(Request(criterion, rows, make, seed, n_folds, held_out, n_runs, search != "auto"))
    candidates = make(method.rows)
    selection = Selection(
        models=(),
        criterion=criterion,
        options=options,
        features=features,
        kind=ArrayKind.of(X, rows.X.dtype),
        rows=hash_of(rows),
        seed=seed,
        n_candidates=len(candidates),
        notes=_notes(candidates, counts),
    )
    watchers: list[Any] = list(callback_list(callbacks))
    run = SelectionRun(selection, candidates, earlier, file_of(resume))
    with opened(engine_of(engine)) as adding, Progress(len(candidates), criterion, verbose) as progress:
        return run.finished(adding, [progress.tell, *watchers], method)


def _known_rows(
    X: Any, sample_weight: Any, noise: Any, labels: Any, noise_component: Any
) -> tuple[KnownRows, Features]:
    """Return checked rows with weights, errors and labels, and their columns."""
    checked, holes, features = fit_rows(on_host(X))
    weights = as_weights(on_host(sample_weight), len(checked))
    uniform = uniform_of(noise_component, checked, weights)
    errors = as_noise(on_host(noise), checked)
    return KnownRows(checked, weights, errors, on_host(labels), holes, uniform), features


def _seed(random_state: Any) -> int:
    """Return a seed for all fits."""
    return int(as_generator(random_state).integers(1 << 62))


def _notes(candidates: Sequence[Candidate], counts: Sequence[int]) -> tuple[str, ...]:
    """Return the numbers of components excluded by the labels, in words."""
    left = {candidate.plan.n_components for candidate in candidates}
    ruled_out = [K for K in counts if K not in left]
    if not ruled_out:
        return ()
    text = f"The labels rule out K = {', '.join(map(str, ruled_out))}."
    warn(text, DataWarning)
    return (text,)
