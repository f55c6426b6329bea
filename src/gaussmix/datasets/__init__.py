"""Small real tables, and mixtures drawn at random.

Examples
--------
>>> from gaussmix import datasets
>>> vowels = datasets.load_vowels()
>>> vowels.columns(["F1", "F2"]).shape
(1520, 2)
>>> datasets.random_mixture(n_components=3, n_features=2, random_state=0).n_components
3
"""

from __future__ import annotations

from gaussmix.datasets.real import load_faithful, load_vowels
from gaussmix.datasets.synthetic import random_mixture
from gaussmix.datasets.table import Table

__all__ = ["Table", "load_faithful", "load_vowels", "random_mixture"]
