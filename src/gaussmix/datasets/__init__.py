"""Small real data sets, and random mixtures.

Examples
--------
>>> from gaussmix import datasets
>>> vowels = datasets.load_vowels()
>>> vowels.data.shape
(1520, 4)
>>> datasets.random_mixture(n_components=3, n_features=2, random_state=0).n_components
3
"""

from __future__ import annotations

from gaussmix.datasets.missing import load_airquality, load_penguins, load_tully_fisher
from gaussmix.datasets.real import load_chevron, load_faithful, load_vowels
from gaussmix.datasets.synthetic import random_mixture

__all__ = [
    "load_airquality",
    "load_chevron",
    "load_faithful",
    "load_penguins",
    "load_tully_fisher",
    "load_vowels",
    "random_mixture",
]
