"""Requests for files to save: rows, model, report, figures, code; and for a model that was saved."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from .. import persist
from ..errors import InputError
from ..estimators import GaussianMixture
from ..mixture import Mixture
from ..names import names_in_words
from .answers import as_json
from .code import code_of
from .control import Tell
from .exports import Figure, Wanted, export_named
from .fits import Source
from .queries import number_in, session_of, sessions_of, view_in, watched
from .uploads import received

__all__ = ["HANDLERS"]


async def get_code(request: Request) -> Response:
    session = session_of(request)
    return Response(code_of(session.rows, session.fit), media_type="text/plain; charset=utf-8")


async def get_export(request: Request) -> Response:
    what = request.path_params["what"]
    export, fit = export_named(what), session_of(request).known_fit
    path = Path(sessions_of(request).folder.name) / f"{secrets.token_hex(8)}-{what}"
    threshold, figure = number_in(request, "threshold", 0.99, float), _figure(request, fit.rows.names)

    def write(tell: Tell) -> None:
        try:
            export.write(path, Wanted(fit.rows, fit, figure, threshold, tell))
            tell(1, 1)
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    await watched(request, f"export {what}", f"Writing {what}", write)
    return FileResponse(
        path,
        media_type=export.media_type,
        filename=what,
        background=BackgroundTask(path.unlink, missing_ok=True),
    )


def _figure(request: Request, names: tuple[str, ...]) -> Figure:
    asked = [request.query_params[axis] for axis in "xy" if axis in request.query_params]
    columns = tuple(asked) or names[:2]
    view = view_in(request) if "x0" in request.query_params else None
    return Figure(columns, request.query_params.get("dark", "") in ("1", "true"), view)


async def take_model(request: Request) -> Response:
    session, sessions = session_of(request), sessions_of(request)
    rows = session.rows
    async with received(request, (".safetensors",), sessions.limits, Path(sessions.folder.name)) as (
        path,
        name,
    ):
        estimator = await asyncio.to_thread(_loaded, path, name)
    _check_columns(estimator.mixture_, rows.names)
    code = (f"model = gaussmix.load({name!r})",)
    await asyncio.to_thread(session.load, Source("file", estimator, code, f"the model in {name}"))
    return as_json(session.in_words())


def _loaded(path: Path, name: str) -> GaussianMixture:
    try:
        found = persist.load(path)
    except InputError as error:
        raise InputError(str(error).replace(repr(str(path)), repr(name)).replace(str(path), name)) from None
    if not isinstance(found, GaussianMixture) or not hasattr(found, "mixture_"):
        raise InputError(f"{name} holds a {type(found).__name__}: send a fitted GaussianMixture.")
    return found


def _check_columns(mixture: Mixture, names: tuple[str, ...]) -> None:
    fitted = mixture.feature_names
    if mixture.n_features != len(names) or (fitted is not None and tuple(fitted) != names):
        wanted = (
            f"{mixture.n_features} columns" if fitted is None else f"the columns {names_in_words(fitted)}"
        )
        raise InputError(
            f"The model is one of {wanted}, and {names_in_words(names)} are chosen: choose the same."
        )


HANDLERS = {
    "code": get_code,
    "export": get_export,
    "model": take_model,
}
"""The function of each route of files to save."""
