"""Methods of a fitted mixture: labels, responsibilities, densities, criteria and samples."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import persist
from .._types import Floats, Ints
from ..blocks import Block
from ..distributed.collections import engine_for, is_collection
from ..engines import opened
from ..errors import InputError
from ..graphs import Graph, Output, mixture_outputs
from ..sources import Source
from ..sources.opening import opens
from ..validation import as_count
from .bounded_rows import BoundedRows
from .collection_rows import values_of_collection
from .criteria import Criteria
from .kinds import ArrayKind, on_host
from .onnx import InONNX
from .options import engine_of
from .rows import predict_rows
from .source_rows import concatenated, source_to_predict
from .trimmed_rows import KeptRows

__all__ = ["FittedMixture"]


class FittedMixture(InONNX, Criteria):
    """The methods of an estimator with a ``mixture_``.

    Results are float32 if both the rows and the rows of the fit were float32, otherwise float64. If scikit-learn
    dispatches arrays of other libraries, results are arrays of the library and on the device of X.

    For a collection of Dask, Ray or Spark, predictions are lazy and of the same kind: arrays of Dask for an array, a
    series or a data frame for a data frame of Dask, and a further column for a dataset of Ray or a data frame of Spark:
    "prediction", "probability", "log_density" or "outlier_score".
    """

    def _onnx_outputs(self, graph: Graph, rows: str) -> list[Output]:
        mixture, kept = self._fitted(), getattr(self, "_kept", None)
        if kept is not None and kept.mixture is mixture:
            results: list[Output] = kept.onnx_outputs(graph, rows)
            return results
        return mixture_outputs(graph, rows, mixture)

    def predict(self, X: Any, noise: Any = None, projections: Any = None) -> Ints:
        """Return the most probable component of each row.

        Parameters
        ----------
        X : (n, D) array, data frame, path or Source
            Rows, as in :meth:`fit`.
        noise : (n, D) or (n, D, D) array, optional
            Measurement errors, as in :meth:`fit`.
        projections : (n, m, D) or (m, D) array, optional
            Projections, as in :meth:`fit`.

        Returns
        -------
        (n,) array of int
            Numbers of components, from 0; −1 for the uniform component and for trimmed rows.

        Raises
        ------
        NotFittedError, InputError
            If the estimator is not fitted, or the rows are invalid.

        Examples
        --------
        >>> from gaussmix import GaussianMixture, datasets
        >>> model = GaussianMixture(2, random_state=0).fit(datasets.load_faithful().data)
        >>> model.predict([[4.3, 80.0], [2.0, 55.0]])
        array([0, 1])
        """
        labels: Ints = self._of_rows("predict", X, noise, projections)
        return labels

    def predict_proba(self, X: Any, noise: Any = None, projections: Any = None) -> Floats:
        """Return the responsibilities: the probability of each component, given the row.

        Parameters
        ----------
        X : (n, D) array, data frame, path or Source
            Rows, as in :meth:`fit`.
        noise : (n, D) or (n, D, D) array, optional
            Measurement errors, as in :meth:`fit`.
        projections : (n, m, D) or (m, D) array, optional
            Projections, as in :meth:`fit`.

        Returns
        -------
        (n, K) array
            Probabilities, which sum to one in each row; that of a uniform component in the last of K + 1 columns.

        Raises
        ------
        NotFittedError, InputError
            If the estimator is not fitted, or the rows are invalid.

        Examples
        --------
        >>> from gaussmix import GaussianMixture, datasets
        >>> model = GaussianMixture(2, random_state=0).fit(datasets.load_faithful().data)
        >>> model.predict_proba([[2.9, 65.0]]).round(2)
        array([[0.36, 0.64]])
        """
        shares: Floats = self._of_rows("responsibilities", X, noise, projections)
        return shares

    def score_samples(self, X: Any, noise: Any = None, projections: Any = None) -> Floats:
        """Return the logarithm of the density of each row.

        Parameters
        ----------
        X : (n, D) array, data frame, path or Source
            Rows, as in :meth:`fit`.
        noise : (n, D) or (n, D, D) array, optional
            Measurement errors, as in :meth:`fit`.
        projections : (n, m, D) or (m, D) array, optional
            Projections, as in :meth:`fit`.

        Returns
        -------
        (n,) array
            Log-densities, in nats: natural logarithms.

        Raises
        ------
        NotFittedError, InputError
            If the estimator is not fitted, or the rows are invalid.

        Examples
        --------
        >>> from gaussmix import GaussianMixture, datasets
        >>> model = GaussianMixture(2, random_state=0).fit(datasets.load_faithful().data)
        >>> model.score_samples([[4.3, 80.0], [3.0, 95.0]]).round(1)
        array([ -3.1, -16. ])
        """
        log_densities: Floats = self._of_rows("log_prob", X, noise, projections)
        return log_densities

    def outlier_score(self, X: Any, noise: Any = None, projections: Any = None) -> Floats:
        r"""Return the outlier score of each row, from 0 to 1.

        With a uniform component, the score is the posterior probability of that component. Without one, it is the
        probability of a smaller Mahalanobis distance, averaged over the components of the row:

        .. math:: \sum_k r_k(x) \, P(\chi^2_D \le (x - \mu_k)^T \Sigma_k^{-1} (x - \mu_k)),

        with D the number of observed columns.

        Parameters
        ----------
        X : (n, D) array, data frame, path or Source
            Rows, as in :meth:`fit`.
        noise : (n, D) or (n, D, D) array, optional
            Measurement errors, as in :meth:`fit`.
        projections : (n, m, D) or (m, D) array, optional
            Projections, as in :meth:`fit`.

        Returns
        -------
        (n,) array
            Scores.

        Raises
        ------
        NotFittedError, InputError
            If the estimator is not fitted, or the rows are invalid.

        Examples
        --------
        >>> from gaussmix import GaussianMixture, datasets
        >>> model = GaussianMixture(2, random_state=0).fit(datasets.load_faithful().data)
        >>> model.outlier_score([[4.3, 80.0], [9.0, 50.0]]).round(2)
        array([0., 1.])
        """
        scores: Floats = self._of_rows("outlier_score", X, noise, projections)
        return scores

    @property
    def trim_threshold_(self) -> float | None:
        """The log-density below which rows are trimmed, nats; None without ``trim``."""
        self._fitted()
        kept: Any = getattr(self, "_kept", None)
        return kept.threshold if isinstance(kept, KeptRows) else None

    def sample(self, n_samples: int = 1) -> tuple[Floats, Ints]:
        """Draw rows and their components, in random order.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows to draw (n). If ``random_state`` is a number, each call draws the same rows.

        Returns
        -------
        X : (n, D) array
            The rows.
        labels : (n,) array of int
            The component of each row.

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

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted estimator to a safetensors file; :func:`gaussmix.load` reads it.

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

    def _of_rows(self, method: str, X: Any, noise: Any = None, *projections: Any) -> Any:
        """Return the values of a method of the mixture for rows, in memory or block by block of a source."""
        mixture, measured = self._fitted(), bool(projections)
        kept: KeptRows | BoundedRows | None = getattr(self, "_kept", None)
        special = hasattr(kept, method) and kept is not None and kept.mixture is mixture
        function = getattr(kept if special else mixture, method)
        if opens(X):
            known = {"noise": noise, **({"projections": projections[0]} if measured else {})}
            if is_collection(X) and special:
                raise InputError(
                    "a trimmed, truncated or censored fit makes no predictions for collections of Dask, Ray or Spark: "
                    "give arrays, files or a Source."
                )
            if is_collection(X):
                return values_of_collection(self, self._fitted(), method, X, known)
            return self._of_source(function, source_to_predict(self, X, known), measured)
        block, kind = self._rows_of(X, noise, *projections)
        known_rows = (block.noise, block.projections)[: 1 + measured]
        if method == "predict":
            return kind.array(function(block.X, *known_rows))
        return kind.rows(function, block.X, *known_rows)

    def _of_source(self, function: Callable[..., Any], source: Source, measured: bool) -> Any:
        dtype = self._kind.dtype

        def of_block(block: Block) -> Any:
            values = function(block.X, *(block.noise, block.projections)[: 1 + measured])
            return ArrayKind(np.result_type(block.X.dtype, dtype)).array(values)

        with opened(engine_for(engine_of(getattr(self, "engine", None)), source)) as engine:
            return concatenated(of_block, source, engine)

    def _rows_of(self, X: Any, noise: Any, projections: Any = None) -> tuple[Block, ArrayKind]:
        """Return X as a block of checked rows (n, D), and the kind of results for it."""
        block = predict_rows(self, *map(on_host, (X, noise, projections)))
        return block, ArrayKind.of(X, np.result_type(block.X.dtype, self._kind.dtype))
