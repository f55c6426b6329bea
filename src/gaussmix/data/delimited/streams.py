"""A text table as bytes for fast readers and as numbered lines for the careful one."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from gaussmix.data.content import Content, Sample
from gaussmix.data.options import ReadOptions
from gaussmix.errors import FileFormatError

__all__ = ["decoded", "encoding_of", "numbered_lines", "opened_clean"]

# A little less than a reader asks for, so that no block is cut in two for it.
_BLOCK = (1 << 20) - (1 << 16)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(sample: Sample, options: ReadOptions, what: str) -> str:
    """Return the encoding of a text: as given, by byte-order mark, UTF-8, or windows-1252.

    Raises
    ------
    FileFormatError
        If the bytes are text in none of these.
    """
    data = sample.data
    if options.encoding is not None:
        return "utf-8-sig" if codecs.lookup(options.encoding).name == "utf-8" else options.encoding
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    if b"\0" in data:
        order = "be" if data[:1] == b"\0" else "le"
        raise FileFormatError(
            f"{what} is not text (it holds zero bytes); if it is UTF-16, give --encoding utf-16-{order}"
        )
    for name in ("utf-8-sig", "cp1252"):
        if _decodes(sample, name):
            return name
    raise FileFormatError(f"{what} is text neither in UTF-8 nor in windows-1252: give --encoding")


def _decodes(sample: Sample, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(sample.data, final=sample.complete)
    except UnicodeDecodeError:
        return False
    return True


def decoded(sample: Sample, encoding: str, what: str) -> list[str]:
    """Return the lines of a sample, whole lines only, each with its end.

    Raises
    ------
    FileFormatError
        If the sample is not text in the encoding.
    """
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample.data, final=sample.complete)
    except UnicodeDecodeError as error:
        byte = f"byte 0x{error.object[error.start]:02x}"
        raise FileFormatError(f"{what} is not text in {encoding} ({byte} at {error.start})") from None
    lines = list(io.StringIO(text, newline=""))
    return lines if sample.complete or len(lines) < 2 else lines[:-1]


@contextmanager
def numbered_lines(content: Content, encoding: str) -> Iterator[Iterator[tuple[int, str]]]:
    """Open a text as numbered lines; bytes outside its encoding become surrogates."""
    with content.open() as file, _text(file, encoding) as lines:
        yield enumerate(lines, 1)


@contextmanager
def _text(file: BinaryIO, encoding: str) -> Iterator[io.TextIOWrapper]:
    # newline="" leaves line ends inside quotes to the csv module.
    wrapper = io.TextIOWrapper(file, encoding=encoding, errors="surrogateescape", newline="")
    try:
        yield wrapper
    finally:
        if not wrapper.closed:
            wrapper.detach()


@contextmanager
def opened_clean(content: Content, encoding: str, lines: int, *, spaces: bool) -> Iterator[BinaryIO]:
    """Open a text as UTF-8 without its first lines, its comments, and with `spaces` one space for each run of them."""
    with content.open() as file:
        if encoding == "utf-8-sig":
            yield _Clean(file, lines, spaces=spaces).opened()
        else:
            with _text(file, encoding) as text:
                yield _Clean(_Recoded(text), lines, spaces=spaces).opened()


class _Recoded:
    """Text in any encoding, read as UTF-8."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text

    def read(self, size: int) -> bytes:
        return self._text.read(size).encode("utf-8", "surrogateescape")


class _Clean(io.RawIOBase):
    """Bytes of whole lines, without some.

    The first lines, comments and runs of spaces are looked for in blocks of whole lines, and lines one by one only
    where a block holds a #.
    """

    def __init__(self, file: Any, lines: int, *, spaces: bool) -> None:
        self._file, self._skip, self._spaces = file, lines, spaces
        self._rest, self._ready, self._within, self._begun = b"", b"", False, False

    def opened(self) -> BinaryIO:
        return cast(BinaryIO, self)

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        while not self._ready:
            block = self._block()
            if block is None:
                return b""
            self._ready = self._cleaned(block)
        size = len(self._ready) if size is None or size < 0 else size
        piece, self._ready = self._ready[:size], self._ready[size:]
        return piece

    def _block(self) -> bytes | None:
        """The next block of whole lines; None at the end."""
        pieces = [self._rest]
        while True:
            piece = self._file.read(_BLOCK)
            # A last \r may be the first half of \r\n.
            cut = piece.rfind(b"\n") + 1 or piece.rfind(b"\r", 0, -1) + 1
            if cut or not piece:
                break
            pieces.append(piece)
        pieces.append(piece[:cut])
        self._rest = piece[cut:]
        block = b"".join(pieces)
        return block or None

    def _cleaned(self, block: bytes) -> bytes:
        if not self._begun:
            self._begun = True
            block = block.removeprefix(codecs.BOM_UTF8)
        if self._skip or b"#" in block:
            block = b"".join(self._kept(block))
        elif b'"' in block:
            self._within ^= block.count(b'"') % 2 == 1
        return _single_spaces(block) if self._spaces else block

    def _kept(self, block: bytes) -> Iterator[bytes]:
        for line in block.splitlines(keepends=True):
            if self._skip:
                self._skip -= 1
                continue
            if not self._within and line.lstrip(b" \t").startswith(b"#"):
                continue
            self._within ^= line.count(b'"') % 2 == 1
            yield line


def _single_spaces(block: bytes) -> bytes:
    block = block.replace(b"\t", b" ")
    while b"  " in block:
        block = block.replace(b"  ", b" ")
    return block.replace(b"\n ", b"\n").replace(b" \n", b"\n").replace(b" \r", b"\r").strip(b" ")
