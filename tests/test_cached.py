"""Lazily computed attributes."""

from __future__ import annotations

import functools
import pickle

from gaussmix._cached import cached_property


class Numbers:
    def __init__(self):
        self.calls = 0

    @cached_property
    def ten(self):
        """A number."""
        self.calls += 1
        return 10


def test_it_is_computed_once_and_kept_with_the_instance():
    numbers = Numbers()
    assert (numbers.ten, numbers.ten, numbers.calls) == (10, 10, 1)
    assert pickle.loads(pickle.dumps(numbers)).__dict__ == {"calls": 1, "ten": 10}
    del numbers.ten
    assert (numbers.ten, numbers.calls) == (10, 2)


def test_of_the_class_it_is_that_of_the_standard_library():
    assert isinstance(Numbers.ten, functools.cached_property)
    assert Numbers.ten.__doc__ == "A number."
