"""Plots of mixtures: functions that draw into a matplotlib Axes and return it.

Each takes ``ax=None``, which makes a new figure, and can be laid over another; :func:`overview` and :func:`pairs` make
figures of several panels. Pictures follow the style of the axes and of matplotlib's settings, which are never changed;
matplotlib is imported when the first one is drawn.

A plot of one or two columns of a wider mixture shows the first ones, and a note above it says so; ``columns`` chooses
others by position or name, and :func:`pairs` shows up to six.

Examples
--------
>>> from gaussmix import datasets, plots
>>> mixture = datasets.random_mixture(n_components=3, n_features=2, random_state=0)
>>> X, _ = mixture.sample(500, random_state=0)
>>> ax = plots.points(mixture, X)
>>> ax = plots.ellipses(mixture, ax=ax)
"""

from __future__ import annotations

from gaussmix.plots.animation import Frame, Recorder, animate
from gaussmix.plots.clusters import entropy, modes
from gaussmix.plots.criteria import criterion_curves, criterion_map, selection
from gaussmix.plots.dendrogram import dendrogram
from gaussmix.plots.density_1d import density_1d
from gaussmix.plots.density_2d import density, density_2d
from gaussmix.plots.directions import directions, eigenvalues, projection
from gaussmix.plots.ellipses import ellipses
from gaussmix.plots.figures import overview, pairs
from gaussmix.plots.gains import gains
from gaussmix.plots.live import LivePlot
from gaussmix.plots.regions import decision_map
from gaussmix.plots.regression import regression
from gaussmix.plots.resampling import intervals, likelihood_ratios
from gaussmix.plots.scatter import points
from gaussmix.plots.search import search
from gaussmix.plots.stability import stability
from gaussmix.plots.strips import classification
from gaussmix.plots.style import palette
from gaussmix.plots.surface import surface
from gaussmix.plots.traces import trace
from gaussmix.plots.uncertainty import uncertainty
from gaussmix.plots.whole import plot

__all__ = [
    "Frame",
    "LivePlot",
    "Recorder",
    "animate",
    "classification",
    "criterion_curves",
    "criterion_map",
    "decision_map",
    "dendrogram",
    "density",
    "density_1d",
    "density_2d",
    "directions",
    "eigenvalues",
    "ellipses",
    "entropy",
    "gains",
    "intervals",
    "likelihood_ratios",
    "modes",
    "overview",
    "pairs",
    "palette",
    "plot",
    "points",
    "projection",
    "regression",
    "search",
    "selection",
    "stability",
    "surface",
    "trace",
    "uncertainty",
]


def __dir__() -> list[str]:
    return __all__
