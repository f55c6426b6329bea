"""Ticks whose labels keep apart. This module imports matplotlib: import it where a picture is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from gaussmix.plots.fonts import width_of

__all__ = ["RoomyLocator"]

_GAP = 0.7
"""Distance of labels, in sizes of their font."""


class RoomyLocator(MaxNLocator):
    """Locator of ticks at round numbers whose labels do not overlap, for a horizontal axis."""

    def __init__(self, **options: Any) -> None:
        self._options = {"steps": [1, 2, 2.5, 5, 10], **options}
        super().__init__(nbins="auto", **self._options)

    def tick_values(self, vmin: float, vmax: float) -> Any:
        """Return the ticks between two limits."""
        low, high = sorted((vmin, vmax))
        usual = _between(super().tick_values(low, high), low, high)
        if len(usual) < 2 or self.axis is None:
            return usual
        fewer = (ticks for ticks in self._fewer(usual, low, high) if len(ticks) > 1)
        found = (ticks for ticks in fewer if self._fits(ticks, high - low))
        return next(found, usual[len(usual) // 2 :][:1])

    def _fewer(self, usual: Any, low: float, high: float) -> Iterator[Any]:
        """Yield the usual ticks, then ever fewer: round numbers, then some of the usual ones."""
        yield usual
        for bins in range(len(usual) - 1, 1, -1):
            locator = MaxNLocator(bins, **{**self._options, "min_n_ticks": 1})
            yield _between(locator.tick_values(low, high), low, high)
        for step in range(2, len(usual)):
            # Of one round number in the range, the scale is not seen.
            yield usual[::step]

    def _fits(self, ticks: Any, span: float) -> bool:
        axis: Any = self.axis
        label = axis.get_major_ticks(1)[0].label1
        if label.get_rotation():
            return True
        size, texts = float(label.get_fontsize()), axis.get_major_formatter().format_ticks(ticks)
        length = 72.0 * axis.axes.bbox.width / axis.get_figure(root=True).dpi
        widest = width_of("\n".join(map(_plain, texts)), size) + _GAP * size
        return bool(widest <= length * np.diff(ticks).min() / span)


def _between(ticks: Any, low: float, high: float) -> Any:
    return ticks[(ticks >= low) & (ticks <= high)]


def _plain(label: str) -> str:
    """Return the number of a label, which may be a formula."""
    return label.removeprefix("$\\mathdefault{").removesuffix("}$")
