"""Rows of known and unknown classes in the plane of a decision map."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gaussmix._types import Floats, Ints, Rows
from gaussmix.classify import ClassMixtures
from gaussmix.containers import label_array
from gaussmix.errors import InputError
from gaussmix.estimators.class_labels import missing_labels
from gaussmix.estimators.unknown_classes import known_classes
from gaussmix.plots.colours import shaded
from gaussmix.plots.inputs import as_labels, completed
from gaussmix.plots.marks import UNKNOWN_CLASS, draw_points, name_marks
from gaussmix.plots.style import Style
from gaussmix.plots.tints import Tint, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ClassifiedRows", "classified_rows"]


@dataclass(frozen=True, eq=False)
class ClassifiedRows:
    """Rows to draw, and their classes.

    Parameters
    ----------
    places : (n, 2) array
        Missing values at their conditional means.
    holed : (n,) array of bool
        Which rows have a missing value among the two.
    codes : (n,) array of int or None
        The number of the class of each row; −1 if it is unknown.
    """

    places: Rows
    holed: NDArray[np.bool_]
    codes: Ints | None

    def draw(self, ax: Axes, colours: Floats) -> None:
        """Draw the rows in the colours (C, 3) of their classes, and in grey where the class is unknown."""
        draw_points(ax, self.places, replace(self._tint(colours), holed=self.holed))
        unknown = self.codes is not None and bool((self.codes < 0).any())
        name_marks(ax, {"with a missing value": self.holed.any(), "of unknown class": unknown})

    def _tint(self, colours: Floats) -> Tint:
        if self.codes is None:
            return plain(self.places, 0.85)
        codes = self.codes
        # −1 picks the last of the shares: the colour of rows of unknown class.
        identity = np.eye(len(colours) + 1)

        def own(style: Style) -> Floats:
            # Nearer to the colour of text than the regions, to make points visible on the region of their class.
            strong = shaded(colours, np.asarray(0.8), style.foreground)
            return np.vstack([strong, style.faded(UNKNOWN_CLASS)])

        return Tint(own, lambda part: identity[codes[part]])

    def middle(self, c: int) -> Floats | None:
        """Return the median of the rows of a class, or None without any."""
        mine = None if self.codes is None else self.codes == c
        if mine is None or not mine.any():
            return None
        return np.asarray(np.median(self.places[mine], axis=0))


def classified_rows(classifier: Any, rows: Rows, y: Any, chosen: list[int]) -> ClassifiedRows:
    """Return rows (n, D) in the plane of two columns.

    Raises
    ------
    InputError
        If y has an unknown class or the wrong length, or a value to draw is missing and the classifier has no mixtures.
    """
    codes = None if y is None else _codes(y, len(rows), classifier)
    holed = np.asarray(np.isnan(rows[:, chosen]).any(axis=1))
    places = np.array(rows[:, chosen], dtype=np.float64)
    if holed.any():
        if not (hasattr(classifier, "mixtures_") and hasattr(classifier, "priors_")):
            row = int(holed.argmax())
            column = chosen[int(np.isnan(rows[row, chosen]).argmax())]
            raise InputError(
                f"X[{row}, {column}] is missing, and a {type(classifier).__name__} gives no conditional mean for it: "
                "leave out rows with missing values in the drawn columns."
            )
        of_class = np.full(len(rows), -1) if codes is None else codes
        for c in np.unique(of_class[holed]):
            mine = holed & (of_class == c)
            mixture = (
                ClassMixtures(classifier.priors_, classifier.mixtures_).marginal()[0]
                if c < 0
                else classifier.mixtures_[c]
            )
            places[mine] = completed(mixture, rows[mine])[:, chosen]
    return ClassifiedRows(places, holed, codes)


def _codes(y: Any, n: int, classifier: Any) -> Ints:
    """Return the number of each row's class, −1 where it is unknown."""
    values = label_array(y, "y")
    if values.shape != (n,):
        as_labels(values, n, "y")
    known = known_classes(values, getattr(classifier, "unknown_label", None)) & ~missing_labels(values)
    classes = np.asarray(classifier.classes_).tolist()
    strange = [label for label in values[known].tolist() if label not in classes]
    if strange:
        raise InputError(
            f"y holds the class {strange[0]!r}, unknown to the classifier: leave those rows out."
        )
    codes = np.full(n, -1, dtype=np.intp)
    number = {label: code for code, label in enumerate(classes)}
    codes[known] = [number[label] for label in values[known].tolist()]
    return codes
