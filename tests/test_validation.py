"""The checks at the edge: what is accepted as it is, what is changed, what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix.errors import GaussmixError, InputError, InputTypeError
from gaussmix.validation import (
    LARGEST,
    as_columns,
    as_count,
    as_generator,
    as_rows,
    as_weights,
    finite_array,
    is_within,
)


def test_rows_are_not_copied_where_they_are_right():
    for dtype in (np.float32, np.float64):
        X = np.zeros((3, 2), dtype=dtype)
        assert as_rows(X) is X
    assert as_rows([[1, 2]]).dtype == np.float64
    assert as_rows(np.zeros((3, 2), dtype=">f8")).tolist() == [[0.0, 0.0]] * 3


@pytest.mark.parametrize("n", [0, 1, 7, 20_000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("largest", [3.0, 1e38, LARGEST, float(np.finfo(np.float64).max)])
def test_magnitudes_are_within_a_limit(n, dtype, largest):
    limit = min(largest, float(np.finfo(dtype).max))
    values = np.random.default_rng(n).uniform(-1.0, 1.0, n).astype(dtype) * dtype(limit)
    for array in (values, values[::2], values.reshape(1, -1).T):
        assert is_within(array, largest)
    for outside in (np.nan, np.inf, -np.inf, -4.0 * largest if largest < 1e200 else -np.inf):
        with np.errstate(over="ignore"):
            assert not is_within(np.append(values, dtype(outside)), largest)


def test_one_column_may_be_a_vector_where_it_is_asked_for():
    assert as_rows([1.0, 2.0], one_column=True).shape == (2, 1)
    assert as_rows([1.0, 2.0], one_column=True, n_features=1).shape == (2, 1)
    with pytest.raises(InputError, match="1D"):
        as_rows([1.0, 2.0], one_column=True, n_features=2)


def test_the_first_bad_value_is_named_and_all_are_counted():
    X = np.zeros((4, 3))
    X[2, 1] = X[3, 0] = np.nan
    with pytest.raises(InputError, match=r"values\[2, 1\] is NaN \(2 such values in all\)"):
        as_rows(X, name="values")


@pytest.mark.parametrize("value", [LARGEST, -LARGEST, 0.0, 5e-324])
def test_the_range(value):
    assert as_rows([[value]])[0, 0] == value
    with pytest.raises(InputError, match="squares overflow"):
        as_rows([[np.nextafter(LARGEST, np.inf)]])


def test_weights():
    assert as_weights(None, 3) is None
    assert as_weights(2, 3).tolist() == [2.0, 2.0, 2.0]
    assert as_weights([True, False, True], 3).tolist() == [1.0, 0.0, 1.0]
    assert as_weights(["1", "2", "3"], 3).tolist() == [1.0, 2.0, 3.0]
    with pytest.raises(InputError, match=r"w\[1\] is -0.5"):
        as_weights([1, -0.5], 2, name="w")


@pytest.mark.parametrize("value", [1, np.int8(1), np.uint64(1)])
def test_counts(value):
    assert as_count(value, "n") == 1
    assert type(as_count(value, "n")) is int


@pytest.mark.parametrize("value", [True, 1.0, "1", None, np.float64(1), np.array([1])])
def test_no_counts(value):
    with pytest.raises(InputTypeError, match="n is"):
        as_count(value, "n")
    with pytest.raises(InputError, match="n is 4: give a whole number ≥ 5"):
        as_count(4, "n", 5)


def test_generators():
    rng = np.random.default_rng(0)
    assert as_generator(rng) is rng
    assert as_generator(3).integers(1 << 30) == as_generator(np.int64(3)).integers(1 << 30)
    first, again = (as_generator(np.random.RandomState(0)).integers(1 << 30) for _ in range(2))
    assert first == again
    state = np.random.RandomState(0)
    assert as_generator(state).integers(1 << 30) != as_generator(state).integers(1 << 30)


def test_columns():
    names = ("a", "b", "c")
    assert as_columns("b", 3, names) == [1]
    assert as_columns(-1, 3) == [2]
    assert as_columns(["c", 0], 3, names) == [2, 0]
    assert as_columns(np.array([2, 1]), 3) == [2, 1]
    assert as_columns(range(3), 3) == [0, 1, 2]
    with pytest.raises(InputError, match="no feature names"):
        as_columns("b", 3)


def test_finite_arrays_are_copies():
    array = np.ones(3)
    checked = finite_array(array, "a", (3,))
    checked[0] = 9
    assert array[0] == 1
    for value, what in (
        (["x"], "numbers"),
        ([1j], "real part"),
        ([np.nan], r"a\[0\] is nan"),
        (np.inf, "a is inf"),
    ):
        with pytest.raises(GaussmixError, match=what):
            finite_array(value, "a")
    with pytest.raises(InputError, match=r"shape \(3,\), expected \(2,\)"):
        finite_array(array, "a", (2,))
