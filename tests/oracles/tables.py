"""The tables beside this file, their columns and labels."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from gaussmix.datasets import load_faithful, load_vowels

FOLDER = Path(__file__).parent / "tables"

LABELS = {
    "banknote": "Status",
    "diabetes": "class",
    "iris": "Species",
    "thyroid": "Diagnosis",
    "wine13": "Class",
}


def rows_of(name):
    """The rows of a CSV file as dictionaries."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def measurements(name):
    """The columns (n, D) of a table and its true labels (n,) as whole numbers."""
    if name == "faithful":
        X = load_faithful().data
        return X, (X[:, 0] > 3).astype(int)
    if name == "peterson_barney":
        vowels = load_vowels()
        return vowels.data[:, 1:3], np.unique(vowels.target, return_inverse=True)[1]
    rows, label = rows_of(name), LABELS[name]
    X = np.array([[float(value) for key, value in row.items() if key != label] for row in rows])
    return X, np.unique([row[label] for row in rows], return_inverse=True)[1]
