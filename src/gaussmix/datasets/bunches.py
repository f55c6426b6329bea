"""Data sets in the form of scikit-learn's loaders, from the tables of the package."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch

from gaussmix.errors import MissingDependencyError

__all__ = ["bunch_of", "number", "rows_of"]


def bunch_of(
    rows: list[dict[str, str]],
    features: list[str],
    labels: Mapping[str, NDArray[Any]],
    target: str | None,
    description: str,
    as_frame: bool,
) -> Any:
    """Return the data set with missing values as NaN; the target has no attribute under its own name."""
    data = np.array([[number(row[name]) for name in features] for row in rows])
    others = {name: values for name, values in labels.items() if name != target}
    bunch = Bunch(data=data, frame=None, feature_names=features, DESCR=description, **others)
    if target is not None:
        bunch.target = labels[target]
    if not as_frame:
        return bunch
    try:
        import pandas as pd
    except ImportError:
        raise MissingDependencyError('as_frame=True needs pandas: pip install "gaussmix[data]"') from None
    frame = pd.DataFrame({**labels, **dict(zip(features, data.T, strict=True))})
    bunch |= {"frame": frame, "data": frame[features], **{name: frame[name] for name in others}}
    if target is not None:
        bunch.target = frame[target]
    return bunch


def number(cell: str) -> float:
    """Return a cell as a number, NaN if it is empty or R's NA."""
    return float("nan") if cell in ("", "NA") else float(cell)


def rows_of(name: str) -> list[dict[str, str]]:
    """Return the rows of a shipped table."""
    text = (files("gaussmix.datasets") / "tables" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
