"""Numbers in whatever people keep them: each container gives the array that it holds, or one sentence."""

from __future__ import annotations

import array
import datetime
import warnings
from decimal import Decimal
from fractions import Fraction

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from gaussmix import GaussianMixture, Mixture, MixtureClassifier
from gaussmix.containers import Frame, float_array
from gaussmix.errors import GaussmixError, InputError, InputTypeError
from gaussmix.files import MissingFileError
from gaussmix.validation import as_weights

from .support import fit, quiet

V = np.round(np.random.default_rng(5).normal(size=(40, 2)), 2)
V[20:] += 6.0
TEXT = [[repr(v) for v in row] for row in V.tolist()]
DECIMALS = [[Decimal(cell).quantize(Decimal("0.01")) for cell in row] for row in TEXT]
FRACTIONS = [[Fraction(cell) for cell in row] for row in TEXT]
A, B = V.T
HUGE = 10**400


def column(rows, j):
    return [row[j] for row in rows]


class Stream:
    """An Arrow stream and nothing else."""

    def __init__(self, table):
        self.table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


class OnlyDLPack:
    """An array of which only DLPack's protocol is known."""

    def __init__(self, values):
        self.values = values

    def __dlpack__(self, **options):
        return self.values.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.values.__dlpack_device__()


def pandas_of(a, b, **options):
    return pd.DataFrame({"a": pd.Series(a, **options), "b": pd.Series(b, **options)})


ENUM = pl.Enum(sorted({cell for row in TEXT for cell in row}))
TABLE = pa.table({"a": A, "b": B})
FRAMES = {
    "pandas, objects": pandas_of(A.astype(object), B.astype(object)),
    "pandas, decimals": pandas_of(column(DECIMALS, 0), column(DECIMALS, 1)),
    "pandas, fractions": pandas_of(column(FRACTIONS, 0), column(FRACTIONS, 1)),
    "pandas, text": pandas_of(column(TEXT, 0), column(TEXT, 1)),
    "pandas, text as objects": pandas_of(column(TEXT, 0), column(TEXT, 1), dtype=object),
    "pandas, categories of numbers": pandas_of(A, B, dtype="category"),
    "pandas, categories of text": pandas_of(column(TEXT, 0), column(TEXT, 1), dtype="category"),
    "pandas, one column of each": pandas_of(column(TEXT, 0), B),
    "pandas, nullable": pandas_of(A, B, dtype="Float64"),
    "pandas, Arrow": pandas_of(A, B, dtype="float64[pyarrow]"),
    "pandas, Arrow decimals": pandas_of(
        column(DECIMALS, 0), column(DECIMALS, 1), dtype=pd.ArrowDtype(pa.decimal128(10, 2))
    ),
    "pandas, Arrow text": pandas_of(column(TEXT, 0), column(TEXT, 1), dtype="string[pyarrow]"),
    "pandas, sparse": pandas_of(A, B, dtype=pd.SparseDtype(float)),
    "polars, decimals": pl.DataFrame({"a": column(DECIMALS, 0), "b": column(DECIMALS, 1)}),
    "polars, text": pl.DataFrame({"a": column(TEXT, 0), "b": column(TEXT, 1)}),
    "polars, enum": pl.DataFrame({"a": column(TEXT, 0), "b": column(TEXT, 1)}, schema={"a": ENUM, "b": ENUM}),
    "polars, categorical": pl.DataFrame(
        {"a": column(TEXT, 0), "b": B}, schema_overrides={"a": pl.Categorical}
    ),
    "polars, objects": pl.DataFrame({"a": pl.Series(column(FRACTIONS, 0), dtype=pl.Object), "b": B}),
    "polars, bytes": pl.DataFrame({"a": [cell.encode() for cell in column(TEXT, 0)], "b": B}),
    "pyarrow": TABLE,
    "pyarrow, dictionary": pa.table({"a": pa.array(A).dictionary_encode(), "b": B}),
    "pyarrow, dictionary of text": pa.table({"a": pa.array(column(TEXT, 0)).dictionary_encode(), "b": B}),
    "pyarrow, decimals": pa.table({"a": pa.array(column(DECIMALS, 0)), "b": column(DECIMALS, 1)}),
    "pyarrow, chunks": pa.concat_tables([TABLE.slice(0, 7), TABLE.slice(7)]),
    "pyarrow, batch": pa.RecordBatch.from_pydict({"a": A, "b": B}),
    "Arrow stream": Stream(TABLE),
    "Arrow stream of batches, read once": TABLE.to_reader(),
    "Arrow stream of polars": Stream(pl.DataFrame({"a": A, "b": B})),
}
ARRAYS = {
    "objects": V.astype(object),
    "lists of decimals": DECIMALS,
    "lists of fractions": FRACTIONS,
    "tuples": tuple(map(tuple, V.tolist())),
    "text": np.array(TEXT),
    "text as objects": np.array(TEXT, dtype=object),
    "bytes": np.array(TEXT, dtype="S"),
    "memoryview": memoryview(V),
    "DLPack": OnlyDLPack(V),
    "other byte order": V.astype(">f8" if np.dtype(float).isnative else "<f8"),
    "long double": V.astype(np.longdouble),
    "masked array without gaps": np.ma.array(V),
    "every other row of a larger one": np.repeat(V, 2, axis=0)[::2],
}


