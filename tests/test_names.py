from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaussmix.names import column_in_words, columns_in_words, names_in_words, quoted, short, short_apart
from gaussmix.plots.fonts import width_of
from gaussmix.plots.text import fitted
from gaussmix.visible import visible

NAMES = st.lists(st.text(max_size=60), min_size=1, max_size=8, unique=True)


@given(st.text(max_size=80), st.integers(3, 30))
def test_a_short_name_is_no_longer_than_asked_and_shown_as_it_is(name: str, most: int) -> None:
    found = short(name, most)
    assert len(found) <= most or len(name) <= most
    if name.isprintable() and len(name) <= most:
        assert found == name


@given(NAMES, st.integers(6, 24))
def test_names_that_differ_still_differ(names: list[str], most: int) -> None:
    found = short_apart(names, most)
    assert len(found) == len(names)
    assert len(set(found)) == len({visible(name) for name in names})


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a", "b"], ["a", "b"]),
        (["length of the sepal", "width of the sepal"], ["length…sepal", "width …sepal"]),
        (["mean annual 2019 total", "mean annual 2020 total"], ["…2019 total", "…2020 total"]),
        (["x" * 30 + "1", "x" * 30 + "2"], ["xxxxxx…xxxx1", "xxxxxx…xxxx2"]),
        (["one", "a much longer name than it"], ["one", "a much…an it"]),
        (["same name of all", "same name of all"], ["same n…f all", "same n…f all"]),
    ],
)
def test_what_is_left_of_names(names: list[str], expected: list[str]) -> None:
    assert short_apart(names, 12) == expected


@pytest.mark.parametrize("points", [30.0, 60.0, 120.0, 400.0])
@pytest.mark.parametrize(
    "name",
    [
        "x",
        "mean_annual_precipitation_in_mm",
        "Household income, net ($/year)",
        "a" * 200,
        "-" * 50,
        "a b " * 20,
    ],
)
def test_a_fitted_name_has_three_lines_at_most_of_the_length_there_is(name: str, points: float) -> None:
    lines = fitted(name, points, 10.0).split("\n")
    assert len(lines) <= 3
    assert all(width_of(line, 10.0) <= 1.2 * points or len(line) <= 6 for line in lines)


def test_columns_in_words() -> None:
    names = ["height", "it's", "x\ny", "w" * 80, *map(str, range(9))]
    assert columns_in_words([0], names) == column_in_words("height") == "column 'height'"
    assert columns_in_words([1, 2], names) == "columns \"it's\", 'x\\ny'"
    assert len(quoted(names[3])) == 60
    assert columns_in_words([4, 7]) == "columns 4, 7"
    assert columns_in_words(range(4, 13), names) == "columns '0', '1', '2', '3', '4', '5' and 3 more"
    assert names_in_words(names[4:7]) == "'0', '1', '2'"
    assert column_in_words(3) == "column 3"
