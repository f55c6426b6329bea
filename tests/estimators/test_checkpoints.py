"""Checkpoints: a fit that was cut off anywhere continues to the same bits, and no other fit is continued."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path

import numpy as np
import pytest

from gaussmix import CheckpointFile, FactorAnalysers, GaussianMixture, datasets, storage
from gaussmix.engines import SerialEngine, ThreadEngine
from gaussmix.errors import DataWarning, FileFormatError, GaussmixError, InputError, InputTypeError
from gaussmix.estimators.checkpoints import FileStore
from gaussmix.files import FileAccessError

from ..support import quiet

rng = np.random.default_rng(0)
X = datasets.random_mixture(4, 3, random_state=1).sample(600, random_state=2)[0]
HOLES = np.where(rng.random((200, 2)) < 0.1, np.nan, X[:200, :2])
WIDE = rng.normal(size=(80, 140)) + np.repeat([0.0, 2.0], 40)[:, None]


class Crash(BaseException):
    """The end of a process, as far as a test in one process can make it."""


@pytest.fixture
def crash(monkeypatch):
    """Make the writing of a checkpoint with some number the last thing that a fit does."""
    write = FileStore.write
    monkeypatch.setattr(os, "fsync", lambda handle: None)

    def after(number):
        written = []

        def and_crash(self, stages, family):
            write(self, stages, family)
            written.append(stages)
            if len(written) == number:
                raise Crash

        monkeypatch.setattr(FileStore, "write", and_crash)
        return written

    return after


def assert_same(model, other):
    """Both fits agree in every bit."""
    assert model.mixture_ == other.mixture_
    assert np.array_equal(model.mixture_.covariances.factors, other.mixture_.covariances.factors)
    assert (model.n_iter_, model.converged_) == (other.n_iter_, other.converged_)
    assert model.lower_bound_ == other.lower_bound_
    assert repr(model.trace_.search) == repr(other.trace_.search)
    assert len(model.trace_.runs) == len(other.trace_.runs)
    for run, same in zip(model.trace_.runs, other.trace_.runs, strict=True):
        assert np.array_equal(run.log_likelihood, same.log_likelihood)
        assert (run.status, run.message) == (same.status, same.message)
        assert len(run.seconds) == len(same.seconds)
        assert (np.diff(same.seconds) >= 0).all()


def fitted(rows, options, known, file=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return GaussianMixture(**{"random_state": 3, **options}).fit(rows, **known, checkpoint=file)


OFF = {"search": "off", "n_init": 2, "n_components": 3, "max_iter": 40}
CASES = {
    "full": (X, OFF, {}),
    "tied": (X, {**OFF, "covariance_type": "tied"}, {}),
    "diag": (X, {**OFF, "covariance_type": "diag"}, {}),
    "spherical": (X, {**OFF, "covariance_type": "spherical"}, {}),
    "tied-diag": (X, {**OFF, "covariance_type": "tied-diag"}, {}),
    "common axes": (X, {**OFF, "covariance_type": "VVE"}, {}),
    "common shape": (X, {**OFF, "covariance_type": "VEV"}, {}),
    "factors": (X, {**OFF, "covariance_type": FactorAnalysers(1)}, {}),
    "factors of many columns": (WIDE, {**OFF, "covariance_type": FactorAnalysers(2), "max_iter": 9}, {}),
    "tied, many columns": (WIDE, {**OFF, "covariance_type": "tied-diag", "max_iter": 9}, {}),
    "search": (X, {"n_components": 4}, {}),
    "weights": (X, {"n_components": 3}, {"sample_weight": rng.random(len(X))}),
    "float32": (X.astype(np.float32), OFF, {}),
    "extreme units": (X * 1e-80, OFF, {}),
    "added variance": (X, {**OFF, "reg_covar": 1e-3, "tol": 1e-4}, {}),
    "all iterations": (X, {**OFF, "tol": 0, "max_iter": 15}, {}),
    "plain EM": (X, {**OFF, "acceleration": "off", "tol": 1e-3}, {}),
    "one component": (X, {"n_components": 1}, {}),
    "missing values": (HOLES, {"n_components": 2}, {}),
    "missing values, no search": (HOLES, {**OFF, "n_components": 2}, {}),
    "noise component": (X[:200], {**OFF, "n_components": 2, "noise_component": True, "max_iter": 15}, {}),
    "labels": (X[:200], {**OFF}, {"labels": np.r_[np.arange(30) % 3, np.full(170, -1)]}),
    "several blocks": (
        np.repeat(X, 70, axis=0) + rng.normal(size=(42_000, 3)),
        {**OFF, "n_init": 1, "max_iter": 12},
        {},
    ),
    "start given": (X, {"n_components": 2, "init_params": X[:2], "max_iter": 40}, {}),
}


@pytest.mark.parametrize("name", CASES)
def test_a_fit_that_was_cut_off_anywhere_ends_with_the_same_bits(name, crash, tmp_path):
    rows, options, known = CASES[name]
    whole = fitted(rows, options, known)
    file = CheckpointFile(tmp_path / "a", seconds=0)
    written = crash(10**9)
    assert_same(whole, fitted(rows, options, known, file))
    ends = {2, len(written) // 2, len(written) - 1}
    for number in sorted(end for end in ends if 0 < end < len(written)):
        file = CheckpointFile(tmp_path / f"fit{number}", seconds=0, resume=True)
        crash(number)
        with pytest.raises(Crash):
            fitted(rows, options, known, file)
        # A second crash, soon after the first.
        crash(2)
        with pytest.raises(Crash):
            fitted(rows, options, known, file)
        crash(10**9)
        assert_same(whole, fitted(rows, options, known, file))


@pytest.mark.parametrize("seed", [None, np.random.RandomState(5), np.random.default_rng(5), 7])
def test_a_fit_without_a_seed_goes_on_with_the_same_random_numbers(seed, crash, tmp_path):
    file = CheckpointFile(tmp_path / "a", seconds=0, resume=True)
    options = {"n_components": 4, "search": "off", "n_init": 3, "random_state": seed}
    written = crash(1)
    with pytest.raises(Crash):
        fitted(X, options, {}, file)
    starts = [CheckpointFile(tmp_path / name, seconds=0, resume=True) for name in ("b", "c")]
    for start in starts:
        for ours, theirs in zip(file.paths, start.paths, strict=True):
            if ours.exists():
                theirs.write_bytes(ours.read_bytes())
    assert len(written) == 1
    crash(10**9)
    whole = fitted(X, options, {}, starts[0])
    crash(9)
    with pytest.raises(Crash):
        fitted(X, options, {}, starts[1])
    crash(10**9)
    assert_same(whole, fitted(X, options, {}, starts[1]))


def test_a_complete_fit_is_not_repeated(tmp_path):
    file, steps = CheckpointFile(tmp_path / "a", resume=True), []
    model = GaussianMixture(3, random_state=0, callbacks=steps.append)
    first = model.fit(X, checkpoint=file).mixture_
    count = len(steps)
    assert model.fit(X, checkpoint=file).mixture_ == first
    assert len(steps) == count


def test_other_engines_and_callbacks_continue_a_fit(crash, tmp_path):
    file = CheckpointFile(tmp_path / "a", seconds=0, resume=True)
    whole = fitted(X, OFF, {})
    crash(5)
    with pytest.raises(Crash):
        fitted(X, {**OFF, "engine": SerialEngine()}, {}, file)
    crash(10**9)
    steps = []
    assert_same(whole, fitted(X, {**OFF, "engine": ThreadEngine(2), "callbacks": steps.append}, {}, file))
    assert steps[-1].iteration == whole.trace_.runs[-1].n_iterations


def test_a_fit_stopped_by_a_callback_goes_on(tmp_path):
    file = CheckpointFile(tmp_path / "a", resume=True)
    options = {**OFF, "n_init": 1}
    fitted(X, {**options, "callbacks": lambda step: step.iteration == 4}, {}, file)
    assert_same(fitted(X, options, {}), fitted(X, options, {}, file))


def test_a_warm_start_continues_from_its_own_mixture(crash, tmp_path):
    options = {**OFF, "warm_start": True, "max_iter": 4}
    file = CheckpointFile(tmp_path / "a", seconds=0, resume=True)

    def second(checkpoint):
        model = fitted(X, options, {})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return model.set_params(max_iter=30).fit(X, checkpoint=checkpoint)

    whole = second(None)
    crash(3)
    with pytest.raises(Crash):
        second(file)
    crash(10**9)
    assert_same(whole, second(file))


# ---------------------------------------------------------------------------------------- what is refused


def kept(tmp_path, **options):
    file = CheckpointFile(tmp_path / "fit.checkpoint", seconds=0, resume=True)
    fitted(X, {**OFF, **options}, {}, file)
    return file


OTHERS = [
    ({"n_components": 4}, {}, "n_components=3, and n_components is 4"),
    ({"covariance_type": "diag"}, {}, "covariance_type='full', and covariance_type is 'diag'"),
    ({"covariance_type": FactorAnalysers(1)}, {}, "covariance_type"),
    ({"tol": 1e-5}, {}, "tol='auto', and tol is 1e-05"),
    ({"random_state": 4}, {}, "random_state=3, and random_state is 4"),
    ({"max_iter": 50}, {}, "max_iter=40, and max_iter is 50"),
    ({"init_params": X[:3]}, {}, "init_params"),
    ({"init_params": lambda rows, K, rng: np.eye(K)[rng.integers(K, size=len(rows.X))]}, {}, "init_params"),
    ({}, {"sample_weight": np.ones(len(X))}, "other rows, weights, errors or labels"),
    ({}, {"labels": np.arange(len(X)) % 3}, "other rows, weights, errors or labels"),
    ({}, {"noise": np.ones_like(X)}, "other rows, weights, errors or labels"),
]


@pytest.mark.parametrize(("options", "known", "message"), OTHERS)
def test_another_fit_is_refused(options, known, message, tmp_path):
    file = kept(tmp_path)
    before = [path.read_bytes() for path in file.paths]
    with pytest.raises(InputError, match=message) as info:
        fitted(X, {**OFF, **options}, known, file)
    assert "\n" not in str(info.value)
    assert str(info.value).endswith("remove it to start again.")
    assert [path.read_bytes() for path in file.paths] == before


@pytest.mark.parametrize("rows", [X[:-1], X[::-1], X + 1e-12, X.astype(np.float32), X[:, ::-1]])
def test_other_rows_are_refused(rows, tmp_path):
    with pytest.raises(InputError, match="other rows"):
        fitted(rows, OFF, {}, kept(tmp_path))


def test_a_checkpoint_is_not_overwritten(tmp_path):
    file = kept(tmp_path)
    with pytest.raises(InputError, match="already: give resume=True"):
        fitted(X, OFF, {}, file.path)
    file.paths[0].unlink()
    with pytest.raises(InputError, match="already: give resume=True"):
        fitted(X, OFF, {}, file.path)


def test_another_version_is_refused(tmp_path, monkeypatch):
    file = kept(tmp_path)
    monkeypatch.setattr("gaussmix.__version__", "9.9.9")
    with pytest.raises(InputError, match=r"checkpoint of gaussmix '0.*', and this is 9\.9\.9"):
        fitted(X, OFF, {}, file)


def test_another_kernel_is_told(tmp_path, monkeypatch):
    file = kept(tmp_path)
    monkeypatch.setattr("gaussmix.kernels.name", "other")
    with pytest.warns(DataWarning, match="the last digits of the results can differ"):
        GaussianMixture(random_state=3, **OFF).fit(X, checkpoint=file)


def test_the_choice_of_a_model_has_its_own_file(tmp_path):
    with pytest.raises(InputError, match=r"gaussmix.select\(X, resume=path\)"):
        GaussianMixture("auto").fit(X, checkpoint=tmp_path / "a")


@pytest.mark.parametrize("value", [3, b"a", ["a"], True, object()])
def test_what_is_no_file(value):
    with pytest.raises(InputTypeError, match="checkpoint is"):
        GaussianMixture(2).fit(X, checkpoint=value)


@pytest.mark.parametrize(
    "options",
    [
        {"seconds": -1},
        {"seconds": np.nan},
        {"seconds": np.inf},
        {"seconds": "1"},
        {"resume": "yes"},
        {"path": 3},
    ],
)
def test_options_that_cannot_be(options):
    with pytest.raises(GaussmixError, match=next(iter(options))):
        CheckpointFile(**{"path": "a", **options})


# -------------------------------------------------------------------------------- damaged and foreign files


def truncated(data):
    return data[: len(data) // 2]


def flipped(data):
    middle = len(data) - 9
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def empty(data):
    return b""


def text(data):
    return b"x,y\n1,2\n"


def zeros(data):
    return bytes(len(data))


@pytest.mark.parametrize("damage", [truncated, flipped, empty, text, zeros])
def test_a_torn_newer_state_gives_way_to_the_older(damage, crash, tmp_path):
    whole, file = fitted(X, OFF, {}), CheckpointFile(tmp_path / "a", seconds=0, resume=True)
    crash(6)
    with pytest.raises(Crash):
        fitted(X, OFF, {}, file)
    crash(10**9)
    numbers = [storage.read(path).description["number"] for path in file.paths]
    assert sorted(numbers) == [4, 5]
    newest = file.paths[int(np.argmax(numbers))]
    newest.write_bytes(damage(newest.read_bytes()))
    with pytest.warns(DataWarning, match="the fit continues from"):
        model = GaussianMixture(random_state=3, **OFF).fit(X, checkpoint=file)
    assert_same(whole, model)


@pytest.mark.parametrize("damage", [truncated, flipped, empty, text, zeros])
def test_two_torn_states_are_refused(damage, tmp_path):
    file = kept(tmp_path)
    for path in file.paths:
        path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(FileFormatError, match="it cannot be loaded"):
        fitted(X, OFF, {}, file)


def test_a_model_is_no_checkpoint(tmp_path):
    path = tmp_path / "model.safetensors"
    GaussianMixture(2, random_state=0).fit(X).save(path)
    with pytest.raises(FileFormatError, match="it holds a 'gaussian-mixture', not a 'checkpoint'"):
        fitted(X, OFF, {}, CheckpointFile(path, resume=True))


def a_class_of_another_name(part):
    part["class"] = "subprocess.Popen"


def a_field_that_another_version_lacks(part):
    part["parts"] = [[name, value] for name, value in part["parts"] if name != "mixture"]


@pytest.mark.parametrize("change", [a_class_of_another_name, a_field_that_another_version_lacks])
def test_a_checkpoint_holds_only_what_this_version_writes(change, tmp_path):
    file = kept(tmp_path)
    for path in file.paths:
        record = storage.read(path)
        description = {**record.description}
        for part in description["stages"]["objects"]:
            if part["class"].endswith("RunResult"):
                change(part)
        storage.write(
            path, record.arrays, {k: v for k, v in description.items() if k not in ("format", "version")}
        )
    with pytest.raises(FileFormatError, match="it does not describe the state of a fit in this version"):
        fitted(X, OFF, {}, file)


# ------------------------------------------------------------------------------------------- file systems


def test_a_missing_folder(tmp_path):
    with pytest.raises(FileAccessError, match="there is no folder"):
        fitted(X, OFF, {}, tmp_path / "nowhere" / "a")


def test_a_folder_or_a_device(tmp_path):
    for path in (tmp_path, Path("."), Path("/dev/full")):
        if path.exists():
            with pytest.raises(GaussmixError, match="is a folder|not a regular file"):
                fitted(X, OFF, {}, CheckpointFile(path, resume=True))


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path):
    file = kept(tmp_path)
    for path in file.paths:
        path.chmod(0)
    with pytest.raises(FileAccessError, match="permission denied"):
        fitted(X, OFF, {}, file)


def test_a_full_disk_does_not_end_a_fit(tmp_path, monkeypatch):
    whole, file = fitted(X, OFF, {}), CheckpointFile(tmp_path / "a", seconds=0, resume=True)
    write, calls = storage.write, []

    def full(path, arrays, description):
        calls.append(path)
        if len(calls) > 3:
            raise FileAccessError(f"cannot write {str(path)!r}: its disk is full; free some space")
        write(path, arrays, description)

    monkeypatch.setattr(storage, "write", full)
    with pytest.warns(DataWarning, match="the fit goes on: cannot write .* its disk is full"):
        model = GaussianMixture(random_state=3, **OFF).fit(X, checkpoint=file)
    assert_same(whole, model)
    monkeypatch.undo()
    assert_same(whole, fitted(X, OFF, {}, file))


COMMON = """
import os, sys, warnings
import numpy as np
from gaussmix import CheckpointFile, GaussianMixture, datasets, storage
from gaussmix.engines import SerialEngine
X = datasets.random_mixture(4, 3, random_state=1).sample(600, random_state=2)[0]
model = GaussianMixture(3, search="off", tol=0, max_iter=5, random_state=0, engine=SerialEngine())
"""

KILLED = """
import pathlib
def fit(path):
    return model.fit(X, checkpoint=CheckpointFile(path, seconds=0, resume=True)).mixture_

