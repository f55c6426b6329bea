"""MixtureRegressor: regression with the conditional distribution of a mixture of inputs and targets."""

from __future__ import annotations

import os
from typing import Any, Self

import numpy as np
from sklearn.base import MultiOutputMixin, RegressorMixin, clone
from sklearn.utils.validation import check_is_fitted

from .. import persist
from .._types import Floats, Rows
from ..containers import Frame, float_array
from ..errors import InputError, InputTypeError
from ..graphs import Graph, Output, regression_outputs
from ..mixture import ConditionalMixtures, Mixture
from ..validation import as_rows_with_holes
from .base import WithDefaults
from .gaussian_mixture import GaussianMixture
from .onnx import InONNX
from .rows import Features, fit_rows, keep_fit, predict_rows

__all__ = ["MixtureRegressor"]

_PIECE = 1 << 14
"""Number of rows with conditional means of all components in memory at a time."""


class MixtureRegressor(InONNX, MultiOutputMixin, RegressorMixin, WithDefaults):
    r"""Regression by the conditional distribution of a Gaussian mixture of inputs and targets.

    .. math:: p(y \mid x) = \sum_k r_k(x) \, N(y \mid \mu_{ky} + B_k (x - \mu_{kx}), \, R_k),
              \qquad E(y \mid x) = \sum_k r_k(x) \left( \mu_{ky} + B_k (x - \mu_{kx}) \right)

    with :math:`B_k = \Sigma_{kyx} \Sigma_{kxx}^{-1}` and :math:`R_k = \Sigma_{kyy} - B_k \Sigma_{kxy}`. The joint
    distribution of inputs x and targets y is a mixture of K Gaussians, fitted by EM. With one component this is linear
    regression by least squares. Shapes: n rows, K components, D inputs, q targets.

    Parameters
    ----------
    estimator : GaussianMixture or StudentMixture, optional
        The unfitted mixture of the D inputs and q targets, with all options of its fit; by default
        ``GaussianMixture()``, one component. ``GaussianMixture("auto")`` chooses the number of components by BIC.

    Attributes
    ----------
    estimator_ : GaussianMixture
        The mixture fitted to the rows (x, y).
    mixture_ : Mixture
        Its distribution of D + q columns, the targets last.
    n_outputs_ : int
        Number of targets (q).
    n_features_in_ : int
        Number of inputs (D).
    feature_names_in_ : (D,) array of str
        Names of the inputs, if X had names.

    Raises
    ------
    InputError
        If an option or the data are invalid; the message gives the remedy.

    Examples
    --------
    >>> from gaussmix import GaussianMixture, MixtureRegressor, datasets
    >>> faithful = datasets.load_faithful().data
    >>> X, y = faithful[:, :1], faithful[:, 1]
    >>> model = MixtureRegressor(GaussianMixture(2, random_state=0)).fit(X, y)
    >>> mean, deviation = model.predict([[2.0], [4.0]], return_std=True)
    >>> mean.round(1), deviation.round(1)
    (array([54.2, 78.4]), array([5.6, 5.6]))

    References
    ----------
    Ghahramani, Z. and Jordan, M. I. (1994). Supervised learning from incomplete data via an EM approach. Advances in
    Neural Information Processing Systems 6, 120-127.

    Sung, H. G. (2004). Gaussian mixture regression and classification. PhD thesis, Rice University.
    """

    def __init__(self, estimator: Any = None) -> None:
        self.estimator = estimator

    # Attributes set by keep_fit.
    estimator_: GaussianMixture
    mixture_: Mixture
    n_outputs_: int
    n_features_in_: int

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **options: Any) -> Self:
        """Fit the mixture of inputs and targets.

        Parameters
        ----------
        X : (n, D) array or data frame
            Inputs. NaN is a missing value: the fit is exact for values missing at random.
        y : (n,) or (n, q) array or data frame
            One or several targets; NaN is a missing value.
        sample_weight : (n,) array, optional
            Weights of the rows: 2 counts a row twice, 0 ignores it.
        **options : object
            Further arguments of the ``fit`` of the estimator, which refer to the D + q columns, such as ``noise`` with
            the variances of their measurement errors.

        Returns
        -------
        self

        Raises
        ------
        InputError
            If the rows, the targets or an option are invalid.
        """
        rows, _, features = fit_rows(X)
        targets, names, flat = _targets(y, len(rows))
        model = _checked(self.estimator)
        model.fit(_joined(rows, targets), sample_weight=sample_weight, **options)
        mixture = model.mixture_.named(_names(features, names, targets))
        keep_fit(
            self,
            features,
            estimator_=model,
            mixture_=mixture,
            n_outputs_=targets.shape[1],
            _flat=flat,
        )
        return self

    _flat: bool

    def conditional(self, X: Any) -> ConditionalMixtures:
        """Return the conditional distribution of the targets for each row: a mixture each.

        Parameters
        ----------
        X : (n, D) array or data frame
            Inputs, as in :meth:`fit`; missing values are integrated out.

        Returns
        -------
        ConditionalMixtures
            Mixtures of the q targets, with means, variances, quantiles and densities of all rows at once.

        Raises
        ------
        NotFittedError, InputError
            If the estimator is not fitted, or the rows are invalid.

        Examples
        --------
        >>> from gaussmix import MixtureRegressor, datasets
        >>> faithful = datasets.load_faithful().data
        >>> model = MixtureRegressor().fit(faithful[:, :1], faithful[:, 1])
        >>> model.conditional([[3.0]]).quantile([0.05, 0.95]).round(1)
        array([[56. , 75.4]])
        """
        check_is_fitted(self, "mixture_")
        return self.mixture_.conditionals(range(self.n_features_in_), predict_rows(self, X).X)

    def predict(self, X: Any, return_std: bool = False, return_cov: bool = False) -> Any:
        """Return the conditional expectation of the targets for each row.

        Parameters
        ----------
        X : (n, D) array or data frame
            Inputs, as in :meth:`fit`; missing values are integrated out.
        return_std : bool, default=False
            Whether to return the conditional standard deviations too.
        return_cov : bool, default=False
            Whether to return the conditional covariances of the targets too.

        Returns
        -------
        (n,) or (n, q) array, or a pair of arrays
            Expectations, in the shape of ``y``; with them standard deviations of the same shape, or covariances
            (n, q, q).

        Raises
        ------
        NotFittedError, InputError
            If the estimator is not fitted, the rows are invalid, or both standard deviations and covariances are asked
            for.
        """
        if return_std and return_cov:
            raise InputError("return_std and return_cov are both True: ask for one of them.")
        check_is_fitted(self, "mixture_")
        rows = predict_rows(self, X).X
        inputs = range(self.n_features_in_)
        pieces = [
            _answers(self.mixture_.conditionals(inputs, rows[start : start + _PIECE]), return_std, return_cov)
            for start in range(0, len(rows), _PIECE)
        ]
        mean, *spread = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
        results = [self._shaped(mean), *(each if return_cov else self._shaped(each) for each in spread)]
        return results[0] if len(results) == 1 else tuple(results)

    def _onnx_outputs(self, graph: Graph, rows: str) -> list[Output]:
        check_is_fitted(self, "mixture_")
        return regression_outputs(graph, rows, self.mixture_, self.n_features_in_)

    def _shaped(self, values: Floats) -> Floats:
        return values[:, 0] if self._flat else values

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to a safetensors file; :func:`gaussmix.load` reads it.

        Parameters
        ----------
        path : path
            The file to write.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        """
        persist.save(self, path)


def _answers(conditionals: ConditionalMixtures, return_std: bool, return_cov: bool) -> tuple[Floats, ...]:
    if return_cov:
        return conditionals.mean(), conditionals.covariance()
    if return_std:
        return conditionals.mean(), np.sqrt(conditionals.variance())
    return (conditionals.mean(),)


def _checked(estimator: Any) -> Any:
    """Return a clone of the estimator, or the default."""
    if estimator is None:
        return GaussianMixture()
    if isinstance(estimator, type) or not (hasattr(estimator, "fit") and hasattr(estimator, "get_params")):
        raise InputTypeError(
            f"estimator is {estimator!r}: give an unfitted mixture, such as GaussianMixture(5)."
        )
    model = clone(estimator)
    if not hasattr(model, "covariance_type"):
        raise InputTypeError(
            f"estimator is of type {type(estimator).__name__}: give a mixture, such as GaussianMixture(5)."
        )
    return model


def _targets(y: Any, n: int) -> tuple[Rows, list[str] | None, bool]:
    """Return targets as (n, q), the names of their columns where they have some, and whether y is (n,)."""
    if y is None:
        raise InputError("requires y to be passed, but the target y is None: give the targets of the rows.")
    frame = Frame.of(y)
    array = float_array(y if frame is None else frame, "y")
    rows, _ = as_rows_with_holes(array, name="y", min_rows=0, one_column=True)
    if len(rows) != n:
        raise InputError(f"y has {len(rows):,} rows and X has {n:,}: give the targets of each row.")
    names = None if frame is None else [str(label) for label in frame.labels]
    if frame is None and isinstance(getattr(y, "name", None), str):
        names = [y.name]
    return rows, names, array.ndim == 1


def _joined(rows: Rows, targets: Rows) -> Rows:
    if rows.dtype == targets.dtype:
        return np.concatenate([rows, targets], axis=1)
    return np.concatenate([rows.astype(np.float64), targets.astype(np.float64)], axis=1)


def _names(features: Features, names: list[str] | None, targets: Rows) -> tuple[str, ...] | None:
    """Return names of inputs and targets for the mixture; None where they do not tell the columns apart."""
    if features.texts is None:
        return None
    q = targets.shape[1]
    own = names or (["y"] if q == 1 else [f"y{i}" for i in range(q)])
    every = (*features.texts, *own)
    return every if len(set(every)) == len(every) else None
