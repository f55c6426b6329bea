"""The estimators as graphs of ONNX, and their conversion by skl2onnx."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import InputTypeError
from ..graphs import Graph, Output

__all__ = ["InONNX"]


class InONNX:
    """An estimator that skl2onnx converts, alone and in pipelines."""

    def _onnx_outputs(self, graph: Graph, rows: str) -> list[Output]:
        """Add the predictions for rows (n, D) to a graph, and return its results."""
        raise InputTypeError(
            f"a {type(self).__name__} cannot be converted to ONNX: keep it with model.save(path), and read it with "
            "gaussmix.load(path)."
        )

    def onnx_parser(self) -> Callable[..., Any]:
        """Return the function that declares the results, as skl2onnx calls it.

        Returns
        -------
        callable
            From a scope and inputs to variables.
        """
        results = self._onnx_outputs(Graph(18), "rows")

        def parser(scope: Any = None, inputs: Any = None) -> list[Any]:
            return [scope.declare_local_variable(each.name, _type(each, inputs[0])) for each in results]

        return parser

    def onnx_shape_calculator(self) -> Callable[[Any], None]:
        """Return the function that sets types and shapes of the results, as skl2onnx calls it.

        Returns
        -------
        callable
            From an operator to nothing.
        """
        results = self._onnx_outputs(Graph(18), "rows")

        def calculator(operator: Any) -> None:
            # A meta-estimator asks for the first results only.
            for variable, each in zip(operator.outputs, results, strict=False):
                variable.type = _type(each, operator.inputs[0])

        return calculator

    def onnx_converter(self) -> Callable[[Any, Any, Any], None]:
        """Return the function that adds the operators, as skl2onnx calls it.

        Returns
        -------
        callable
            From a scope, an operator and a container to nothing.
        """
        return self._add_to

    def _add_to(self, scope: Any, operator: Any, container: Any) -> None:
        from skl2onnx.common.data_types import DoubleTensorType
        from skl2onnx.proto import onnx_proto

        number = onnx_proto.TensorProto
        codes = {"f": number.DOUBLE, "i": number.INT64, "U": number.STRING}
        graph = Graph(container.target_opset)
        rows = scope.get_unique_variable_name("rows")
        container.add_node("Cast", operator.inputs[0].full_name, rows, to=number.DOUBLE)
        results = self._onnx_outputs(graph, rows)
        names = {rows: rows}
        for name, array in graph.constants.items():
            names[name] = scope.get_unique_variable_name(name)
            flat = array.ravel().tolist()
            if array.dtype.kind == "U":
                flat = [each.encode() for each in flat]
            container.add_initializer(names[name], codes[array.dtype.kind], list(array.shape), flat)
        for node in graph.nodes:
            names[node.output] = scope.get_unique_variable_name(node.output)
            inputs = [names[each] for each in node.inputs]
            container.add_node(node.operator, inputs, names[node.output], **node.attributes)
        double = isinstance(operator.inputs[0].type, DoubleTensorType)
        for variable, each in zip(operator.outputs, results, strict=False):
            if each.kind == "real":
                to = number.DOUBLE if double else number.FLOAT
                container.add_node("Cast", names[each.value], variable.full_name, to=to)
            else:
                container.add_node("Identity", names[each.value], variable.full_name)


def _type(output: Output, rows: Any) -> Any:
    """Return the type of a result in skl2onnx."""
    from skl2onnx.common import data_types

    n = rows.get_first_dimension()
    shape = [n] if output.columns is None else [n, output.columns]
    if output.kind == "integer":
        return data_types.Int64TensorType(shape)
    if output.kind == "text":
        return data_types.StringTensorType(shape)
    double = isinstance(rows.type, data_types.DoubleTensorType)
    return data_types.DoubleTensorType(shape) if double else data_types.FloatTensorType(shape)
