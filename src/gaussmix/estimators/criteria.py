"""The log-likelihood of rows under a fitted mixture, and the information criteria."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from ..distributed.collections import engine_for
from ..em import e_step
from ..engines import opened
from ..errors import InputError
from ..model_sweep import criteria
from ..projections import NOT_UNIFORM
from ..sources import ArraySource, Source
from ..sources.opening import opens
from ..validation import as_weights
from .bounded_rows import BoundedRows
from .kinds import on_host
from .mixture_attributes import MixtureParameters
from .options import engine_of
from .rows import predict_rows
from .source_rows import source_to_predict

__all__ = ["Criteria"]


class Criteria(MixtureParameters):
    """Mean log-likelihood and information criteria."""

    _n_fixed: int = 0

    def score(
        self, X: Any, y: Any = None, sample_weight: Any = None, noise: Any = None, projections: Any = None
    ) -> float:
        """Return the mean log-likelihood of rows.

        Parameters
        ----------
        X : (n, D) array, data frame, path or Source
            Rows, as in :meth:`fit`.
        y : ignored
            Present for scikit-learn's interface.
        sample_weight : (n,) array, optional
            Weights of the rows, as in :meth:`fit`.
        noise : (n, D) or (n, D, D) array, optional
            Measurement errors, as in :meth:`fit`.
        projections : (n, m, D) or (m, D) array, optional
            Projections, as in :meth:`fit`.

        Returns
        -------
        float
            Nats for each unit of weight: nats per row without weights.

        Raises
        ------
        NotFittedError, InputError
            If the estimator is not fitted, or the rows are invalid.
        """
        total, weight, _ = self._sums(X, sample_weight, noise, projections)
        return total / weight

    def aic(self, X: Any, sample_weight: Any = None, noise: Any = None, projections: Any = None) -> float:
        """Return Akaike's information criterion, 2 ν − 2 log L; lower is better.

        ν is the number of free parameters and log L the log-likelihood of the rows.

        Parameters
        ----------
        X : (n, D) array or data frame
            The rows of the fit.
        sample_weight : (n,) array, optional
            Weights of the rows, as in :meth:`fit`.
        noise : (n, D) or (n, D, D) array, optional
            Measurement errors, as in :meth:`fit`.
        projections : (n, m, D) or (m, D) array, optional
            Projections, as in :meth:`fit`.

        Returns
        -------
        float
            The value of the criterion.

        Raises
        ------
        NotFittedError, InputError
            If the estimator is not fitted, or the rows are invalid.
        """
        total, _, _ = self._sums(X, sample_weight, noise, projections)
        return criteria.aic(total, self.n_parameters_)

    def bic(self, X: Any, sample_weight: Any = None, noise: Any = None, projections: Any = None) -> float:
        """Return Schwarz's Bayesian information criterion, ν log n − 2 log L; lower is better.

        ν is the number of free parameters, log L the log-likelihood of the rows, and n their number or the sum of their
        weights.

        Parameters
        ----------
        X : (n, D) array or data frame
            The rows of the fit.
        sample_weight : (n,) array, optional
            Weights of the rows, as in :meth:`fit`.
        noise : (n, D) or (n, D, D) array, optional
            Measurement errors, as in :meth:`fit`.
        projections : (n, m, D) or (m, D) array, optional
            Projections, as in :meth:`fit`.

        Returns
        -------
        float
            The criterion; R's mclust has the opposite sign.

        Raises
        ------
        NotFittedError, InputError
            If the estimator is not fitted, or the rows are invalid.

        Examples
        --------
        >>> from gaussmix import GaussianMixture, datasets
        >>> X = datasets.load_faithful().data
        >>> [round(GaussianMixture(K, random_state=0).fit(X).bic(X), 1) for K in (1, 2, 3)]
        [2607.6, 2322.2, 2324.2]
        """
        total, weight, _ = self._sums(X, sample_weight, noise, projections)
        return criteria.bic(total, self.n_parameters_, weight)

    def icl(self, X: Any, sample_weight: Any = None, noise: Any = None, projections: Any = None) -> float:
        """Return the integrated completed likelihood, BIC − 2 Σ log max_k r_ik; lower is better.

        r_ik is the responsibility of component k for row i. The criterion prefers components that do not overlap.

        Parameters
        ----------
        X : (n, D) array or data frame
            The rows of the fit.
        sample_weight : (n,) array, optional
            Weights of the rows, as in :meth:`fit`.
        noise : (n, D) or (n, D, D) array, optional
            Measurement errors, as in :meth:`fit`.
        projections : (n, m, D) or (m, D) array, optional
            Projections, as in :meth:`fit`.

        Returns
        -------
        float
            The criterion; never less than BIC.

        Raises
        ------
        NotFittedError, InputError
            If the estimator is not fitted, or the rows are invalid.
        """
        total, weight, map_entropy = self._sums(X, sample_weight, noise, projections)
        return criteria.icl(criteria.bic(total, self.n_parameters_, weight), map_entropy)

    @property
    def n_parameters_(self) -> int:
        """The number of estimated parameters: those of the family, without fixed and common ones."""
        return self._fitted().n_parameters - self._n_fixed

    def _n_parameters(self) -> int:
        """Return the number of free parameters, under scikit-learn's name."""
        return self.n_parameters_

    def _sums(self, X: Any, sample_weight: Any, noise: Any, projections: Any) -> tuple[float, float, float]:
        """Return Σ w log p, Σ w and Σ w log max_k r."""
        mixture = self._fitted()
        if opens(X):
            known = {"sample_weight": sample_weight, "noise": noise, "projections": projections}
            source = source_to_predict(self, X, known)
        else:
            source = self._array_source(X, sample_weight, noise, projections)
        with opened(engine_for(engine_of(getattr(self, "engine", None)), source)) as engine:
            kept: Any = getattr(self, "_kept", None)
            bounded = isinstance(kept, BoundedRows) and kept.mixture is mixture
            densities = kept.densities if bounded else mixture.densities
            moments = engine.sum(partial(e_step, densities), source)
        unseen = moments.total_weight * kept.log_seen if bounded else 0.0
        return moments.log_likelihood - unseen, moments.total_weight, moments.map_entropy

    def _array_source(self, X: Any, sample_weight: Any, noise: Any, projections: Any) -> Source:
        """Return rows in memory as a source, with their weights, errors and labels."""
        block = predict_rows(self, *map(on_host, (X, noise, projections)))
        if block.projections is not None and self._fitted().uniform is not None:
            raise InputError(NOT_UNIFORM)
        return ArraySource.of(replace(block, weights=as_weights(on_host(sample_weight), block.n_rows)))
