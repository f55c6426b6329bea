"""The certainty of a selection: the models near the best value of a criterion, and the confidence set of K."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .fitted import FittedModel, best_of

__all__ = ["Confidence"]

_EVIDENCE = ((2.0, "weak"), (6.0, "positive"), (10.0, "strong"))
"""Grades of evidence by the difference of BIC, as Kass and Raftery give them."""
_LEVEL = 0.95


@dataclass(frozen=True, eq=False, repr=False)
class Confidence:
    r"""The certainty of a selection by an information criterion.

    The weight of a model is :math:`e^{-\Delta / 2}` over the sum of all, with Δ the difference of its criterion from
    the best value. With BIC it approximates the posterior probability of the model, if all models are equally likely
    a priori.

    Parameters
    ----------
    models : sequence of FittedModel
        All models of the selection.
    criterion : str
        "bic", "aic" or "icl".

    Examples
    --------
    >>> import gaussmix
    >>> chosen = gaussmix.select(gaussmix.datasets.load_faithful().data, range(1, 5), random_state=0)
    >>> chosen.confidence.n_components
    (2, 3, 4)

    References
    ----------
    Kass, R. E. and Raftery, A. E. (1995). Bayes factors. J. Am. Stat. Assoc. 90, 773-795.
    """

    models: Sequence[FittedModel]
    criterion: str

    def __repr__(self) -> str:
        best, counts = self.best, ", ".join(map(str, self.n_components)) or "none"
        name = "none" if best is None else best.name
        return (
            f"<Confidence by {self.criterion}: best {name}, 95 % set of the number of components: {counts}>"
        )

    @cached_property
    def best(self) -> FittedModel | None:
        """The sound model with the lowest value; None if there is none."""
        return best_of(self.models, self.criterion)

    @cached_property
    def ranked(self) -> tuple[FittedModel, ...]:
        """The sound models in ascending order of the criterion, without duplicates for one component."""
        able = [m for m in self.models if m.sound and np.isfinite(m.value(self.criterion))]
        apart: dict[Any, FittedModel] = {}
        for model in sorted(able, key=lambda model: (model.value(self.criterion), model.df)):
            apart.setdefault((1, model.df) if model.n_components == 1 else model.name, model)
        return tuple(apart.values())

    def within(self, difference: float) -> tuple[FittedModel, ...]:
        """Return the other models with values at most a given difference above the best.

        Parameters
        ----------
        difference : float
            In units of the criterion.

        Returns
        -------
        tuple of FittedModel
            In ascending order of the criterion, without the best.
        """
        most = self.ranked[0].value(self.criterion) + difference if self.ranked else 0.0
        return tuple(model for model in self.ranked[1:] if model.value(self.criterion) <= most)

    @cached_property
    def probabilities(self) -> dict[int, float]:
        """The sum of the weights of all models of each number of components, by K."""
        if not self.ranked:
            return {}
        values = np.array([model.value(self.criterion) for model in self.ranked])
        weights = np.exp(-0.5 * (values - values[0]))
        weights /= weights.sum()
        found: dict[int, float] = dict.fromkeys(sorted({model.n_components for model in self.ranked}), 0.0)
        for model, weight in zip(self.ranked, weights, strict=True):
            found[model.n_components] += float(weight)
        return found

    @property
    def n_components(self) -> tuple[int, ...]:
        """The confidence set of K: the fewest numbers of components with a weight of 95 % together."""
        order = sorted(self.probabilities, key=lambda K: -self.probabilities[K])
        reached = np.cumsum([self.probabilities[K] for K in order])
        return tuple(sorted(order[: int(np.searchsorted(reached, _LEVEL)) + 1])) if order else ()

    @property
    def words(self) -> str:
        """The certainty of the selection in words."""
        name = self.criterion.upper()
        if self.best is None:
            return f"no model has a sound fit: {name} chooses none"
        value = self.best.value(self.criterion)
        near = "; ".join(f"within {limit:g}: {_named(self.within(limit))}" for limit, _ in _EVIDENCE)
        K = self.best.n_components
        kept = ", ".join(map(str, self.n_components))
        return (
            f"{name} chooses {self.best.name} ({name} {value:.2f}). {self._evidence()} Other models {near}. "
            f"K = {K} has {_percent(self.probabilities.get(K, 0.0))} of the {name} weights; the 95 % confidence set of "
            f"K is {{{kept}}}.{self._at_the_end(K)}"
        )

    def _at_the_end(self, K: int) -> str:
        """Return the advice to compare more components where the best model has the most."""
        counts = {model.n_components for model in self.models}
        if len(counts) < 2 or max(counts) > K:
            return ""
        return f" K = {K} is the largest number compared: compare larger ones too."

    def _evidence(self) -> str:
        """Return the strength of the evidence against the next best model in words."""
        if len(self.ranked) < 2:
            return "There is no other sound model."
        gap = self.ranked[1].value(self.criterion) - self.ranked[0].value(self.criterion)
        strength = next((words for limit, words in _EVIDENCE if gap <= limit), "very strong")
        return (
            f"The evidence against the next model, {self.ranked[1].name} ({gap:.2f} higher), is {strength}."
        )


_MOST_NAMED = 4


def _named(models: Sequence[FittedModel]) -> str:
    if not models:
        return "none"
    names = ", ".join(model.name for model in models[:_MOST_NAMED])
    more = len(models) - _MOST_NAMED
    return names if more <= 0 else f"{names} and {more} more"


def _percent(share: float) -> str:
    return "over 99 %" if share > 0.99 else f"{100 * share:.0f} %"
