"""The command line as a process of its own: streams, encodings, pipes and signals."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from gaussmix import GaussianMixture, Mixture
from gaussmix.cli.progress import Activity
from gaussmix.fitting import Step

from .conftest import Call

COMMAND = [sys.executable, "-m", "gaussmix.cli"]


def run(*words: str | Path, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a folder."""
    return subprocess.run(
        [*COMMAND, *map(str, words)],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_results_go_out_and_errors_go_elsewhere(faithful: Path, tmp_path: Path) -> None:
    done = run("fit", faithful, "-k", "2", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "2.036 ± 0.263" in done.stdout
    done = run("fit", "nowhere.csv", "-k", "2", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: there is no file 'nowhere.csv'\n"


def test_a_stream_of_plain_letters(faithful: Path, tmp_path: Path) -> None:
    done = run("fit", faithful, "-k", "2", "-v", folder=tmp_path, PYTHONIOENCODING="ascii", NO_COLOR="1")
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert "2.036 +/- 0.263" in done.stdout
    assert "-1130.26" in done.stdout
    assert "log-likelihood -4.15" in done.stderr
    done = run("--help", folder=tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout.isascii()


def test_who_reads_only_the_beginning_is_no_error(tmp_path: Path) -> None:
    Mixture([1.0], [[0.0]], [1.0]).save(tmp_path / "m.safetensors")
    process = subprocess.Popen(
        [*COMMAND, "sample", "m.safetensors", "-n", "300000"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == b"x0\n"
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=60) == 141
    process.stderr.close()


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_ctrl_c_in_a_long_fit(tmp_path: Path) -> None:
    np.save(tmp_path / "rows.npy", np.random.default_rng(0).normal(size=(20_000, 4)))
    words = [
        "fit",
        "rows.npy",
        "-k",
        "8",
        "--search",
        "off",
        "--tol",
        "0",
        "--max-iter",
        "1000000",
        "-v",
        "--out",
        "m.safetensors",
    ]
    process = subprocess.Popen(
        [*COMMAND, *words], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    first = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert first.startswith("Iteration 0000001/1000000")
    assert process.returncode == 130
    assert out == ""
    assert err.splitlines()[-1] == "error: interrupted (Ctrl-C)"
    assert "Traceback" not in err
    assert os.listdir(tmp_path) == ["rows.npy"]


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom gaussmix.cli.app import app\n"
        "app(['--help'], standalone_mode=False)\n"
        "print([m for m in ('sklearn', 'scipy', 'matplotlib', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_entry_point_is_what_the_module_runs(call: Call, tmp_path: Path) -> None:
    assert run("--version", folder=tmp_path).stdout == call("--version").out


def shown(delay: float, *, terminal: bool, patience: float) -> str:
    """What an activity writes until it has written something, or patience ends."""
    file = io.StringIO()
    with Activity(Console(file=file, force_terminal=terminal, width=80), delay) as activity:
        activity.begin("Fitting")
        end = time.monotonic() + patience
        while "Fitting" not in file.getvalue() and time.monotonic() < end:
            time.sleep(0.01)
    return file.getvalue()


def test_the_progress_bar_comes_after_a_while_and_leaves_nothing() -> None:
    text = shown(0.01, terminal=True, patience=30.0)
    assert "Fitting" in text
    # The last thing that it does is to erase its line.
    assert text.endswith("\x1b[2K")
    assert shown(60.0, terminal=True, patience=0.1) == ""


@pytest.mark.parametrize("search", ["off", "auto"])
def test_what_is_going_on_fits_into_a_narrow_terminal(search: str) -> None:
    file = io.StringIO()
    X = np.random.default_rng(0).normal(size=(200, 2))
    with Activity(Console(file=file, force_terminal=True, width=80), 0.0) as activity:
        activity.begin("Fitting")
        GaussianMixture(4, search=search, n_init=2, random_state=0, callbacks=activity.watch).fit(X)
        (task,) = activity._progress.tasks
        detail = task.fields["detail"]
        assert (task.total, task.completed) == ((2, 1) if search == "off" else (None, 0))
    start = "start 2/2, " if search == "off" else ""
    assert re.fullmatch(start + r"iteration \d+, log-likelihood −\d\.\d{4}", detail)
    step = Step(124, 0, 11, 12, Mixture([1.0], [[0.0, 0.0]], [1.0]), -1234.5, None, 1.0, "search")
    with Activity(Console(file=file, force_terminal=True, width=80), 60.0) as activity:
        activity.begin("Fitting")
        activity.watch(step)
        assert activity._progress.tasks[0].fields["detail"] == (
            "search, run 12, change 123, log-likelihood −1234.5000"
        )


def test_there_is_no_progress_bar_without_a_terminal() -> None:
    assert shown(0.0, terminal=False, patience=0.1) == ""
