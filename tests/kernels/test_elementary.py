"""exp and log of the compiled kernel against mpmath, on each instruction set."""

from __future__ import annotations

from functools import cache

import mpmath
import numpy as np
import pytest

MOST_ULP = 2.0
RNG = np.random.default_rng(0)
EDGE = -708.0
TINY, HUGE = np.finfo(np.float64).tiny, np.finfo(np.float64).max


def neighbours(values, steps=3):
    """Values and the few numbers next to them on either side."""
    out = [np.asarray(values, dtype=float)]
    for direction in (-np.inf, np.inf):
        step = out[0]
        for _ in range(steps):
            step = np.nextafter(step, direction)
            out.append(step)
    return np.concatenate(out)


def exponents():
    """Arguments of exp from the edge up to where it overflows."""
    halves = np.log(2.0) * np.arange(-2042, 2046) / 2  # where the reduction changes its integer
    x = np.concatenate(
        [
            RNG.uniform(EDGE, 0.0, 8000),
            RNG.uniform(0.0, 709.0, 1000),
            -(10.0 ** RNG.uniform(-320, 0, 4000)),
            10.0 ** RNG.uniform(-320, 0, 1000),
            neighbours([0.0, -0.0, -1.0, 1.0, EDGE + 1e-9]),
            neighbours(halves, 1),
            -(2.0 ** np.arange(-1074, 10)),
        ]
    )
    return x[(x >= EDGE) & (x <= 709.0)]


def positives():
    """Arguments of log: positive normal numbers, dense about 1, powers of two and where the reduction turns."""
    powers = 2.0 ** np.arange(-1022, 1024)
    x = np.concatenate(
        [
            RNG.uniform(0.5, 2.0, 6000),
            1.0 + RNG.choice([-1.0, 1.0], 4000) * 10.0 ** RNG.uniform(-17, -1, 4000),
            10.0 ** RNG.uniform(-307, 308, 4000),
            neighbours([1.0, 2.0, 0.5, np.sqrt(0.5), np.sqrt(2.0), 4.0], 8),
            neighbours(powers, 1),
            powers * np.sqrt(0.5),
            [TINY, HUGE, np.nextafter(HUGE, 0)],
        ]
    )
    return x[(x >= TINY) & (x <= HUGE)]


@cache
def exact(name):
    """The arguments, the nearest doubles to the exact values, and what those leave, in units in the last place."""
    x = {"exp": exponents, "log": positives}[name]()
    with mpmath.workprec(160):
        values = [getattr(mpmath, name)(mpmath.mpf(float(value))) for value in x]
        nearest = np.array([float(value) for value in values])
        ulp = np.spacing(np.abs(nearest))
        rest = [float((value - mpmath.mpf(float(a))) / mpmath.mpf(float(u)))
                for value, a, u in zip(values, nearest, ulp, strict=True)]  # fmt: skip
    return x, nearest, ulp, np.array(rest)


def evaluate(native, name, x):
    result = np.full(len(x), np.nan)
    getattr(native, name)(np.ascontiguousarray(x, dtype=float), result)
    return result


@pytest.mark.parametrize("name", ["exp", "log"])
def test_within_two_units_in_the_last_place(on_each_set, name):
    x, nearest, ulp, rest = exact(name)
    error = np.abs((evaluate(on_each_set, name, x) - nearest) / ulp - rest)
    worst = int(error.argmax())
    assert error[worst] <= MOST_ULP, f"{name}({x[worst]!r}) is off by {error[worst]:.2f} ulp"


def test_exp_at_its_edges(on_each_set):
    below = [np.nextafter(EDGE, -np.inf), -709.0, -745.0, -1e4, -1e300, -HUGE, -np.inf]
    assert evaluate(on_each_set, "exp", below).tolist() == [0.0] * len(below)
    assert evaluate(on_each_set, "exp", [EDGE])[0] == pytest.approx(float(mpmath.exp(EDGE)), rel=1e-15)
    subnormal = [5e-324, -5e-324, TINY / 2, -TINY / 2]
    assert evaluate(on_each_set, "exp", [0.0, -0.0, *subnormal]).tolist() == [1.0] * 6


def test_log_of_one_is_zero(on_each_set):
    assert evaluate(on_each_set, "log", [1.0])[0] == 0.0


@pytest.mark.parametrize("name", ["exp", "log"])
def test_what_is_not_a_number_stays_so(on_each_set, name):
    x = np.array([1.0, np.nan, 0.5, -np.nan])
    assert np.isnan(evaluate(on_each_set, name, x)).tolist() == [False, True, False, True]


@pytest.mark.parametrize("n", range(20))
def test_any_number_of_values(on_each_set, n):
    x = np.linspace(-3.0, 0.0, n)
    whole = evaluate(on_each_set, "exp", np.linspace(-3.0, 0.0, n))
    assert whole.tolist() == [evaluate(on_each_set, "exp", [value])[0] for value in x]


def test_an_instruction_set_that_is_not_there_is_a_sentence(native):
    before = native.instruction_set()
    with pytest.raises(ValueError, match="no instruction set sse9"):
        native.use("sse9")
    assert native.instruction_set() == before
