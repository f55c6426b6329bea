"""Tables and mixtures for the kernels: hard ones, of every shape and layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from .exact import Inputs

LAYOUTS = {
    "rows": np.ascontiguousarray,
    "columns": np.asfortranarray,
    "rows backwards": lambda X: np.ascontiguousarray(X[::-1])[::-1],
    "columns backwards": lambda X: np.ascontiguousarray(X[:, ::-1])[:, ::-1],
    "every other row": lambda X: np.repeat(X, 2, axis=0)[::2],
    "part of a wider table": lambda X: np.pad(X, ((0, 0), (1, 2)), constant_values=np.nan)[:, 1:-2],
}
ROWS = (0, 1, 2, 7, 8, 9, 15, 16, 17, 63, 64, 65, 575, 576, 577, 1023, 1024, 1025, 2049)
"""Numbers of rows about the ends of vectors and of blocks (a block has at most 1024 rows, 576 of 33 columns)."""


@dataclass(frozen=True)
class Case:
    """What a table and a mixture are made from."""

    seed: int
    D: int
    K: int
    n: int
    full: bool
    condition: float
    spread: float
    offset: float
    outliers: float
    weights: str
    empty: bool
    layout: str
    dtype: Any = np.float64

    def inputs(self) -> Inputs:
        """Draw them."""
        rng = np.random.default_rng(self.seed)
        means = self.offset + self.spread * rng.standard_normal((self.K, self.D))
        factors, roots = random_factors(rng, self.K, self.D, self.full, self.condition)
        diagonal = np.diagonal(factors, axis1=1, axis2=2) if self.full else factors
        offsets = rng.standard_normal(self.K) + np.log(diagonal).sum(axis=1)
        if self.empty and self.K > 1:
            offsets[rng.integers(self.K)] = -np.inf
        k = rng.integers(self.K, size=self.n)
        noise = rng.standard_normal((self.n, self.D)) * self.outliers ** rng.uniform(0, 1, (self.n, 1))
        X = means[k] + np.einsum("nij,nj->ni", roots[k], noise)
        widths = np.sqrt((roots**2).sum(axis=2))
        reference = means + widths * rng.standard_normal((self.K, self.D))
        rows = LAYOUTS[self.layout](X.astype(self.dtype))
        return Inputs(rows, self._weights(rng), means, factors, offsets, reference)

    def _weights(self, rng: np.random.Generator) -> Any:
        kinds = {
            "none": lambda: None,
            "zeros": lambda: rng.integers(0, 3, self.n) * rng.random(self.n),
            "all zero": lambda: np.zeros(self.n),
        }
        return kinds[self.weights]()


def random_factors(rng: np.random.Generator, K: int, D: int, full: bool, condition: float) -> Any:
    """Factors L of covariances whose widths go from 1 down to condition^−½, and R with L R orthogonal."""
    widths = condition ** (-0.5 * rng.random((K, D)))
    widths[:, 0] = 1.0
    if D > 1:
        widths[:, 1] = condition**-0.5
    if not full:
        return 1.0 / widths, widths[:, :, None] * np.eye(D)
    Q = np.linalg.qr(rng.standard_normal((K, D, D)))[0]
    # L = diag(1 / widths) Qᵀ but for a rotation from the left, which a QR decomposition of the columns reversed takes.
    whiten = (Q / widths[:, None, :]).swapaxes(1, 2)
    lower = np.linalg.qr(whiten[:, :, ::-1], mode="r")[:, ::-1, ::-1]
    signs = np.sign(np.diagonal(lower, axis1=1, axis2=2))
    return np.tril(lower * signs[:, :, None]), Q * widths[:, None, :]


def cases(dtype: Any, conditions: Any, spreads: Any, offsets: Any) -> st.SearchStrategy[Case]:
    """Cases of a type of rows, and of the ranges that the type allows."""
    return st.builds(
        Case,
        seed=st.integers(0, 2**32 - 1),
        D=st.one_of(st.integers(1, 12), st.sampled_from([16, 33])),
        K=st.integers(1, 6),
        n=st.sampled_from(ROWS),
        full=st.booleans(),
        condition=st.sampled_from(conditions),
        spread=st.sampled_from(spreads),
        offset=st.sampled_from(offsets),
        outliers=st.sampled_from([1.0, 100.0]),
        weights=st.sampled_from(["none", "zeros", "all zero"]),
        empty=st.booleans(),
        layout=st.sampled_from(sorted(LAYOUTS)),
        dtype=st.just(dtype),
    )


DOUBLE = cases(np.float64, (1.0, 1e2, 1e5, 1e10), (0.0, 1.0, 1e2, 1e8), (0.0, 1e4, 1e8))
SINGLE = cases(np.float32, (1.0, 1e2, 1e4), (0.0, 1.0, 1e2, 1e3), (0.0, 1e4, 1e6))
EITHER = st.one_of(DOUBLE, SINGLE)
