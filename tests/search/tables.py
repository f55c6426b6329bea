"""Tables of the search, and mixtures that are not at their best."""

from __future__ import annotations

import numpy as np

from gaussmix import Full, Mixture, datasets
from gaussmix.covariances.constraints import Floor
from gaussmix.engines import SerialEngine
from gaussmix.fitting.degeneracy import degenerate_components
from gaussmix.fitting.problem import pooled_moments
from gaussmix.model import Model
from gaussmix.search.local_em import LocalEM
from gaussmix.search.predicted_moves.partial_em import restricted_rows
from gaussmix.search.search_data import SearchData
from gaussmix.sources import ArraySource
from gaussmix.starts import draw_start_rows

from ..support import FAMILIES, NAMES

FAMILY = dict(zip(NAMES, FAMILIES, strict=True))
OWN = [name for name in NAMES if not name.startswith("tied")]
SHARED = [name for name in NAMES if name.startswith("tied")]


def table_of(X, family=FAMILIES[0], weights=None, K=3, engine=None, constraint=None):
    """The table that a search of these rows works on, all of them."""
    source, engine = ArraySource(np.asarray(X, dtype=float), weights), engine or SerialEngine()
    pooled = pooled_moments(source, engine, family.frame)
    covariance = pooled.scatter()[0] / pooled.total_weight
    constraint = Floor(covariance) if constraint is None else constraint
    rng = np.random.default_rng(0)
    rows = draw_start_rows(source, len(X), family, pooled.means()[0], covariance, rng, engine)
    total = float(rows.weights.sum())
    return SearchData(
        rows,
        Model(family, constraint),
        engine,
        lambda mixture: not len(degenerate_components(mixture, constraint, total)),
    )


def scene_with_all_rows(data, mixture, components):
    """A view of a mixture, and a scene of some of its components in which every row is touched."""
    expectation = LocalEM(data).expectation(mixture)
    return expectation, restricted_rows(data, expectation, components, np.arange(len(data.X)))


CENTRES = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0], [9.0, 9.0]])


def four_clusters(n=600, seed=0):
    """Rows of four clusters with their labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, n)
    return CENTRES[labels] + rng.standard_normal((n, 2)) * [1.0, 0.7], labels


def heavy_tailed(n, D, seed, K=5, df=4):
    """Rows of a random mixture, t-distributed about its means."""
    rng = np.random.default_rng(seed)
    truth = datasets.random_mixture(K, D, random_state=seed)
    X, labels = truth.sample(n, random_state=seed)
    return truth.means[labels] + (X - truth.means[labels]) / np.sqrt(rng.chisquare(df, (n, 1)) / df)


def misplaced(family=None):
    """A mixture of the four clusters: two components on the first, and one on the two last."""
    means = np.array([[-0.4, 0.0], [0.4, 0.0], [9.0, 0.0], [4.5, 9.0]])
    weights = np.array([0.125, 0.125, 0.25, 0.5])
    dense = np.array([np.eye(2), np.eye(2), np.eye(2), np.diag([21.0, 0.5])])
    family = family or Full()
    return Mixture.of(weights, means, family.from_dense(dense, weights))
