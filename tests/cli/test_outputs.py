"""Files that a command writes: never one that it reads, by whatever name, link or stream it leads there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Call

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links and streams are others there")


def the_same(path: Path, way: str) -> str:
    """Another name for a file."""
    folder = path.parent
    if way == "soft link":
        (folder / "soft").symlink_to(path)
        return "soft"
    if way == "hard link":
        os.link(path, folder / "hard")
        return "hard"
    if way == "link to a link":
        (folder / "one").symlink_to("two")
        (folder / "two").symlink_to(path.name)
        return "one"
    if way == "link to the folder":
        (folder / "there").symlink_to(".")
        return f"there/{path.name}"
    if way == "hard link behind a folder that is not there":
        os.link(path, folder / "hard")
        return "nosuch/../hard"
    ways = {
        "itself": path.name,
        "absolute": str(path),
        "with a dot": f"./{path.name}",
        "with a slash too many": f".//{path.name}",
        "through the parent": f"../{folder.name}/{path.name}",
        "behind a folder that is not there": f"nosuch/../{path.name}",
        "behind two": f"nosuch/deep/../../{path.name}",
        "behind a file": f"{path.name}/../{path.name}",
    }
    return ways[way]


WAYS = [
    "itself",
    "absolute",
    "with a dot",
    "with a slash too many",
    "through the parent",
    "behind a folder that is not there",
    "behind two",
    "behind a file",
    "soft link",
    "hard link",
    "link to a link",
    "link to the folder",
    "hard link behind a folder that is not there",
]
COMMANDS = {
    "fit --out": (["fit", "faithful.csv", "-k", "1", "--out"], "faithful.csv"),
    "fit --report": (["fit", "faithful.csv", "-k", "1", "--report"], "faithful.csv"),
    "predict --out, the table": (["predict", "model.safetensors", "faithful.csv", "--out"], "faithful.csv"),
    "predict --out, the model": (
        ["predict", "model.safetensors", "faithful.csv", "--out"],
        "model.safetensors",
    ),
    "sample --out": (["sample", "model.safetensors", "--out"], "model.safetensors"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("words", "name"), COMMANDS.values(), ids=COMMANDS)
def test_no_output_leads_to_an_input(
    call: Call, model: Path, tmp_path: Path, words: list[str], name: str, way: str
) -> None:
    precious = tmp_path / name
    before = precious.read_bytes()
    other = the_same(precious, way)
    names = sorted(os.listdir(tmp_path))
    done = call(*words, other)
    assert done.code == 1
    assert f"{words[-1]} {Path(other)} is a file that this command reads: give another name" in done.error
    assert precious.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == names


@pytest.mark.parametrize("way", WAYS)
def test_two_outputs_are_two_files(call: Call, faithful: Path, tmp_path: Path, way: str) -> None:
    (tmp_path / "x").write_text("old")
    other = the_same(tmp_path / "x", way)
    done = call("fit", faithful, "-k", "1", "--out", "x", "--report", other)
    assert done.code == 1
    assert f"--out and --report are the same file, {Path(other)}: give two names" in done.error
    assert (tmp_path / "x").read_text() == "old"


def test_outputs_that_are_not_there_yet_are_compared_too(call: Call, faithful: Path, tmp_path: Path) -> None:
    done = call("fit", faithful, "-k", "1", "--out", "x", "--report", "nosuch/../x")
    assert "are the same file" in done.error
    assert os.listdir(tmp_path) == ["faithful.csv"]


def test_a_file_of_the_same_content_is_another_file(call: Call, model: Path, tmp_path: Path) -> None:
    shutil.copy(model, tmp_path / "copy.safetensors")
    done = call("fit", "faithful.csv", "-k", "2", "--out", "copy.safetensors", "--quiet")
    assert done.code == 0


@pytest.mark.parametrize(
    ("words", "redirected"),
    [
        ("predict model.safetensors faithful.csv", ">> faithful.csv"),
        ("predict model.safetensors faithful.csv", ">> nosuch/../faithful.csv"),
        ("predict model.safetensors faithful.csv", "1<> model.safetensors"),
        ("sample model.safetensors", ">> model.safetensors"),
        ("fit faithful.csv -k 1", ">> faithful.csv"),
        ("fit faithful.csv -k 1 -v", "2>> faithful.csv"),
    ],
)
def test_what_is_printed_does_not_run_into_an_input(
    model: Path, tmp_path: Path, words: str, redirected: str
) -> None:
    if "nosuch" in redirected:
        (tmp_path / "nosuch").mkdir()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    line = f"{sys.executable} -m gaussmix.cli {words} {redirected}"
    done = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    if "2>>" in redirected:
        after["faithful.csv"] = after["faithful.csv"].split(b"error: ")[0]
    else:
        assert done.stderr.startswith("error: the output would overwrite ")
        assert done.stderr.endswith(", an input of this command: redirect it to another file\n")
    assert after == before


@pytest.mark.parametrize("name", ["s.csv", "s.csv.gz", "s.npy", "s.parquet"])
def test_a_file_that_grows_too_large_is_one_sentence(model: Path, tmp_path: Path, name: str) -> None:
    if name.endswith(".parquet"):
        pytest.importorskip("pyarrow")
    names = sorted(os.listdir(tmp_path))
    line = (
        f"ulimit -f 8; exec {sys.executable} -m gaussmix.cli sample model.safetensors -n 60000 --out {name}"
    )
    done = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"error: cannot write '{name}': ")
    assert "File too large" in done.stderr
    assert sorted(os.listdir(tmp_path)) == names


def test_a_demonstration_that_cannot_be_written_is_one_sentence(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gaussmix.demo.run_demo", full)
    done = call("demo", "--quick", "--out", "pictures")
    assert done.error == "cannot write 'pictures': its disk is full; free some space, or give another folder"


def test_tables_of_the_demonstration_are_lines(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def run_demo(out: Path, *, quick: bool, echo: object) -> None:
        echo("one\ntwo\x1b[2J\n")  # type: ignore[operator]

    monkeypatch.setattr("gaussmix.demo.run_demo", run_demo)
    assert call("demo").out.splitlines() == ["one", "two\\x1b[2J"]
