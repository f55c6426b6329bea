"""MixtureClassifier: classification with a mixture for each class."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d

from .. import persist
from .._types import Floats, Ints
from ..blocks import Block
from ..classify import ClassMixtures
from ..engines import Engine, opened
from ..errors import InputError, warn
from ..estimation import FitPlan, Trace, fit_mixture
from ..fitting import FixedIterations, warn_about_support
from ..mixture import Mixture
from ..model_sweep import FittedModel
from ..sources import ArraySource
from ..validation import as_generator, as_weights, finite_array
from .automatic import is_automatic
from .base import WithDefaults
from .class_models import ClassFits, fits_of_classes, judged, one_family
from .cross_validation import ClassificationError, cross_validated
from .initialization import check_chance_start
from .onnx import NotInONNX
from .options import check_flag, engine_of, plan_of
from .rows import Features, fit_rows, keep_fit, predict_rows
from .unknown_classes import is_missing, joint_fit, known_classes

__all__ = ["MixtureClassifier", "class_plan"]


class MixtureClassifier(NotInONNX, ClassifierMixin, WithDefaults):
    r"""Classify rows by Bayes' rule, with a Gaussian mixture for each class.

    .. math:: P(c \mid x) \propto \pi_c \sum_{k=1}^K p_{ck} \, N(x \mid \mu_{ck}, \Sigma_{ck})

    Shapes: n rows, C classes, K components, D features.

    Parameters
    ----------
    n_components : int or "auto", default=1
        Number of mixture components of each class (K). "auto" chooses among 1 to 9 components for each class by BIC.
    covariance_type : str or Family, default="full"
        The family of the covariances of each class, as in :class:`gaussmix.GaussianMixture`. "auto" chooses
        for each class among the fourteen families of mclust by BIC (MclustDA).
    priors : (C,) array or None, default=None
        Prior probabilities of the classes in sorted order; by default their fractions of the (weighted) rows. With rows
        of unknown class, the fit estimates the fractions, and priors given here are used in predictions only.
    tol : "auto", float or StoppingRule, default="auto"
        The stopping rule of EM for each class, as in :class:`gaussmix.GaussianMixture`.
    reg_covar : "auto" or float, default="auto"
        The regularisation of the covariances, as in :class:`gaussmix.GaussianMixture`. The constraint of "auto"
        refers to the covariance of all rows, so that classes of few rows do not collapse.
    max_iter : int, default=1000
        Maximum number of iterations of a run of EM.
    n_init : int, default=1
        Number of starts for each class, as in :class:`gaussmix.GaussianMixture`.
    search : {"auto", "likelihood", "off"}, number of seconds or Budget, default="auto"
        The search for the best local maximum of each class, as in :class:`gaussmix.GaussianMixture`; a number of
        seconds is for each class. There is no search with one component.
    init_params : {"kmeans", "k-means++", "random", "random_from_data", "hierarchical"} or callable, default="kmeans"
        The start of EM for each class without a search, as in :class:`gaussmix.GaussianMixture`.
    random_state : int, RandomState, Generator or None, default=None
        Source of random numbers for the starts and the search.
    acceleration : {"auto", "off"}, default="auto"
        The acceleration of EM, as in :class:`gaussmix.GaussianMixture`.
    callbacks : callable or list of callables, optional
        Called with a :class:`gaussmix.fitting.Step`, as in :class:`gaussmix.GaussianMixture`.
    engine : Engine, optional
        The engine for the passes over the rows, as in :class:`gaussmix.GaussianMixture`.
    unknown_label : object, default=None
        The value of ``y`` for rows of unknown class: −1 in scikit-learn's semi-supervised estimators, NaN for every
        missing label (NaN, None, null). With such rows, the components of all classes are fitted together, and a row of
        known class is restricted to those of its class. None: every value of ``y`` is a class, and missing labels raise
        an error.

    across_classes : bool, default=False
        Whether all classes share one family, with one component for each class (EDDA). "tied" is then linear
        discriminant analysis, and "auto" chooses the family by BIC. By default, the families of the classes are
        independent.

    Attributes
    ----------
    classes_ : (C,) array
        The classes, sorted.
    priors_ : (C,) array
        Prior probabilities of the classes.
    mixtures_ : list of C mixtures
        The density of each class.
    traces_ : list of C traces
        The runs of EM for the labelled rows of each class; ``traces_[c].search`` is the trace of the search.
    joint_trace_ : Trace or None
        The run of EM for all components and all rows, with rows of unknown class.
    log_likelihood_, bic_ : float
        Log-likelihood of the rows and their classes, nats, and BIC; lower is better.
    candidates_ : tuple, or None
        The models that "auto" compared for each class, or for all classes together; None without "auto".
    n_iter_ : (C,) array
        Number of iterations for each class; of the joint run, with rows of unknown class.
    n_features_in_ : int
        Number of columns of the fit (D).
    feature_names_in_ : (D,) array of str
        Names of the columns, if X had names.

    Raises
    ------
    InputError
        If an option or the data are invalid; the message gives the remedy.

    Examples
    --------
    >>> from gaussmix import MixtureClassifier
    >>> from gaussmix.datasets import load_vowels
    >>> vowels = load_vowels()
    >>> X, y = vowels.data[:, 1:3], vowels.target
    >>> model = MixtureClassifier(3, random_state=0).fit(X, y)
    >>> model.score(X, y) > 0.7
    True

    References
    ----------
    Hastie, T. and Tibshirani, R. (1996). Discriminant analysis by Gaussian mixtures. J. R. Statist. Soc. B 58,
    155-176.
    """

    def __init__(
        self,
        n_components: Any = 1,
        *,
        covariance_type: Any = "full",
        priors: Any = None,
        tol: Any = "auto",
        reg_covar: Any = "auto",
        max_iter: int = 1000,
        n_init: int = 1,
        init_params: Any = "kmeans",
        random_state: Any = None,
        search: Any = "auto",
        acceleration: str = "auto",
        callbacks: Any = None,
        engine: Any = None,
        unknown_label: Any = None,
        across_classes: bool = False,
    ) -> None:
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.priors = priors
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.random_state = random_state
        self.search = search
        self.acceleration = acceleration
        self.callbacks = callbacks
        self.engine = engine
        self.unknown_label = unknown_label
        self.across_classes = across_classes

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    # Attributes set by keep_fit.
    classes_: Any
    priors_: Floats
    mixtures_: list[Mixture]
    traces_: list[Trace]
    joint_trace_: Trace | None
    log_likelihood_: float
    bic_: float
    candidates_: tuple[tuple[FittedModel, ...], ...] | None
    n_iter_: Ints
    n_features_in_: int

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit a mixture to the rows of each class.

        Parameters
        ----------
        X : (n, D) array or data frame
            Rows to fit.
        y : (n,) array
            The class of each row, or ``unknown_label``.
        sample_weight : (n,) array, optional
            Weights of the rows: 2 counts a row twice, 0 ignores it.

        Returns
        -------
        self

        Raises
        ------
        InputError
            If the rows, the classes or an option are invalid, or a class has fewer rows than components.

        Warns
        -----
        ConvergenceWarning
            If ``max_iter`` iterations were not enough for a class.
        ComponentWarning, DataWarning
            If a component collapsed, the rows of a class have no spread in some direction, or the smallest class has
            fewer than five rows for each free parameter of several components.
        """
        rows, holes, features = fit_rows(X, min_rows=1)
        labels = _class_labels(self, y, len(rows))
        weights = as_weights(sample_weight, len(rows))
        if weights is not None:
            used = weights > 0
            rows, labels, weights = rows[used], labels[used], weights[used]
        known = known_classes(labels, self.unknown_label)
        classes, codes = _codes(labels, known)
        counts = np.bincount(codes[known], None if weights is None else weights[known])
        priors = counts / counts.sum()
        given = None if self.priors is None else _given_priors(self.priors, classes)
        check_flag(self.across_classes, "across_classes")
        joint: Trace | None = None
        block = Block(rows, weights, holes=holes)
        with opened(engine_of(self.engine)) as engine:
            if self.across_classes:
                fits, priors = one_family(vars(self), block, len(classes), codes, engine)
            elif is_automatic(vars(self)):
                _check_all_known(known)
                fits = fits_of_classes(vars(self), block, classes, codes, engine)
            else:
                plan = class_plan(self, features.count, features.names)
                fits = self._fit_classes(plan, block, classes, codes, engine)
                if not known.all():
                    found = joint_fit(plan, block, codes, priors, fits.mixtures, engine)
                    fits, priors, joint = replace(fits, mixtures=found.mixtures), found.priors, found.trace
                    _warn_if_unfinished(joint, plan, "joint fit of all classes")
        self._keep(features, classes, priors, fits, joint)
        priors = self.priors_ if given is None else given
        fit = judged(ClassMixtures(self.priors_, self.mixtures_), block, codes, fits.df)
        self.__dict__.update(priors_=priors, log_likelihood_=fit.log_likelihood, bic_=fit.bic)
        return self

    def _keep(
        self, features: Features, classes: Any, priors: Floats, fits: ClassFits, joint: Trace | None
    ) -> None:
        counted = fits.traces if joint is None else [joint] * len(classes)
        keep_fit(
            self,
            features,
            classes_=classes,
            priors_=priors,
            mixtures_=[mixture.named(features.texts) for mixture in fits.mixtures],
            traces_=fits.traces,
            joint_trace_=joint,
            candidates_=fits.candidates,
            n_iter_=np.array([trace.runs[trace.best].n_iterations for trace in counted]),
        )

    def _fit_classes(
        self, plan: FitPlan, block: Block, classes: Any, codes: Ints, engine: Engine
    ) -> ClassFits:
        rng = as_generator(self.random_state)
        mixtures: list[Mixture] = []
        traces: list[Trace] = []
        whole, weights = ArraySource(block.X, block.weights, holes=block.holes), block.weights
        everything_known = bool((codes >= 0).all())
        for code, label in enumerate(classes.tolist()):
            chosen = codes == code
            part = block.take(np.flatnonzero(chosen))
            _check_enough(label, max(part.n_rows, int(part.total_weight)), plan.n_components)
            source = ArraySource(part.X, part.weights, holes=block.holes)
            result, trace = fit_mixture(source, plan, rng, engine, whole=whole)
            mixtures.append(result.mixture)
            traces.append(trace)
            if everything_known:
                _warn_if_unfinished(trace, plan, f"fit of class {label!r}")
        if plan.n_components > 1 and everything_known:
            # One warning for all classes, of the smallest.
            sizes = np.maximum(np.bincount(codes), np.bincount(codes, weights))
            warn_about_support(float(sizes.min()), mixtures[0].n_parameters)
        df = len(mixtures) - 1 + sum(mixture.n_parameters for mixture in mixtures)
        return ClassFits(mixtures, traces, None, df)

    def _classes(self) -> ClassMixtures:
        check_is_fitted(self, "mixtures_")
        return ClassMixtures(self.priors_, self.mixtures_)

    def predict_log_proba(self, X: Any) -> Floats:
        """Return the logarithm of the probability of each class, given the row.

        Parameters
        ----------
        X : (n, D) array or data frame
            Rows, as in :meth:`fit`.

        Returns
        -------
        (n, C) array
            Log-probabilities in the order of ``classes_``, in nats.

        Raises
        ------
        NotFittedError, InputError
            If the estimator is not fitted, or the rows are invalid.
        """
        classes = self._classes()
        return classes.log_posterior(predict_rows(self, X).X)

    def predict_proba(self, X: Any) -> Floats:
        """Return the probability of each class, given the row.

        Parameters
        ----------
        X : (n, D) array or data frame
            Rows, as in :meth:`fit`.

        Returns
        -------
        (n, C) array
            Probabilities in the order of ``classes_``; they sum to one in each row.

        Raises
        ------
        NotFittedError, InputError
            If the estimator is not fitted, or the rows are invalid.

        Examples
        --------
        >>> from gaussmix import MixtureClassifier, datasets
        >>> vowels = datasets.load_vowels()
        >>> model = MixtureClassifier(random_state=0).fit(vowels.data[:, 1:3], vowels.target)
        >>> model.predict_proba([[270.0, 2290.0]]).shape
        (1, 10)
        """
        return np.exp(self.predict_log_proba(X))

    def predict(self, X: Any) -> Any:
        """Return the most probable class of each row.

        Parameters
        ----------
        X : (n, D) array or data frame
            Rows, as in :meth:`fit`.

        Returns
        -------
        (n,) array
            Classes, as in ``y``.

        Raises
        ------
        NotFittedError, InputError
            If the estimator is not fitted, or the rows are invalid.
        """
        classes = self._classes()
        return self.classes_[classes.log_posterior(predict_rows(self, X).X).argmax(axis=1)]

    def cross_validate(
        self, X: Any, y: Any, n_folds: int = 10, sample_weight: Any = None
    ) -> ClassificationError:
        """Return the error of classification on held-out rows, by cross-validation in stratified folds.

        Parameters
        ----------
        X : (n, D) array or data frame
            Rows to fit and to predict.
        y : (n,) array
            The class of each row.
        n_folds : int, default=10
            Number of folds, at most the number of rows of the smallest class.
        sample_weight : (n,) array, optional
            Weights of the rows.

        Returns
        -------
        ClassificationError
            Error and Brier score, with standard errors over the folds.

        Raises
        ------
        InputError
            If the rows, the classes or an option are invalid, or a class has fewer rows than folds.

        Examples
        --------
        >>> from gaussmix import MixtureClassifier, datasets
        >>> vowels = datasets.load_vowels()
        >>> found = MixtureClassifier(random_state=0).cross_validate(vowels.data[:, 1:3], vowels.target, 5)
        >>> round(found.error, 2)
        0.25
        """
        return cross_validated(self, X, y, n_folds, sample_weight)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted classifier to a safetensors file; :func:`gaussmix.load` reads it.

        Parameters
        ----------
        path : path
            The file to write.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        InputError
            If the file cannot be written.
        """
        self._classes()
        persist.save(self, path)


def class_plan(estimator: MixtureClassifier, n_features: int, feature_names: Any = None) -> FitPlan:
    """Return the plan of the fit of each class."""
    check_chance_start(estimator.init_params, type(estimator).__name__)
    return replace(plan_of(vars(estimator), n_features, feature_names), asks_support=False)


def _check_all_known(known: Any) -> None:
    if not known.all():
        raise InputError(
            f'"auto" chooses a model for each class from rows of known class, but the class of {int((~known).sum())} '
            "rows is unknown: give n_components and covariance_type, or leave these rows out."
        )


def _class_labels(estimator: Any, y: Any, n: int) -> Any:
    if y is None:
        raise InputError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but the target y is None: "
            "give the class of each row."
        )
    labels = column_or_1d(y)
    if np.asarray(y).ndim > 1:
        warn(
            f"A column-vector y was passed when a 1d array was expected, of shape ({len(labels)},): pass y.ravel().",
            DataConversionWarning,
        )
    if len(labels) != n:
        raise InputError(f"y has {len(labels)} labels for {n} rows of X: give one class for each row.")
    known = known_classes(labels, estimator.unknown_label)
    bad = ~np.isfinite(labels) if labels.dtype.kind == "f" else _missing(labels)
    if bad[known].any():
        row = int(np.argmax(known & bad))
        raise InputError(
            f"Input y contains NaN or infinity: y[{row}] is {labels[row]}; give the class of each row, or "
            "unknown_label=float('nan') if NaN stands for an unknown class."
        )
    if not known.any():
        raise InputError(
            f"Input y contains NaN or unknown_label ({estimator.unknown_label!r}) alone: give the class of some rows."
        )
    check_classification_targets(_as_classes(labels[known]))
    return labels


def _missing(labels: Any) -> Any:
    if labels.dtype != object:
        return np.zeros(len(labels), dtype=bool)
    return np.array([is_missing(label) for label in labels.tolist()], dtype=bool)


def _as_classes(labels: Any) -> Any:
    """Return labels as an array of their own type: of numbers or text where objects are all of one."""
    return np.array(labels.tolist()) if labels.dtype == object else labels


def _codes(labels: Any, known: Any) -> tuple[Any, Ints]:
    """Return the sorted classes, and the number of each row's class, −1 if it is not known."""
    codes = np.full(len(labels), -1, dtype=np.intp)
    named = labels if known.all() else _as_classes(labels[known])
    classes, codes[known] = np.unique(named, return_inverse=True)
    return classes, codes


def _warn_if_unfinished(trace: Trace, plan: FitPlan, what: str) -> None:
    unfinished = trace.runs[trace.best].status in ("max_iter", "fell") and plan.max_iter > 0
    if unfinished and not isinstance(plan.stop, FixedIterations):
        warn(f"The {what} {trace.message}.", ConvergenceWarning)


def _given_priors(priors: Any, classes: Any) -> Floats:
    array = finite_array(priors, "priors", (len(classes),))
    if (array < 0).any() or abs(array.sum() - 1.0) > 1e-6:
        raise InputError(f"priors are {array.tolist()}: give probabilities ≥ 0 that sum to one.")
    return array


def _check_enough(label: Any, count: int, n_components: int) -> None:
    if count < n_components:
        raise InputError(
            f"class {label!r} has {count} row{'' if count == 1 else 's'}, fewer than n_components = {n_components}: "
            "fit fewer components or give more rows of that class."
        )
