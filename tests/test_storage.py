"""The container: what is written is read back; a file that is anything else is refused in one sentence."""

from __future__ import annotations

import json
import os
import struct
import tracemalloc
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gaussmix import storage
from gaussmix.errors import FileFormatError, InputError
from gaussmix.files import FileAccessError, MissingFileError

SOUND = {"format": 1, "kind": "test", "version": "0.1.0"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("storage")


@pytest.fixture
def sound(folder):
    """The bytes of a small sound file."""
    path = folder / "sound.safetensors"
    storage.write(
        path, {"x": np.arange(6.0).reshape(2, 3), "n": np.array([1, 2])}, {"kind": "test", "a": [1, None]}
    )
    return path.read_bytes()


def raw(header: object, data: bytes = b"") -> bytes:
    """A safetensors file by hand: the header as JSON (or as bytes), then the data."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def described(description: object, **tensors: object) -> bytes:
    text = description if isinstance(description, str) else json.dumps(description)
    return raw({"__metadata__": {"gaussmix": text}, **tensors})


def refused(folder, content: bytes) -> str:
    """Read a file of this content, which must be refused; returns the sentence."""
    path = folder / "bad.safetensors"
    path.write_bytes(content)
    with pytest.raises(FileFormatError) as caught:
        storage.read(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    assert len(message) < 500 + len(str(path))
    return message


arrays = st.dictionaries(
    st.text(min_size=1, max_size=8).filter(lambda name: name != "__metadata__"),
    hnp.arrays(
        st.sampled_from(["<f8", ">f8", "<f4", "<i8", ">i8", "?"]),
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0),
    ),
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(arrays=arrays, title=st.text())
def test_what_is_written_is_read_back(folder, arrays, title):
    path = folder / "any.safetensors"
    storage.write(path, arrays, {"kind": "test", "title": title})
    record = storage.read(path, kind="test")
    assert record.description["title"] == title
    assert record.description["format"] == storage.FORMAT
    assert set(record.arrays) == set(arrays)
    for name, array in arrays.items():
        found = record.arrays[name]
        assert found.shape == array.shape
        assert found.dtype == array.dtype.newbyteorder("=")
        assert np.array_equal(found, array, equal_nan=array.dtype.kind == "f")


def test_arrays_of_any_memory_order_are_read_back(folder):
    array = np.arange(24.0).reshape(2, 3, 4)
    wide = np.broadcast_to(1.5, (3, 2))
    views = {"t": array.T, "step": array[:, ::2], "back": array[::-1], "wide": wide}
    storage.write(folder / "v.safetensors", views, {"kind": "test"})
    for name, found in storage.read(folder / "v.safetensors").arrays.items():
        assert np.array_equal(found, views[name])


@pytest.mark.parametrize("array", [np.array(["a"]), np.array([1j]), np.array([None]), np.array([1], "int8")])
def test_arrays_of_other_types_are_not_written(folder, array):
    with pytest.raises(InputError, match=r"array 'x' is .*, and a file holds float64"):
        storage.write(folder / "never", {"x": array}, {"kind": "test"})
    assert not (folder / "never").exists()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, b"a", np.float32(1)])
def test_descriptions_that_are_not_json_are_not_written(folder, value):
    with pytest.raises(InputError, match="cannot be stored as JSON"):
        storage.write(folder / "never", {}, {"kind": "test", "value": value})
    assert not (folder / "never").exists()


def test_a_description_too_large_to_read_is_not_written(folder):
    with pytest.raises(InputError, match="is the limit for a file"):
        storage.write(folder / "never", {}, {"kind": "test", "value": "x" * storage.LARGEST_HEADER})
    assert not (folder / "never").exists()


def test_the_largest_description_that_is_written_is_read(folder):
    names = [f"column {i}" for i in range(100_000)]
    storage.write(folder / "wide", {}, {"kind": "test", "names": names})
    assert storage.read(folder / "wide").description["names"] == names


def test_a_failed_write_leaves_the_old_file(folder, monkeypatch, sound):
    def fail(path, data):
        with path.open("wb") as file:
            file.write(data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    path = folder / "sound.safetensors"
    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(FileAccessError, match="its disk is full"):
        storage.write(path, {}, {"kind": "test"})
    assert path.read_bytes() == sound
    assert not [name for name in os.listdir(folder) if name.endswith(".part")]


def test_missing_files_and_folders(folder):
    with pytest.raises(MissingFileError):
        storage.read(folder / "nowhere")
    with pytest.raises(FileAccessError, match="is a folder"):
        storage.read(folder)


def test_a_file_cut_at_any_byte_is_refused(folder, sound):
    for length in range(len(sound)):
        refused(folder, sound[:length])


def test_a_file_with_more_bytes_is_refused(folder, sound):
    refused(folder, sound + b"\0")


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_file_with_changed_bytes_is_refused_or_the_same(folder, sound, data):
    content = bytearray(sound)
    places = st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255))
    for place, value in data.draw(st.lists(places, min_size=1, max_size=4)):
        content[place] = value
    path = folder / "changed.safetensors"
    path.write_bytes(content)
    with suppress(FileFormatError):  # any other exception fails
        record = storage.read(path)
        # What a checksum lets through can differ in the spelling of the header alone.
        (folder / "again.safetensors").write_bytes(sound)
        expected = storage.read(folder / "again.safetensors")
        assert record.description == expected.description
        assert record.arrays.keys() == expected.arrays.keys()
        assert all(np.array_equal(record.arrays[name], expected.arrays[name]) for name in expected.arrays)


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=200))
def test_random_bytes_are_refused(folder, content):
    refused(folder, content)


F64 = {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a safetensors file, or was cut short"),
        (b"PK\3\4" + bytes(100), "not a safetensors file"),
        (b"\x80\x04\x95" + bytes(100), "not a safetensors file"),  # a pickle
        (struct.pack("<Q", 2**63) + b"{}", "cut short"),
        (struct.pack("<Q", 5 << 20) + bytes(5 << 20), "takes 5242880 bytes"),
        (raw(b"{nonsense}"), "header is not valid JSON"),
        (raw(b"\xff\xfe{}"), "header is not valid JSON"),
        (raw(b"[1, 2]"), "not a JSON object"),
        (raw(b'{"a": 1, "a": 1}'), "duplicate key"),
        (raw(b"[" * 100_000), "not valid JSON"),
        (raw(b'{"a": ' + b"1" * 10_000 + b"}"), "not valid JSON"),
        (raw({}), "not written by gaussmix"),
        (raw({"__metadata__": [], "x": F64}, bytes(8)), "not written by gaussmix"),
        (raw({"__metadata__": {"gaussmix": 1}}), "not written by gaussmix"),
        (described("nonsense"), "description is not valid JSON"),
        (described("[]"), "not a JSON object"),
        (described('{"format": NaN}'), "'NaN' is not a finite number"),
        (described('{"format": 1, "format": 1}'), "duplicate key"),
        (described({**SOUND, "format": 2, "version": "9.1"}), "gaussmix 9.1 wrote it in format 2: upgrade"),
        (described({**SOUND, "format": 0}), "its format is 0"),
        (described({**SOUND, "format": True}), "'format' is True, and int is expected"),
        (described({"format": 1, "version": "0.1"}), "has no 'kind'"),
        (described({**SOUND, "kind": 3}), "'kind' is 3, and str is expected"),
        (described(SOUND, x=[]), "array 'x' has the type None"),
        (described(SOUND, x={**F64, "dtype": "U8"}), "has the type 'U8'"),
        (described(SOUND, x={**F64, "dtype": ["F64"]}), "has the type"),
        (described(SOUND, x=F64), "it is damaged"),
        (described(SOUND, x={**F64, "shape": [2**40], "data_offsets": [0, 2**43]}), "it is damaged"),
        (described(SOUND, x={**F64, "shape": [2**63, 2], "data_offsets": [0, 0]}), "64 bits"),
        (described(SOUND, x={**F64, "shape": [-1]}), "it is damaged"),
        (described(SOUND, x={**F64, "shape": None}), "it is damaged"),
        (described(SOUND, x={**F64, "shape": [0, 2**62], "data_offsets": [0, 0]}), "it is damaged"),
        (described(SOUND, x={**F64, "data_offsets": [8, 0]}), "it is damaged"),
        (described(SOUND, x={**F64, "data_offsets": [0, 4]}), "it is damaged"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_files_that_are_something_else(folder, content, says):
    assert says in refused(folder, content)


def test_arrays_that_share_bytes_are_refused(folder):
    content = described(SOUND, x=F64, y=F64) + bytes(8)
    assert "it is damaged" in refused(folder, content)


def test_another_kind_is_refused(folder, sound):
    with pytest.raises(FileFormatError, match="it holds a 'test', not a 'mixture'"):
        storage.read(folder / "sound.safetensors", kind="mixture")


def test_a_header_that_claims_much_allocates_little(folder):
    path = folder / "claims.safetensors"
    path.write_bytes(described(SOUND, x={**F64, "shape": [2**30], "data_offsets": [0, 2**33]}))
    tracemalloc.start()
    with pytest.raises(FileFormatError):
        storage.read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 << 20


def test_require_names_the_file_the_array_and_what_was_expected(folder, sound):
    record = storage.read(folder / "sound.safetensors")
    assert record.require("x", (2, None)).shape == (2, 3)
    assert record.require("n", (2,), dtype="int64").tolist() == [1, 2]
    for arguments, says in [
        ({"name": "y", "shape": ()}, "there is no array 'y'"),
        ({"name": "x", "shape": (3, None)}, r"array 'x' has shape \(2, 3\), and \(3, any\) is expected"),
        ({"name": "x", "shape": (6,)}, r"array 'x' has shape \(2, 3\), and \(6\) is expected"),
        ({"name": "n", "shape": (2,)}, "array 'n' is int64, and float64 is expected"),
    ]:
        with pytest.raises(FileFormatError, match=says) as caught:
            record.require(**arguments)
        assert "sound.safetensors" in str(caught.value)


def test_require_refuses_nan_and_infinity_unless_told(folder):
    path = folder / "nan.safetensors"
    storage.write(path, {"x": np.array([1.0, np.nan])}, {"kind": "test"})
    record = storage.read(path)
    with pytest.raises(FileFormatError, match="array 'x' holds NaN or infinity"):
        record.require("x", (2,))
    assert np.isnan(record.require("x", (2,), finite=False)[1])


def test_sections_keep_their_arrays_and_descriptions_apart(folder):
    tree = {
        "kind": "test",
        "a": {"x": np.zeros(1), "title": "first"},
        "c": {"b": {"x": np.ones(2), "title": "inner"}},
    }
    path = folder / "sections.safetensors"
    storage.write(path, *storage.flattened(tree))
    record = storage.read(path)
    assert record.section("a").require("x", (1,)).tolist() == [0.0]
    assert record.section("c").section("b").entry("title", str) == "inner"
    with pytest.raises(FileFormatError, match="has no 'd'"):
        record.section("d")
    with pytest.raises(FileFormatError, match="array 'c/b/x' has shape"):
        record.section("c").section("b").require("x", (3,))


# ------------------------------------------------------------------------------------------ what a file demands


def nested(depth, text="0", pair="[]"):
    return pair[0] * depth + text + pair[1] * depth


def with_value(text):
    return described(json.dumps({**SOUND, "value": "HERE"}).replace('"HERE"', text))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (with_value("1e999"), "'1e999' is not a finite number"),
        (with_value("-1E400"), "is not a finite number"),
        (with_value("[Infinity]"), "is not a finite number"),
        (with_value("1" + "0" * 400), "is not a whole number of 64 bits"),
        (with_value("9223372036854775808"), "is not a whole number of 64 bits"),
        (with_value("-" + "9" * 5000), "is not a whole number of 64 bits"),
        (with_value("9" * 300_000), "is not a whole number of 64 bits"),
        (with_value(nested(32)), "more than 32 levels"),
        (with_value(nested(500)), "more than 32 levels"),
        (with_value(nested(900, "1e999")), "is not a finite number"),
        (with_value(nested(100_000)), "is not valid JSON"),
        (with_value('{"a":' * 200 + "0" + "}" * 200), "more than 32 levels"),
        (with_value('{"a":[' * 5000 + "]}" * 5000), "is not valid JSON"),
        (raw(b'{"a":' * 50_000), "header is not valid JSON"),
        (raw(b'{"x": ' + nested(40).encode() + b"}"), "more than 32 levels"),
        (described(SOUND, x={**F64, "data_offsets": [0, 10**18]}), "and 1000000000000000"),
        (described(SOUND, x={**F64, "data_offsets": [0, -8]}), "it is damaged"),
        (described(SOUND, x={**F64, "data_offsets": [0, True]}), "it is damaged"),
        (described(SOUND, x={**F64, "data_offsets": "08"}), "it is damaged"),
        (described(SOUND, x={**F64, "data_offsets": []}), "it is damaged"),
        (described(SOUND, x={**F64, "data_offsets": {"0": 8}}), "it is damaged"),
        (described(SOUND, x={**F64, "data_offsets": [[0], 8]}) + bytes(8), "it is damaged"),
        (described(SOUND, x={**F64, "shape": [1.0]}) + bytes(8), "it is damaged"),
        (described(SOUND, x={**F64, "shape": [1] * 65}) + bytes(8), "it is damaged"),
        (described(SOUND, x=F64) + bytes(9), "by its header"),
    ],
)
def test_what_no_file_of_ours_holds(folder, content, says):
    assert says in refused(folder, content)


@pytest.mark.parametrize("value", [10**400, 1 << 63, -(10**30), json.loads(nested(40)), [[[{"a": 1 << 64}]]]])
def test_what_would_not_be_read_is_not_written(folder, value):
    with pytest.raises(InputError, match="cannot be stored as JSON"):
        storage.write(folder / "never", {}, {"kind": "test", "value": value})
    assert not (folder / "never").exists()


@pytest.mark.parametrize(
    "value", [(1 << 63) - 1, -(1 << 63), 1.7e308, 5e-324, json.loads(nested(29)), "\ud800"]
)
def test_what_is_just_small_enough_comes_back(folder, value):
    storage.write(folder / "edge", {}, {"kind": "test", "value": value})
    assert storage.read(folder / "edge").description["value"] == value


@pytest.mark.parametrize("promised", [True, False])
@pytest.mark.parametrize("size", [60 << 30, (4 << 30) + 8])
def test_a_file_with_holes_is_not_read(folder, size, promised):
    """60 GB that take no place on the disk."""
    path = folder / "sparse.safetensors"
    count = size // 8
    entry = {"dtype": "F64", "shape": [count], "data_offsets": [0, 8 * count]}
    content = described(SOUND, x=entry if promised else F64)
    path.write_bytes(content)
    os.truncate(path, len(content) + 8 * count)
    tracemalloc.start()
    with pytest.raises(FileFormatError, match="at most 4294967296 are read" if promised else "by its header"):
        storage.read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    path.unlink()
    assert peak < 10 << 20


def test_a_file_that_would_not_be_read_is_not_written(folder):
    huge = np.broadcast_to(np.zeros(1), (1 << 29,))
    with pytest.raises(InputError, match="is the limit for a file"):
        storage.write(folder / "never", {"x": huge}, {"kind": "test"})
    assert not (folder / "never").exists()


class Counted(dict):
    """A mapping that counts how many of its keys are looked at."""

    looks = 0

    def __iter__(self):
        for key in super().__iter__():
            Counted.looks += 1
            yield key

    def items(self):
        return [(key, self[key]) for key in self]

    def __getitem__(self, key):
        Counted.looks += 1
        return super().__getitem__(key)


def test_sections_are_found_without_a_look_at_all_arrays():
    n = 2000
    names = [f"{i}/{name}" for i in range(n) for name in ("a", "b", "c/d")]
    arrays = Counted({name: np.zeros(1) for name in names})
    description = {str(i): {} for i in range(n)}
    record = storage.Record("", description, arrays, names=sorted(names))
    Counted.looks = 0
    for i in range(n):
        section = record.section(str(i))
        assert section.arrays.keys() == {"a", "b", "c/d"}
        assert section.part("c", {}).arrays.keys() == {"d"}
    assert Counted.looks <= 2 * len(names)


@pytest.mark.parametrize("names", [["a", "a/x", "a0", "a/", "a.x", "A/x", "a/x/y", "b/x", "a//x", "á/x"]])
def test_a_section_has_the_arrays_behind_its_name_and_a_slash(names):
    record = storage.Record("", {"a": {}}, {name: np.zeros(1) for name in names})
    assert set(record.section("a").arrays) == {"x", "", "x/y", "/x"}


# Names without slashes, which would be read as sections of others.
names = st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1, max_size=4)
leaves = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3) | st.just(np.arange(3.0))
trees = st.dictionaries(
    names,
    st.recursive(
        leaves,
        lambda inner: (
            st.lists(st.dictionaries(names, inner, max_size=3), max_size=3)
            | st.dictionaries(names, inner, max_size=3)
        ),
    ),
    max_size=3,
)


def restored(record):
    """The tree that a record was flattened from."""
    tree = {name: array.tolist() for name, array in record.arrays.items() if "/" not in name}
    for name, value in record.description.items():
        if isinstance(value, dict):
            tree[name] = restored(record.section(name))
        elif isinstance(value, list):
            tree[name] = [restored(part) for part in record.sections(name)]
        else:
            tree[name] = value
    return tree


def plain(tree):
    if isinstance(tree, dict):
        return {name: plain(value) for name, value in tree.items()}
    if isinstance(tree, list):
        return [plain(value) for value in tree]
    return tree.tolist() if isinstance(tree, np.ndarray) else tree


@given(tree=trees)
def test_a_tree_that_was_flattened_is_found_again(tree):
    arrays, description = storage.flattened(tree)
    json.dumps(description)
    assert restored(storage.Record("", description, arrays)) == plain(tree)


@pytest.mark.parametrize("value", [{}, "ab", 3, [1], [{}, None], None])
def test_a_list_of_sections_is_a_list_of_objects(value):
    with pytest.raises(FileFormatError, match="is expected"):
        storage.Record("", {"runs": value}, {}).sections("runs")


def test_what_is_optional_may_be_absent_or_null():
    record = storage.Record("", {"there": {"x": 1}, "null": None, "wrong": 3}, {})
    assert record.optional("there", lambda part: part.entry("x", int)) == 1
    assert record.optional("null", lambda part: 1) is None
    assert record.optional("absent", lambda part: 1) is None
    with pytest.raises(FileFormatError, match="'wrong' is 3, and dict is expected"):
        record.optional("wrong", lambda part: 1)
