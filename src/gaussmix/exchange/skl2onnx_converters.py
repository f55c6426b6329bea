"""Converters of the estimators for skl2onnx."""

from __future__ import annotations

from typing import Any

from .. import estimators
from ..errors import MissingDependencyError
from ..estimators.onnx import InONNX

__all__ = ["register_skl2onnx"]


def register_skl2onnx() -> None:
    """Register the converters of the estimators with skl2onnx, for members of meta-estimators.

    skl2onnx finds the converter of a model, also in a pipeline, by its methods, but that of a member of a
    ``VotingClassifier``, a ``StackingClassifier`` and other meta-estimators by its class alone. Call this function
    once, before ``skl2onnx.to_onnx``. Options such as "zipmap" are those of the meta-estimator alone.

    Raises
    ------
    MissingDependencyError
        If skl2onnx is not installed.

    Examples
    --------
    >>> import skl2onnx  # doctest: +SKIP
    >>> from sklearn.ensemble import StackingClassifier
    >>> from gaussmix import MixtureClassifier, datasets, exchange
    >>> vowels = datasets.load_vowels()
    >>> X, y = vowels.data[::9, 1:3], vowels.target[::9]
    >>> model = StackingClassifier([("mixtures", MixtureClassifier(1))]).fit(X, y)
    >>> exchange.register_skl2onnx()  # doctest: +SKIP
    >>> graph = skl2onnx.to_onnx(model, X[:1], options={id(model): {"zipmap": False}})  # doctest: +SKIP

    References
    ----------
    The documentation of skl2onnx, "Write your own converter for your own model".
    """
    try:
        from skl2onnx import update_registered_converter
    except ImportError:
        raise MissingDependencyError("these converters need skl2onnx: pip install skl2onnx") from None
    for name in estimators.__all__:
        cls = getattr(estimators, name)
        if isinstance(cls, type) and issubclass(cls, InONNX):
            update_registered_converter(cls, f"Gaussmix{name}", _set_types, _add_operators, overwrite=True)


def _set_types(operator: Any) -> None:
    operator.raw_operator.onnx_shape_calculator()(operator)


def _add_operators(scope: Any, operator: Any, container: Any) -> None:
    operator.raw_operator.onnx_converter()(scope, operator, container)
