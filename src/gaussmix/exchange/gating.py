"""Components as ellipsoid gates of cytometry, in Gating-ML 2.0."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

import numpy as np
from scipy.special import gammaincinv

from ..errors import InputError, InputTypeError
from ..mixture import Mixture
from ..mixture.of_model import gaussians_of
from ..names import column_in_words

__all__ = ["to_gatingml"]

_NAMESPACES = {
    "xmlns:gating": "http://www.isac-net.org/std/Gating-ML/v2.0/gating",
    "xmlns:data-type": "http://www.isac-net.org/std/Gating-ML/v2.0/datatypes",
}
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_IDENTIFIER = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)


def to_gatingml(
    model: Any, *, columns: Any = None, level: float = 0.95, ids: Sequence[str] | None = None
) -> str:
    r"""Return the components as ellipsoid gates in Gating-ML 2.0, the standard of flow cytometry.

    The gate of a component is the ellipsoid of probability ``level``,

    .. math:: (x - \mu_k)^T \Sigma_k^{-1} (x - \mu_k) \le \chi^2_D(level).

    FlowKit and other programs read the text. The gates refer to channels as they are in the file of events, without
    compensation or transformation: fit the mixture to these values.

    Parameters
    ----------
    model : Mixture or fitted estimator
        The mixture; the names of its columns are the names of the channels.
    columns : sequence of int or str, optional
        The columns of the gates, at least two; by default all. The gates are those of their marginal distribution.
    level : float, default=0.95
        The probability of each component within its gate, between 0 and 1.
    ids : sequence of str, optional
        The identifiers of the gates; by default "component_0" and so on.

    Returns
    -------
    str
        An XML document.

    Raises
    ------
    InputError
        If the columns have no names, there are fewer than two, or an identifier is not valid.

    Examples
    --------
    >>> from gaussmix import Mixture, exchange
    >>> mixture = Mixture([1.0], [[10.0, 20.0]], [4.0], feature_names=["FSC-A", "SSC-A"])
    >>> print(exchange.to_gatingml(mixture).splitlines()[2])
      <gating:EllipsoidGate gating:id="component_0">

    References
    ----------
    Spidlen, J., Moore, W. and Brinkman, R. R. (2015). ISAC's Gating-ML 2.0 data exchange standard for gating
    description. Cytometry A 87, 683-687.
    """
    mixture = gaussians_of(model, "to_gatingml")
    if columns is not None:
        mixture = mixture.marginal(columns)
    names = _channels(mixture)
    if isinstance(level, bool) or not isinstance(level, (int, float, np.floating)):
        raise InputTypeError(f"level is {level!r}: give a probability between 0 and 1.")
    if not 0.0 < level < 1.0:
        raise InputError(f"level is {level}: give a probability between 0 and 1.")
    distance = 2.0 * float(gammaincinv(mixture.n_features / 2.0, level))
    root = ElementTree.Element("gating:Gating-ML", _NAMESPACES)
    covariances = mixture.covariances.dense()
    for k, identifier in enumerate(_identifiers(ids, mixture.n_components)):
        gate = ElementTree.SubElement(root, "gating:EllipsoidGate", {"gating:id": identifier})
        for name in names:
            dimension = ElementTree.SubElement(
                gate, "gating:dimension", {"gating:compensation-ref": "uncompensated"}
            )
            ElementTree.SubElement(dimension, "data-type:fcs-dimension", {"data-type:name": name})
        _add_numbers(ElementTree.SubElement(gate, "gating:mean"), "gating:coordinate", mixture.means[k])
        matrix = ElementTree.SubElement(gate, "gating:covarianceMatrix")
        for row in covariances[k]:
            _add_numbers(ElementTree.SubElement(matrix, "gating:row"), "gating:entry", row)
        ElementTree.SubElement(gate, "gating:distanceSquare", {"data-type:value": repr(distance)})
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _add_numbers(parent: ElementTree.Element, tag: str, values: Any) -> None:
    for value in values.tolist():
        ElementTree.SubElement(parent, tag, {"data-type:value": repr(value)})


def _channels(mixture: Mixture) -> tuple[str, ...]:
    names = mixture.feature_names
    if names is None:
        raise InputError(
            "the columns of the mixture have no names, and gates refer to channels by name: fit a data frame, or give "
            'the names with mixture.named(("FSC-A", ...)).'
        )
    if len(names) < 2:
        raise InputError(f"an ellipsoid gate has at least two columns, and these are {len(names)}.")
    for name in names:
        if _NOT_IN_XML.search(name) or not name:
            raise InputError(f"the {column_in_words(name)} cannot be named in XML: rename it.")
    return names


def _identifiers(ids: Sequence[str] | None, K: int) -> list[str]:
    chosen = [f"component_{k}" for k in range(K)] if ids is None else [str(each) for each in ids]
    if len(chosen) != K or len(set(chosen)) < K:
        raise InputError(f"ids are {chosen!r}: give {K} distinct identifiers, one for each component.")
    for each in chosen:
        if not _IDENTIFIER.fullmatch(each):
            raise InputError(
                f"the identifier {each!r} is not valid in XML: use letters, digits, '_', '-' and '.', beginning with a "
                "letter or '_'."
            )
    return chosen
