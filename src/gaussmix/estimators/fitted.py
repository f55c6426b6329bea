"""What a fitted mixture is used for: labels, responsibilities, densities, criteria and samples."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

import numpy as np

from .. import persist, selection
from .._types import Floats, Ints, Rows
from ..em import e_step
from ..engines import opened
from ..errors import InputError
from ..sources import ArraySource
from ..validation import as_count, as_weights
from .kinds import ArrayKind, on_host
from .onnx import NotInONNX
from .options import engine_of
from .parameters import MixtureParameters
from .rows import predict_rows

__all__ = ["FittedMixture"]


class FittedMixture(NotInONNX, MixtureParameters):
    """The methods of an estimator that has a ``mixture_``.

    Results for float32 rows are float32 where the fit was of float32 rows too, otherwise float64. Where scikit-learn
    dispatches arrays of other libraries, results are arrays of the library and on the device of X.
    """

    def predict(self, X: Any) -> Ints:
        """Return the most probable component of each row.

        Parameters
        ----------
        X : (n, D) array or data frame
            Rows, in the units of the rows that were fitted.

        Returns
        -------
        (n,) array of int
            Numbers of components, from 0.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        InputError
            If the rows cannot be used: other columns than those fitted, a value that is not finite.

        Examples
        --------
        >>> from gaussmix import GaussianMixture, datasets
        >>> model = GaussianMixture(2, random_state=0).fit(datasets.load_faithful().data)
        >>> model.predict([[4.3, 80.0], [2.0, 55.0]])
        array([0, 1])
        """
        mixture, (rows, kind) = self._fitted(), self._rows_of(X)
        labels: Ints = kind.array(mixture.predict(rows))
        return labels

    def predict_proba(self, X: Any) -> Floats:
        """Return the responsibilities: the probability of each component, given the row.

        Parameters
        ----------
        X : (n, D) array or data frame
            Rows, in the units of the rows that were fitted.

        Returns
        -------
        (n, K) array
            Probabilities, which sum to one in each row.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        InputError
            If the rows cannot be used: other columns than those fitted, a value that is not finite.

        Examples
        --------
        >>> from gaussmix import GaussianMixture, datasets
        >>> model = GaussianMixture(2, random_state=0).fit(datasets.load_faithful().data)
        >>> model.predict_proba([[2.9, 65.0]]).round(2)
        array([[0.36, 0.64]])
        """
        mixture, (rows, kind) = self._fitted(), self._rows_of(X)
        shares: Floats = kind.rows(mixture.responsibilities, rows)
        return shares

    def score_samples(self, X: Any) -> Floats:
        """Return the logarithm of the density of each row.

        Parameters
        ----------
        X : (n, D) array or data frame
            Rows, in the units of the rows that were fitted.

        Returns
        -------
        (n,) array
            Log-densities, in nats: natural logarithms.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        InputError
            If the rows cannot be used: other columns than those fitted, a value that is not finite.

        Examples
        --------
        >>> from gaussmix import GaussianMixture, datasets
        >>> model = GaussianMixture(2, random_state=0).fit(datasets.load_faithful().data)
        >>> model.score_samples([[4.3, 80.0], [3.0, 95.0]]).round(1)
        array([ -3.1, -16. ])
        """
        mixture, (rows, kind) = self._fitted(), self._rows_of(X)
        log_densities: Floats = kind.rows(mixture.log_prob, rows)
        return log_densities

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Return the mean log-likelihood of rows.

        Parameters
        ----------
        X : (n, D) array or data frame
            Rows, in the units of the rows that were fitted.
        y : ignored
            Present for scikit-learn's interface.
        sample_weight : (n,) array, optional
            How often each row counts.

        Returns
        -------
        float
            Nats for each unit of weight: nats per row without weights.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        InputError
            If the rows cannot be used: other columns than those fitted, a value that is not finite.
        """
        total, weight, _ = self._sums(X, sample_weight)
        return total / weight

    def sample(self, n_samples: int = 1) -> tuple[Floats, Ints]:
        """Draw rows and their components, in random order.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows to draw (n). The same rows are drawn at each call where ``random_state`` is a number.

        Returns
        -------
        X : (n, D) array
            The rows.
        labels : (n,) array of int
            The component that made each row.

        Raises
        ------
        InputError
            If ``n_samples`` is less than 1.
        """
        mixture = self._fitted()
        if as_count(n_samples, "n_samples", 0) < 1:
            raise InputError(
                f"Invalid value for 'n_samples': {n_samples}. The sampling requires at least one sample: "
                "give a whole number ≥ 1."
            )
        rows, labels = mixture.sample(n_samples, getattr(self, "random_state", None))
        kind = ArrayKind(like=self._kind.like)
        return kind.array(rows), kind.array(labels)

    def aic(self, X: Any, sample_weight: Any = None) -> float:
        """Return Akaike's information criterion, 2 ν − 2 log L; lower is better.

        ν is the number of free parameters and log L the log-likelihood of the rows.

        Parameters
        ----------
        X : (n, D) array or data frame
            The rows that were fitted.
        sample_weight : (n,) array, optional
            How often each row counts.

        Returns
        -------
        float
            The value of the criterion.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        InputError
            If the rows cannot be used: other columns than those fitted, a value that is not finite.
        """
        total, _, _ = self._sums(X, sample_weight)
        return selection.aic(total, self._fitted().n_parameters)

    def bic(self, X: Any, sample_weight: Any = None) -> float:
        """Return Schwarz's Bayesian information criterion, ν log n − 2 log L; lower is better.

        ν is the number of free parameters, log L the log-likelihood of the rows, and n their number or the sum of their
        weights.

        Parameters
        ----------
        X : (n, D) array or data frame
            The rows that were fitted.
        sample_weight : (n,) array, optional
            How often each row counts.

        Returns
        -------
        float
            The criterion; R's mclust has the opposite sign.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        InputError
            If the rows cannot be used: other columns than those fitted, a value that is not finite.

        Examples
        --------
        >>> from gaussmix import GaussianMixture, datasets
        >>> X = datasets.load_faithful().data
        >>> [round(GaussianMixture(K, random_state=0).fit(X).bic(X), 1) for K in (1, 2, 3)]
        [2607.6, 2322.2, 2324.2]
        """
        total, weight, _ = self._sums(X, sample_weight)
        return selection.bic(total, self._fitted().n_parameters, weight)

    def icl(self, X: Any, sample_weight: Any = None) -> float:
        """Return the integrated completed likelihood, BIC − 2 Σ log max_k r_ik; lower is better.

        r_ik is the responsibility of component k for row i. The criterion prefers components that do not overlap.

        Parameters
        ----------
        X : (n, D) array or data frame
            The rows that were fitted.
        sample_weight : (n,) array, optional
            How often each row counts.

        Returns
        -------
        float
            The criterion; never less than BIC.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        InputError
            If the rows cannot be used: other columns than those fitted, a value that is not finite.
        """
        total, weight, map_entropy = self._sums(X, sample_weight)
        return selection.icl(selection.bic(total, self._fitted().n_parameters, weight), map_entropy)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted estimator to a safetensors file, which :func:`gaussmix.load` reads back.

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
        self._fitted()
        persist.save(self, path)

    def _n_parameters(self) -> int:
        """Return the number of free parameters, by the name that criteria written for scikit-learn's class use."""
        return self._fitted().n_parameters

    def _rows_of(self, X: Any) -> tuple[Rows, ArrayKind]:
        """Return X as checked rows (n, D), and the kind of results for it."""
        rows = predict_rows(self, on_host(X))
        return rows, ArrayKind.of(X, np.result_type(rows.dtype, self._kind.dtype))

    def _sums(self, X: Any, sample_weight: Any) -> tuple[float, float, float]:
        """Return Σ w log p, Σ w and Σ w log max_k r."""
        mixture, rows = self._fitted(), predict_rows(self, on_host(X))
        source = ArraySource(rows, as_weights(on_host(sample_weight), len(rows)))
        with opened(engine_of(getattr(self, "engine", None))) as engine:
            moments = engine.sum(partial(e_step, mixture.densities), source)
        return moments.log_likelihood, moments.total_weight, moments.map_entropy