@pytest.mark.parametrize("kind", FRAMES)
def test_frames(kind):
    if kind.endswith("read once"):
        FRAMES[kind] = TABLE.to_reader()
    frame = Frame.of(FRAMES[kind])
    assert frame.labels == ["a", "b"]
    np.testing.assert_allclose(float_array(frame, "X"), V, rtol=1e-15)


@pytest.mark.parametrize("kind", [kind for kind in FRAMES if not kind.endswith("read once")])
def test_estimators_and_mixtures_take_frames(kind):
    rows = FRAMES[kind]
    model = fit(rows, 2)
    assert model.feature_names_in_.tolist() == ["a", "b"]
    np.testing.assert_array_equal(model.predict(rows), fit(V, 2).predict(V))
    np.testing.assert_allclose(model.mixture_.log_prob(rows), fit(V, 2).score_samples(V), rtol=1e-9)


@pytest.mark.parametrize("kind", ARRAYS)
def test_arrays(kind):
    np.testing.assert_allclose(float_array(ARRAYS[kind], "X"), V, rtol=1e-15)
    np.testing.assert_array_equal(fit(ARRAYS[kind], 2).predict(ARRAYS[kind]), fit(V, 2).predict(V))


def test_a_buffer_of_one_dimension():
    buffer = array.array("d", A)
    np.testing.assert_array_equal(Mixture([1.0], [[0.0]], [1.0]).log_prob(buffer).shape, (40,))
    np.testing.assert_array_equal(as_weights(array.array("i", [1, 2, 3]), 3), [1, 2, 3])
    with pytest.raises(InputError, match="1D array"):
        GaussianMixture(2).fit(buffer)


def test_truth_values_are_zero_and_one():
    for rows in (V > 1, (V > 1).tolist(), pd.DataFrame(V > 1), pl.DataFrame({"a": A > 1, "b": B > 1})):
        np.testing.assert_array_equal(float_array(rows, "X"), V > 1)
    nullable = pd.DataFrame({"a": pd.array([True, None, False], dtype="boolean")})
    np.testing.assert_array_equal(float_array(nullable, "X"), [[1.0], [np.nan], [0.0]])


def test_floats_are_views():
    for rows in (V, V.astype(np.float32), V[:, ::-1], V[::3]):
        assert np.shares_memory(float_array(rows, "X"), rows)
        assert float_array(rows, "X").dtype == rows.dtype
    assert float_array(pd.DataFrame(V.astype(np.float32)), "X").dtype == np.float32


LABELS = {
    "numbers": [3, 7],
    "equal texts": ["a", "a"],
    "equal numbers": [1, 1],
    "two levels": pd.MultiIndex.from_tuples([("size", "a"), ("size", "b")]),
    "dates": pd.date_range("2020-01-01", periods=2),
}


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize(
    "cells", [V, np.array(TEXT, dtype=object), V.astype(object)], ids=["float", "text", "object"]
)
def test_labels_that_are_no_distinct_texts(labels, cells):
    rows = pd.DataFrame(cells, columns=LABELS[labels])
    model = fit(rows, 2)
    np.testing.assert_array_equal(model.predict(rows), fit(V, 2).predict(V))
    assert model.mixture_.feature_names is None
    assert hasattr(model, "feature_names_in_") == (labels == "equal texts")


