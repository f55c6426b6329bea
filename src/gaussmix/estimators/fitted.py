"""What a fitted mixture is used for: labels, responsibilities, densities, criteria and samples."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

import numpy as np

from .. import persist, selection
from .._types import Floats, Ints, Rows
from ..data import ArraySource
from ..em import e_step
from ..engines import ThreadEngine
from ..errors import InputError
from ..validation import as_count, as_weights
from .kinds import ArrayKind, on_host
from .parameters import MixtureParameters
from .rows import predict_rows

__all__ = ["FittedMixture"]


class FittedMixture(MixtureParameters):
    """The methods of an estimator that has a ``mixture_``.

    Results for float32 rows are float32 where the fit was of float32 rows too, otherwise float64. Where scikit-learn
    dispatches arrays of other libraries, results are arrays of the library and on the device of X.
    """

    def predict(self, X: Any) -> Ints:
        """Return the most probable component of each row, (n,)."""
        mixture, (rows, kind) = self._fitted(), self._rows_of(X)
        labels: Ints = kind.array(mixture.predict(rows))
        return labels

    def predict_proba(self, X: Any) -> Floats:
        """Return the responsibilities of the components for each row, (n, K)."""
        mixture, (rows, kind) = self._fitted(), self._rows_of(X)
        shares: Floats = kind.rows(mixture.responsibilities, rows)
        return shares

    def score_samples(self, X: Any) -> Floats:
        """Return the log-density of each row, (n,), nats."""
        mixture, (rows, kind) = self._fitted(), self._rows_of(X)
        log_densities: Floats = kind.rows(mixture.log_prob, rows)
        return log_densities

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Return the mean log-likelihood, nats for each unit of weight.

        Parameters
        ----------
        X : (n, D) array
        y : ignored
        sample_weight : (n,) array, optional
        """
        total, weight, _ = self._sums(X, sample_weight)
        return total / weight

    def sample(self, n_samples: int = 1) -> tuple[Floats, Ints]:
        """Draw rows (n, D) and their components (n,), in random order.

        Parameters
        ----------
        n_samples : int, default=1
            n. The same rows are drawn at each call where ``random_state`` is a number.

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
        """Return Akaike's criterion on rows (n, D); lower is better."""
        total, _, _ = self._sums(X, sample_weight)
        return selection.aic(total, self._fitted().n_parameters)

    def bic(self, X: Any, sample_weight: Any = None) -> float:
        """Return Schwarz's criterion on rows (n, D); lower is better. n is the sum of the weights."""
        total, weight, _ = self._sums(X, sample_weight)
        return selection.bic(total, self._fitted().n_parameters, weight)

    def icl(self, X: Any, sample_weight: Any = None) -> float:
        """Return the integrated completed likelihood criterion on rows (n, D); lower is better."""
        total, weight, hard = self._sums(X, sample_weight)
        return selection.icl(selection.bic(total, self._fitted().n_parameters, weight), hard)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted estimator to a safetensors file, which :func:`gaussmix.load` reads back."""
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
        with ThreadEngine() as engine:
            moments = engine.sum(partial(e_step, mixture.densities), source)
        return moments.log_likelihood, moments.total_weight, moments.hard
