"""Predictions as an ONNX model, which runs without this library."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import InputError, MissingDependencyError
from ..graphs import Graph, Output, mixture_outputs
from ..mixture.of_model import mixture_of

__all__ = ["to_onnx"]

_OPSET = 18
_IR_VERSION = 9


def to_onnx(model: Any, dtype: Any = "float32") -> Any:
    """Return the predictions of a model as an ONNX model, which onnxruntime and other engines run.

    The graph computes in float64, whatever the type of the rows, and its results are those of this library. Missing
    values have no results.

    ================== ============================================================================
    model              results
    ================== ============================================================================
    mixture            ``label`` (n,), ``probabilities`` (n, K), ``score_samples`` (n,)
    MixtureClassifier  ``label`` (n,), ``probabilities`` (n, C)
    MixtureRegressor   ``variable`` (n, q) and ``std`` (n, q): conditional means and deviations
    ================== ============================================================================

    Parameters
    ----------
    model : Mixture or fitted estimator
        The model.
    dtype : {"float32", "float64"}, default="float32"
        The type of the rows ``X`` (n, D), and of real results.

    Returns
    -------
    onnx.ModelProto
        The model; ``onnx.save(model, path)`` writes it.

    Raises
    ------
    InputError
        If covariances are singular, or classes are neither whole numbers nor text.
    MissingDependencyError
        If the package onnx is not installed.

    Examples
    --------
    >>> from gaussmix import Mixture, exchange
    >>> graph = exchange.to_onnx(Mixture([0.5, 0.5], [[0.0], [9.0]], [1.0, 1.0]))  # doctest: +SKIP
    >>> [output.name for output in graph.graph.output]  # doctest: +SKIP
    ['label', 'probabilities', 'score_samples']
    """
    try:
        import onnx
    except ImportError:
        raise MissingDependencyError('ONNX needs a package: pip install "gaussmix[onnx]"') from None
    number = _type_of(dtype)
    graph = Graph(_OPSET)
    results = _results(model, graph)
    nodes = [onnx.helper.make_node("Cast", ["X"], ["rows"], to=onnx.TensorProto.DOUBLE)]
    for node in graph.nodes:
        nodes.append(onnx.helper.make_node(node.operator, node.inputs, [node.output], **node.attributes))
    real = onnx.helper.np_dtype_to_tensor_dtype(number)
    outputs = []
    for each in results:
        code = {"real": real, "integer": onnx.TensorProto.INT64, "text": onnx.TensorProto.STRING}[each.kind]
        nodes.append(
            onnx.helper.make_node("Cast", [each.value], [each.name], to=code)
            if each.kind == "real"
            else onnx.helper.make_node("Identity", [each.value], [each.name])
        )
        shape = ["n"] if each.columns is None else ["n", each.columns]
        outputs.append(onnx.helper.make_tensor_value_info(each.name, code, shape))
    inputs = [onnx.helper.make_tensor_value_info("X", real, ["n", _n_features(model)])]
    constants = [_constant(name, array) for name, array in graph.constants.items()]
    whole = onnx.helper.make_graph(nodes, "gaussmix", inputs, outputs, constants)
    answer = onnx.helper.make_model(
        whole,
        producer_name="gaussmix",
        ir_version=_IR_VERSION,
        opset_imports=[onnx.helper.make_opsetid("", _OPSET)],
    )
    onnx.checker.check_model(answer)
    return answer


def _constant(name: str, array: Any) -> Any:
    import onnx

    if array.dtype.kind == "U":
        array = array.astype(object)
    return onnx.numpy_helper.from_array(array, name)


def _results(model: Any, graph: Graph) -> list[Output]:
    if hasattr(model, "_onnx_outputs"):
        results: list[Output] = model._onnx_outputs(graph, "rows")
        return results
    return mixture_outputs(graph, "rows", mixture_of(model, "to_onnx"))


def _n_features(model: Any) -> int:
    if hasattr(model, "_onnx_outputs"):
        return int(model.n_features_in_)
    return mixture_of(model, "to_onnx").n_features


def _type_of(dtype: Any) -> np.dtype[Any]:
    try:
        number: np.dtype[Any] = np.dtype(dtype)
    except TypeError:
        number = np.dtype(object)
    if number not in (np.dtype(np.float32), np.dtype(np.float64)):
        raise InputError(f"dtype is {dtype!r}: give 'float32' or 'float64'.")
    return number
