"""Feed damaged files to the readers for a while: `python tests/fuzz/run.py [--seconds S] [--seed N] [TARGET ...]`.

A reader may answer with what it read or with an error of ours, in bounded time and memory. Whatever else comes out is
kept in tests/fuzz/corpus, and is tried first the next time.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from gaussmix.errors import GaussmixWarning

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
TARGETS = ("models", "tables", "arrow")
PROCESSOR_SECONDS, MEMORY = 10, 512 << 20
"""What a file of at most 256 kB may take."""


class TooLongError(BaseException):
    """A file took too long; no reader may take this for its own error."""


def _too_long(*_: Any) -> None:
    raise TooLongError(f"it took more than {PROCESSOR_SECONDS} seconds of the processor")


@dataclass(frozen=True)
class Fault:
    """What came out of a reader that should not.

    Parameters
    ----------
    name : str
        Where and what: the same for all files that go wrong in one way.
    text : str
        The traceback, or what the process left.
    """

    name: str
    text: str


def tried(target: ModuleType, path: Path) -> Fault | None:
    """Let a target use a file, and return what went wrong."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    signal.signal(signal.SIGVTALRM, _too_long)
    signal.setitimer(signal.ITIMER_VIRTUAL, PROCESSOR_SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", GaussmixWarning)
            target.use(path)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return _fault_of(error)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    return Fault("memory", f"it took {more >> 20} MB more memory") if more > MEMORY else None


def _fault_of(error: BaseException) -> Fault:
    frames = traceback.extract_tb(error.__traceback__)
    place = [frame for frame in frames if "gaussmix/" in frame.filename][-1:] or frames[-1:]
    name = f"{Path(place[0].filename).stem}-{place[0].name}-{type(error).__name__}"
    return Fault(re.sub(r"[^\w-]", "", name), "".join(traceback.format_exception(error)))


def work(name: str, seconds: float, seed: int, folder: Path) -> int:
    """Try damaged files in this process until the time is over; keep one for each way to go wrong."""
    target, rng, tries = importlib.import_module(name), random.Random(seed), 0
    _warm_up(target, folder)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        suffix, data = target.mutated(rng)
        path = folder / f"case.{suffix}"
        path.write_bytes(data)
        fault = tried(target, path)
        if fault is not None and not (told := folder / f"{fault.name}.fault").exists():
            told.write_text(fault.text)
            keep(name, fault.name, path)
        path.unlink()
        tries += 1
    sys.stdout.write(f"{name}: {tries} files, seed {seed}\n")
    return 0


def _warm_up(target: ModuleType, folder: Path) -> None:
    """Import what the readers import, which takes memory once."""
    rng = random.Random(0)
    for _ in range(20):
        suffix, data = target.mutated(rng)
        path = folder / f"warm.{suffix}"
        path.write_bytes(data)
        tried(target, path)
        path.unlink()


def guarded(name: str, seconds: float, seed: int) -> list[Fault]:
    """Run `work` in a process of its own, and return what went wrong, also where that was its end."""
    with tempfile.TemporaryDirectory() as folder:
        words = [str(HERE / "run.py"), "--work", folder, "--seconds", str(seconds), "--seed", str(seed), name]
        done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
        sys.stdout.write(done.stdout)
        faults = [Fault(told.stem, told.read_text()) for told in sorted(Path(folder).glob("*.fault"))]
        if done.returncode == 0:
            return faults
        cases = sorted(Path(folder).glob("case.*"))
        if not cases:
            raise RuntimeError(f"no file could be tried: {done.stderr}")
        crash = f"crash-{hashlib.sha256(cases[0].read_bytes()).hexdigest()[:8]}"
        keep(name, crash, cases[0])
        return [*faults, Fault(crash, f"the process ended with {done.returncode}\n{done.stderr[-3000:]}")]


def keep(target: str, name: str, case: Path) -> None:
    """Keep a file that went wrong in the corpus; the smallest of its name."""
    kept = CORPUS / target / f"{name}{case.name[case.name.index('.') :]}"
    kept.parent.mkdir(parents=True, exist_ok=True)
    if not kept.exists() or case.stat().st_size < kept.stat().st_size:
        kept.write_bytes(case.read_bytes())


def replay(target: str, path: Path) -> Fault | None:
    """Try a file of the corpus, and return what went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / f"case{path.name[path.name.index('.') :]}"
        copy.write_bytes(path.read_bytes())
        return tried(importlib.import_module(target), copy)


def main() -> int:
    """Replay the corpus, then feed new files to each target for its share of the time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "targets", nargs="*", default=TARGETS, metavar="TARGET", help=f"of {', '.join(TARGETS)}"
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="in all (default 60)")
    parser.add_argument(
        "--seed", type=int, default=None, help="the first one; another each time unless given"
    )
    parser.add_argument("--work", metavar="FOLDER", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        return work(options.targets[0], options.seconds, options.seed, Path(options.work))
    sys.path.insert(0, str(HERE))
    seed = random.SystemRandom().randrange(1 << 32) if options.seed is None else options.seed
    faults = []
    for name in options.targets:
        known = sorted((CORPUS / name).glob("*"))
        found = [fault for path in known if (fault := replay(name, path)) is not None]
        end = time.monotonic() + options.seconds / len(options.targets)
        while (left := end - time.monotonic()) > 1:
            found += guarded(name, left, seed)
            seed += 1
        for fault in found:
            sys.stdout.write(f"{name}: {fault.name}\n{fault.text}\n")
        faults += found
    sys.stdout.write(f"{len(faults)} faults\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
