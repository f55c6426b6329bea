"""Engines by name, as on the command line."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from ..engines import Engine, JoblibEngine, ThreadEngine
from ..errors import InputError
from .dask_engine import DaskEngine
from .ray_engine import RayEngine
from .spark_engine import SparkEngine

__all__ = ["NAMES", "engine_named"]

NAMES = "threads[:N], joblib, dask[://HOST:PORT], ray[://HOST:PORT] or spark[://HOST:PORT]"
"""The grammar of names."""


def engine_named(text: str) -> Engine:
    """Return the engine of a name, with the address of a cluster or a number of threads.

    =========================  ==============================================================
    name                       engine
    =========================  ==============================================================
    ``threads``                a thread for each processor
    ``threads:4``              four threads
    ``joblib``                 threads for passes; jobs of ``joblib.parallel_config`` for fits
    ``dask``                   the client of the process, or the configured scheduler
    ``dask://HOST:PORT``       the scheduler at this address; also ``dask:tls://HOST:PORT``
    ``ray``                    the cluster of ``RAY_ADDRESS``, or a new one on this machine
    ``ray://HOST:PORT``        a server for clients of Ray; also ``ray:HOST:PORT``, a head node
    ``spark``                  the active session, or a new one as it is configured
    ``spark://HOST:PORT``      the master at this address; also ``spark:MASTER``, such as
                               ``spark:local[4]`` or ``spark:yarn``
    =========================  ==============================================================

    The engines of one address are one object, which keeps its connection.

    Parameters
    ----------
    text : str
        The name.

    Returns
    -------
    Engine
        The engine; it connects at its first use.

    Raises
    ------
    InputError
        If there is no engine of this name.
    MissingDependencyError
        If the package of a cluster is not installed.

    Examples
    --------
    >>> from gaussmix.distributed import engine_named
    >>> engine_named("threads:4"), engine_named("dask")
    (ThreadEngine(4), DaskEngine())
    """
    name, colon, address = text.strip().partition(":")
    if name == "threads":
        return ThreadEngine(_threads(text, address) if colon else None)
    if text.strip() == "joblib":
        return JoblibEngine()
    if name not in _CLUSTERS or (colon and not address.strip("/")):
        raise InputError(f"engine is {text!r}: give {NAMES}, or an engine object.")
    return _cluster(name, address)


def _threads(text: str, number: str) -> int:
    if not number.isdecimal() or int(number) < 1:
        raise InputError(f"engine is {text!r}: give a whole number of threads ≥ 1, such as 'threads:4'.")
    return int(number)


def _dask(address: str) -> Engine:
    return DaskEngine(f"tcp:{address}" if address.startswith("//") else address or None)


def _ray(address: str) -> Engine:
    return RayEngine(f"ray:{address}" if address.startswith("//") else address or None)


def _spark(address: str) -> Engine:
    return SparkEngine(f"spark:{address}" if address.startswith("//") else address or None)


_CLUSTERS: dict[str, Callable[[str], Engine]] = {"dask": _dask, "ray": _ray, "spark": _spark}


@lru_cache
def _cluster(name: str, address: str) -> Engine:
    return _CLUSTERS[name](address)
