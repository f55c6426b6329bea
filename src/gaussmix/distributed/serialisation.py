"""Serialisation of objects for other processes, without values already on the cluster."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["Shipped", "packed", "unpacked"]

Shipped = tuple[bytes, list[Any]]
"""An object as bytes, and the handles of the values that are not among them, such as futures."""


def packed(value: Any, handle_of: Callable[[Any], Any] = lambda value: None) -> Shipped:
    """Return an object as bytes, with handles in place of values on the cluster.

    Functions and classes of a notebook or a script are sent by value.

    Parameters
    ----------
    value : object
        The object.
    handle_of : callable
        Returns the handle of an object anywhere within it, or None if it is sent itself.

    Examples
    --------
    >>> data, handles = packed(["rows", 1.5], lambda value: "future" if value == 1.5 else None)
    >>> handles
    ['future']
    >>> unpacked(data, ["the rows of the future"])
    ['rows', 'the rows of the future']
    """
    import cloudpickle

    handles: list[Any] = []

    class Packer(cloudpickle.Pickler):  # type: ignore[misc]
        def persistent_id(self, value: Any) -> int | None:
            handle = handle_of(value)
            if handle is None:
                return None
            handles.append(handle)
            return len(handles) - 1

    stream = io.BytesIO()
    Packer(stream, protocol=pickle.HIGHEST_PROTOCOL).dump(value)
    return stream.getvalue(), handles


def unpacked(data: bytes, held: Sequence[Any] = ()) -> Any:
    """Return an object from its bytes and the values of its handles.

    Parameters
    ----------
    data : bytes
        From :func:`packed`.
    held : sequence
        The values of the handles, in their order.
    """

    class Unpacker(pickle.Unpickler):
        def persistent_load(self, number: int) -> Any:
            return held[number]

    return Unpacker(io.BytesIO(data)).load()
