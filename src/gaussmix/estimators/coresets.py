"""Coresets for users: small weighted samples that represent all rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._types import Floats, Ints, Rows
from ..blocks import Block
from ..covariances import Diagonal, Family, Full
from ..engines import Engine, opened
from ..errors import InputError
from ..fitting.observed import filled_by_means
from ..fitting.spread import Spread
from ..sources import ArraySource, Source, first_rows
from ..sources.opening import opens
from ..starts import WhiteningTransform
from ..starts.coreset import draw_coreset
from ..validation import as_count, as_generator, as_weights
from .kinds import on_host
from .options import engine_of
from .rows import fit_rows
from .source_rows import SourceRows

__all__ = ["Coreset", "coreset"]

_MOST_FULL = 64
"""With more columns they are scaled rather than whitened: the sample does not need more."""


@dataclass(frozen=True, eq=False)
class Coreset:
    """Coreset: a small weighted sample of many rows.

    Attributes
    ----------
    X : (m, D) array
        The rows, in the order of the data.
    sample_weight : (m,) array
        Their weights, which sum to that of all rows.
    positions : (m,) array of int
        Where they are in the data.

    Examples
    --------
    >>> from gaussmix import GaussianMixture, coreset, datasets
    >>> X = datasets.random_mixture(5, 3, random_state=0).sample(50_000, random_state=1)[0]
    >>> few = coreset(X, 2_000, random_state=0)
    >>> model = GaussianMixture(5, random_state=0).fit(few.X, sample_weight=few.sample_weight)
    >>> len(few), round(float(few.sample_weight.sum()))
    (2000, 50000)
    """

    X: Rows
    sample_weight: Floats
    positions: Ints

    def __len__(self) -> int:
        return len(self.X)

    def __repr__(self) -> str:
        return f"Coreset({len(self):,} rows in the place of {self.sample_weight.sum():,.6g})"


def coreset(
    X: Any,
    n_rows: int,
    *,
    n_clusters: int = 20,
    sample_weight: Any = None,
    random_state: Any = None,
    engine: Any = None,
) -> Coreset:
    r"""Return a few weighted rows for fits in the place of all, drawn by importance.

    Rows are drawn with probabilities in proportion to a bound of their influence on the likelihood of any mixture, half
    of it constant, and weighted by the inverse: no weight is larger than about twice the mean. Rare clusters and
    distant rows are in the sample, which a uniform sample of the same size misses. A fit to m rows has a mean
    log-likelihood about (number of free parameters) / 2m below that of a fit to all rows, so 0.001 below with 500 rows
    for each parameter; one or two iterations of EM on all rows from there make up for it.

    Parameters
    ----------
    X : (n, D) array, data frame, path or Source
        Rows, perhaps with missing values.
    n_rows : int
        Number m of rows to draw; if there are no more, all are returned.
    n_clusters : int, default=20
        Number of centres for distances: at least that of the components of later fits.
    sample_weight : (n,) array, optional
        Weights of the rows.
    random_state : int, RandomState, Generator or None, default=None
        Source of random numbers.
    engine : Engine, optional
        The engine for the passes over the rows: at most seven in all. Results are the same for all engines.

    Returns
    -------
    Coreset
        Rows, weights and positions.

    Raises
    ------
    InputError
        If an argument or the rows are invalid.

    Examples
    --------
    >>> from gaussmix import GaussianMixture, coreset, datasets, select
    >>> X = datasets.random_mixture(5, 3, random_state=0).sample(50_000, random_state=1)[0]
    >>> few = coreset(X, 2_000, random_state=0)
    >>> best = select(few.X, 5, families="full,diag", sample_weight=few.sample_weight, random_state=0).best_
    >>> model = GaussianMixture(5, init_params=best.mixture_, max_iter=2, tol=0).fit(X)  # exact passes
    >>> model.score(X) > best.score(X)
    True

    References
    ----------
    Lucic, M., Faulkner, M., Krause, A. and Feldman, D. (2018). Training Gaussian mixture models at scale via coresets.
    JMLR 18(160), 1-25.
    """
    m, L = as_count(n_rows, "n_rows"), as_count(n_clusters, "n_clusters")
    rng = as_generator(random_state)
    with opened(engine_of(engine)) as found:
        source = _source(X, sample_weight, found)
        plain = filled_by_means(source, found)
        family: Family = Full() if source.n_features <= _MOST_FULL else Diagonal()
        spread = Spread(plain, found, family.frame)
        if not spread.total_weight > 0:
            raise InputError("sample_weight is 0 for every row: give some positive weights.")
        whitening = WhiteningTransform(spread.mean, family.whitening(spread.scale), family.frame)
        block, positions = draw_coreset(source, found, whitening, m, L, rng)
    return _of_block(block, positions)


def _of_block(block: Block, positions: Ints) -> Coreset:
    assert block.weights is not None
    return Coreset(np.array(block.X), np.array(block.weights), np.array(positions))


def _source(X: Any, sample_weight: Any, engine: Engine) -> Source:
    """Return checked rows."""
    if opens(X):
        source = SourceRows.of(X, {"sample_weight": sample_weight}, engine)[0].rows
        first = first_rows(source, 1)
        if not (first.noise is None and first.allowed is None and first.projections is None):
            raise InputError(
                "a coreset has no measurement errors and no labels: open the source without them."
            )
        return source
    rows, holes, _ = fit_rows(on_host(X), min_rows=1)
    return ArraySource(rows, as_weights(on_host(sample_weight), len(rows)), holes=holes)
