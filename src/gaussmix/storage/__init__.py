"""The container of saved objects: arrays and one JSON description in a safetensors file.

It knows no type of this project. Reading runs no code, and trusts nothing: a file that is not what it should
be is refused in one sentence. What a file may demand is limited before it is read: `LARGEST_HEADER` and
`LARGEST_FILE` bytes, `DEEPEST` levels of JSON, and no byte that its header does not promise. A file is read once, from
one open file into memory, so that a change of it meanwhile is no matter.

Layout: a safetensors file whose metadata has one entry, ``gaussmix``: a JSON object with at least ``format``
(the version of this layout), ``kind`` (what is stored), ``version`` (of the package that wrote it) and ``sha256``
(of all the rest).
"""

from __future__ import annotations

from gaussmix.storage.file import FORMAT, LARGEST_FILE, LARGEST_HEADER, read, write
from gaussmix.storage.record import Arrays, Record, flattened
from gaussmix.storage.sound_json import DEEPEST, cut, short

__all__ = [
    "DEEPEST",
    "FORMAT",
    "LARGEST_FILE",
    "LARGEST_HEADER",
    "Arrays",
    "Record",
    "cut",
    "flattened",
    "read",
    "short",
    "write",
]
