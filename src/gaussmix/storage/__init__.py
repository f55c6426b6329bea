"""The container of saved objects: arrays and one JSON description in a safetensors file.

It does not depend on the types of this project. Reading runs no code and checks everything: an invalid file raises one
sentence. Sizes are limited before reading: `LARGEST_HEADER` and `LARGEST_FILE` bytes, `DEEPEST` levels of JSON, and
exactly the bytes in the header. A file is read once into memory, so that concurrent changes do no harm.

Layout: a safetensors file whose metadata has one entry, ``gaussmix``: a JSON object with at least ``format``
(the version of this layout), ``kind`` (of the content), ``version`` (of gaussmix) and ``sha256`` (of all the rest).
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
