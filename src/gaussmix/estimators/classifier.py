"""MixtureClassifier: classification with a mixture for each class."""

from __future__ import annotations

import os
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from .. import persist
from .._types import Floats, Ints
from ..blocks import Block
from ..classify import ClassMixtures
from ..containers import plain_labels
from ..distributed.collections import engine_for, is_collection
from ..engines import opened
from ..estimation import Trace
from ..graphs import Graph, Output, class_outputs
from ..mixture import Mixture
from ..model_sweep import FittedModel
from ..sources.opening import opens
from ..sources.streams import is_stream
from ..validation import as_weights
from .base import WithDefaults
from .class_labels import check_no_name, class_labels
from .class_rows import labelled_source, labels_of_rows, names_a_column
from .class_values import ClassValues
from .classifier_fit import ClassifierFit, fit_held, fit_source
from .cross_validation import ClassificationError, cross_validated
from .onnx import InONNX
from .options import check_flag, engine_of
from .rows import fit_rows, keep_fit, predict_rows
from .source_rows import concatenated, source_to_predict
from .unknown_classes import known_classes

__all__ = ["MixtureClassifier"]


class MixtureClassifier(InONNX, ClassifierMixin, WithDefaults):
    r"""Classify rows by Bayes' rule, with a Gaussian mixture for each class.

    .. math:: P(c \mid x) \propto \pi_c \sum_{k=1}^K p_{ck} \, N(x \mid \mu_{ck}, \Sigma_{ck})

    Shapes: n rows, C classes, K components, D features.

    Parameters
    ----------
    n_components : int or "auto", default=1
        Number of mixture components of each class (K). "auto" chooses among 1 to 9 components for each class by BIC;
        several components need two rows of the class for each free parameter. A class of too few rows for each model
        has one component; the covariance of all rows bounds its covariance.
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
    engine : Engine or str, optional
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
        X : (n, D) array, data frame, path or Source
            Rows to fit. A file, or what :func:`gaussmix.sources.open_source` opens, is read in blocks unless half of
            its memory has room for the rows.
        y : (n,) array, or str
            The class of each row, or ``unknown_label``; of a file, the column of classes. None for a source that was
            opened with ``labels``.
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
            If ``max_iter`` iterations were not enough for a class, or for all in one fit.
        ComponentWarning, DataWarning
            If a component collapsed, the rows of a class have no spread in some direction, or the smallest class has
            fewer than five rows for each free parameter of several components. A warning names the classes.
        """
        check_flag(self.across_classes, "across_classes")
        with opened(engine_for(engine_of(self.engine), X)) as engine:
            # A stream beside the classes of its rows is a table in memory.
            if opens(X) and not (is_stream(X) and y is not None and not names_a_column(y)):
                found = fit_source(self, labelled_source(X, y, sample_weight), engine)
            else:
                check_no_name(y)
                rows, holes, features = fit_rows(X, min_rows=1)
                labels = class_labels(self, y, len(rows))
                weights = as_weights(sample_weight, len(rows))
                found = fit_held(self, Block(rows, weights, holes=holes), labels, features, engine)
        self._keep(found)
        return self

    def _keep(self, found: ClassifierFit) -> None:
        fits, joint, texts = found.fits, found.joint, found.features.texts
        counted = fits.traces if joint is None else [joint] * len(found.classes)
        priors = found.priors if found.given is None else found.given
        fit = found.rows.judged(ClassMixtures(found.priors, fits.mixtures), fits.df)
        keep_fit(
            self,
            found.features,
            classes_=found.classes,
            priors_=priors,
            mixtures_=[mixture.named(texts) for mixture in fits.mixtures],
            traces_=fits.traces,
            joint_trace_=joint,
            candidates_=fits.candidates,
            n_iter_=np.array([trace.runs[trace.best].n_iterations for trace in counted]),
            log_likelihood_=fit.log_likelihood,
            bic_=fit.bic,
        )

    def _classes(self) -> ClassMixtures:
        check_is_fitted(self, "mixtures_")
        return ClassMixtures(self.priors_, self.mixtures_)

    def _onnx_outputs(self, graph: Graph, rows: str) -> list[Output]:
        whole, of_components = self._classes().marginal()
        return class_outputs(graph, rows, whole, of_components, self.classes_)

    def predict_log_proba(self, X: Any) -> Floats:
        """Return the logarithm of the probability of each class, given the row.

        Parameters
        ----------
        X : (n, D) array, data frame, path, Source or collection
            Rows, as in :meth:`fit`; of a collection of Dask, Ray or Spark, the result is a lazy collection.

        Returns
        -------
        (n, C) array
            Log-probabilities in the order of ``classes_``, in nats.

        Raises
        ------
        NotFittedError, InputError
            If the estimator is not fitted, or the rows are invalid.
        """
        found: Floats = self._of_rows("log_proba", X)
        return found

    def predict_proba(self, X: Any) -> Floats:
        """Return the probability of each class, given the row.

        Parameters
        ----------
        X : (n, D) array, data frame, path, Source or collection
            Rows, as in :meth:`predict_log_proba`.

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
        found: Floats = self._of_rows("proba", X)
        return found

    def predict(self, X: Any) -> Any:
        """Return the most probable class of each row.

        Parameters
        ----------
        X : (n, D) array, data frame, path, Source or collection
            Rows, as in :meth:`predict_log_proba`.

        Returns
        -------
        (n,) array
            Classes, as in ``y``.

        Raises
        ------
        NotFittedError, InputError
            If the estimator is not fitted, or the rows are invalid.
        """
        return self._of_rows("predict", X)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy: the share of the rows whose class is predicted.

        Parameters
        ----------
        X : (n, D) array, data frame, path, Source or collection
            Rows, as in :meth:`predict_log_proba`.
        y : (n,) array, or str
            The class of each row, or the column of classes of a file, as in :meth:`fit`. Rows with ``unknown_label``
            are left out.
        sample_weight : (n,) array, optional
            Weights of the rows.

        Returns
        -------
        float
            From 0 to 1.

        Raises
        ------
        NotFittedError, InputError
            If the estimator is not fitted, or the rows or the classes are invalid.
        """
        predicted = np.asarray(self.predict(X))
        if opens(X) and not is_stream(X) and (y is None or names_a_column(y)):
            y, sample_weight = labels_of_rows(labelled_source(X, y, sample_weight))
        labels = class_labels(self, y, len(predicted))
        weights = as_weights(sample_weight, len(labels))
        known = known_classes(labels, self.unknown_label)
        right = predicted[known] == plain_labels(labels[known])
        return float(np.average(right, weights=None if weights is None else weights[known]))

    def _of_rows(self, what: str, X: Any) -> Any:
        """Return labels or probabilities of rows: in memory, of a source in blocks, or of a collection as one."""
        values = ClassValues(self._classes(), self.classes_, what)
        if is_collection(X):
            return values.of_collection(self, X)
        if opens(X):
            source = source_to_predict(self, X, {})
            with opened(engine_for(engine_of(self.engine), source)) as engine:
                return concatenated(values.of_block, source, engine)
        return values(predict_rows(self, X).X)

    def cross_validate(
        self, X: Any, y: Any, n_folds: int = 10, sample_weight: Any = None
    ) -> ClassificationError:
        """Return the error of classification on held-out rows, by cross-validation in stratified folds.

        Parameters
        ----------
        X : (n, D) array or data frame
            Rows to fit and to predict.
        y : (n,) array
            The class of each row, or ``unknown_label``: such rows are fitted in every fold, and never held out.
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
