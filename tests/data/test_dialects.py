"""Ways in which people write tables: what each is read as, what is said about it, and what is refused."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from gaussmix.data.tables import read_table
from gaussmix.errors import FileFormatError, InputError, InputTypeError


@pytest.fixture
def written(tmp_path):
    def write(text, name="data.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def read(path, **options):
    """A table, and the warnings that came with it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        table = read_table(path, **options)
    return table, [str(warning.message) for warning in caught]


def check(path, names, X, said, **options):
    table, warned = read(path, **options)
    assert table.names == tuple(names.split())
    assert table.X.tolist() == X
    assert warned == []
    if said:
        for part in said.split(" & "):
            assert part in table.notice
        assert table.notice.startswith(f"{path.name} is read with ")
        assert "\n" not in table.notice
    else:
        assert table.notice == ""


def refusal(path, error=FileFormatError, **options):
    with pytest.raises(error) as caught:
        read_table(path, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


# ------------------------------------------------------------------------------------------ decimal commas

COMMA = "decimal commas (decimal=)"
DECIMAL_COMMAS = {
    "semicolons": ("id;price\n1;1,50\n2;2,25\n", "id price", [[1, 1.5], [2, 2.25]], f"';' & {COMMA}"),
    "tabs": ("a\tb\n1,5\t2\n3,25\t4\n", "a b", [[1.5, 2], [3.25, 4]], COMMA),
    "bars": ("a|b\n1,5|2\n3,25|4\n", "a b", [[1.5, 2], [3.25, 4]], f"'|' & {COMMA}"),
    "spaces": ("a b\n1,5 2\n3,25  4\n", "a b", [[1.5, 2], [3.25, 4]], f"spaces & {COMMA}"),
    "quotes": ('a,b\n"1,5","2,25"\n"3,5","4"\n', "a b", [[1.5, 2.25], [3.5, 4]], COMMA),
    "exponents": ("a;b\n1,5e3;2\n-3,25E-1;4\n", "a b", [[1500, 2], [-0.325, 4]], COMMA),
    "leading zeros": ("a;b\n0,125;2\n0,250;4\n", "a b", [[0.125, 2], [0.25, 4]], COMMA),
    "no header": ("1,5;2\n3,25;4\n", "x0 x1", [[1.5, 2], [3.25, 4]], f"{COMMA} & no row of names (header=)"),
    "labels": ("v;a\niy;1,5\nuw;2,25\n", "a", [[1.5], [2.25]], COMMA),
    "Windows": ("a;b\r\n1,5;2\r\n3,25;4\r\n", "a b", [[1.5, 2], [3.25, 4]], COMMA),
    "minus": ("a;b\n−1,5;2\n3,25;4\n", "a b", [[-1.5, 2], [3.25, 4]], COMMA),
    "bare comma": ("a;b\n,5;2\n3,25;4\n", "a b", [[0.5, 2], [3.25, 4]], COMMA),
    "one column, repeated": ("x\n1,5\n2,5\n2,75\n", "x", [[1.5], [2.5], [2.75]], COMMA),
    "one column, whole numbers": ("x\n1,5\n2\n9,75\n", "x", [[1.5], [2], [9.75]], COMMA),
    "one column, zeros": ("x\n1,05\n2,5\n9,75\n", "x", [[1.05], [2.5], [9.75]], COMMA),
    "and points": (
        "a;b\n1.234,50;0,13\n980,00;2,5\n",
        "a b",
        [[1234.5, 0.13], [980, 2.5]],
        f"{COMMA} & points that group thousands (thousands=)",
    ),
    "shown by another column": (
        "a;b\n1.234;0,13\n2.980;2,5\n",
        "a b",
        [[1234, 0.13], [2980, 2.5]],
        f"{COMMA} & points that group thousands",
    ),
    "and spaces": (
        "a;b\n1 234,5;2\n12\u202f345,25;4\n",
        "a b",
        [[1234.5, 2], [12345.25, 4]],
        "spaces that group",
    ),
    "and apostrophes": (
        "a;b\n1'234,5;2\n12’345,25;4\n",
        "a b",
        [[1234.5, 2], [12345.25, 4]],
        "apostrophes that",
    ),
    "euros": (
        "a;b\n1.079,50 €;2\n3,25 €;4\n",
        "a b",
        [[1079.5, 2], [3.25, 4]],
        "without their currency in 'a'",
    ),
}


@pytest.mark.parametrize("case", DECIMAL_COMMAS.values(), ids=DECIMAL_COMMAS)
def test_decimal_commas(written, case):
    text, names, X, said = case
    check(written(text), names, X, said)


ROW_NAMES = "its first column as names of rows (there is one name less than columns)"


def test_of_commas_in_doubt_both_readings_are_offered(written):
    path = written("x\n1,5\n2,5\n9,75\n")
    message = refusal(path)
    assert "'1,5' may be a number with a decimal comma (give decimal=',')" in message
    assert "the name of a row and a number (give separator=',')" in message
    check(path, "x", [[1.5], [2.5], [9.75]], "", decimal=",")
    check(path, "x", [[5], [5], [75]], ROW_NAMES, separator=",")
    check(path, "x", [[5], [5], [75]], ROW_NAMES, decimal=".")


def test_of_grouped_thousands_in_doubt_both_readings_are_offered(written):
    path = written("x\n1,299.00\n2,500.50\n")
    assert "'1,299.00' may be a number with grouped thousands (give thousands=',') or the name" in refusal(
        path
    )
    check(path, "x", [[1299], [2500.5]], "", thousands=",")
    check(path, "x", [[299], [500.5]], ROW_NAMES, separator=",")


IN_DOUBT = {
    "one name, few rows": "height\n1,80\n2,75\n",
    "one name, negative": "height\n-1,8\n2,75\n3,5\n",
    "one name, quoted": '"height"\n1,8\n2,75\n5,5\n',
    "two names": "x,y\n1,5,2,5\n3,5,4,25\n",
    "three names": "x,y,z\n1,5,2,5,1,1\n3,5,4,25,1,2\n",
    "no names, zeros": "1,05\n2,50\n",
    "no names, zeros, four": "1,05,2,5\n2,50,3,5\n",
}


@pytest.mark.parametrize("text", IN_DOUBT.values(), ids=IN_DOUBT)
def test_commas_in_doubt_are_refused(written, text):
    assert "decimal comma" in refusal(written(text))


NO_DOUBT = {
    "a name for each": ("x,y\n1,5\n2,5\n9,75\n", "x y", [[1, 5], [2, 5], [9, 75]], ""),
    "rows counted": (
        "x\n1,10\n2,20\n3,35\n4,40\n5,50\n",
        "x",
        [[10], [20], [35], [40], [50]],
        f"commas between columns (decimal=',' if they are decimal commas) & {ROW_NAMES}",
    ),
    "names of rows in quotes": ('"x"\n"1",5\n"2",7\n', "x", [[5], [7]], ROW_NAMES),
    "points": ("x\n1,5.5\n2,7.25\n", "x", [[5.5], [7.25]], ROW_NAMES),
    "no names": ("1,2\n3,4\n", "x0 x1", [[1, 2], [3, 4]], "no row of names"),
}


@pytest.mark.parametrize("case", NO_DOUBT.values(), ids=NO_DOUBT)
def test_commas_without_doubt_separate(written, case):
    text, names, X, said = case
    check(written(text), names, X, said)


# ------------------------------------------------------------------------------------------ numbers

NUMBERS = {
    "commas in quotes": (
        'a,b\n"54,000",5\n"61,500",6\n',
        [[54000, 5], [61500, 6]],
        "commas that group thousands",
    ),
    "some below a thousand": (
        'a,b\n"1,200",5\n950,6\n',
        [[1200, 5], [950, 6]],
        "commas that group thousands",
    ),
    "millions": ("a;b\n1,234,567;5\n950;6\n", [[1234567, 5], [950, 6]], "commas that group thousands"),
    "with decimals": ("a;b\n1,234.5;5\n950;6\n", [[1234.5, 5], [950, 6]], "commas that group thousands"),
    "lakhs": ("a;b\n12,34,567;5\n950;6\n", [[1234567, 5], [950, 6]], "commas that group thousands"),
    "shown by another column": ("a;b\n1,234;0.5\n2,980;6\n", [[1234, 0.5], [2980, 6]], "commas that group"),
    "apostrophes": ("a;b\n1'234.5;2\n12'345.25;4\n", [[1234.5, 2], [12345.25, 4]], "apostrophes that group"),
    "dollars": ("a,b\n$79,5\n$80.50,6\n", [[79, 5], [80.5, 6]], "amounts without their currency in 'a'"),
    "dollars and commas": (
        'a,b\n"$1,279",5\n-$80.50,6\n',
        [[1279, 5], [-80.5, 6]],
        "amounts & commas that group",
    ),
    "pounds, some without": ("a,b\n£79,5\n80.50,6\n", [[79, 5], [80.5, 6]], "amounts"),
    "Australian dollars": ("a,b\nA$79,5\nA$ 80,6\n", [[79, 5], [80, 6]], "amounts"),
    "per cent": ("a,b\n79%,5\n80.5%,6\n", [[79, 5], [80.5, 6]], "79% as the number 79 in 'a'"),
    "per cent with a space": ("a,b\n79 %,5\n-0.5 %,6\n", [[79, 5], [-0.5, 6]], "79% as the number 79 in 'a'"),
    "per mille": ("a,b\n79‰,5\n80.5‰,6\n", [[79, 5], [80.5, 6]], "79‰ as the number 79 in 'a'"),
    "minus signs": ("a,b\n−79,5\n80.50,6\n", [[-79, 5], [80.5, 6]], ""),
    "en dashes": ("a,b\n–79.5,5\n80.50,6\n", [[-79.5, 5], [80.5, 6]], ""),
    "minus in exponents": ("a,b\n1e−2,5\n80.50,6\n", [[0.01, 5], [80.5, 6]], ""),
    "plus signs": ("a,b\n+79,5\n+80.50,6\n", [[79, 5], [80.5, 6]], ""),
    "Fortran": ("a,b\n1.5D+01,5\n-2.5d-02,6\n", [[15, 5], [-0.025, 6]], ""),
    "three decimals": ("a,b\n1.234,5\n2.980,6\n", [[1.234, 5], [2.98, 6]], ""),
}


@pytest.mark.parametrize("case", NUMBERS.values(), ids=NUMBERS)
def test_numbers_with_signs_beside_them(written, case):
    text, X, said = case
    separated = "';' & " if ";" in text else ""
    check(written(text), "a b", X, separated + said)


LIKE_NUMBERS = {
    "comma of three digits": (
        "a;b\n1,234;5\n2,980;6\n",
        "may have decimal commas or grouped thousands ('1,234')",
    ),
    "points and commas": ("a;b;c\n1.5;1,5;2\n2.5;2,25;3\n", "looks like numbers with decimal commas ('1,5')"),
    "per cent and none": ("a;b\n79%;5\n80.5;6\n", "has some numbers with % and some without"),
    "two currencies": ("a;b\n$79;5\n€80;6\n", "holds amounts in several currencies ($, €)"),
    "units": ("a;b\n5 cm;5\n6 cm;6\n", "looks like numbers with other text ('5 cm')"),
    "units, no space": ("a;b\n5.5kg;5\n6kg;6\n", "looks like numbers with other text ('5.5kg')"),
    "bounds": ("a;b\n<5;5\n<0.5;6\n", "looks like numbers with other text ('<5')"),
    "ranges of error": ("a;b\n5.5 ± 0.1;5\n6.5 ± 0.2;6\n", "looks like numbers with other text"),
    "standard deviations": ("a;b\n5.5 (1.2);5\n6.5 (1.3);6\n", "numbers with other text ('5.5 (1.2)')"),
    "underscores": ("a;b\n1_000;5\n2_000;6\n", "looks like numbers with other text ('1_000')"),
    "single quotes": ("a;b\n'1';5\n'2';6\n", "looks like numbers with other text"),
    "accountants": ("a;b\n(5);5\n(61);6\n", "looks like numbers with other text ('(5)')"),
    "Arabic digits": (
        "a;b\n\u0661\u0662;5\n\u0661\u0663;6\n",
        "holds digits of another script ('\u0661\u0662')",
    ),
    "ways to group": ("a;b\n1'234.5;5\n6 789.5;6\n", "groups thousands in more than one way"),
}


@pytest.mark.parametrize("case", LIKE_NUMBERS.values(), ids=LIKE_NUMBERS)
def test_columns_that_look_like_numbers_are_left_out_with_a_warning(written, case):
    text, why = case
    path = written(text)
    table, warned = read(path)
    assert "b" in table.names or "c" in table.names
    assert len(warned) == 1
    assert "is left out: it " in warned[0]
    assert why in warned[0]
    name = next(iter(table.skipped))
    assert f"column '{name}'" in warned[0]
    if table.skipped[name] == "in doubt":
        assert why in refusal(path, columns=name)


TEXT = {
    "words": "a;b\nheed;5\nwho'd;6\n",
    "dates": "a;b\n2020-01-01;5\n2020-01-02;6\n",
    "times": "a;b\n12:30;5\n12:45;6\n",
    "codes": "a;b\nA12;5\nB7;6\n",
    "addresses": "a;b\n192.168.0.1;5\n192.168.0.2;6\n",
    "ages": "a;b\n10-20;5\n20-30;6\n",
    "fractions": "a;b\n1/2;5\n3/4;6\n",
    "telephones": "a;b\n555-1234;5\n555-9876;6\n",
    "versions": "a;b\n1.2.3;5\n1.10.2;6\n",
    "ordinals": "a;b\n1st;5\n2nd;6\n3rd;7\n",
}


@pytest.mark.parametrize("text", TEXT.values(), ids=TEXT)
def test_text_is_left_out_without_a_warning(written, text):
    table, warned = read(written(text))
    assert (table.names, table.skipped, warned) == (("b",), {"a": "text"}, [])


def test_units_beside_numbers_do_not_mislead_about_the_separator(written):
    table, warned = read(written("Gewicht;Größe;Alter\n70,5 kg;1,80 m;30\n80,25 kg;1,75 m;40\n"))
    assert (table.names, table.X.tolist()) == (("Alter",), [[30], [40]])
    assert len(warned) == 2
    assert all("looks like numbers with other text" in line for line in warned)


UNFIT_NAMES = {
    "a bound below a name": ("p\n<0.001\n0.02\n0.5\n", "line 2, column 'p': '<0.001' is not a number"),
    "a word below a name": ("x\noops\n1\n2\n", "line 2, column 'x': 'oops' is not a number"),
    "bounds below names": (
        "p,q\n<0.1,<0.2\n0.3,0.4\n0.5,0.6\n",
        "line 2, column 'p': '<0.1' is not a number",
    ),
    "too many": ("a,b,c\n1,2\n3,4\n", "line 1: the row has 3 cells, and 2 are expected"),
    "a word among numbers": (
        "oops,3,1,7\n1,2,3,4\n3,4,5,6\n",
        "line 1, column 'x0': 'oops' is not a number; correct the cell, give header=True if line 1 has the names",
    ),
    "numbers above": (
        "3\n2\n1.5 2.5\n3.5 4.5\n5 6\n",
        "line 1: the row has 1 cell, and 2 are expected; if the table begins below, give skip=2",
    ),
    "a sentence within": ("v,a\nx,1\nsome text\ny,2\n", "line 3: the row has 1 cell, and 2 are expected"),
    "a row cut off": (
        "v,a\nx,1\ny,2\nz\n",
        "and 2 are expected; complete the row, or delete it if it is below",
    ),
    "numbers below": (
        "v,a\nx,1\ny,2\n3\n4\n",
        "and 2 are expected; delete the lines 4 to 5 if they are below",
    ),
    "too few": ("a b\n1.5 2 3\n4 5 6\n", "has 2 names for 3 columns of numbers: name each column"),
    "too few, rows twice": ("a;b\n1;2;3\n1;5;6\n", "has 2 names for 3 columns of numbers: name each column"),
    "twice within": ("a,b\n1,2\na,b\n3,4\n5,6\n", "line 3, column 'a': 'a' is not a number"),
    "one column of words": ("a:b\n1:2\n3:4\n", "name the sign between them with separator="),
}


@pytest.mark.parametrize("case", UNFIT_NAMES.values(), ids=UNFIT_NAMES)
def test_names_that_do_not_fit_the_columns_are_refused(written, case):
    text, says = case
    assert says in refusal(written(text))


def test_a_table_of_doubtful_columns_alone_says_why(written):
    message = refusal(written("a;b\n1,234;4,500\n2,980;6,700\n"))
    assert (
        "no column of numbers (left out: 'a', 'b'): column 'a' is left out: it may have decimal commas"
        in message
    )


# ------------------------------------------------------------------------------------------ heads of tables

HEADS = {
    "years": (
        "1990,2000,2010\n1.5,2.5,3.5\n2,3,4\n",
        "1990 2000 2010",
        [[1.5, 2.5, 3.5], [2, 3, 4]],
        "the years in",
    ),
    "years behind a name": (
        "land,1990,2000\nA,1.5,2.5\nB,2,3\n",
        "1990 2000",
        [[1.5, 2.5], [2, 3]],
        "the years in",
    ),
    "years over integers": (
        "1990;1991\n15;25\n120;3000\n",
        "1990 1991",
        [[15, 25], [120, 3000]],
        "the years in",
    ),
    "years downwards": ("2010,2000\n1.5,2.5\n2,3\n", "2010 2000", [[1.5, 2.5], [2, 3]], "the years in"),
    "years, tabs": ("1990\t2000\n1.5\t2.5\n2\t3\n", "1990 2000", [[1.5, 2.5], [2, 3]], "the years in"),
    "years below": (
        "1990,5.1\n1991,5.2\n1992,5.3\n",
        "x0 x1",
        [[1990, 5.1], [1991, 5.2], [1992, 5.3]],
        "no row",
    ),
    "years in rows": (
        "1990,1995\n1991,1993\n1992,1999\n",
        "x0 x1",
        [[1990, 1995], [1991, 1993], [1992, 1999]],
        "no row",
    ),
    "one number like a year": (
        "2000\n150\n320\n",
        "x0",
        [[2000], [150], [320]],
        "no row of names (header=)",
    ),
    "counted": (
        "0,1\n1.5,2.5\n3.5,4\n",
        "0 1",
        [[1.5, 2.5], [3.5, 4]],
        "the numbers from 0 in the first row",
    ),
    "spectrum": (
        "nm,400,410,420\ns1,0.1,0.2,0.3\ns2,0.2,0.3,0.4\n",
        "400 410 420",
        [[0.1, 0.2, 0.3], [0.2, 0.3, 0.4]],
        "the whole numbers in the first row as names (header=False)",
    ),
    "spectrum alone": (
        "900;800\n0,1;0,2\n0,25;0,3\n",
        "900 800",
        [[0.1, 0.2], [0.25, 0.3]],
        "the whole numbers in",
    ),
    "no spectrum": (
        "1,2\n0.5,2.5\n1.5,1.25\n",
        "x0 x1",
        [[1, 2], [0.5, 2.5], [1.5, 1.25]],
        "no row of names",
    ),
    "counts": ("400,410\n3,4\n5,6\n", "x0 x1", [[400, 410], [3, 4], [5, 6]], "no row of names"),
    "years beside a name of numbers": (
        "land,code,1990,1991\nA,1,323,267\nB,4,600,520\nC,5,310,728\n",
        "code 1990 1991",
        [[1, 323, 267], [4, 600, 520], [5, 310, 728]],
        "the years in the first row as names (header=False)",
    ),
    "one year beside a name of numbers": (
        "code,1990\n1,323\n4,600\n",
        "code 1990",
        [[1, 323], [4, 600]],
        "the years in",
    ),
    "whole numbers beside a name of numbers": (
        "id,10,20,30\n1,3,2,6\n4,6,7,5\n",
        "id 10 20 30",
        [[1, 3, 2, 6], [4, 6, 7, 5]],
        "the whole numbers in the first row as names (header=False)",
    ),
    "years below titles": (
        "World,\nof 2020,\nland,code,1990,1991,\nA,a,1.5,2,\nB,b,2.5,3,\nC,c,7.5,8,\n",
        "1990 1991",
        [[1.5, 2], [2.5, 3], [7.5, 8]],
        "the years in the first row as names (header=False) & lines 1 to 2 left out (above the table, skip=)",
    ),
    "names, types and roles of Orange": (
        "x\ty\tz\tkind\nc\tc\tcontinuous\ta b\n\t\tclass\tmeta\n1\t2\t5\ta\n3\t4\t6\tb\n",
        "x y z",
        [[1, 2, 5], [3, 4, 6]],
        "lines 2 to 3 left out (below the names)",
    ),
    "shorter row of numbers above names": (
        "7031,SAND POINT,55.3\nday,t,T,p\na,1,2,3\nb,4,5,6\n",
        "t T p",
        [[1, 2, 3], [4, 5, 6]],
        "line 1 left out (above the table, skip=)",
    ),
    "title, names, units and statistics of a data logger": (
        '"TOA5","CR1000","1234","CPU:a","Table1"\n"TIME","RECORD","Batt","T"\n"TS","RN","Volts","Deg C"\n'
        '"","","Min","Avg"\n"a",0,12.5,20.1\n"b",1,12.6,20.3\n"c",2,12.7,20.9\n',
        "RECORD Batt T",
        [[0, 12.5, 20.1], [1, 12.6, 20.3], [2, 12.7, 20.9]],
        "line 1 left out (above the table, skip=) & lines 3 to 4 left out (below the names)",
    ),
    "years behind row numbers": (
        ",1990,2000\n0,1.5,2.5\n1,2,3\n",
        "1990 2000",
        [[1.5, 2.5], [2, 3]],
        "the years in",
    ),
    "names without the separator of dates and amounts": (
        "symbol,date,price\nA,Jan 1 2000,39.8\nA,Feb 1 2000,100\nB,Mar 1 2000,107\n",
        "price",
        [[39.8], [100], [107]],
        "",
    ),
    "sentences below": (
        "a,b\n1,2\n3,4\nSource: the office\nOctober\n",
        "a b",
        [[1, 2], [3, 4]],
        "lines 4 to 5 left out (below the table)",
    ),
    "units": ("t,T\ns,°C\n0.1,20\n0.2,21\n", "t T", [[0.1, 20], [0.2, 21]], "line 2 left out (units)"),
    "units in brackets": (
        "t,T\n[s],[K]\n0.1,20\n0.2,21\n",
        "t T",
        [[0.1, 20], [0.2, 21]],
        "line 2 left out (units)",
    ),
    "units and none": (
        "t,n\ns,-\n0.1,20\n0.2,21\n",
        "t n",
        [[0.1, 20], [0.2, 21]],
        "line 2 left out (units)",
    ),
    "a unit alone": ("v\nm/s\n1\n2\n", "v", [[1], [2]], "line 2 left out (units)"),
    "units beside labels": ("w;t\n;ms\na;0.1\nb;0.2\n", "t", [[0.1], [0.2]], "line 2 left out (units)"),
    "units of flow": (
        "q\tp\nm^3/h\tkPa\n0.1\t20\n0.2\t21\n",
        "q p",
        [[0.1, 20], [0.2, 21]],
        "line 2 left out",
    ),
    "a title": (
        "Report\n\na,b\n1,2\n4,5\n",
        "a b",
        [[1, 2], [4, 5]],
        "line 1 left out (above the table, skip=)",
    ),
    "titles": ("Report\nof 2020\na,b,c\n1,2,3\n", "a b c", [[1, 2, 3]], "lines 1 to 2 left out"),
    "title, names, units": (
        "Report\nt,T\ns,K\n1,2\n3,4\n",
        "t T",
        [[1, 2], [3, 4]],
        "line 1 & line 3 left out (units)",
    ),
    "title without names": (
        "Report\n1,2,3\n4,5,6\n",
        "x0 x1 x2",
        [[1, 2, 3], [4, 5, 6]],
        "line 1 & no row of names",
    ),
    "sep=;": ("sep=;\na;b\n1;2\n3;4\n", "a b", [[1, 2], [3, 4]], "';' (as its first line says)"),
    "sep=; of Windows": (
        "\ufeffsep=;\r\na;b\r\n1;2,5\r\n3;4\r\n",
        "a b",
        [[1, 2.5], [3, 4]],
        f"';' & {COMMA}",
    ),
    "SEP=,": ("SEP=,\na,b\n1,2\n", "a b", [[1, 2]], ""),
    "sep=|": ("sep=|\na|b\n1|2\n", "a b", [[1, 2]], "'|' (as its first line says)"),
    "sep=^": ("sep=^\na^b\n1^2\n", "a b", [[1, 2]], "'^' (as its first line says)"),
    "sep=tab": ("sep=\t\na\tb\n1\t2\n", "a b", [[1, 2]], "tabs (as its first line says)"),
    "bars": ("a|b\n1|2.5\n3|4\n", "a b", [[1, 2.5], [3, 4]], "columns separated by '|' (separator=)"),
    "bars and spaces": ("a | b\n1 | 2.5\n3 | 4\n", "a b", [[1, 2.5], [3, 4]], "'|'"),
    "rows of nothing": ("a,b\n1,2\n,\n3,4\n,\n", "a b", [[1, 2], [3, 4]], "2 empty rows left out"),
    "names twice": (
        "a,a\n1,2\n3,4\n",
        "a_1 a_2",
        [[1, 2], [3, 4]],
        "columns of one name numbered (a_1, a_2)",
    ),
    "comment of MATLAB": (
        "% a comment\n1 2 3\n4 5 6\n",
        "x0 x1 x2",
        [[1, 2, 3], [4, 5, 6]],
        "line 1 left out",
    ),
    "comment of C": ("// a comment\n1 2 3\n4 5 6\n", "x0 x1 x2", [[1, 2, 3], [4, 5, 6]], "line 1 left out"),
    "Markdown": ("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n", "a b", [[1, 2], [3, 4]], "line 2 left out"),
    "commas in one column": (
        "price\n1,299.00\n999.00\n",
        "price",
        [[1299], [999]],
        "commas that group thousands",
    ),
    "old Mac": ("a,b\r1,2\r3,4\r", "a b", [[1, 2], [3, 4]], ""),
}


@pytest.mark.parametrize("case", HEADS.values(), ids=HEADS)
def test_heads_of_tables(written, case):
    text, names, X, said = case
    check(written(text), names, X, said)


@pytest.mark.parametrize(
    ("suffix", "separator"), [(".tsv", "\t"), (".tab", "\t"), (".psv", "|"), (".txt", " ")]
)
def test_the_separator_of_the_suffix_needs_no_word(written, suffix, separator):
    check(written(f"a{separator}b\n1{separator}2\n", f"data{suffix}"), "a b", [[1, 2]], "")


ENCODINGS = {
    "windows-1252": ("é,b\n1,2\n".encode("cp1252"), "text in windows-1252 (encoding=)"),
    "utf-16": ("é,b\n1,2\n".encode("utf-16"), "text in utf-16 (encoding=)"),
    "utf-16-be": (b"\xfe\xff" + "é,b\n1,2\n".encode("utf-16-be"), "text in utf-16 (encoding=)"),
    "utf-32": ("é,b\n1,2\n".encode("utf-32"), "text in utf-32 (encoding=)"),
    "utf-8 with a mark": ("\ufeffé,b\n1,2\n".encode(), ""),
}


@pytest.mark.parametrize("case", ENCODINGS.values(), ids=ENCODINGS)
def test_encodings(written, case):
    data, said = case
    check(written(data), "é b", [[1, 2]], said)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16-le", "mac-roman", "cp437", "utf-8", "shift-jis"])
def test_an_encoding_that_is_given(written, encoding):
    name = "ア" if encoding == "shift-jis" else "é"
    check(written(f"{name},b\n1,2\n".encode(encoding)), f"{name} b", [[1, 2]], "", encoding=encoding)


def test_bytes_that_are_not_in_the_encoding(written):
    assert "is not text in ascii (byte 0xc3 at 0)" in refusal(written("é,b\n1,2\n"), encoding="ascii")
    for encoding in ("utf-16-le", "utf-16-be"):
        assert f"encoding='{encoding}'" in refusal(written("a,b\n1,2\n".encode(encoding)))


# ------------------------------------------------------------------------------------------ options

GIVEN = {
    "separator": ("a^b\n1^2\n", {"separator": "^"}, "a b", [[1, 2]]),
    "tab by name": ("a\tb\n1\t2\n", {"separator": "tab"}, "a b", [[1, 2]]),
    "tab as a shell gives it": ("a\tb\n1\t2\n", {"separator": "\\t"}, "a b", [[1, 2]]),
    "spaces": ("a  b\n1 \t 2\n", {"separator": " "}, "a b", [[1, 2]]),
    "decimal": ("a;b\n1,234;2\n5,678;3\n", {"decimal": ","}, "a b", [[1.234, 2], [5.678, 3]]),
    "thousands": ("a;b\n1,234;2\n5,678;3\n", {"thousands": ","}, "a b", [[1234, 2], [5678, 3]]),
    "points for thousands": ("a;b\n1.234;2\n5.678;3\n", {"thousands": "."}, "a b", [[1234, 2], [5678, 3]]),
    "no thousands": (
        'a,b\n"1,5",2\n"5,678",3\n',
        {"thousands": "", "decimal": ","},
        "a b",
        [[1.5, 2], [5.678, 3]],
    ),
    "header": ("1,2\n3,4\n", {"header": True}, "1 2", [[3, 4]]),
    "no header": ("1990,2000\n3,4\n", {"header": False}, "x0 x1", [[1990, 2000], [3, 4]]),
    "skip": ("x,y\n\na,b\n1,2\n", {"skip": 2}, "a b", [[1, 2]]),
    "skip and no header": ("a,b\n1,2\n3,4\n", {"skip": 1, "header": False}, "x0 x1", [[1, 2], [3, 4]]),
}


@pytest.mark.parametrize("case", GIVEN.values(), ids=GIVEN)
def test_what_is_given_is_not_guessed(written, case):
    text, options, names, X = case
    table, warned = read(written(text), **options)
    assert (table.names, table.X.tolist(), warned) == (tuple(names.split()), X, [])
    for name in options:
        assert f"--{name})" not in table.notice


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"separator": ""}, InputError, "separator is ''"),
        ({"separator": "ab"}, InputError, "separator is 'ab': give one character"),
        ({"separator": "5"}, InputError, "separator is '5'"),
        ({"separator": "."}, InputError, "separator is '.'"),
        ({"decimal": ";"}, InputError, "decimal is ';': give '.' or ','"),
        ({"thousands": "_"}, InputError, "thousands is '_'"),
        ({"thousands": ",", "decimal": ","}, InputError, "decimal and thousands are both ','"),
        ({"encoding": "utf-99"}, InputError, "encoding is 'utf-99', which Python does not know"),
        ({"skip": -1}, InputError, "skip is -1"),
        ({"skip": 1.5}, InputError, "skip is 1.5"),
        ({"header": "yes"}, InputTypeError, "header must be True, False or None, not 'yes'"),
    ],
)
def test_options_that_are_none(written, options, error, says):
    with pytest.raises(error) as caught:
        read_table(written("a,b\n1,2\n"), **options)
    assert says in str(caught.value)


