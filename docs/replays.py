"""The replays of the documentation: pages that play EM, written beside the pictures when the documentation is built."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import gaussmix
from gaussmix import GaussianMixture, Mixture, datasets, plots


def faithful() -> str:
    """Old Faithful from the poor guess of the page on EM."""
    table = datasets.load_faithful()
    spread = np.cov(table.data.T)
    guess = Mixture([0.5, 0.5], [[3.3, 60.0], [3.6, 80.0]], [spread, spread])
    recorder = plots.Recorder(start=guess)
    GaussianMixture(2, init_params=guess, acceleration="off", callbacks=recorder).fit(table.data)
    names = [f"{name} (min)" for name in table.feature_names]
    return gaussmix.replay(recorder, table.data, feature_names=names, title="EM from a poor guess")


def write(folder: Path) -> None:
    """Write every replay into a folder."""
    for make in (faithful,):
        (folder / f"replay-{make.__name__}.html").write_text(make(), encoding="utf-8")
