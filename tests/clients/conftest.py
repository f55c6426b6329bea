"""Rows that clients are tried on. Without a client its tests are skipped: ``make test-clients`` installs them all."""

from __future__ import annotations

import numpy as np
import pytest

_CLIENTS = "tests/clients"


def pytest_collection_modifyitems(items):
    # What a client warns of is its own.
    for item in items:
        if _CLIENTS in item.nodeid:
            item.add_marker(pytest.mark.filterwarnings("default"))


@pytest.fixture(scope="session")
def rows():
    """Rows (240, 2) of two clusters, by turns."""
    rng = np.random.default_rng(11)
    return rng.normal(size=(240, 2)) + 6.0 * (np.arange(240) % 2)[:, None]


@pytest.fixture(scope="session")
def labels():
    """The cluster of each row (240,)."""
    return np.arange(240) % 2