def counted(function, at, count):
    def step():
        count[0] += 1
        if count[0] == at:
            os._exit(9)
    def call(*args, **options):
        step()
        result = function(*args, **options)
        step()
        return result
    return call, step

def crashing(at):
    count = [0]
    for name in ("open", "fsync", "replace"):
        call, step = counted(getattr(os, name), at, count)
        setattr(os, name, call)
    def write_bytes(self, data):
        with open(self, "wb", buffering=0) as file:
            for start in range(0, len(data), len(data) // 3):
                step()
                file.write(data[start : start + len(data) // 3])
    pathlib.Path.write_bytes = write_bytes
    return count

model.set_params(max_iter=2)
whole, folder = model.fit(X).mixture_, pathlib.Path(sys.argv[1])
at = outcomes = 0
while True:
    at += 1
    path = folder / str(at)
    child = os.fork()
    if child == 0:
        crashing(at)
        fit(path)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    # Every file under a name of a checkpoint is whole: reading compares the checksum.
    numbers = [storage.read(p, "checkpoint").description["number"] for p in (path, folder / f"{at}.2") if p.exists()]
    assert numbers == [] or max(numbers) - min(numbers) <= 1, numbers
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        assert fit(path) == whole, at
    assert [p.name for p in folder.glob(f".{at}.*")] == [], "an abandoned temporary file"
    if code == 0:
        break
    assert code == 9, code
print(at)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_process_killed_at_any_step_of_writing_leaves_a_whole_state(tmp_path):
    script = textwrap.dedent(COMMON + KILLED)
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", script, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 30


FULL = """
import resource
def limit(step):
    if step.iteration == 3:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
file = CheckpointFile(sys.argv[1], seconds=0, resume=True)
whole = model.fit(X).mixture_
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    assert model.set_params(callbacks=limit).fit(X, checkpoint=file).mixture_ == whole
print(len([w for w in caught if "the fit goes on: cannot write" in str(w.message)]))
try:
    model.fit(X, checkpoint=sys.argv[1] + ".new")
except Exception as error:
    print(type(error).__name__, error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert model.set_params(callbacks=None).fit(X, checkpoint=file).mixture_ == whole
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of resources")
def test_a_limit_of_the_system_on_files(tmp_path):
    script = textwrap.dedent(COMMON + FULL)
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "a")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    warned, refused = done.stdout.splitlines()
    assert int(warned) >= 1
    assert refused.startswith("FileAccessError cannot write")


INTERRUPTED = """
import signal, time
# A shell that runs the tests in the background ignores interrupts, and so do its children.
signal.signal(signal.SIGINT, signal.default_int_handler)
def slow(step):
    print(step.iteration, flush=True)
    time.sleep(0.02)
file = CheckpointFile(sys.argv[1], seconds=3600, resume=True)
model.set_params(max_iter=500)
try:
    model.set_params(callbacks=slow).fit(X, checkpoint=file)
except KeyboardInterrupt as interrupt:
    print("interrupted", interrupt)
assert 1 <= model.n_iter_ < 500 and not model.converged_, model.n_iter_
assert model.predict(X).shape == (600,) and "interrupted after" in model.trace_.message
earlier = model.lower_bounds_
model.set_params(callbacks=None).fit(X, checkpoint=file)
assert model.n_iter_ == 500 and model.lower_bounds_[: len(earlier)] == earlier
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_an_interrupt_from_the_keyboard(tmp_path):
    script = textwrap.dedent(COMMON + INTERRUPTED)
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "a")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    while process.stdout.readline().strip() != "5":
        pass
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "interrupted interrupted after" in out


def interrupt_at(number):
    def callback(step):
        if step.stage == "EM" and step.iteration == number:
            raise KeyboardInterrupt

    return callback


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        (X, OFF),
        (X, {"n_components": 3}),
        (X * 1e-80, OFF),
        (HOLES, {"n_components": 2}),
        (HOLES, {**OFF, "n_components": 2}),
        (X, {**OFF, "noise_component": True}),
    ],
)
def test_an_interrupted_fit_leaves_a_usable_estimator(rows, options):
    model = GaussianMixture(random_state=3, callbacks=interrupt_at(2), **options)
    with pytest.raises(KeyboardInterrupt), quiet():
        model.fit(rows)
    assert np.isfinite(model.score(rows))
    assert not model.converged_
    assert model.trace_.message.startswith("interrupted after")
    assert abs(model.mixture_.weights.sum() - 1.0) < 1e-9 or options.get("noise_component")


def test_an_interrupted_fit_keeps_an_earlier_one():
    model = GaussianMixture(3, random_state=0).fit(X)
    before = model.mixture_
    with pytest.raises(KeyboardInterrupt):
        model.set_params(callbacks=interrupt_at(2), search="off").fit(X[:300])
    assert model.mixture_ is before
    with pytest.raises(KeyboardInterrupt):
        model.set_params(warm_start=True).fit(X[:300])
    assert model.mixture_ is not before
