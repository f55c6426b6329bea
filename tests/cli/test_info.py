"""``gaussmix info``, ``--version``, ``--help`` and ``gaussmix demo``."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gaussmix
from gaussmix import kernels
from gaussmix.cli.help import EXAMPLES
from gaussmix.engines import available_threads

from .conftest import Call


def test_versions_kernel_and_threads(call: Call) -> None:
    done = call("info")
    assert (done.code, done.err) == (0, "")
    found = {line.split()[0]: line.split()[1] for line in done.out.splitlines()}
    assert found["gaussmix"] == gaussmix.__version__
    assert found["numpy"] == np.__version__
    assert found["kernel"] == kernels.name
    assert found["threads"] == str(available_threads())
    assert found["Python"] == ".".join(map(str, sys.version_info[:3]))


def test_what_a_model_holds(call: Call, model: Path, classifier: Path) -> None:
    out = call("info", model).out
    assert "GaussianMixture, written by gaussmix" in out
    assert "eruptions" in out
    assert "EM converged" in out
    assert "Class iy: prior probability 0.1000" in call("info", classifier).out


def test_the_warnings_of_the_fit(call: Call, model: Path, tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_text("a,b\n" + "".join(f"{i},{i * i % 7}\n" for i in range(20)))
    fitted = call("fit", tmp_path / "few.csv", "-k", "2", "--out", "few.safetensors")
    assert "20 rows for 11 free parameters" in fitted.err
    assert "Warning of the fit: 20 rows for 11 free parameters" in call("info", "few.safetensors").out
    assert "Warning" not in call("info", model).out


def test_version(call: Call) -> None:
    assert call("--version").out == f"gaussmix {gaussmix.__version__}\n"


@pytest.mark.parametrize("words", [[], ["fit"], ["predict"], ["sample"], ["convert"], ["demo"], ["info"]])
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_fits_the_terminal_and_ends_with_examples(call: Call, words: list[str], flag: str) -> None:
    done = call(*words, flag)
    assert done.code == 0
    assert max(map(len, done.out.splitlines())) <= 80
    for line, _ in EXAMPLES[words[0] if words else "gaussmix"]:
        assert line in done.out


@pytest.mark.parametrize("words", [[], ["--debug"]])
def test_without_a_command_the_help_is_shown(call: Call, words: list[str]) -> None:
    done = call(*words)
    assert (done.code, done.err) == (0, "")
    assert done.out == call("--help").out


@pytest.mark.parametrize(
    ("command", "usage"),
    [
        ("fit", "gaussmix fit [OPTIONS] [FILE]"),
        ("predict", "gaussmix predict [OPTIONS] MODEL FILE"),
        ("sample", "gaussmix sample [OPTIONS] MODEL"),
        ("demo", "gaussmix demo [OPTIONS]"),
        ("info", "gaussmix info [OPTIONS] [MODEL]"),
    ],
)
def test_usage_has_no_words_of_the_parser(call: Call, command: str, usage: str) -> None:
    out = call(command, "--help").out
    assert out.split("Usage: ")[1].splitlines()[0].strip() == usage
    for odd in ("{", "}", "<bool>"):
        assert odd not in out + call("--help").out


def test_the_examples_name_options_that_exist(call: Call) -> None:
    for command, examples in EXAMPLES.items():
        for line, _ in examples:
            words = line.split(" | ")[0].split()
            assert words[0] == "gaussmix"
            text = call(words[1], "--help").out
            missing = [word for word in words[2:] if word.startswith("-") and word not in text]
            assert (command, missing) == (command, [])


def test_demo_is_called_with_its_options(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[Path, bool]] = []

    def run_demo(out: Path, *, quick: bool = False, echo: Any = print) -> None:
        calls.append((Path(out), quick))
        echo("a line of the demo")

    stand_in = types.ModuleType("gaussmix.demo")
    stand_in.run_demo = run_demo  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gaussmix.demo", stand_in)
    done = call("demo", "--out", "pictures", "--quick")
    assert (done.code, done.out) == (0, "a line of the demo\n")
    assert calls == [(Path("pictures"), True)]
    assert call("demo", "--quiet").out == ""
    (tmp_path / "file").touch()
    assert "is a file" in call("demo", "--out", "file").error
