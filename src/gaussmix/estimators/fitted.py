"""scikit-learn's names for the parameters of a fitted mixture: views of ``mixture_``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.exceptions import NotFittedError

from .._types import Floats

if TYPE_CHECKING:
    from ..mixture import Mixture

__all__ = ["FittedMixture"]


class FittedMixture:
    """Attributes of an estimator that has a ``mixture_``; before ``fit`` they do not exist."""

    def _fitted(self) -> Mixture:
        mixture: Mixture | None = self.__dict__.get("mixture_")
        if mixture is None:
            raise NotFittedError(
                f"This {type(self).__name__} instance is not fitted yet. Call 'fit' with appropriate arguments "
                "before using this estimator."
            )
        return mixture

    @property
    def weights_(self) -> Floats:
        """Weights of the components, (K,)."""
        return self._fitted().weights

    @property
    def means_(self) -> Floats:
        """Means, (K, D), in the units of the columns."""
        return self._fitted().means

    @property
    def covariances_(self) -> Any:
        """Covariances in the family's shape, squared units."""
        return _plain(self._fitted().covariances.array)

    @property
    def precisions_(self) -> Any:
        """Inverse covariances in the family's shape."""
        return _plain(self._fitted().covariances.precisions())

    @property
    def precisions_cholesky_(self) -> Any:
        """Upper triangular U with Σ⁻¹ = U Uᵀ (1/σ for diagonal and spherical ones), in the family's shape."""
        return _plain(self._fitted().covariances.precisions_cholesky())


def _plain(array: Floats) -> Any:
    return array if array.ndim else float(array)