@pytest.mark.parametrize("option", [{"separator": ";"}, {"decimal": ","}, {"header": True}, {"skip": 2}])
def test_options_of_text_mean_nothing_for_arrays(tmp_path, option):
    np.save(tmp_path / "a.npy", np.zeros((3, 2)))
    message = refusal(tmp_path / "a.npy", InputError, **option)
    assert f"{next(iter(option))} is an option of text tables" in message


@pytest.mark.parametrize(
    ("drop", "names"),
    [("b", "a c"), ("1", "a c"), (["b"], "a c"), ([1, "c"], "a"), ("a, c", "b")],
)
def test_columns_to_drop(written, drop, names):
    path = written("v,a,b,c\nx,1,2,3\ny,4,5,6\n") if "v" in names else written("a,b,c\n1,2,3\n4,5,6\n")
    assert " ".join(read(path, drop=drop)[0].names) == names


def test_columns_to_drop_may_hold_anything(written):
    path = written("a,b,c\n1,oops,3\n4,5,6\n7,,9\n8,inf,9\n")
    assert read(path, drop="b")[0].X.tolist() == [[1, 3], [4, 6], [7, 9], [8, 9]]
    assert read(path, columns="b,c,a", drop="b")[0].names == ("c", "a")
    with pytest.raises(InputError, match="there is no column 'q'"):
        read(path, drop="q")
    with pytest.raises(FileFormatError, match="no column of numbers"):
        read(path, drop="a,b,c")
