"""Checkpoint files of fits, for continuation after a crash."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .. import kernels, storage
from ..covariances import Family
from ..engines import Engine, hash_of_rows
from ..errors import DataWarning, FileFormatError, InputError, InputTypeError, warn
from ..estimation import FitPlan
from ..files import FileAccessError, as_path
from ..fitting.journal import Journal, Stages
from ..persist import encode, objects_from, objects_to_dict
from ..sources import Source
from ..storage import Record, short
from ..validation import is_number
from .automatic import is_automatic
from .options import check_flag

__all__ = ["CheckpointFile", "as_checkpoint", "journal_in"]

_LEFT_OUT = {"callbacks", "engine", "verbose", "verbose_interval", "warm_start"}
"""Options that do not change the result of a fit."""
_SHARE = 0.05
"""Largest share of the time that is spent on writing."""
_LONG = 60


@dataclass(frozen=True)
class CheckpointFile:
    """Checkpoint file: the state of a running fit, for continuation after a crash.

    The last two states are kept, in ``path`` and in a second file, whose name ends in ``.2``. A state is written to a
    temporary file in the same folder, which then replaces the older one of the two. Each state has a checksum, the
    version of gaussmix, the options of the fit and a fingerprint of its rows.

    Parameters
    ----------
    path : path
        The file.
    seconds : float, default=60
        Minimum time between two writes; 0 writes after each iteration. The state is also written at the end of a search
        and of a run of EM. Writing takes at most 5 % of the time.
    resume : bool, default=False
        Whether to continue the fit in the file; if there is no file, a new fit begins. The result is bit-identical to
        that of a fit without interruption. If False, an existing file is an error.

    Examples
    --------
    >>> import gaussmix
    >>> from gaussmix import CheckpointFile, GaussianMixture
    >>> X = gaussmix.datasets.load_faithful().data
    >>> file = CheckpointFile("faithful.checkpoint", seconds=30, resume=True)
    >>> model = GaussianMixture(2, random_state=0).fit(X, checkpoint=file)
    >>> again = GaussianMixture(2, random_state=0).fit(X, checkpoint=file)  # is complete: nothing is computed
    >>> again.mixture_ == model.mixture_
    True
    """

    path: str | os.PathLike[str]
    seconds: float = 60.0
    resume: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.path, (str, os.PathLike)):
            raise InputTypeError(f"path is {short(self.path)}: give the name of a file.")
        seconds: Any = self.seconds
        if not is_number(seconds):
            raise InputTypeError(f"seconds is {short(seconds)}: give a number ≥ 0.")
        if not 0.0 <= float(seconds) < np.inf:
            raise InputError(f"seconds is {self.seconds}: give a number ≥ 0.")
        check_flag(self.resume, "resume")

    @property
    def paths(self) -> tuple[Path, Path]:
        """The two files."""
        path = as_path(self.path)
        if not path.name:
            raise FileAccessError(f"{str(path)!r} is a folder: give the name of a file to write")
        return path, path.with_name(f"{path.name}.2")


def as_checkpoint(checkpoint: Any, options: Mapping[str, Any]) -> CheckpointFile | None:
    """Return the file for the argument ``checkpoint`` of a fit with some options: None, a path or a file."""
    if checkpoint is None:
        return None
    if is_automatic(options):
        raise InputError(
            'a fit with "auto" compares many models, and a checkpoint holds one fit: compare them by '
            "gaussmix.select(X, resume=path), which keeps each fitted model."
        )
    if isinstance(checkpoint, CheckpointFile):
        return checkpoint
    if not isinstance(checkpoint, (str, os.PathLike)):
        raise InputTypeError(
            f"checkpoint is {short(checkpoint)}: give the name of a file, or a CheckpointFile."
        )
    return CheckpointFile(checkpoint)


def journal_in(
    file: CheckpointFile,
    options: Mapping[str, Any],
    plan: FitPlan,
    source: Source,
    engine: Engine,
    rng: np.random.Generator | None,
) -> Journal:
    """Return the journal of a fit with a checkpoint file, and restore the random state.

    Parameters
    ----------
    options : mapping
        Of the estimator.
    source : Source
        The rows.
    engine : Engine
        Visits the rows once.
    rng : numpy.random.Generator or None
        Source of the random numbers of the fit.

    Raises
    ------
    InputError
        If the file is of another fit, or exists where none is to be continued.
    FileFormatError
        If it is damaged.
    FileAccessError
        If it cannot be read.
    """
    identity = {
        "rows": hash_of_rows(source, engine),
        "settings": {
            **{name: _token(name, value) for name, value in options.items() if name not in _LEFT_OUT},
            "start": _start_token(plan),
        },
        "kernel": f"{kernels.name} {getattr(kernels.active, 'instruction_set', str)()}",
    }
    return Journal(FileStore(file, identity, rng))


class FileStore:
    """Journal of a fit in two files, replaced alternately.

    Parameters
    ----------
    identity : mapping
        Rows, settings and kernel of the fit.
    rng : numpy.random.Generator or None
        Is set to the state at the beginning of the earlier fit.
    """

    def __init__(
        self, file: CheckpointFile, identity: Mapping[str, Any], rng: np.random.Generator | None
    ) -> None:
        self._file, self._identity = file, identity
        self._numbers = [-1, -1]
        self._earlier = self._newest()
        if self._earlier is not None:
            _check_same(self._earlier, identity)
            if rng is not None:
                _restore(rng, self._earlier)
        self._random_state = None if rng is None else _state_as_text(rng)
        self._next_time = 0.0
        self._written = False

    def _newest(self) -> Record | None:
        """Return the newest sound state; None if there is none to continue."""
        paths = [path for path in self._file.paths if os.path.lexists(path)]
        if not paths:
            return None
        if not self._file.resume:
            raise InputError(
                f"there is a checkpoint {str(paths[0])!r} already: give resume=True to continue that fit, or remove "
                "it to start again."
            )
        found: list[Record] = []
        faults: list[FileFormatError] = []
        for path in paths:
            try:
                record = storage.read(path, "checkpoint")
                self._numbers[self._file.paths.index(path)] = record.entry("number", int)
                found.append(record)
            except FileFormatError as error:
                faults.append(error)
        if not found:
            raise faults[0]
        newest = max(found, key=lambda record: int(record.description["number"]))
        for fault in faults:
            warn(f"{fault}: the fit continues from {newest.path}.", DataWarning)
        return newest

    def read(self, family: Family) -> Stages:
        """Return the stages of the earlier fit."""
        if self._earlier is None:
            return Stages()
        section = self._earlier.section("stages")
        stages = objects_from(section, family)
        if not isinstance(stages, Stages):
            raise section.fault("it does not hold the stages of a fit")
        return stages

    def due(self) -> bool:
        """Return whether it is time to write."""
        return time.monotonic() >= self._next_time

    def write(self, stages: Stages, family: Family) -> None:
        """Replace the older one of the two files.

        A fit does not end because a disk is full: from the second time on a failure is a warning.
        """
        began = time.monotonic()
        older = int(np.argmin(self._numbers))
        number = max(self._numbers) + 1
        tree = {
            "kind": "checkpoint",
            "number": number,
            **self._identity,
            "random_state": self._random_state,
            "stages": objects_to_dict(stages, family),
        }
        try:
            storage.write(self._file.paths[older], *storage.flattened(tree))
        except FileAccessError as error:
            if not self._written:
                raise
            warn(f"the checkpoint was not written, and the fit goes on: {error}.", DataWarning)
        else:
            self._numbers[older] = number
            self._written = True
        ended, seconds = time.monotonic(), float(self._file.seconds)
        self._next_time = ended + (max(seconds, (ended - began) / _SHARE) if seconds else 0.0)


def _check_same(record: Record, identity: Mapping[str, Any]) -> None:
    """Raise InputError unless a checkpoint belongs to the same fit."""
    from .. import __version__

    do = "or remove it to start again."
    version = record.entry("version", str)
    if version != __version__:
        raise InputError(
            f"{record.path} is a checkpoint of gaussmix {short(version)}, and this is {__version__}: continue it with "
            f"that version, {do}"
        )
    settings, wanted = record.entry("settings", dict), identity["settings"]
    for name in wanted:
        if settings.get(name) != wanted[name]:
            raise InputError(
                f"{record.path} is the checkpoint of a fit with {name}={settings.get(name)}, and {name} is "
                f"{wanted[name]} here: give it the same, {do}"
            )
    if record.entry("rows", str) != identity["rows"]:
        raise InputError(
            f"{record.path} is the checkpoint of a fit to other rows, weights, errors or labels: give it the same, {do}"
        )
    if record.entry("kernel", str) != identity["kernel"]:
        warn(
            f"{record.path} was written with the kernel {record.description['kernel']}, and this is "
            f"{identity['kernel']}: the last digits of the results can differ.",
            DataWarning,
        )


def _state_as_text(rng: np.random.Generator) -> str:
    return json.dumps(rng.bit_generator.state, default=lambda array: array.tolist())


def _restore(rng: np.random.Generator, record: Record) -> None:
    text = record.entry("random_state", str)
    try:
        rng.bit_generator.state = json.loads(text)
    except (ValueError, TypeError, KeyError):
        raise InputError(
            f"{record.path} is the checkpoint of a fit with another kind of random_state: give it the same, or remove "
            "it to start again."
        ) from None


def _hash(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _start_token(plan: FitPlan) -> str:
    """Return a text for the initial mixture of a fit, given or of an earlier fit."""
    given = plan.given
    covariances = None if given.covariances is None else given.covariances.array
    parts = [part for part in (given.weights, given.means, covariances) if part is not None]
    return _hash(b"".join(np.ascontiguousarray(part).tobytes() for part in parts)) if parts else "none"


def _token(name: str, value: Any) -> str:
    """Return a value as text: itself if it is short, a hash of arrays, the name of a function or a class."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return short(value)
    try:
        arrays, description = storage.flattened({"value": encode(name, value)})
    except InputError:
        named = value if hasattr(value, "__qualname__") else type(value)
        return f"{named.__module__}.{named.__qualname__}"
    text = json.dumps(description.get("value"), sort_keys=True)
    data = b"".join(name.encode() + array.tobytes() for name, array in sorted(arrays.items()))
    return (
        text if not data and len(text) <= _LONG else f"{type(value).__name__} {_hash(text.encode() + data)}"
    )
