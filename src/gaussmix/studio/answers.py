"""Answers over HTTP: JSON, and faults of one sentence."""

from __future__ import annotations

import sys
import traceback
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ..errors import GaussmixError, MissingDependencyError
from ..visible import one_line
from .bodies import Fault

__all__ = ["RequestError", "as_json", "body_of", "fault", "fault_of", "sentence_of"]

T = TypeVar("T")

_MOST_BODY = 1 << 20
"""Bytes of a body in JSON."""


class RequestError(GaussmixError):
    """A request cannot be carried out; the message is for a person.

    Parameters
    ----------
    words : str
        One sentence.
    status : int
        The status of the answer over HTTP.
    """

    def __init__(self, words: str, status: int = 409) -> None:
        super().__init__(words)
        self.status = status


def as_json(value: Any, status: int = 200) -> Response:
    """Return an answer in JSON; NaN and infinity become null."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def fault(words: str, status: int) -> Response:
    """Return a fault in one sentence."""
    return as_json(Fault(one_line(words)), status)


async def body_of(request: Request, kind: type[T]) -> T:
    """Return the body of a request as a record.

    Raises
    ------
    RequestError
        If it is longer than a megabyte, or not of this kind.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_BODY:
            raise RequestError("The request is longer than a megabyte.", 413)
    try:
        return msgspec.json.decode(bytes(body), type=kind)
    except msgspec.DecodeError as error:
        raise RequestError(f"The request cannot be read: {error}.", 400) from None


def sentence_of(error: BaseException) -> str:
    """Return an error as one sentence for a person, without a traceback."""
    if isinstance(error, GaussmixError):
        return one_line(str(error))
    if isinstance(error, msgspec.DecodeError):
        return f"The message cannot be read: {one_line(str(error))}."
    if isinstance(error, MemoryError):
        return "There is not enough memory for this: take fewer rows or columns."
    # The traceback is for the terminal, where the server was started.
    traceback.print_exception(error, file=sys.stderr)
    return f"Unexpected error ({type(error).__name__}); the terminal has its traceback: please report it."


def fault_of(error: Exception) -> Response:
    """Return an error as an answer."""
    status = 500
    if isinstance(error, RequestError):
        status = error.status
    elif isinstance(error, MissingDependencyError):
        status = 501
    elif isinstance(error, GaussmixError):
        status = 422
    return fault(sentence_of(error), status)
