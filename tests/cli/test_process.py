"""The command line as a process of its own: streams, encodings, pipes and signals."""

from __future__ import annotations

import io
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from gaussmix import GaussianMixture, Mixture
from gaussmix.cli.progress import Activity, FitProgress
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


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder with a model of one column, and a table."""
    Mixture([1.0], [[0.0]], [1.0]).save(tmp_path / "m.safetensors")
    (tmp_path / "t.csv").write_text("x\n" + "\n".join(str(i * i % 97) for i in range(60_000)) + "\n")
    return tmp_path


def started(*words: str, folder: Path, **streams: object) -> subprocess.Popen[bytes]:
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.Popen([*COMMAND, *words], cwd=folder, **options)


MUCH = {
    "sample": ["sample", "m.safetensors", "-n", "300000"],
    "predict": ["predict", "m.safetensors", "t.csv"],
}
LITTLE = {
    "fit": ["fit", "t.csv", "-k", "1", "--search", "off"],
    "info": ["info"],
    "help": ["fit", "--help"],
}


@pytest.mark.parametrize("words", MUCH.values(), ids=MUCH)
def test_who_reads_only_the_beginning_is_no_error(small: Path, words: list[str]) -> None:
    with started(*words, folder=small) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=120) == 141


@pytest.mark.skipif(os.name == "nt", reason="pipes are others there")
@pytest.mark.parametrize("words", [*MUCH.values(), *LITTLE.values()], ids=[*MUCH, *LITTLE])
def test_a_reader_that_left_before_the_first_line(small: Path, words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with started(*words, folder=small, stdout=writing) as process:
        os.close(writing)
        assert process.communicate(timeout=120) == (None, b"")
        assert process.returncode == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
@pytest.mark.parametrize("words", [*MUCH.values(), *LITTLE.values()], ids=[*MUCH, *LITTLE])
def test_results_that_cannot_be_printed(small: Path, words: list[str]) -> None:
    with open("/dev/full", "wb") as full, started(*words, folder=small, stdout=full) as process:
        _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert err == b"error: the results cannot be printed: No space left on device\n"


@pytest.mark.skipif(os.name == "nt", reason="streams are closed otherwise there")
@pytest.mark.parametrize("words", ["fit t.csv -k 1 --search off", "info", "predict m.safetensors t.csv"])
def test_streams_that_are_closed(small: Path, words: str) -> None:
    line = f"exec {shlex.join(COMMAND)} {words}"
    done = subprocess.run(["sh", "-c", f"{line} >&-"], cwd=small, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: the results cannot be printed: the standard output is closed\n"
    for closed in ("2>&-", "2>/dev/full"):
        done = subprocess.run(["sh", "-c", f"{line} {closed}"], cwd=small, capture_output=True, timeout=120)
        assert done.returncode == 0
        assert done.stdout
        done = subprocess.run(
            ["sh", "-c", f"{line} nosuch {closed}"], cwd=small, capture_output=True, timeout=120
        )
        assert done.returncode in (1, 2)
        assert done.stderr == b""


INTERRUPTED = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == where:
            os.kill(os.getpid(), signal.SIGINT)

_, where, *words = sys.argv
sys.argv = ["gaussmix", *words]
sys.meta_path.insert(0, Finder())
from gaussmix.cli import main
main()
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
@pytest.mark.parametrize(
    "where",
    [
        "typer",
        "gaussmix.cli.app",
        "gaussmix.cli.fit",
        "numpy",
        "sklearn.utils.validation",
        "safetensors.numpy",
    ],
)
def test_ctrl_c_in_the_middle_of_an_import(small: Path, where: str) -> None:
    words = [where, "fit", "t.csv", "-k", "1", "--search", "off", "--out", "new.safetensors"]
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, *words], cwd=small, capture_output=True, text=True, timeout=120
    )
    assert done.returncode in (130, -signal.SIGINT)
    assert done.stdout == ""
    assert done.stderr in ("", "error: interrupted (Ctrl-C)\n")
    assert sorted(os.listdir(small)) == ["m.safetensors", "t.csv"]


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
    out, err = process.communicate(timeout=120)
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


@pytest.mark.parametrize("search", ["off", "auto", 0.2])
def test_what_is_going_on_fits_into_a_narrow_terminal(search: str | float) -> None:
    file = io.StringIO()
    X = np.random.default_rng(0).normal(size=(200, 2))
    shares: list[float] = []
    with Activity(Console(file=file, force_terminal=True, width=80), 0.0) as activity:
        activity.begin("Fitting")
        watch = FitProgress(activity, seconds=search if isinstance(search, float) else None)

        def callback(step: Step) -> None:
            watch(step)
            (task,) = activity._progress.tasks
            if step.stage == "EM":
                shares.append(task.percentage)

        GaussianMixture(4, search=search, n_init=2, random_state=0, callbacks=callback).fit(X)
        (task,) = activity._progress.tasks
    start = "start 2/2, " if search == "off" else ""
    assert re.fullmatch(start + r"iteration \d+, log-likelihood −\d\.\d{4}", task.fields["detail"])
    assert shares == sorted(shares)
    # After a search, EM has little to do.
    assert 0 <= shares[0] < 60
    assert search != "off" or 40 < shares[-1] <= 100


MIXTURE = Mixture([1.0], [[0.0, 0.0]], [1.0])


@pytest.mark.parametrize(
    ("step", "seconds", "percent", "detail"),
    [
        (Step(124, 0, 11, 12, MIXTURE, -1234.5, None, 1.0, "search"), None, 91.7, "run 12, move 123, "),
        (Step(2, 0, 0, 12, MIXTURE, -1234.5, None, 30.0, "search"), 60.0, 50.0, "run 1, move 1, "),
        (Step(2, 0, 3, 12, MIXTURE, -1234.5, None, 90.0, "search"), 60.0, 100.0, "run 4, move 1, "),
        (Step(500, 1000, 0, 1, MIXTURE, -1234.5, None, 1.0), None, 50.0, "iteration 500, "),
        (Step(10, 1000, 3, 4, MIXTURE, -1234.5, 0.1, 1.0), None, 75.25, "start 4/4, iteration 10, "),
        (Step(10, 1000, 0, 1, MIXTURE, -1234.5, -1e-9, 1.0), None, 1.0, "iteration 10, "),
    ],
)
def test_the_share_of_what_is_to_be_done(
    step: Step, seconds: float | None, percent: float, detail: str
) -> None:
    file = io.StringIO()
    with Activity(Console(file=file, force_terminal=True, width=80), 0.0) as activity:
        activity.begin("Fitting")
        FitProgress(activity, seconds)(step)
        (task,) = activity._progress.tasks
        assert task.percentage == pytest.approx(percent, abs=0.1)
        assert task.fields["detail"] == f"{detail}log-likelihood −1234.5000"
        rendered = activity._progress.console.render_lines(activity._progress.make_tasks_table([task]))
        assert len(rendered) == 1
        text = "".join(segment.text for segment in rendered[0])
        assert "−1234.5000" in text
        assert f"{percent:.0f}%" in text


def test_there_is_no_share_where_the_whole_is_not_known() -> None:
    with Activity(Console(file=io.StringIO(), force_terminal=True, width=80), 60.0) as activity:
        activity.begin("Labelling", total=10)
        activity.advance(10)
        (task,) = activity._progress.tasks
        assert task.percentage == 100.0
        activity.begin("Writing")
        assert task.total is None
        line = activity._progress.console.render_lines(activity._progress.make_tasks_table([task]))[0]
        assert "%" not in "".join(segment.text for segment in line)


def test_the_share_of_em_follows_the_rate_at_which_its_changes_fall() -> None:
    with Activity(Console(file=io.StringIO(), force_terminal=True), 60.0) as activity:
        watch = FitProgress(activity, tol=1e-6)
        for k, expected in ((0, 0.1), (2, 40.0), (1, 40.0), (4, 80.0), (5, 100.0), (9, 100.0)):
            watch(Step(1, 1000, 0, 1, MIXTURE, -1.0, 0.1 * 0.1**k, 1.0))
            assert activity._progress.tasks[0].percentage == pytest.approx(expected)


def test_there_is_no_progress_bar_without_a_terminal() -> None:
    assert shown(0.0, terminal=False, patience=0.1) == ""
