"""The engine for Ray."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..sources import ArrayPart
from .addresses import check_reachable, connecting
from .futures_engine import FuturesEngine
from .packages import imported

__all__ = ["RayEngine"]


class RayEngine(FuturesEngine):
    """Engine for Ray: sums by tasks on the nodes with the data.

    Results are bit-identical for every number of workers. Ray repeats the tasks of workers that are lost.

    Parameters
    ----------
    address : str, optional
        The address of a cluster, as for ``ray.init``. Unless given, the cluster that this process is connected to; a
        process without one connects to the cluster of ``RAY_ADDRESS`` or starts one on its machine.

    Raises
    ------
    MissingDependencyError
        If ray is not installed.

    Examples
    --------
    >>> from gaussmix.distributed import RayEngine
    >>> RayEngine("auto")  # doctest: +SKIP
    RayEngine('auto')
    """

    def __init__(self, address: str | None = None) -> None:
        super().__init__()
        self._package = imported("ray", "ray")
        self._address = address

    def __repr__(self) -> str:
        return f"RayEngine({'' if self._address is None else repr(self._address)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return RayEngine, (self._address,)

    @property
    def _ray(self) -> Any:
        """The package, connected."""
        if not self._package.is_initialized():
            if self._address is not None:
                check_reachable(self._address)
            with connecting("Ray"):
                self._package.init(address=self._address)
        return self._package

    @property
    def n_slots(self) -> int:
        """The number of processors of the cluster."""
        return int(self._ray.cluster_resources().get("CPU", 1))

    def _is_handle(self, value: Any) -> bool:
        return isinstance(value, self._package.ObjectRef)

    def _send(self, part: ArrayPart) -> Any:
        return self._ray.put(part)

    def _shared(self, function: Callable[[Any], Any]) -> Any:
        return self._ray.put(function)

    def _task(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return self._ray.remote(function).remote(*arguments)

    def _values(self, handles: Sequence[Any]) -> list[Any]:
        try:
            return list(self._ray.get(list(handles)))
        except self._package.exceptions.RayTaskError as error:
            raise error.cause from error
