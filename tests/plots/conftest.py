"""Mixtures, data and settings that the tests of the plots share."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pytest
from numpy.typing import NDArray

from gaussmix import Mixture, datasets


@pytest.fixture(autouse=True)
def _settings_stay() -> Iterator[None]:
    """Fail if a plot changed matplotlib's settings."""
    # backend_fallback and the like are resolved on first use: by matplotlib, not by a plot.
    before = {key: value for key, value in mpl.rcParams.items() if not key.startswith("backend")}
    yield
    after = {key: value for key, value in mpl.rcParams.items() if not key.startswith("backend")}
    assert after == before


@pytest.fixture
def mixture() -> Mixture:
    return datasets.random_mixture(3, 2, random_state=0)


@pytest.fixture
def wide() -> Mixture:
    drawn = datasets.random_mixture(3, 4, random_state=1)
    return Mixture(drawn.weights, drawn.means, drawn.covariances, feature_names=["a", "b", "c", "d"])


@pytest.fixture
def X(mixture: Mixture) -> NDArray[np.float64]:
    return mixture.sample(200, random_state=0)[0]
