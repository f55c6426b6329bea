"""Factor analysers: covariances of low rank beside a diagonal (the family of PGMM), with probabilistic PCA."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from .._types import Floats
from ..errors import InputError
from ..frames import DiagonalFrame, Frame, FullFrame
from ..validation import as_count, finite_array
from .constraints import AddToDiagonal, Constraint, NoConstraint
from .covariances import Covariances
from .decomposed import Decomposed
from .diagonal import Diagonal
from .factor_covariances import FactorCovariances
from .factor_estimation import dense_estimate
from .factor_step import NoiseStep, Parameters, first_parameters
from .family import Family
from .spherical import Spherical
from .tied import Tied

__all__ = ["FactorAnalysers", "factor_analysers_named"]

_NOISE: dict[str, Family] = {
    "UU": Diagonal(),
    "CU": Tied(Diagonal()),
    "UC": Spherical(),
    "CC": Tied(Spherical()),
    "CUU": Decomposed("VEI"),
    "UCU": Decomposed("EVI"),
}
"""The families of the noise, by the letters of PGMM behind the first: equal across components, isotropic; of three
letters, shapes equal, volumes equal, isotropic."""
_LETTERS = {family: letters for letters, family in _NOISE.items()}
_LOADINGS = {"free": "U", "shared": "C"}
_SHARED_CYCLES, _FIRST_CYCLES, _LIMIT_CYCLES = 1, 4, 1_000
"""Extrapolations of the estimate of shared loadings in an M-step of EM, which ascends also short of the limit; at a
start; and the most that lead to the limit. Loadings of their own take a single step."""


class FactorAnalysers(Family):
    r"""Mixtures of factor analysers, :math:`\Sigma_k = \Lambda_k \Lambda_k^T + \Psi_k`: a few factors plus noise.

    The D × q loadings Λ describe the common variation of the columns, the diagonal Ψ their residual variances. With so
    few parameters, covariances of hundreds of columns can be estimated. With more than 30 columns no D × D matrix is
    formed, and the time and memory of an EM iteration are proportional to D q. With isotropic noise, each component is
    a probabilistic PCA.

    Parameters
    ----------
    n_factors : int
        Number of factors of each component (q).
    loadings : {"free", "shared"}, default="free"
        Loadings of each component, or common to all.
    noise : {"diag", "tied-diag", "spherical", "tied-spherical", "VEI", "EVI"} or Family, default="diag"
        The family of the noise variances: "diag", one for each component and column; "spherical", one for each
        component; the tied ones are equal in all components;  "VEI" and "EVI" have equal shapes or volumes.

    Examples
    --------
    >>> import gaussmix
    >>> family = gaussmix.FactorAnalysers(2)
    >>> family.name, family.n_parameters(n_components=3, n_features=10)
    ('UUU-2', 87)

    Names as in PGMM, with the number of factors, say the same in a word:

    >>> X = gaussmix.datasets.load_faithful().data
    >>> model = gaussmix.GaussianMixture(2, covariance_type="UUC-1", random_state=0).fit(X)
    >>> model.mixture_.covariances.loadings.shape
    (2, 2, 1)

    References
    ----------
    McNicholas, P. D. and Murphy, T. B. (2008). Parsimonious Gaussian mixture models. Stat. Comput. 18, 285-296.
    Tipping, M. E. and Bishop, C. M. (1999). Mixtures of probabilistic principal component analyzers. Neural
    Computation 11, 443-482.
    """

    frame: Frame = FullFrame()

    def __init__(self, n_factors: int, loadings: str = "free", noise: str | Family = "diag") -> None:
        self.n_factors = as_count(n_factors, "n_factors", 0)
        if loadings not in _LOADINGS:
            raise InputError(f"loadings is {loadings!r}: give 'free' or 'shared'.")
        self.loadings = loadings
        self.noise = _noise_family(noise)

    @property
    def name(self) -> str:  # type: ignore[override]
        """The name as in PGMM with the number of factors, such as UUU-2."""
        return f"{_LOADINGS[self.loadings]}{_LETTERS.get(self.noise, self.noise.name)}-{self.n_factors}"

    @property
    def scales_columns(self) -> bool:  # type: ignore[override]
        """Whether scaling of one column leads from one member to another: where noise is not isotropic."""
        return self.noise.scales_columns

    @property
    def shared(self) -> bool:
        """Whether all components have the same loadings."""
        return self.loadings == "shared"

    @property
    def pooled(self) -> bool:
        """Whether all components have the same covariance."""
        return self.shared and isinstance(self.noise, Tied)

    @property
    def single(self) -> Family:
        if not self.shared and self.noise.single == self.noise:
            return self
        return FactorAnalysers(self.n_factors, "free", self.noise.single)

    def conditional(self, covariances: Covariances) -> Family:
        if self.single == self:
            return self
        assert isinstance(covariances, FactorCovariances)
        return _BesideFixed(self, covariances)

    def shape(self, n_components: int, n_features: int) -> tuple[int, ...]:
        return (n_components, n_features, n_features)

    def stored_shape(self, n_components: int, n_features: int) -> tuple[int, ...]:
        return (n_components, n_features, 1 + self.n_factors)

    def from_stored(self, array: Any, n_components: int, n_features: int) -> FactorCovariances:
        checked = finite_array(array, "covariances", self.stored_shape(n_components, n_features))
        natural = self.noise.natural(checked[..., 0])
        noise = self.noise.covariances(natural, n_components, n_features)
        return FactorCovariances(checked[..., 1:], noise, self.shared)

    def covariances(self, array: Any, n_components: int, n_features: int) -> Covariances:
        matrices = finite_array(array, "covariances", self.shape(n_components, n_features))
        return self.from_dense(matrices, np.full(n_components, 1.0 / n_components))

    def from_precisions(self, array: Any, n_components: int, n_features: int) -> Covariances:
        precisions = finite_array(array, "precisions", self.shape(n_components, n_features))
        return self.covariances(np.linalg.inv(precisions), n_components, n_features)

    def from_precisions_cholesky(self, array: Any, n_components: int, n_features: int) -> Covariances:
        roots = finite_array(array, "precisions_cholesky", self.shape(n_components, n_features))
        return self.from_precisions(roots @ roots.swapaxes(1, 2), n_components, n_features)

    def from_dense(self, dense: Floats, weights: Floats) -> FactorCovariances:
        return self._estimated(dense * weights[:, None, None], weights, NoConstraint(), None, _LIMIT_CYCLES)

    def nearest(self, framed: Floats, weights: Floats) -> FactorCovariances:
        return self.maximum_likelihood(framed * weights[:, None, None], weights)

    def maximum_likelihood(
        self, scatter: Floats, counts: Floats, start: Covariances | None = None
    ) -> FactorCovariances:
        return self._estimated(scatter, counts, NoConstraint(), start, self._cycles(start))

    def from_scatter(
        self, scatter: Floats, counts: Floats, constraint: Constraint, start: Covariances | None = None
    ) -> Covariances:
        if not constraint.bounds:
            return self.constrain(self.maximum_likelihood(scatter, counts, start), constraint, counts)
        return self._estimated(scatter, counts, constraint, start, self._cycles(start))

    def _estimated(
        self,
        scatter: Floats,
        counts: Floats,
        constraint: Constraint,
        start: Covariances | None,
        cycles: int,
    ) -> FactorCovariances:
        """Return the estimate after at most the given number of extrapolations."""
        if self.pooled:
            return self._pooled_estimate(scatter, counts, constraint, start, cycles)
        S = scatter / counts[:, None, None]
        noise = NoiseStep(self.noise, constraint, counts, np.diagonal(S, axis1=1, axis2=2))
        if start is None:
            first = first_parameters(S, self._rank(S.shape[1]), self.shared, counts)
            first = Parameters(first.loadings, noise.feasible(first.noise))
        else:
            assert isinstance(start, FactorCovariances)
            first = Parameters(start.loadings, start.noise_variances)
        loadings, variances = dense_estimate(S, noise, first, self.shared, cycles)
        return FactorCovariances.rotated(loadings, variances, self.shared)

    def _pooled_estimate(
        self,
        scatter: Floats,
        counts: Floats,
        constraint: Constraint,
        start: Covariances | None,
        cycles: int,
    ) -> FactorCovariances:
        assert isinstance(self.noise, Tied)
        one, K = FactorAnalysers(self.n_factors, "free", self.noise.inner), len(counts)
        first = None if start is None else start.take([0])
        pooled = one._estimated(scatter.sum(axis=0)[None], counts.sum()[None], constraint, first, cycles)
        noise = self.noise.nearest(np.repeat(pooled.noise_variances, K, axis=0), counts)
        return FactorCovariances(np.repeat(pooled.loadings, K, axis=0), noise, shared=True)

    def _cycles(self, start: Covariances | None) -> int:
        if start is None:
            return _FIRST_CYCLES
        return _SHARED_CYCLES if self.shared else 0

    def _rank(self, n_features: int) -> int:
        if self.n_factors > n_features:
            raise InputError(
                f"n_factors is {self.n_factors}, and the rows have {n_features} columns: give at most {n_features}."
            )
        return self.n_factors

    def constrain(
        self, covariances: Covariances, constraint: Constraint, counts: Floats
    ) -> FactorCovariances:
        assert isinstance(covariances, FactorCovariances)
        if isinstance(self.noise, Decomposed) and isinstance(constraint, AddToDiagonal):
            # A constant leaves volumes or shapes unequal; the nearest member may have other loadings.
            return self.from_dense(constraint.full(covariances.dense()), counts)
        noise = self.noise.constrain(covariances.noise, constraint, counts)
        return FactorCovariances(covariances.loadings, noise, covariances.shared)

    def natural(self, framed: Floats) -> Floats:
        return framed

    def n_parameters(self, n_components: int, n_features: int) -> int:
        """Return the number of free parameters: loadings less their rotations, and noise variances.

        Where there are more of them than a symmetric matrix has entries, it is the number of these.
        """
        K, D, q = n_components, n_features, self.n_factors
        loadings, noise = D * q - q * (q - 1) // 2, self.noise.n_parameters(K, D)
        matrix = D * (D + 1) // 2
        if self.shared:
            # What all components have in common of the noise may be loadings too.
            return min(loadings + noise, matrix + noise - self.noise.n_parameters(1, D))
        if self.noise.single == self.noise:
            return K * min(loadings + noise // K, matrix)
        return min(K * loadings + noise, K * matrix)

    def fewest_rows(self, n_features: int) -> int:
        # Of q + 1 rows nothing is left beside q factors.
        return min(self.n_factors + 2, n_features + 1)

    def whitening(self, covariance: Floats) -> Floats:
        if covariance.ndim == 1:
            return self.noise.whitening(covariance)
        return np.diag(self.noise.whitening(np.diagonal(covariance)))

    def __repr__(self) -> str:
        more = "" if not self.shared else ", loadings='shared'"
        if self.noise != Diagonal():
            more += f", noise={self.noise.name!r}" if self.noise in _LETTERS else f", noise={self.noise!r}"
        return f"FactorAnalysers({self.n_factors}{more})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FactorAnalysers):
            return False
        return (self.n_factors, self.loadings, self.noise) == (other.n_factors, other.loadings, other.noise)

    def __hash__(self) -> int:
        return hash((FactorAnalysers, self.n_factors, self.loadings, self.noise))


class _BesideFixed(FactorAnalysers):
    """Components with the others fixed, and with the shared loadings or noise of these."""

    def __init__(self, family: FactorAnalysers, covariances: FactorCovariances) -> None:
        super().__init__(family.n_factors, family.loadings, family.noise)
        self._whole, self._fixed = family, covariances
        self.noise = family.noise.conditional(covariances.noise)

    @property
    def single(self) -> Family:
        return self._whole.single

    def conditional(self, covariances: Covariances) -> Family:
        return self

    def _estimated(
        self,
        scatter: Floats,
        counts: Floats,
        constraint: Constraint,
        start: Covariances | None,
        cycles: int,
    ) -> FactorCovariances:
        S = scatter / counts[:, None, None]
        noise = NoiseStep(self.noise, constraint, counts, np.diagonal(S, axis1=1, axis2=2))
        K = len(counts)
        first = Parameters(
            np.repeat(self._fixed.loadings[:1], K, axis=0),
            np.repeat(self._fixed.noise_variances[:1], K, axis=0),
        )
        if start is not None:
            assert isinstance(start, FactorCovariances)
            first = Parameters(start.loadings, start.noise_variances)
        loadings, variances = dense_estimate(S, noise, first, False, cycles, fixed=self.shared)
        return FactorCovariances.rotated(loadings, variances, self.shared)

    def __repr__(self) -> str:
        return f"<{super().__repr__()} beside fixed components>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _BesideFixed) and self._whole == other._whole and self._fixed == other._fixed

    def __hash__(self) -> int:
        return hash((_BesideFixed, self._whole))


def _noise_family(noise: str | Family) -> Family:
    if isinstance(noise, Family):
        if not isinstance(noise.frame, DiagonalFrame):
            raise InputError(f"noise is {noise!r}: give a family without correlations.")
        return noise
    by_name = {family.name: family for family in _LETTERS}
    by_name |= {"VEI": Decomposed("VEI"), "EVI": Decomposed("EVI")}
    if noise not in by_name:
        raise InputError(
            f"noise is {noise!r}: give one of {', '.join(map(repr, by_name))}, or a family object."
        )
    return by_name[noise]


def factor_analysers_named(name: str) -> FactorAnalysers | None:
    """Return the factor analysers of a name as in PGMM with the number of factors; None for another name.

    Examples
    --------
    >>> factor_analysers_named("CUC-3")
    FactorAnalysers(3, loadings='shared', noise='spherical')
    """
    match = re.fullmatch(r"([CU])([CU]{2,3})-(0|[1-9][0-9]{0,5})", name)
    if match is None or match[2] not in _NOISE:
        return None
    loadings = {letter: word for word, letter in _LOADINGS.items()}[match[1]]
    return FactorAnalysers(int(match[3]), loadings, _NOISE[match[2]])
