"""The log-likelihood of rows under a fitted mixture, and the information criteria."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..distributed.collections import engine_for
from ..engines import opened
from ..errors import InputError
from ..fitting import Problem
from ..fitting.drivers import batch_driver
from ..model import Model
from ..model_sweep import criteria
from ..moments import Moments
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
from .trimmed_rows import KeptRows

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
        moments = self._moments(X, sample_weight, noise, projections)
        return moments.log_likelihood / moments.total_weight

    def aic(self, X: Any, sample_weight: Any = None, noise: Any = None, projections: Any = None) -> float:
        """Return Akaike's information criterion, 2 ν − 2 log L; lower is better.

        ν is the number of free parameters and log L the log-likelihood of the rows; with ``trim``, of those that are
        kept.

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
        moments = self._moments(X, sample_weight, noise, projections, trimmed=True)
        return criteria.aic(moments.log_likelihood, self.n_parameters_)

    def bic(self, X: Any, sample_weight: Any = None, noise: Any = None, projections: Any = None) -> float:
        """Return Schwarz's Bayesian information criterion, ν log n − 2 log L; lower is better.

        ν is the number of free parameters, log L the log-likelihood of the rows, and n their number or the sum of their
        weights. With ``trim``, both are those of the rows that are kept: compare fits with the same share.

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
        moments = self._moments(X, sample_weight, noise, projections, trimmed=True)
        return criteria.bic(moments.log_likelihood, self.n_parameters_, moments.total_weight)

    def icl(self, X: Any, sample_weight: Any = None, noise: Any = None, projections: Any = None) -> float:
        """Return the integrated completed likelihood, BIC − 2 Σ log max_k r_ik; lower is better.

        r_ik is the responsibility of component k for row i, of the rows that BIC counts. The criterion prefers
        components that do not overlap.

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
        moments = self._moments(X, sample_weight, noise, projections, trimmed=True)
        value = criteria.bic(moments.log_likelihood, self.n_parameters_, moments.total_weight)
        return criteria.icl(value, moments.map_entropy)

    @property
    def n_parameters_(self) -> int:
        """The number of estimated parameters: those of the family, without fixed and common ones."""
        return self._fitted().n_parameters - self._n_fixed

    def _n_parameters(self) -> int:
        """Return the number of free parameters, under scikit-learn's name."""
        return self.n_parameters_

    def _moments(
        self, X: Any, sample_weight: Any, noise: Any, projections: Any, trimmed: bool = False
    ) -> Moments:
        """Return the moments of all rows, or of those that the fit would keep."""
        mixture = self._fitted()
        if opens(X):
            known = {"sample_weight": sample_weight, "noise": noise, "projections": projections}
            source = source_to_predict(self, X, known)
        else:
            source = self._array_source(X, sample_weight, noise, projections)
        kept: Any = getattr(self, "_kept", None)
        bounds = kept.bounds if isinstance(kept, BoundedRows) and kept.mixture is mixture else None
        trimming = kept.trimming if trimmed and isinstance(kept, KeptRows) else None
        model = Model(mixture.family, trimming=trimming, bounds=bounds)
        with opened(engine_for(engine_of(getattr(self, "engine", None)), source)) as engine:
            return batch_driver(Problem(source, model, engine)).moments(mixture)

    def _array_source(self, X: Any, sample_weight: Any, noise: Any, projections: Any) -> Source:
        """Return rows in memory as a source, with their weights, errors and labels."""
        block = predict_rows(self, *map(on_host, (X, noise, projections)))
        if block.projections is not None and self._fitted().uniform is not None:
            raise InputError(NOT_UNIFORM)
        return ArraySource.of(replace(block, weights=as_weights(on_host(sample_weight), block.n_rows)))
