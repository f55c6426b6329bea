"""The parameters of a fitted mixture as attributes: read from ``mixture_``, and set to build another one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.exceptions import NotFittedError

from .._types import Floats
from ..covariances import Covariances, FactorCovariances, Family, Full
from ..errors import InputError
from ..mixture import Mixture
from ..validation import checked_weights, finite_array
from .kinds import ArrayKind, on_host
from .options import family_of
from .read_only import read_only
from .rows import Features

__all__ = ["MixtureParameters"]

_SPREADS: dict[str, Callable[[Family, Any, int, int], Covariances]] = {
    "covariances_": lambda family, array, K, D: family.covariances(array, K, D),
    "precisions_": lambda family, array, K, D: family.from_precisions(array, K, D),
    "precisions_cholesky_": lambda family, array, K, D: family.from_precisions_cholesky(array, K, D),
}
"""The attributes that say the covariances, and how a family reads each."""


@dataclass(frozen=True, eq=False)
class Parts:
    """Parameters that were set one by one, until they form a mixture.

    Parameters
    ----------
    weights : (K,) array, optional
    means : (K, D) array, optional
    spread : array, optional
        Covariances or their inverses.
    spread_name : str
        The attribute that ``spread`` is.
    """

    weights: Floats | None = None
    means: Floats | None = None
    spread: Floats | None = None
    spread_name: str = "covariances_"

    def having(self, name: str, value: Any) -> Parts:
        """Return these parts with another value of an attribute.

        Raises
        ------
        InputError
            If the value is invalid for every value of the others.
        """
        if name == "weights_":
            return replace(self, weights=checked_weights(value))
        array = finite_array(value, name)
        if name != "means_":
            return replace(self, spread=array, spread_name=name)
        if array.ndim != 2 or array.shape[1] == 0:
            raise InputError(f"means_ has shape {array.shape}, expected (K, D): one row for each component.")
        return replace(self, means=array)

    @property
    def held(self) -> dict[str, Floats]:
        """The assigned attributes by name."""
        parts = {"weights_": self.weights, "means_": self.means, self.spread_name: self.spread}
        return {name: array for name, array in parts.items() if array is not None}

    @property
    def missing(self) -> list[str]:
        """Names of the attributes not yet assigned."""
        parts = {"weights_": self.weights, "means_": self.means, "covariances_": self.spread}
        return [name for name, array in parts.items() if array is None]

    def covariances(self, family: Family, last: Covariances | None) -> Covariances | None:
        """Return the covariances of the mixture, or None if the parts are not those of one.

        Parameters
        ----------
        last : Covariances, optional
            The covariances before, if the array came from them: they are more accurate.
        """
        if self.weights is None or self.means is None or self.spread is None:
            return None
        K, D = self.means.shape
        if len(self.weights) != K or self.spread.shape != family.shape(K, D):
            return None
        if last is not None and last.array is self.spread and (last.n_components, last.n_features) == (K, D):
            return last
        return _SPREADS[self.spread_name](family, self.spread, K, D)

    def fault(self, family: Family) -> str:
        """Return the reason why there is no mixture yet, and the remedy."""
        if self.missing:
            return f"{_listed(list(self.held))} set, but not {' and '.join(self.missing)}"
        assert self.means is not None
        K, D = self.means.shape
        shapes = ", ".join(f"{name} of shape {array.shape}" for name, array in self.held.items())
        return (
            f"{shapes} are not those of one mixture: with these means, covariance_type={family.name!r} has weights_ "
            f"of shape ({K},) and {self.spread_name} of shape {family.shape(K, D)}"
        )


class MixtureParameters:
    """The parameters of an estimator as attributes, which exist after ``fit`` or after assignment.

    An assignment makes a new mixture. If its shape does not fit the other attributes (fewer components, or a model
    built from arrays without a fit), the new mixture is made when they have been assigned, too.
    """

    covariance_type: Any
    _kind: ArrayKind = ArrayKind()

    def _fitted(self) -> Mixture:
        mixture: Mixture | None = self.__dict__.get("mixture_")
        if mixture is not None:
            return mixture
        parts: Parts | None = self.__dict__.get("_parts")
        if parts is not None:
            fault = parts.fault(self._own_family())
            raise NotFittedError(
                f"This {type(self).__name__} instance is not fitted yet: {fault}. Set all of them, or call 'fit'."
            )
        raise NotFittedError(
            f"This {type(self).__name__} instance is not fitted yet. Call 'fit' with appropriate arguments "
            "before using this estimator."
        )

    def _own_family(self) -> Family:
        """Return the family of the option; that of the mixture, or full covariances, where a fit chooses it."""
        if isinstance(self.covariance_type, str) and self.covariance_type == "auto":
            mixture: Mixture | None = self.__dict__.get("mixture_")
            return Full() if mixture is None else mixture.family
        return family_of(self.covariance_type)

    def __sklearn_is_fitted__(self) -> bool:
        return "mixture_" in self.__dict__

    def _show(self, name: str, of_mixture: Callable[[Mixture], Floats]) -> Any:
        """Return an attribute in the kind of the data: a read-only array, or a number if it has no dimension."""
        held = {} if "mixture_" in self.__dict__ else self.__dict__.get("_parts", Parts()).held
        array = held[name] if name in held else of_mixture(self._fitted())
        shown = self._kind.parameter(array)
        if not isinstance(shown, np.ndarray):
            return shown
        return read_only(shown, name) if shown.ndim else float(shown)

    def _set(self, name: str, value: Any) -> None:
        last: Mixture | None = self.__dict__.get("mixture_")
        before = self.__dict__.get("_parts", Parts())
        if last is not None:
            before = Parts(last.weights, last.means, last.covariances.array)
        parts = before.having(name, on_host(value))
        family = self._own_family()
        if last is not None and parts.spread is before.spread:
            family = last.family
        covariances = parts.covariances(family, None if last is None else last.covariances)
        state = {key: held for key, held in vars(self).items() if key not in ("mixture_", "_parts")}
        state["_kind"] = self._kind_with(value, first=not before.held)
        if covariances is None:
            self.__dict__ = {**state, "_parts": parts}
            return
        D = covariances.n_features
        if state.get("n_features_in_") != D:
            state.pop("feature_names_in_", None)
        names = Features(D, state.get("feature_names_in_")).texts
        mixture = self._mixture_of_parts(
            Mixture(parts.weights, parts.means, covariances, feature_names=names), last
        )
        self.__dict__ = {**state, "mixture_": mixture, "n_features_in_": D}

    def _mixture_of_parts(self, mixture: Mixture, last: Mixture | None) -> Mixture:
        """Return the mixture of assigned parameters, which replaces the last one."""
        return mixture

    def _kind_with(self, value: Any, first: bool) -> ArrayKind:
        """Return the kind of the attributes after one was set: float32 where all of them were."""
        given = np.asarray(on_host(value)).dtype
        narrow = given == np.float32 and (first or self._kind.dtype == np.float32)
        return ArrayKind.of(value, np.float32 if narrow else np.float64)

    @property
    def weights_(self) -> Any:
        """Weights of the components, (K,)."""
        return self._show("weights_", lambda mixture: mixture.weights)

    @weights_.setter
    def weights_(self, weights: Any) -> None:
        self._set("weights_", weights)

    @property
    def means_(self) -> Any:
        """Means, (K, D), in the units of the columns."""
        return self._show("means_", lambda mixture: mixture.means)

    @means_.setter
    def means_(self, means: Any) -> None:
        self._set("means_", means)

    @property
    def covariances_(self) -> Any:
        """Covariances, squared units: (K, D, D) full, (D, D) tied, (K, D) diag, (K,) spherical."""
        return self._show("covariances_", lambda mixture: mixture.covariances.natural)

    @covariances_.setter
    def covariances_(self, covariances: Any) -> None:
        self._set("covariances_", covariances)

    @property
    def loadings_(self) -> Any:
        """Loadings of factor analysers, (K, D, q), in the units of the columns; only of these families."""
        return self._show("loadings_", lambda mixture: _factors(mixture).loadings)

    @property
    def noise_variances_(self) -> Any:
        """Noise variances of factor analysers, (K, D), in squared units; only of these families."""
        return self._show("noise_variances_", lambda mixture: _factors(mixture).noise_variances)

    @property
    def precisions_(self) -> Any:
        """Inverse covariances, in the shape of ``covariances_``."""
        return self._show("precisions_", lambda mixture: mixture.covariances.precisions())

    @precisions_.setter
    def precisions_(self, precisions: Any) -> None:
        self._set("precisions_", precisions)

    @property
    def precisions_cholesky_(self) -> Any:
        """Upper triangular U with Σ⁻¹ = U Uᵀ, in the shape of ``covariances_``; 1/σ for diagonal and spherical ones."""
        return self._show("precisions_cholesky_", lambda mixture: mixture.covariances.precisions_cholesky())

    @precisions_cholesky_.setter
    def precisions_cholesky_(self, roots: Any) -> None:
        self._set("precisions_cholesky_", roots)


def _listed(names: list[str]) -> str:
    return f"{names[0]} is" if len(names) == 1 else f"{' and '.join(names)} are"


def _factors(mixture: Mixture) -> FactorCovariances:
    covariances = mixture.covariances
    if not isinstance(covariances, FactorCovariances):
        raise AttributeError(
            f"covariance_type={mixture.family.name!r} has no loadings: give one of factor analysers, such as 'UUU-2'."
        )
    return covariances
