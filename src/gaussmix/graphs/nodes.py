"""A graph of ONNX operators, before it is written as a model or into another graph."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Graph", "Node", "Output"]


@dataclass(frozen=True)
class Node:
    """One operator.

    Parameters
    ----------
    operator : str
        Its ONNX name.
    inputs : tuple of str
        Names of values.
    output : str
        Name of the result.
    attributes : dict
        Its attributes.
    """

    operator: str
    inputs: tuple[str, ...]
    output: str
    attributes: dict[str, Any]


@dataclass(frozen=True)
class Output:
    """A result of a graph.

    Parameters
    ----------
    name : str
        Its name for users.
    value : str
        The name of the value in the graph.
    kind : {"real", "integer", "text"}
        Its type; a real number has the type of the rows.
    columns : int or None
        The number of columns of a matrix; None for a vector.
    """

    name: str
    value: str
    kind: str
    columns: int | None


@dataclass(eq=False)
class Graph:
    """Operators in the order of their evaluation, with their constants.

    Parameters
    ----------
    opset : int
        The version of the operators, at least 13.
    """

    opset: int
    nodes: list[Node] = field(default_factory=list)
    constants: dict[str, NDArray[Any]] = field(default_factory=dict)

    def constant(self, value: Any) -> str:
        """Add a constant: float64, int64 or text."""
        name = f"gaussmix_constant_{len(self.constants)}"
        self.constants[name] = np.asarray(value)
        return name

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add an operator, and return the name of its result."""
        name = f"gaussmix_value_{len(self.nodes)}"
        self.nodes.append(Node(operator, inputs, name, attributes))
        return name

    def sum(self, value: str, axis: int, keepdims: bool = False) -> str:
        """Add the sum along an axis."""
        return self.add("ReduceSum", value, self.constant(np.array([axis])), keepdims=int(keepdims))

    def maximum(self, value: str, axis: int) -> str:
        """Add the maximum along an axis, which is kept."""
        if self.opset < 18:
            return self.add("ReduceMax", value, axes=[axis], keepdims=1)
        return self.add("ReduceMax", value, self.constant(np.array([axis])), keepdims=1)
