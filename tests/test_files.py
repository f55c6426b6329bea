"""Paths: each fault is one sentence, and a file is replaced whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest

from gaussmix.errors import InputError, InputTypeError
from gaussmix.files import FileAccessError, MissingFileError, as_path, readable, replacing

ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.mark.parametrize("path", ["", "a\0b"])
def test_text_that_is_no_path_is_refused(path):
    with pytest.raises(InputError, match="is not a path"):
        as_path(path)


@pytest.mark.parametrize("path", [None, 3, b"a.csv", ["a.csv"]])
def test_other_types_are_refused(path):
    with pytest.raises(InputTypeError, match=r"a path must be text or a pathlib\.Path"):
        as_path(path)


def test_a_path_may_begin_at_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "note.txt").write_text("whole")
    assert as_path("~/note.txt") == readable("~/note.txt") == tmp_path / "note.txt"
    assert as_path("~note.txt") == Path("~note.txt")


def test_a_missing_file_is_an_input_error_and_a_file_not_found_error(tmp_path):
    with pytest.raises(MissingFileError, match="there is no file") as caught:
        readable(tmp_path / "a.csv")
    assert isinstance(caught.value, InputError)
    assert isinstance(caught.value, FileNotFoundError)


def test_a_folder_and_a_device_are_refused(tmp_path):
    with pytest.raises(FileAccessError, match="is a folder"):
        readable(tmp_path)
    with pytest.raises(FileAccessError, match="not a regular file"):
        readable(os.devnull)
    with pytest.raises(FileAccessError, match=r"cannot read .*too long"):
        readable(tmp_path / ("a" * 5000))


@pytest.mark.skipif(ROOT, reason="the superuser may read every file")
def test_a_file_without_permission_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x")
    path.chmod(0)
    with pytest.raises(FileAccessError, match="permission denied"):
        readable(path)


def test_permission_denied_is_one_sentence(tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "a.csv"
    path.write_text("x")
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(FileAccessError, match=r"a.csv' may not be read: permission denied"):
        readable(path)
    with (
        pytest.raises(FileAccessError, match=r"a.csv' may not be written: permission denied"),
        replacing(path),
    ):
        pass


def test_a_file_is_replaced_when_the_block_ends_well(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with replacing(path) as draft:
        draft.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_file_stays_when_the_block_fails(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with suppress(KeyError), replacing(path) as draft:
        draft.write_text("part")
        raise KeyError
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_full_disk_is_one_sentence(tmp_path):
    with (
        pytest.raises(FileAccessError, match=r"cannot write .*a\.txt': its disk is full"),
        replacing(tmp_path / "a.txt"),
    ):
        raise OSError(28, "No space left on device")
    assert os.listdir(tmp_path) == []


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    with replacing(tmp_path / "link.txt") as draft:
        draft.write_text("new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"


@pytest.mark.parametrize(
    ("name", "says"),
    [("", "folder or a device"), ("no/a.txt", "there is no folder"), (os.devnull, "folder or a device")],
)
def test_what_cannot_be_written_is_refused(tmp_path, name, says):
    with pytest.raises(FileAccessError, match=says), replacing(tmp_path / name):
        pytest.fail("nothing may be written")
    assert Path(os.devnull).is_char_device()
