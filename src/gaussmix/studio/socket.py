"""The WebSocket of a session: commands from the page, events to it."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from . import messages
from .answers import RequestError, sentence_of
from .mailbox import Mailbox, News
from .record import Record, frame_of
from .session import StudioSession
from .sessions import Limits, Sessions

__all__ = ["serve_socket"]

_SECONDS_BETWEEN_FRAMES = 0.04


async def serve_socket(socket: WebSocket, sessions: Sessions) -> None:
    """Serve a socket until it closes or its session ends."""
    mailbox = Mailbox(asyncio.get_running_loop())
    await socket.accept()
    try:
        if sessions.n_sockets >= sessions.limits.sockets:
            raise RequestError("Too many pages are open: close some of them.", 503)
        session = sessions.get(socket.path_params["session"])
        session.listen(mailbox)
    except RequestError as refused:
        await _send(socket, messages.Closed(str(refused)), sessions.limits)
        await socket.close(1013 if refused.status == 503 else 1008)
        return
    try:
        await _exchange(socket, _Page(session), mailbox, sessions.limits)
    finally:
        session.mailboxes.remove(mailbox)
        session.used = time.monotonic()


@dataclass
class _Page:
    """What one page has been shown.

    Parameters
    ----------
    session : StudioSession
        Its session.
    columns : tuple of str
        The columns of its frames.
    shares : bool
        Whether frames have responsibilities.
    record : Record or None
        That its curves belong to.
    known : int
        The number of values of the curves that it has.
    """

    session: StudioSession
    columns: tuple[str, ...] = ()
    shares: bool = True
    record: Record | None = field(default=None, repr=False)
    known: int = 0

    def news(self, news: News) -> list[Any]:
        """Return the messages for some news."""
        session, sent = self.session, list(news.events)
        if news.state:
            sent.append(messages.State(session.in_words()))
        fit, rows = session.fit, session.chosen
        if fit is None or rows is None or not len(fit.record) or not (news.frame or news.state):
            return sent
        if fit.record is not self.record:
            self.record, self.known = fit.record, 0
        if len(fit.record) > self.known:
            curves = fit.record.curves(self.known)
            self.known += len(curves.phases)
            sent.append(curves)
        if news.frame:
            number, moment = fit.record.at(fit.shown)
            shown = [name for name in self.columns if name in fit.rows.names] or list(fit.rows.names[:2])
            frame = frame_of(number, moment, fit.rows, shown, self.shares, fit.options.trim)
            sent.append(messages.Shown(frame))
        return sent

    def show(self, command: messages.Show) -> None:
        """Take what the page draws."""
        self.session.rows.places(command.columns)
        self.columns, self.shares = tuple(command.columns), command.responsibilities


async def _exchange(socket: WebSocket, page: _Page, mailbox: Mailbox, limits: Limits) -> None:
    mailbox.changed()
    mailbox.moved()
    tasks = [
        asyncio.create_task(_receive(socket, page, mailbox)),
        asyncio.create_task(_tell(socket, page, mailbox, limits)),
    ]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(RuntimeError, WebSocketDisconnect):
            await socket.close(1000)


async def _receive(socket: WebSocket, page: _Page, mailbox: Mailbox) -> None:
    """Carry out commands, one at a time, until the socket closes."""
    while True:
        try:
            text = await socket.receive_text()
        except (WebSocketDisconnect, KeyError, RuntimeError):
            return
        mailbox.post(await asyncio.to_thread(_answer, page, mailbox, text))


def _answer(page: _Page, mailbox: Mailbox, text: str) -> messages.Reply:
    number = 0
    try:
        command = messages.command_of(text)
        number = command.id
        if isinstance(command, messages.Show):
            page.show(command)
            mailbox.moved()
        else:
            page.session.do(command)
    except Exception as error:
        return messages.Reply(number or _number_in(text), sentence_of(error))
    return messages.Reply(number)


def _number_in(text: str) -> int:
    """Return the number of a message that is no command, so that its page can tell which was refused."""
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return 0
    number = found.get("id", 0) if isinstance(found, dict) else 0
    return number if isinstance(number, int) else 0


async def _tell(socket: WebSocket, page: _Page, mailbox: Mailbox, limits: Limits) -> None:
    """Send news as they come, until the session ends or the socket takes none for too long."""
    last = 0.0
    while True:
        news = await mailbox.fetch()
        if news.frame:
            await asyncio.sleep(max(0.0, last + _SECONDS_BETWEEN_FRAMES - time.monotonic()))
            last = time.monotonic()
        for message in await asyncio.to_thread(page.news, news):
            if not await _send(socket, message, limits) or isinstance(message, messages.Closed):
                return


async def _send(socket: WebSocket, message: Any, limits: Limits) -> bool:
    """Send a message; return whether the socket took it."""
    text = msgspec.json.encode(message).decode()
    try:
        await asyncio.wait_for(socket.send_text(text), limits.send_seconds)
    except (TimeoutError, WebSocketDisconnect, RuntimeError, OSError):
        return False
    return True
