"""Pictures of mixtures: functions that draw into a matplotlib Axes and return it.

Each takes ``ax=None``, which makes a new figure, and can be laid over another. matplotlib is imported when
the first picture is drawn, and its settings are never changed.

Examples
--------
>>> from gaussmix import datasets, plots
>>> mixture = datasets.random_mixture(n_components=3, n_features=2, random_state=0)
>>> X, _ = mixture.sample(500, random_state=0)
>>> ax = plots.points(mixture, X)
>>> ax = plots.ellipses(mixture, ax=ax)
"""

from __future__ import annotations

from gaussmix.plots.curves import density_1d
from gaussmix.plots.doubt import uncertainty
from gaussmix.plots.figures import overview
from gaussmix.plots.films import Frame, Recorder, animate
from gaussmix.plots.live import LivePlot
from gaussmix.plots.outlines import ellipses
from gaussmix.plots.regions import decision_map
from gaussmix.plots.scatter import points
from gaussmix.plots.search import gains, search
from gaussmix.plots.style import palette
from gaussmix.plots.surfaces import density, density_2d
from gaussmix.plots.traces import trace

__all__ = [
    "Frame",
    "LivePlot",
    "Recorder",
    "animate",
    "decision_map",
    "density",
    "density_1d",
    "density_2d",
    "ellipses",
    "gains",
    "overview",
    "palette",
    "points",
    "search",
    "trace",
    "uncertainty",
]
