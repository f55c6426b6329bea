"""Mixtures as JSON for people: one object for each component, exact numbers, no code."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from ..covariances import family_named
from ..errors import InputError, InputTypeError
from ..mixture import Mixture
from ..mixture.of_model import gaussians_of
from ..persist import mixture_from
from ..storage import Record, short
from ..storage.sound_json import parsed

__all__ = ["from_json", "to_json"]

_FORMAT, _VERSION = "gaussmix mixture", 1
_PLACE = "the JSON text"


def to_json(model: Any) -> str:
    """Return a mixture as readable JSON text.

    The text has the weight, the mean and the covariance of each component, and the names of the columns. Numbers are
    exact: :func:`from_json` returns an equal mixture. A covariance that all components share stands once, outside them.

    Parameters
    ----------
    model : Mixture or fitted estimator
        The mixture to write.

    Returns
    -------
    str
        A JSON object.

    Raises
    ------
    InputError
        If the estimator is not fitted.

    Examples
    --------
    >>> from gaussmix import Mixture, exchange
    >>> print(exchange.to_json(Mixture([1.0], [[0.5]], [2.0])))
    {
      "format": "gaussmix mixture",
      "version": 1,
      "covariance_type": "spherical",
      "columns": null,
      "components": [
        {"weight": 1.0, "mean": [0.5], "covariance": 2.0}
      ]
    }
    """
    mixture = gaussians_of(model, "to_json")
    content: dict[str, Any] = {
        "format": _FORMAT,
        "version": _VERSION,
        "covariance_type": mixture.family.name,
        "columns": None if mixture.feature_names is None else list(mixture.feature_names),
    }
    if mixture.covariances.singular:
        content["allow_singular"] = True
    array, each = mixture.covariances.array.tolist(), _one_for_each(mixture.family)
    if not each:
        content["covariance"] = array
    if mixture.uniform is not None:
        box = mixture.uniform
        content["uniform"] = {
            "weight": box.weight,
            "lower": box.lower.tolist(),
            "upper": box.upper.tolist(),
            "log_volume": box.log_volume,
        }
    components = [
        {"weight": weight, "mean": mean, **({"covariance": array[k]} if each else {})}
        for k, (weight, mean) in enumerate(zip(mixture.weights.tolist(), mixture.means.tolist(), strict=True))
    ]
    head = [f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in content.items()]
    lines = ",\n".join(f"    {json.dumps(component)}" for component in components)
    return "{\n" + ",\n".join([*head, f'  "components": [\n{lines}\n  ]']) + "\n}"


def _one_for_each(family: Any) -> bool:
    """Return whether the stored array of a family has one entry for each component."""
    return bool(family.stored_shape(7, 11)[:1] == (7,))


def from_json(text: str | bytes) -> Mixture:
    """Return the mixture in a JSON text of :func:`to_json`.

    Parameters
    ----------
    text : str or bytes
        The JSON text. No code in it is run, and every value is checked.

    Returns
    -------
    Mixture
        The mixture.

    Raises
    ------
    FileFormatError
        If the text is not that of a mixture; the message names the fault and its place.

    Examples
    --------
    >>> from gaussmix import Mixture, exchange
    >>> mixture = Mixture([0.25, 0.75], [[0.0, 1.0], [2.0, 3.0]], [[0.1, 0.3], [1.0, 2.0]])
    >>> exchange.from_json(exchange.to_json(mixture)) == mixture
    True
    """
    if not isinstance(text, (str, bytes, bytearray)):
        raise InputTypeError(f"text is {short(text)}: give the JSON text itself.")
    record = Record(_PLACE, {}, {})
    try:
        content = parsed(text.encode() if isinstance(text, str) else bytes(text))
    except (ValueError, RecursionError) as error:
        raise record.fault(f"it is not JSON ({error})") from None
    record = Record(_PLACE, content, {})
    if record.entry("format", str) != _FORMAT:
        raise record.fault(f"its format is {short(content['format'])}, and {_FORMAT!r} is expected")
    version = record.entry("version", int)
    if version != _VERSION:
        raise record.fault(f"its version is {version}, and this version of gaussmix reads {_VERSION}")
    return _mixture(record)


def _mixture(record: Record) -> Mixture:
    components = record.sections("components")
    if not components:
        raise record.fault("it has no components")
    family = family_named(record.entry("covariance_type", str))
    if family is None:
        raise record.fault(
            f"its covariance_type is {short(record.description['covariance_type'])}, which is not known"
        )
    allow_singular = "allow_singular" in record.description and record.entry("allow_singular", bool)
    arrays = {
        "weights": _array(record, [part.entry("weight", float, int) for part in components], "weight"),
        "means": _array(record, [part.entry("mean", list) for part in components], "mean"),
    }
    kinds = (list, float, int)
    if _one_for_each(family):
        values: Any = [part.entry("covariance", *kinds) for part in components]
    else:
        values = record.entry("covariance", *kinds)
    arrays["covariances"] = _array(record, values, "covariance")
    description: dict[str, Any] = {
        "family": family.name,
        "feature_names": record.entry("columns", list, None),
        "allow_singular": allow_singular,
    }
    if "uniform" in record.description:
        box = record.section("uniform")
        description["uniform"] = {
            name: float(box.entry(name, float, int)) for name in ("weight", "log_volume")
        }
        for name in ("lower", "upper"):
            arrays[f"uniform/{name}"] = _array(record, box.entry(name, list), f"uniform/{name}")
    try:
        return mixture_from(Record(_PLACE, description, arrays))
    except InputError as error:
        if type(error) is InputError or not str(error).startswith(_PLACE):
            raise record.fault(str(error).rstrip(".")) from None
        raise


def _array(record: Record, values: Any, name: str) -> Any:
    """Return numbers in lists as an array; text and truth values are none."""
    try:
        array = np.array(values)
    except ValueError:
        array = np.array(None)
    if array.dtype.kind not in "iuf":
        raise record.fault(
            f"{name!r} holds {short(values)}, and numbers in lists of equal lengths are expected"
        )
    return array.astype(np.float64)
