"""FCS files of flow cytometry: events by channels, mapped into memory where they are floating-point numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import FileFormatError, MissingDependencyError
from ..files import readable
from .matrices import HeldMatrix, columns_named, matrix_source
from .open_files import Version, kept_open, version_of
from .request import Request
from .table import TableSource

__all__ = ["open_fcs"]

_TYPES = {"F": "f4", "D": "f8"}
_ORDERS = {"1,2,3,4": "<", "1,2": "<", "4,3,2,1": ">", "2,1": ">"}


@dataclass(frozen=True)
class FcsFile:
    """The events of an FCS file, as floating-point numbers.

    Parameters
    ----------
    offset : int
        Position of the first event in the file.
    shape : tuple of int
        Events and channels.
    factors : tuple of float
        Of each channel: one over its gain, and the time step.
    """

    path: str
    version: Version
    offset: int
    shape: tuple[int, int]
    dtype: str
    factors: tuple[float, ...]

    @property
    def place(self) -> str:
        """The file."""
        return self.path

    def rows(self, start: int, stop: int) -> NDArray[Any]:
        """Return some events with all channels."""
        mapped = partial(np.memmap, self.path, self.dtype, "r", self.offset, self.shape)
        rows = np.asarray(kept_open(self, mapped)[start:stop])
        if all(factor == 1.0 for factor in self.factors):
            return rows
        native = rows.dtype.newbyteorder("=")
        return np.asarray(rows * np.array(self.factors, dtype=native), dtype=native)


def open_fcs(path: Any, request: Request) -> TableSource:
    """Return the events of an FCS file as a source, with the gains of the channels and the time step applied.

    Raises
    ------
    MissingDependencyError
        If flowio is not installed.
    FileFormatError
        If the file is no FCS file.
    """
    try:
        import flowio
    except ImportError:
        raise MissingDependencyError('an FCS file needs flowio: pip install "gaussmix[cytometry]"') from None
    place = str(readable(path))
    try:
        # Opened here: flowio leaves a file open that it cannot read.
        with open(place, "rb") as file:
            head = flowio.FlowData(file, only_text=True)
            mapped = _mapped(head, place)
            data = mapped or HeldMatrix(_events(flowio, file), place)
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise FileFormatError(f"{place} cannot be read as an FCS file: {reason}") from None
    names = list(head.pnn_labels)
    single = mapped is not None and mapped.dtype.endswith("f4")
    columns = columns_named(names, np.float32 if single else np.float64)
    return matrix_source(data, columns, int(head.event_count), request)


def _events(flowio: Any, file: Any) -> NDArray[Any]:
    file.seek(0)
    return np.asarray(flowio.FlowData(file).as_array())


def _mapped(head: Any, place: str) -> FcsFile | None:
    """Return the mapped events of a file of floating-point numbers; None for integers."""
    kind, order = _TYPES.get(head.data_type.upper()), _ORDERS.get(head.text.get("byteord", "").strip())
    channels = [head.channels[number] for number in sorted(head.channels)]
    if kind is None or order is None or any(channel["pne"][0] > 0 for channel in channels):
        return None
    offset = int(head.text.get("begindata", "0")) or int(head.header["data_start"])
    shape = int(head.event_count), int(head.channel_count)
    version = version_of(place)
    dtype = np.dtype(order + kind)
    if offset + shape[0] * shape[1] * dtype.itemsize > version.size:
        raise ValueError(f"it ends before the last of its {shape[0]} events")
    factors = [1.0 / channel["png"] if channel["png"] else 1.0 for channel in channels]
    if head.time_index is not None and head.text.get("timestep", "").strip():
        factors[head.time_index] *= float(head.text["timestep"])
    return FcsFile(place, version, offset, shape, dtype.str, tuple(factors))
