"""Models read from files: labels and densities, of mixtures and classifiers alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix.errors import InputError
from gaussmix.log_space import log_sum_exp
from gaussmix.mixture import Mixture

if TYPE_CHECKING:
    from gaussmix._types import Floats
    from gaussmix.sources import Part

__all__ = ["BLOCK", "Labeller", "labeller_of", "mixture_in"]

BLOCK = 1 << 15
"""Number of rows of a piece."""


@dataclass(frozen=True, eq=False)
class Labeller:
    """Labels of rows: the components of a mixture, or the classes of a classifier.

    Parameters
    ----------
    kind : str
        The name of the column of labels: component or class.
    labels : array (C,)
        The labels.
    log_joint : callable
        From rows (n, D), and variances (n, D) of their measurement errors or None, to log P(label) p(row | label),
        (n, C).
    """

    kind: str
    labels: Any
    log_joint: Callable[[Any, Any], Floats]
    n_features: int
    feature_names: Sequence[str] | None

    def parts(
        self, X: Floats, variances: Floats | None = None, *, proba: bool, log_density: bool
    ) -> Iterator[dict[str, Any]]:
        """Yield the columns of the result for one piece of the rows after another."""
        for start in range(0, max(len(X), 1), BLOCK):
            rows = slice(start, start + BLOCK)
            joint = self.log_joint(X[rows], None if variances is None else variances[rows])
            part: dict[str, Any] = {self.kind: self.labels[joint.argmax(axis=1)]}
            if proba or log_density:
                density = log_sum_exp(joint)
            if proba:
                shares = np.exp(joint - density[:, None])
                part |= {f"probability_{label}": shares[:, j] for j, label in enumerate(self.labels)}
            if log_density:
                part["log_density"] = density
            yield part

    def of_part(self, rows: Part, *, proba: bool, log_density: bool) -> list[dict[str, Any]]:
        """Return the columns of the result for a part of a source, in pieces."""
        block = rows.read()
        X = np.asarray(block.X, dtype=np.float64)
        return list(self.parts(X, block.noise, proba=proba, log_density=log_density))


def labeller_of(model: Any, path: Path) -> Labeller:
    """Return the labeller of a model.

    Parameters
    ----------
    path : pathlib.Path
        The file it came from, for messages.
    """
    if hasattr(model, "mixtures_"):
        from gaussmix.classify import ClassMixtures

        first = model.mixtures_[0]
        classes = ClassMixtures(model.priors_, model.mixtures_)

        def log_joint(X: Any, variances: Any) -> Floats:
            if variances is not None:
                raise InputError(
                    f"{path} holds a classifier, which takes no measurement errors: leave out --errors"
                )
            return classes.log_joint(X)

        return Labeller("class", model.classes_, log_joint, first.n_features, first.feature_names)
    mixture = mixture_in(model, path)
    labels = np.array([*range(mixture.n_components), *([] if mixture.uniform is None else [-1])])
    return Labeller("component", labels, mixture.log_joint, mixture.n_features, mixture.feature_names)


def mixture_in(model: Any, path: Path) -> Mixture:
    """Return the mixture of a model."""
    mixture = getattr(model, "mixture_", model)
    if not isinstance(mixture, Mixture):
        raise InputError(f"{path} holds a {type(model).__name__}, not a mixture: give the file of a mixture")
    return mixture
