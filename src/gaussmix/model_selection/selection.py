"""The result of a selection: all models with their criteria, and the best as an estimator."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .. import persist
from ..covariances import family_named
from ..errors import InputError
from ..estimators import GaussianMixture
from ..estimators.bounded_rows import BoundedRows, bounds_of
from ..estimators.candidates import mixture_parts
from ..estimators.kinds import ArrayKind
from ..estimators.rows import Features, keep_fit
from ..estimators.trimmed_rows import KeptRows
from ..model_sweep import Confidence, FittedModel, MixingDendrogram, Stability, best_of
from ..model_sweep.dendrogram import dendrogram_of, largest_sound
from ..model_sweep.names import model_name
from .summary import INFORMATION, counted, in_words, table_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Selection"]


@dataclass(frozen=True, eq=False)
class Selection:
    """The result of :func:`gaussmix.select`: all models with their criteria, and the best as an estimator.

    Parameters
    ----------
    models : tuple of FittedModel
        The models in the order of the table.
    criterion : str
        The criterion of the choice.
    options : mapping
        The options of every fit.
    features : Features
        The columns of the rows.
    kind : ArrayKind
        The number type of the attributes of estimators.
    rows : str
        A hash of the rows, by which a selection is resumed with the same.
    seed : int
        Of the random numbers.
    n_candidates : int
        The number of models to fit.
    seconds : float
        Time of the selection.
    notes : tuple of str
        Models left out, with the reasons.

    Examples
    --------
    >>> import gaussmix
    >>> X = gaussmix.datasets.load_faithful().data
    >>> selection = gaussmix.select(X, range(1, 5), ["EEE", "VVV"], random_state=0)
    >>> selection.best.name
    'EEE,3'
    >>> selection.best_.predict(X[:3])
    array([2, 0, 2])
    """

    models: tuple[FittedModel, ...]
    criterion: str
    options: Mapping[str, Any]
    features: Features
    kind: ArrayKind
    rows: str
    seed: int
    n_candidates: int
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether all models were fitted and improved; otherwise ``select(..., resume=selection)`` continues."""
        return len(self.models) == self.n_candidates and all(model.stage == "final" for model in self.models)

    @property
    def best(self) -> FittedModel:
        """The sound model with the lowest value of the criterion.

        Raises
        ------
        InputError
            If no model is sound.
        """
        return self.best_by(self.criterion)

    @property
    def ranked(self) -> tuple[FittedModel, ...]:
        """The sound models in ascending order of the criterion."""
        return Confidence(self.models, self.criterion).ranked

    def best_by(self, criterion: str) -> FittedModel:
        """Return the sound model with the lowest value of a criterion.

        Parameters
        ----------
        criterion : str
            "bic", "aic" or "icl", or the criterion of the selection.

        Returns
        -------
        FittedModel
            The model; of equal ones, that of fewest parameters.

        Raises
        ------
        InputError
            If no model is sound, or none has a value of the criterion.
        """
        known = dict.fromkeys(("bic", "icl", "aic", self.criterion))
        if criterion not in known:
            raise InputError(
                f"criterion is {criterion!r}, and this selection has {', '.join(map(repr, known))}: give one of them, "
                "or select again by another criterion."
            )
        best = best_of(self.models, criterion)
        if best is None:
            do = "give more rows, fewer components or a family of fewer parameters, or another criterion."
            why = " ".join(self.notes) or do
            raise InputError(
                f"no model can be chosen by {criterion!r} ({counted(self.models)}): {why[:1].lower()}{why[1:]}"
            )
        return best

    @cached_property
    def best_(self) -> GaussianMixture:
        """The fitted estimator of the best model."""
        return self.estimator(self.best)

    def model(self, n_components: int, family: str) -> FittedModel:
        """Return the model of a number of components and a family.

        Parameters
        ----------
        n_components : int
            Number of mixture components (K).
        family : str
            Name of the family, mclust's or a short one; with one column, that of a model of several columns, too.

        Returns
        -------
        FittedModel
            The model.

        Raises
        ------
        InputError
            If it is not among the models.
        """
        called, D = family_named(family), self.features.count
        names = {family} if called is None else {family, model_name(called, D)}
        for model in self.models:
            same = model.family == called or not names.isdisjoint((model.family_name, model.family.name))
            if model.n_components == n_components and same:
                return model
        raise InputError(
            f"there is no model {family!r} with {n_components} components in this selection: give one of its table."
        )

    def estimator(self, model: FittedModel) -> GaussianMixture:
        """Return the fitted estimator of one of the models.

        Parameters
        ----------
        model : FittedModel
            One of ``models``.

        Returns
        -------
        GaussianMixture
            The estimator after ``fit``.

        Raises
        ------
        InputError
            If the model has no fit.
        """
        if model.mixture is None:
            raise InputError(f"{model.name} has no fit: its status is {model.status!r}; give another model.")
        known = family_named(model.family.name) == model.family
        family = model.family.name if known else model.family
        estimator = GaussianMixture(model.n_components, covariance_type=family, **self.options)
        keep_fit(estimator, self.features, _kind=self.kind, **mixture_parts(model, self.features.texts))
        bounds = bounds_of(self.options, self.features.count)
        if bounds is not None:
            estimator._kept = BoundedRows(estimator.mixture_, bounds)
        if model.cut is not None:
            estimator._kept = KeptRows(estimator.mixture_, *model.cut)
        return estimator

    @property
    def table(self) -> pd.DataFrame:
        """The models as a pandas frame: a row for each, with its criteria, status and time."""
        return table_of(self.models)

    @property
    def confidence(self) -> Confidence:
        """The certainty of the choice, by the information criterion of the selection, or by BIC."""
        return Confidence(self.models, self.criterion if self.criterion in INFORMATION else "bic")

    def _of_family(self, family: str | None) -> tuple[str, list[FittedModel]]:
        """Return the name of a family, that of the best model by default, and its models."""
        chosen = self.best.family_name if family is None else family
        called = family_named(chosen)
        models = [m for m in self.models if m.family == called or chosen in (m.family_name, m.family.name)]
        return chosen, models

    def dendrogram(self, family: str | None = None) -> MixingDendrogram:
        """Return the tree of mergers of the components of the largest sound mixture of a family.

        Parameters
        ----------
        family : str, optional
            Name of the family; that of the best model by default.

        Returns
        -------
        MixingDendrogram
            With the number of components that the criterion "dendrogram" chooses, if the models have its values.

        Raises
        ------
        InputError
            If no model of the family is sound.
        """
        chosen, models = self._of_family(family)
        largest, best = largest_sound(models), best_of(models, "dendrogram")
        if largest is None or largest.mixture is None:
            raise InputError(
                f"no model of {chosen!r} in this selection is sound, so no components can be merged: give "
                "another family."
            )
        return dendrogram_of(largest.mixture, None if best is None else best.n_components)

    def stability(self, family: str | None = None) -> Stability:
        """Return the stability of a family over runs, for a selection by "instability".

        Parameters
        ----------
        family : str, optional
            Name of the family; that of the best model by default.

        Returns
        -------
        Stability
            Fowlkes-Mallows indices for each number of components.

        Raises
        ------
        InputError
            If the models have no runs to compare.
        """
        chosen, models = self._of_family(family)
        found = Stability.of(models)
        if not found.n_components:
            raise InputError(
                f'{chosen!r} has no stability over runs: select with criterion="instability" and successive numbers '
                "of components."
            )
        return found

    def summary(self) -> str:
        """Return the choice, its certainty, and omitted models, in words.

        Returns
        -------
        str
            Sentences, one a line.
        """
        return in_words(self)

    def chosen_by(self, criterion: str) -> Selection:
        """Return the selection by another criterion, without new fits.

        Parameters
        ----------
        criterion : str
            "bic", "aic" or "icl".

        Returns
        -------
        Selection
            The same models and the other choice.

        Raises
        ------
        InputError
            If the models have no value of the criterion.
        """
        _ = self.best_by(criterion)
        return replace(self, criterion=criterion)

    def plot(self, *, ax: Axes | None = None) -> Figure:
        """Draw the criterion: a curve for each family over the number of components, and a heat map.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw the curves alone; a new figure of both by default.

        Returns
        -------
        matplotlib Figure
            The figure that was drawn into.
        """
        from ..plots import criterion_curves, selection

        if ax is None:
            return selection(self)
        drawn = criterion_curves(self, ax=ax).get_figure(root=True)
        assert drawn is not None
        return drawn

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the selection to a safetensors file; :func:`gaussmix.load` reads it.

        Parameters
        ----------
        path : path
            The file to write.

        Raises
        ------
        InputError
            If the file cannot be written.
        """
        persist.save(self, path)

    def __repr__(self) -> str:
        done = len(self.models) if self.complete else f"{len(self.models)} of {self.n_candidates}"
        best = best_of(self.models, self.criterion)
        chosen = "no sound model" if best is None else f"best {best.name}, {best.value(self.criterion):.2f}"
        noise = " with a noise component" if self.options.get("noise_component") else ""
        return f"<Selection of {done} models{noise} by {self.criterion}: {chosen}>"
