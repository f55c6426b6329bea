"""Blocks are read ahead in a thread, as far as the memory has room for them."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gaussmix.blocks import Block
from gaussmix.engines import SerialEngine, ThreadEngine
from gaussmix.sources import ScaledSource, open_source
from gaussmix.sources.ahead import BlockReader


@dataclass
class Slow:
    """A source of slow parts, which counts the blocks that are held at once."""

    count: int
    blocks_at_once: int | None
    n_features: int = 1
    plain: bool = True
    fails: int = -1
    held: int = 0
    most: int = 0
    reads: list[int] = field(default_factory=list)
    lock: Any = field(default_factory=threading.Lock)

    @property
    def n_rows(self) -> int:
        return self.count

    def parts(self) -> list[Any]:
        return [Part(self, index) for index in range(self.count)]

    def used(self, block: Block) -> float:
        time.sleep(0.002)
        with self.lock:
            self.held -= 1
        return float(block.X[0, 0])


@dataclass
class Part:
    source: Slow
    index: int

    def read(self) -> Block:
        with self.source.lock:
            self.source.held += 1
            self.source.most = max(self.source.most, self.source.held)
            self.source.reads.append(self.index)
        time.sleep(0.002)
        if self.index == self.source.fails:
            raise ZeroDivisionError("on purpose")
        return Block(np.full((1, 1), float(self.index)), start=self.index)


@pytest.mark.parametrize("count", [1, 2, 3, 30])
@pytest.mark.parametrize("room", [None, 1, 2, 3, 100])
@pytest.mark.parametrize("engine", [SerialEngine(), ThreadEngine(2), ThreadEngine(6)])
def test_each_part_is_read_once_and_no_more_are_held_than_there_is_room(
    count: int, room: Any, engine: Any
) -> None:
    source = Slow(count, room)
    assert engine.sum(source.used, source) == sum(range(count))
    assert sorted(source.reads) == list(range(count))
    assert room is None or source.most <= room


def test_parts_are_read_ahead() -> None:
    source = Slow(10, 5)
    with BlockReader(source, 1) as blocks:
        blocks.read(0)
        deadline = time.time() + 5
        while len(source.reads) < 2 and time.time() < deadline:
            time.sleep(0.001)
        assert sorted(source.reads) == [0, 1]


@pytest.mark.parametrize("fails", [0, 1, 5, 9])
@pytest.mark.parametrize("engine", [SerialEngine(), ThreadEngine(2)])
def test_an_error_of_a_part_that_is_read_ahead_is_the_callers(fails: int, engine: Any) -> None:
    source = Slow(10, 8, fails=fails)
    with pytest.raises(ZeroDivisionError, match="on purpose"):
        engine.sum(source.used, source)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("gaussmix-read")]


def test_an_error_of_the_function_ends_the_reading() -> None:
    source = Slow(1000, 8)

    def fails(source: Slow, block: Block) -> float:
        raise ZeroDivisionError("on purpose")

    for engine in (SerialEngine(), ThreadEngine(2)):
        with pytest.raises(ZeroDivisionError, match="on purpose"):
            engine.sum(partial(fails, source), source)
    assert len(source.reads) < 20


def test_a_scaled_source_holds_two_copies_of_a_block() -> None:
    assert ScaledSource(Slow(3, 6), np.array([1])).blocks_at_once == 3
    assert ScaledSource(Slow(3, 1), np.array([1])).blocks_at_once == 1
    assert ScaledSource(Slow(3, None), np.array([1])).blocks_at_once is None


def test_incomplete_rows_need_more_memory_for_a_block(tmp_path: Path) -> None:
    rows = np.zeros((200_000, 4))
    np.save(tmp_path / "rows.npy", rows)
    rows[5, 0] = np.nan
    np.save(tmp_path / "gaps.npy", rows)
    whole, gaps = (open_source(tmp_path / name, memory="50MB") for name in ("rows.npy", "gaps.npy"))
    assert (whole.plain, gaps.plain) == (True, False)
    assert whole.blocks_at_once > 4 * gaps.blocks_at_once >= 4
