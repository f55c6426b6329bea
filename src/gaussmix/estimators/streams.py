"""Fits to batches of rows: ``partial_fit``, by stepwise EM."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from ..blocks import Block
from ..covariances import MOST_DENSE
from ..engines import Engine, opened
from ..errors import InputError, InputTypeError
from ..estimation import FitPlan, Trace
from ..fitting import RunTrace, StepSizes
from ..fitting.stepwise import StepwiseState
from ..mixture import Mixture
from ..sources import ArraySource, Source, TableSource
from ..sources.opening import opens
from ..validation import as_weights
from .automatic import is_automatic
from .completion import CompletingMixture
from .kinds import on_host
from .labels import as_allowed
from .options import engine_of, plan_of
from .rows import Features, check_columns, keep_fit, predict_rows
from .source_rows import SourceRows

__all__ = ["StreamingMixture"]

_REMEMBERED = 10_000
"""Number of the latest batches whose log-likelihoods are kept."""


@dataclass(frozen=True, eq=False)
class Stream:
    """The state of an estimator between batches.

    Parameters
    ----------
    trace : RunTrace
        The mean log-likelihood of each batch before it was learned, and the times since the first.
    began : float
        When the first batch came.
    """

    state: StepwiseState
    steps: StepSizes
    trace: RunTrace
    n_batches: int
    began: float

    @classmethod
    def of(cls, mixture: Mixture, seen: float, steps: StepSizes) -> Stream:
        """Return the state at a mixture of rows with a total weight."""
        trace = RunTrace(np.empty(0), np.empty(0), "stopped", "")
        return cls(StepwiseState.of(mixture, seen), steps, trace, 0, time.time())

    def after(self, state: StepwiseState, steps: StepSizes) -> Stream:
        """Return the state after one more batch."""
        n, last = self.n_batches + 1, self.trace
        log_likelihood = np.append(last.log_likelihood, state.log_likelihood)[-_REMEMBERED:]
        seconds = np.append(last.seconds, time.time() - self.began)[-_REMEMBERED:]
        message = f"learned from {n} batch{'' if n == 1 else 'es'}"
        return Stream(state, steps, RunTrace(log_likelihood, seconds, "stopped", message), n, self.began)


class StreamingMixture(CompletingMixture):
    """A mixture fitted to batches of rows, by stepwise EM."""

    fit: Any
    engine: Any
    n_features_in_: int
    _total_weight: float

    def partial_fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        noise: Any = None,
        labels: Any = None,
        projections: Any = None,
        steps: StepSizes | None = None,
    ) -> Self:
        r"""Update the mixture with a batch of rows, by a step of stepwise EM.

        .. math:: s_t = (1 - \gamma_t) \, s_{t-1} + \gamma_t \, \bar s(X_t; \theta_{t-1}),
                  \quad \theta_t = M(s_t)

        The moments :math:`s` are weighted averages over all batches, and each batch is read once. On an unfitted
        estimator, the first batch is fitted by :meth:`fit`: it should have some hundred rows for each component.
        After :meth:`fit`, batches continue from its mixture.

        Parameters
        ----------
        X : (n, D) array, data frame, path or Source
            The rows of the batch, as in :meth:`fit`; the first batch has at least K and 2 rows, others at least one.
        y : ignored
            Present for scikit-learn's interface.
        sample_weight : (n,) array, optional
            Weights of the rows, as in :meth:`fit`.
        noise : (n, D) or (n, D, D) array, optional
            Measurement errors, as in :meth:`fit`.
        labels : (n,) array of int or (n, K) array of bool, optional
            Known or possible components, as in :meth:`fit`.
        projections : (n, m, D) or (m, D) array, optional
            Projections, as in :meth:`fit`.
        steps : StepSizes, optional
            The step sizes γ; by default those of the previous call, at first ``StepSizes()``. With
            ``StepSizes(memory=m)``, the influence of a row decreases over m rows, so that components can move.

        Returns
        -------
        self
            Among its attributes, ``n_iter_`` is the number of batches, and ``lower_bounds_`` has the mean
            log-likelihood of each batch before its step: a decrease indicates a change of the distribution.

        Raises
        ------
        InputError
            If the rows or an option are invalid.

        Examples
        --------
        >>> import numpy as np
        >>> from gaussmix import GaussianMixture, datasets
        >>> X = datasets.load_faithful().data
        >>> X = np.random.default_rng(0).permutation(X)
        >>> model = GaussianMixture(2, random_state=0)
        >>> for batch in np.array_split(X, 4):
        ...     model = model.partial_fit(batch)
        >>> model.means_.round(1)
        array([[ 4.3, 79.6],
               [ 2. , 54.1]])
        >>> model.set_params(warm_start=True).fit(X).converged_  # exact passes to finish
        True

        References
        ----------
        Cappé, O. and Moulines, E. (2009). On-line expectation-maximization algorithm for latent data models.
        J. R. Statist. Soc. B 71, 593-613.
        """
        chosen = _checked(steps)
        _check_one_model(vars(self))
        known = {"sample_weight": sample_weight, "noise": noise, "labels": labels, "projections": projections}
        if not hasattr(self, "mixture_"):
            self.fit(X, **{name: value for name, value in known.items() if value is not None})
            mixture = self._fitted()
            _check_moments(mixture)
            self._stream = Stream.of(mixture, self._total_weight, chosen or StepSizes())
            return self
        mixture, plan = self._fitted(), plan_of(vars(self), self.n_features_in_)
        _check_same(mixture, plan)
        with opened(engine_of(self.engine)) as engine:
            source = self._batch(X, known, mixture, engine)
            stream = getattr(self, "_stream", None)
            if stream is None or stream.state.mixture is not mixture:
                # A loaded model or given parameters count as much as this batch.
                seen = getattr(self, "_total_weight", None) or _weight(source, engine)
                stream = Stream.of(mixture, seen, StepSizes())
            steps = stream.steps if chosen is None else chosen
            state = stream.state.after(source, engine, steps, plan.reg_covar, plan.prior, plan.restrictions)
        self._keep_stream(stream.after(state, steps))
        return self

    def _batch(self, X: Any, known: dict[str, Any], mixture: Mixture, engine: Engine) -> Source:
        """Return the checked rows of a batch."""
        K, uniform = mixture.n_components, mixture.uniform is not None
        if opens(X):
            rows, features = SourceRows.of(X, known, engine)
            check_columns(self, features.count, None if features.names is None else list(features.names))
            return rows.rows.labelled(K, K + uniform) if isinstance(rows.rows, TableSource) else rows.rows
        X, noise, projections = (on_host(part) for part in (X, known["noise"], known["projections"]))
        block = predict_rows(self, X, noise, projections)
        weights = as_weights(on_host(known["sample_weight"]), block.n_rows)
        labels = on_host(known["labels"])
        allowed = as_allowed(labels, block.n_rows, K, uniform, weights, every=False)
        return ArraySource.of(replace(block, weights=weights, allowed=allowed))

    def _keep_stream(self, stream: Stream) -> None:
        mixture, run = stream.state.mixture, stream.trace
        keep_fit(
            self,
            Features(self.n_features_in_, getattr(self, "feature_names_in_", None)),
            mixture_=mixture,
            candidates_=None,
            trace_=Trace((run,), 0),
            converged_=False,
            n_iter_=stream.n_batches,
            lower_bound_=float(stream.state.log_likelihood),
            lower_bounds_=run.log_likelihood.tolist(),
            _checkpoint=(mixture, None),
            _stream=stream,
            _total_weight=stream.state.seen,
        )


def _checked(steps: Any) -> StepSizes | None:
    if steps is not None and not isinstance(steps, StepSizes):
        raise InputTypeError(f"steps is {steps!r}: give a gaussmix.fitting.StepSizes.")
    return steps


def _check_one_model(options: dict[str, Any]) -> None:
    whole = [name for name in ("trim", "bounds", "censored") if options.get(name)]
    if whole:
        raise InputError(
            f"partial_fit does not support {whole[0]}: fit all rows at once, from a file if they are many."
        )
    if is_automatic(options):
        raise InputError(
            'partial_fit learns one model, but n_components or covariance_type is "auto": choose by gaussmix.select on '
            "the first rows, and give a number and a family."
        )


def _check_same(mixture: Mixture, plan: FitPlan) -> None:
    """Raise InputError unless the options are those of the mixture so far."""
    _check_moments(mixture)
    if plan.n_components != mixture.n_components:
        raise InputError(
            f"n_components is {plan.n_components}, and the mixture so far has {mixture.n_components}: give the same, "
            "or call fit to begin again."
        )
    if plan.family != mixture.family:
        raise InputError(
            f"covariance_type is {plan.family.name!r}, and the mixture so far has {mixture.family.name!r}: give the "
            "same, or call fit to begin again."
        )


def _check_moments(mixture: Mixture) -> None:
    if mixture.covariances.frame.low_rank:
        raise InputError(
            f"factor analysers of {mixture.n_features} columns keep no full second moments, which partial_fit needs: "
            f"give at most {MOST_DENSE} columns, or another family."
        )
    if mixture.covariances.singular:
        raise InputError("the mixture so far has singular covariances: call fit to begin again.")


def _weight(source: Source, engine: Engine) -> float:
    return float(engine.sum(_block_weight, source))


def _block_weight(block: Block) -> float:
    return block.total_weight