def test_equal_names_elsewhere(tmp_path):
    import gaussmix

    rows = pa.table([pa.array(A), pa.array(B)], names=["a", "a"])
    model = fit(rows, 2)
    assert model.feature_names_in_.tolist() == ["a", "a"]
    model.save(tmp_path / "model.safetensors")
    assert np.array_equal(gaussmix.load(tmp_path / "model.safetensors").predict(rows), model.predict(rows))
    with pytest.raises(InputError, match="The feature names should match"):
        model.predict(pd.DataFrame(V, columns=["a", "b"]))


REFUSED = {
    "text": (pd.DataFrame({"a": ["1", "red"]}), InputError, r"column 'a' of X, row 1, is 'red'"),
    "decimal commas": (
        pd.DataFrame({"a": ["1.5", "-0,126"]}),
        InputError,
        r"'a' of X, row 1, is '-0,126': write decimal points, or read the file with decimal=','\.$",
    ),
    "empty text": (pl.DataFrame({"a": ["", "2"]}), InputError, r"row 0, is ''"),
    "category": (pd.DataFrame({"a": pd.Categorical(["x", "y"])}), InputError, "'x'"),
    "dates": (
        pd.DataFrame({"day": pd.date_range("2020", periods=2)}),
        InputTypeError,
        "'day'.*Timestamp.*convert",
    ),
    "dates of polars": (
        pl.DataFrame({"day": [datetime.date(2020, 1, 1)] * 2}),
        InputTypeError,
        "'day'.*date",
    ),
    "durations": (pd.DataFrame({"t": pd.to_timedelta([1, 2])}), InputTypeError, "'t'.*Timedelta"),
    "complex column": (pd.DataFrame({7: [1j, 2]}), InputTypeError, "column 7 .*1j.*real part"),
    "lists": (pl.DataFrame({"a": [[1.0], [2.0]]}), InputTypeError, r"'a'.*\[1.0\]"),
    "only gaps": (
        pl.DataFrame({"a": [None, None]}),
        InputError,
        "column 'a' of X has no value: leave it out",
    ),
    "NA": (np.array([[1.0, pd.NA]], dtype=object), InputTypeError, r"X\[0, 1\] is <NA>.*impute the values"),
    "infinity in a frame": (
        pd.DataFrame({"a": [1.0, 2.0], "b": [1.0, -np.inf]}),
        InputError,
        r"column 'b' of X, row 1, is infinity",
    ),
    "a large value in a frame": (
        pl.DataFrame({"a": [1.0, 1e200]}),
        InputError,
        r"column 'a' of X, row 1, is 1e\+200.*divide column 'a'",
    ),
    "integer beyond float64": (
        np.array([[1, HUGE]], dtype=object),
        InputError,
        r"X\[0, 1\] is about 1e400, beyond",
    ),
    "more digits than Python prints": ([[1, -(10**5000)]], InputError, r"about -1e5000, beyond"),
    "fraction beyond float64": ([[Fraction(HUGE), 1]], InputError, r"X\[0, 0\].*beyond"),
    "decimal beyond float64": ([[Decimal(1), Decimal("1e999")]], InputError, r"Decimal\('1E\+999'\), beyond"),
    "text beyond float64": ([["1", "1e999"]], InputError, r"'1e999', beyond.*divide"),
    "column beyond float64": (
        pd.DataFrame({"a": [1, HUGE]}, dtype=object),
        InputError,
        "'a' of X, row 1.*beyond",
    ),
    "infinity as text": ([["1", "-inf"]] * 2, InputError, r"X\[0, 1\] is infinity"),
    "infinity as decimal": ([[Decimal("Infinity"), 1]] * 2, InputError, r"X\[0, 0\] is infinity"),
    "complex": (V + 1j, InputError, "pass its real part"),
    "array of dates": (np.array([["2020-01-01"]], dtype="M8[D]"), InputTypeError, "dates or durations"),
    "array of durations": (np.array([[5]], dtype="m8[s]"), InputTypeError, "dates or durations"),
    "fields": (
        np.zeros(3, dtype=[("a", float), ("b", float)]),
        InputTypeError,
        "structured array with the fields a, b",
    ),
    "lazy": (pl.LazyFrame({"a": A}), InputTypeError, r"pass X.collect\(\)"),
    "lazy in narwhals": (nw.from_native(pl.LazyFrame({"a": A})), InputTypeError, r"pass X.collect\(\)"),
    "stream of an array": (Stream(pl.Series([1.0])), InputError, "no table of columns"),
    "dictionary": ({"a": [1.0]}, InputTypeError, "X is {'a'.*not dict"),
    "generator": ((i for i in range(3)), InputTypeError, "generator"),
    "ragged": ([[1, 2], [3]], InputError, "rows of equal length"),
    "text alone": ("abc", InputError, "'abc'"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_one_sentence_about_what_cannot_be_read(kind):
    value, error, message = REFUSED[kind]
    with pytest.raises(error, match=message) as info:
        GaussianMixture(1).fit(value)
    text = str(info.value)
    assert isinstance(info.value, GaussmixError)
    assert text.endswith(".") == (not isinstance(info.value, MissingFileError))
    assert len(text) < 400
    assert info.value.__suppress_context__ or info.value.__context__ is None


def test_a_frame_of_narwhals_is_read_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Frame.of(nw.from_native(pl.DataFrame({"a": [1.0, 2.0]}))).labels == ["a"]


def test_sparse_matrices_are_refused():
    import scipy.sparse

    for rows in (
        scipy.sparse.csr_array(V),
        scipy.sparse.coo_matrix(V),
        scipy.sparse.eye_array(4, format="dia"),
    ):
        if hasattr(rows, "nnz"):
            with pytest.raises(InputTypeError, match=r"sparse.*X\.toarray\(\)"):
                GaussianMixture(2).fit(rows)


def test_weights_and_parameters_of_other_kinds():
    weights = [Decimal(1)] * 20 + [Fraction(1, 2)] * 20
    for given in (
        weights,
        pd.Series(weights),
        np.array(weights, dtype=object),
        pl.Series([1.0] * 20 + [0.5] * 20),
    ):
        np.testing.assert_allclose(
            fit(V, 2, sample_weight=given).means_, fit(V, 2, sample_weight=np.array(weights, float)).means_
        )
    assert Mixture([Fraction(1, 2)] * 2, [["0"], ["1"]], [Decimal("0.5"), 1]).covariances.array.tolist() == [
        0.5,
        1.0,
    ]
    for value, message in (
        ([1, HUGE], r"weights\[1\] is about 1e400"),
        (["a", 1], "could not convert"),
        ([1j, 1], "real"),
    ):
        with pytest.raises(InputError, match=message):
            Mixture(value, [[0.0], [1.0]], [1.0, 1.0])


def test_the_classifier_takes_them():
    y = A > 3
    with quiet():
        base = MixtureClassifier(1, random_state=0).fit(V, y)
        for kind in ("pandas, decimals", "polars, enum", "Arrow stream"):
            model = MixtureClassifier(1, random_state=0).fit(FRAMES[kind], y)
            np.testing.assert_allclose(model.predict_proba(FRAMES[kind]), base.predict_proba(V))


# ------------------------------------------------------------------------------------------------- tensors


@pytest.mark.parametrize("change", ["plain", "grad", "conjugated twice", "transposed twice", "view"])
def test_tensors(change):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    plain = torch.tensor(V)
    rows = {
        "plain": plain,
        "grad": torch.tensor(V, requires_grad=True),
        "conjugated twice": torch.complex(plain, plain).conj().real,
        "transposed twice": plain.T.contiguous().T,
        "view": torch.cat([plain, plain])[:40],
    }[change]
    np.testing.assert_array_equal(float_array(rows, "X"), V)
    np.testing.assert_array_equal(fit(rows, 2).predict(rows), fit(V, 2).predict(V))


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32", "float8_e5m2"])
@pytest.mark.parametrize("grad", [False, True])
def test_tensors_of_few_bits(dtype, grad):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    values = np.array([[0.5, -1.25], [2.0, 6.0]])
    rows = torch.tensor(values).to(getattr(torch, dtype)).requires_grad_(grad)
    np.testing.assert_array_equal(float_array(rows, "X"), values)


def test_tensors_that_hold_no_rows():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    for rows, message in (
        (torch.tensor(V).to_sparse(), r"sparse tensor.*X\.to_dense\(\)"),
        (torch.empty(3, 2, device="meta"), "no data"),
        (torch.tensor(V + 1j), "real part"),
        ([torch.tensor(row, requires_grad=True) for row in V], "requires grad"),
    ):
        with pytest.raises(GaussmixError, match=message):
            GaussianMixture(2).fit(rows)


def test_bfloat16_of_other_libraries():
    types = pytest.importorskip("ml_dtypes", reason="ml_dtypes is not installed")
    rows = np.array([[0.5, -1.25], [2.0, 6.0]])
    np.testing.assert_array_equal(float_array(rows.astype(types.bfloat16), "X"), rows)
