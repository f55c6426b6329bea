"""Densities, posterior probabilities, labels and regressions as operators; all arithmetic is in float64."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._types import Floats, Ints
from ..errors import InputError
from ..mixture import Mixture
from .nodes import Graph, Output

__all__ = ["class_outputs", "mixture_outputs", "regression_outputs"]


def mixture_outputs(graph: Graph, rows: str, mixture: Mixture) -> list[Output]:
    """Add labels, posterior probabilities and log-densities of rows.

    Parameters
    ----------
    rows : str
        The value of the rows (n, D), float64.
    """
    joint, _ = _log_joint(graph, rows, mixture)
    score, probabilities = _normalised(graph, joint)
    label = graph.add("ArgMax", joint, axis=1, keepdims=0)
    K, several = mixture.n_components, mixture.n_components
    if mixture.uniform is not None:
        several += 1
        noise = graph.add("Equal", label, graph.constant(np.array(K)))
        label = graph.add("Where", noise, graph.constant(np.array(-1)), label)
    return [
        Output("label", label, "integer", None),
        Output("probabilities", probabilities, "real", several),
        Output("score_samples", score, "real", None),
    ]


def class_outputs(
    graph: Graph, rows: str, mixture: Mixture, of_components: Ints, classes: Any
) -> list[Output]:
    """Add the class of rows, and the probabilities of the classes.

    Parameters
    ----------
    rows : str
        The value of the rows (n, D), float64.
    mixture : Mixture
        The components of all classes, weighted by the priors.
    of_components : (K,) array of int
        The position of the class of each component.
    classes : (C,) array
        The classes: numbers or text.
    """
    labels = np.asarray(classes)
    if labels.dtype.kind not in "iub":
        others = [each for each in labels.tolist() if not isinstance(each, str)]
        if others:
            raise InputError(
                f"the class {others[0]!r} ({type(others[0]).__name__}) has no form in ONNX: encode the classes as "
                "whole numbers or text."
            )
        labels, kind = labels.astype(str), "text"
    else:
        labels, kind = labels.astype(np.int64), "integer"
    C = len(labels)
    _, components = _normalised(graph, _log_joint(graph, rows, mixture)[0])
    members = graph.constant((np.asarray(of_components)[:, None] == np.arange(C)).astype(np.float64))
    probabilities = graph.add("MatMul", components, members)
    position = graph.add("ArgMax", probabilities, axis=1, keepdims=0)
    label = graph.add("Gather", graph.constant(labels), position, axis=0)
    return [Output("label", label, kind, None), Output("probabilities", probabilities, "real", C)]


def regression_outputs(graph: Graph, rows: str, mixture: Mixture, n_inputs: int) -> list[Output]:
    """Add the conditional means and standard deviations of the last columns, given the first.

    Parameters
    ----------
    rows : str
        The value of the rows (n, D), float64.
    mixture : Mixture
        Of D inputs and q targets.
    n_inputs : int
        D.
    """
    given, kept = list(range(n_inputs)), list(range(n_inputs, mixture.n_features))
    K, q = mixture.n_components, len(kept)
    marginal = mixture.marginal(given)
    joint, distances = _log_joint(graph, rows, marginal)
    _, r = _normalised(graph, joint)
    slopes, rest = mixture.covariances.condition(given, kept)
    centre = mixture.means[:, given].mean(axis=0)
    offsets = mixture.means[:, kept] + np.einsum("kba,ka->kb", slopes, centre - mixture.means[:, given])
    variances = rest.variances()
    if mixture.uniform is not None:
        box = mixture.uniform.given(given, kept)
        slopes = np.concatenate([slopes, np.zeros((1, q, n_inputs))])
        offsets = np.concatenate([offsets, box.centre[None]])
        variances = np.concatenate([variances, (box.upper - box.lower)[None] ** 2 / 12.0])
        K += 1
    apart = graph.add("Sub", rows, graph.constant(centre))
    moved = graph.add("MatMul", apart, graph.constant(slopes.reshape(K * q, n_inputs).T))
    flat = graph.add("Add", moved, graph.constant(offsets.reshape(K * q)))
    means = graph.add("Reshape", flat, graph.constant(np.array([-1, K, q])))
    shares = graph.add("Unsqueeze", r, graph.constant(np.array([2])))
    mean = graph.sum(graph.add("Mul", shares, means), 1)
    off = graph.add("Sub", means, graph.add("Unsqueeze", mean, graph.constant(np.array([1]))))
    within = graph.constant(variances)
    if marginal.densities.degrees is not None:
        within = graph.add("Mul", _spread_factors(graph, rows, distances, marginal), within)
    squares = graph.add("Add", graph.add("Mul", off, off), within)
    deviation = graph.add("Sqrt", graph.sum(graph.add("Mul", shares, squares), 1))
    return [Output("variable", mean, "real", q), Output("std", deviation, "real", q)]


def _log_joint(graph: Graph, rows: str, mixture: Mixture) -> tuple[str, str]:
    """Add the logarithms of the weighted component densities, and the squared distances of the rows, (n, K)."""
    if mixture.covariances.singular:
        raise InputError("singular covariances have no form in ONNX: give a mixture with regular ones.")
    apart = graph.add(
        "Sub", graph.add("Unsqueeze", rows, graph.constant(np.array([1]))), graph.constant(mixture.means)
    )
    by_component = graph.add("Transpose", apart, perm=[1, 0, 2])
    white = graph.add("MatMul", by_component, graph.constant(_whitening(mixture)))
    squares = graph.add("Transpose", graph.sum(graph.add("Mul", white, white), 2), perm=[1, 0])
    joint = graph.add("Add", _log_kernels(graph, squares, mixture), graph.constant(mixture.offsets))
    if mixture.uniform is None:
        return joint, squares
    constant = graph.add("Add", _zeros(graph, rows), graph.constant(np.array(mixture.uniform.log_height)))
    return graph.add("Concat", joint, constant, axis=1), squares


def _zeros(graph: Graph, rows: str) -> str:
    """Add a column of zeros, (n, 1)."""
    return graph.add("Mul", graph.sum(rows, 1, keepdims=True), graph.constant(np.array(0.0)))


def _spread_factors(graph: Graph, rows: str, squares: str, mixture: Mixture) -> str:
    """Add the factors (ν + δ) / (ν + d − 2) of conditional variances, given d columns at distances δ, (n, K, 1)."""
    degrees = mixture.densities.degrees
    assert degrees is not None
    divisors = degrees + mixture.n_features - 2.0
    if not (divisors > 0).all():
        raise InputError(
            f"a component has {degrees.min():.4g} degrees of freedom, and given {mixture.n_features} input no "
            "variance: fit with two or more degrees of freedom."
        )
    if mixture.uniform is not None:
        squares = graph.add("Concat", squares, _zeros(graph, rows), axis=1)
        degrees, divisors = np.append(degrees, 1.0), np.append(divisors, 1.0)
    factors = graph.add("Div", graph.add("Add", squares, graph.constant(degrees)), graph.constant(divisors))
    return graph.add("Unsqueeze", factors, graph.constant(np.array([2])))


def _log_kernels(graph: Graph, squares: str, mixture: Mixture) -> str:
    """Add the log-densities less those at the means, from squared Mahalanobis distances, (n, K)."""
    degrees = mixture.densities.degrees
    if degrees is None:
        return graph.add("Mul", squares, graph.constant(np.array(-0.5)))
    ratio = graph.add("Div", squares, graph.constant(degrees))
    logarithm = graph.add("Log", graph.add("Add", ratio, graph.constant(np.array(1.0))))
    return graph.add("Mul", logarithm, graph.constant(-0.5 * (degrees + mixture.n_features)))


def _whitening(mixture: Mixture) -> Floats:
    """Return upper triangular U (K, D, D) with Σ⁻¹ = U Uᵀ."""
    roots = np.linalg.inv(np.linalg.cholesky(mixture.covariances.dense()))
    return np.ascontiguousarray(roots.swapaxes(1, 2))


def _normalised(graph: Graph, joint: str) -> tuple[str, str]:
    """Add the logarithm of the sum of exponentials (n,), and the shares (n, K)."""
    top = graph.maximum(joint, 1)
    whole = graph.sum(graph.add("Exp", graph.add("Sub", joint, top)), 1, keepdims=True)
    score = graph.add("Add", top, graph.add("Log", whole))
    shares = graph.add("Exp", graph.add("Sub", joint, score))
    return graph.add("Squeeze", score, graph.constant(np.array([1]))), shares
