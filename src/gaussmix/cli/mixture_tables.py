"""Mixtures as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rich import box
from rich.table import Table
from rich.text import Text

from gaussmix.names import short_apart
from gaussmix.report.words import constant_value, decimals_for, number

if TYPE_CHECKING:
    from gaussmix._types import Floats
    from gaussmix.mixture import Mixture

__all__ = ["component_tables", "facts"]

_MOST_COMPONENTS, _MOST_FEATURES, _LONGEST_NAME = 50, 24, 20


@dataclass(frozen=True)
class _Feature:
    """A column of the table: its heading, and a cell for each component."""

    heading: str
    cells: list[str]

    @property
    def width(self) -> int:
        """Width of the column in characters, with the space beside it."""
        return 3 + max(len(self.heading), *(len(cell) for cell in self.cells))


def component_tables(mixture: Mixture, width: int, plus_minus: str = "±") -> Iterator[Table | Text]:
    """Yield tables with a row for each component: its weight, and mean ± standard deviation of each column.

    As many columns go side by side as the width has room for; a wide mixture takes several tables.

    Parameters
    ----------
    width : int
        Characters in a line.
    plus_minus : str
        The sign between a mean and a standard deviation.
    """
    shown = min(mixture.n_components, _MOST_COMPONENTS)
    features = _features(mixture, shown, plus_minus)
    weights = [f"{weight:.4f}" for weight in mixture.weights[:shown]]
    for number_of_table, group in enumerate(_side_by_side(features, width - 20)):
        if number_of_table:
            yield Text()
        yield _table(group, None if number_of_table else weights, shown)
    rest = []
    if mixture.n_components > shown:
        rest.append(f"{mixture.n_components - shown} more components")
    if mixture.n_features > len(features):
        rest.append(f"{mixture.n_features - len(features)} more columns")
    if rest:
        yield Text(f" … and {' and '.join(rest)}: see the report (--report).", "dim")


def _features(mixture: Mixture, shown: int, plus_minus: str) -> list[_Feature]:
    names = mixture.feature_names or tuple(f"x{d}" for d in range(mixture.n_features))
    deviations = np.sqrt(np.maximum(mixture.covariances.variances(), 0.0))
    headings = short_apart(names[:_MOST_FEATURES], _LONGEST_NAME)
    return [
        _Feature(headings[d], _cells(mixture.means[:shown, d], deviations[:shown, d], plus_minus))
        for d in range(min(mixture.n_features, _MOST_FEATURES))
    ]


def _cells(means: Floats, deviations: Floats, plus_minus: str) -> list[str]:
    if constant := constant_value(means, deviations):
        return len(means) * [f"{constant} constant"]
    decimals = decimals_for(float(np.median(deviations)))
    left = [number(float(value), decimals) for value in means]
    right = [number(float(value), decimals) for value in deviations]
    wide_left, wide_right = max(map(len, left)), max(map(len, right))
    return [
        f"{mean:>{wide_left}} {plus_minus} {sd:>{wide_right}}" for mean, sd in zip(left, right, strict=True)
    ]


def _side_by_side(features: Sequence[_Feature], room: int) -> Iterator[list[_Feature]]:
    group: list[_Feature] = []
    for feature in features:
        if group and sum(other.width for other in group) + feature.width > room:
            yield group
            group = []
        group.append(feature)
    yield group


def _table(group: Sequence[_Feature], weights: Sequence[str] | None, n_components: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=True, show_edge=False, header_style="bold")
    table.add_column("component", justify="right", no_wrap=True)
    if weights is not None:
        table.add_column("weight", justify="right", no_wrap=True)
    for feature in group:
        table.add_column(feature.heading, justify="right", no_wrap=True)
    for k in range(n_components):
        cells = [str(k), *([] if weights is None else [weights[k]]), *(feature.cells[k] for feature in group)]
        table.add_row(*cells)
    return table


def facts(rows: Sequence[tuple[str, str, str]]) -> Table:
    """Return a table without lines: a name, a value and an explanation."""
    table = Table(box=None, show_header=False, pad_edge=True, padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim")
    for row in rows:
        table.add_row(*row)
    return table
