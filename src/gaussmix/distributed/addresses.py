"""Addresses of clusters: a connection is tried before the library of the cluster waits for one."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import InputError

__all__ = ["check_reachable", "connecting"]

_SECONDS = 5.0


def check_reachable(address: str) -> None:
    """Raise InputError if nothing answers at an address; one without hosts and ports is not tried.

    Parameters
    ----------
    address : str
        Such as ``tcp://host:8786``; of several hosts, separated by commas, one is enough.

    Examples
    --------
    >>> check_reachable("local[2]")
    >>> check_reachable("tcp://127.0.0.1:9")
    Traceback (most recent call last):
    gaussmix.errors.InputError: no cluster answers at 'tcp://127.0.0.1:9' (Connection refused): start it, or ...
    """
    found = re.fullmatch(r"(?:(?:tcp|tls|ray|spark)://)?([\w.,:\-\[\]]+:\d+)/?", address)
    if found is None:
        return
    reason = ""
    for each in found[1].split(","):
        host, _, port = each.rpartition(":")
        try:
            with socket.create_connection((host.strip("[]"), int(port)), _SECONDS):
                return
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
    raise InputError(
        f"no cluster answers at {address!r} ({reason}): start it, or give the address of another engine."
    )


@contextmanager
def connecting(what: str) -> Iterator[None]:
    """Raise an error of the library of a cluster, while it connects, as an InputError of one sentence.

    Parameters
    ----------
    what : str
        Such as "Ray".
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        reason = lines[0].rstrip(".") if lines else type(error).__name__
        raise InputError(
            f"no connection to {what} ({reason}): check its address and that it runs."
        ) from error
