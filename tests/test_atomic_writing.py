"""Files in the making: what a killed save leaves is found and removed, what others write is left alone."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from contextlib import ExitStack

import pytest

import gaussmix
from gaussmix import Mixture
from gaussmix.atomic_writing import drafted
from gaussmix.errors import GaussmixError
from gaussmix.files import FileAccessError, opened, replacing

pytestmark = pytest.mark.skipif(os.name == "nt", reason="modes, signals and links are others there")

MIXTURE = Mixture([0.5, 0.5], [[0.0], [9.0]], [1.0, 1.0])
NAMES = ["m.safetensors", "no_suffix", ".hidden", "ɪ" * 85, "x" * 255, "two words.csv", "m.0.part"]


def killed(path):
    """A save to a path that was killed in the middle."""
    code = (
        "import os, pathlib, signal, sys\n"
        "from gaussmix.files import replacing\n"
        "with replacing(pathlib.Path(sys.argv[1])) as draft:\n"
        "    draft.write_bytes(b'part')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, os.fspath(path)], check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("name", NAMES)
def test_the_next_save_removes_what_a_killed_one_left(tmp_path, name):
    path = tmp_path / name
    for _ in range(2):
        killed(path)
    assert len(os.listdir(tmp_path)) == 1
    MIXTURE.save(path)
    assert os.listdir(tmp_path) == [name]
    assert gaussmix.load(path) == MIXTURE


def test_a_save_that_is_killed_leaves_the_old_file(tmp_path):
    path = tmp_path / "m"
    MIXTURE.save(path)
    killed(path)
    assert gaussmix.load(path) == MIXTURE
    killed(path)
    (tmp_path / "other").write_text("other")
    with drafted(path) as draft:
        draft.write_text("new")
    assert sorted(os.listdir(tmp_path)) == ["m", "other"]


def test_several_that_were_killed_at_a_time(tmp_path):
    path = tmp_path / "m"
    with ExitStack() as held:
        for _ in range(3):
            held.enter_context(drafted(path))
        killed(path)
        assert len(os.listdir(tmp_path)) == 4
    killed(path)
    assert len(os.listdir(tmp_path)) == 2
    MIXTURE.save(path)
    assert os.listdir(tmp_path) == ["m"]


def test_what_another_writes_is_left_alone(tmp_path):
    path = tmp_path / "m"
    with drafted(path) as first:
        first.write_text("first")
        with drafted(path) as second:
            assert first.read_text() == "first"
            second.write_text("second")
        assert path.read_text() == "second"
        MIXTURE.save(path)
    assert path.read_text() == "first"
    assert os.listdir(tmp_path) == ["m"]


def test_more_writers_than_there_are_places_is_one_sentence(tmp_path):
    path = tmp_path / "m"
    with ExitStack() as held:
        for _ in range(16):
            held.enter_context(replacing(path))
        with pytest.raises(FileAccessError, match="cannot write .*16 other processes are writing it now"):
            MIXTURE.save(path)
    MIXTURE.save(path)
    assert os.listdir(tmp_path) == ["m"]


def planted(kind, place, victim):
    if kind == "link":
        place.symlink_to(victim)
    elif kind == "hard link":
        os.link(victim, place)
    elif kind == "dangling link":
        place.symlink_to(victim.with_name("nowhere"))
    elif kind == "folder":
        place.mkdir()
    else:
        os.mkfifo(place)


@pytest.mark.parametrize("kind", ["link", "hard link", "dangling link", "folder", "pipe"])
def test_what_somebody_put_in_the_place_of_a_draft_harms_nobody(tmp_path, kind):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    planted(kind, tmp_path / ".m.0.part", victim)
    MIXTURE.save(tmp_path / "m")
    assert victim.read_text() == "precious"
    assert not (tmp_path / "nowhere").exists()
    assert gaussmix.load(tmp_path / "m") == MIXTURE


@pytest.mark.parametrize("old", [False, True])
def test_a_file_system_without_locks(tmp_path, monkeypatch, old):
    import fcntl

    def flock(*_):
        raise OSError(37, "No locks available")

    killed(tmp_path / "m")
    (draft,) = tmp_path.iterdir()
    if old:
        os.utime(draft, (0, 0))
    monkeypatch.setattr(fcntl, "flock", flock)
    MIXTURE.save(tmp_path / "m")
    assert draft.exists() != old
    assert gaussmix.load(tmp_path / "m") == MIXTURE


@pytest.fixture
def umask():
    before = os.umask(0)
    yield os.umask
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("mask", [0o000, 0o002, 0o022, 0o027, 0o077])
def test_a_new_file_has_the_mode_that_the_umask_says(tmp_path, umask, mask):
    umask(mask)
    (tmp_path / "plain").write_text("")
    MIXTURE.save(tmp_path / "m.safetensors")
    gaussmix.write_report(MIXTURE, [[0.0], [9.0]], tmp_path / "page.html")
    modes = {mode(path) for path in tmp_path.iterdir()}
    assert modes == {0o666 & ~mask}


@pytest.mark.parametrize("kept", [0o600, 0o640, 0o644, 0o444, 0o666])
def test_a_file_that_is_replaced_keeps_its_mode(tmp_path, kept):
    path = tmp_path / "m"
    path.write_text("old")
    path.chmod(kept)
    seen = []
    with replacing(path) as draft:
        seen.append(mode(draft))
        draft.write_text("new")
    assert mode(path) == kept
    assert seen == [0o600]
    assert path.read_text() == "new"


ERRORS = [
    (OSError(28, "No space left on device"), "its disk is full; free some space"),
    (OSError(122, "Disk quota exceeded"), "its disk is full"),
    (OSError(27, "File too large"), "cannot write .*: File too large"),
    (OSError(30, "Read-only file system"), "cannot write .*: Read-only file system"),
    (OSError(5, "Input/output error"), "cannot write .*: Input/output error"),
    (PermissionError(13, "Permission denied"), "may not be written"),
]


@pytest.mark.parametrize(("error", "says"), ERRORS, ids=lambda value: str(value)[:12])
@pytest.mark.parametrize("where", ["fsync", "replace", "chmod"])
def test_what_fails_at_the_end_is_one_sentence_and_leaves_the_old_file(
    tmp_path, monkeypatch, error, says, where
):
    def fail(*_, **__):
        raise error

    path = tmp_path / "m"
    MIXTURE.save(path)
    monkeypatch.setattr(os, where, fail)
    with pytest.raises(FileAccessError, match=says) as caught:
        Mixture([1.0], [[0.0]], [1.0]).save(path)
    monkeypatch.undo()
    assert "\n" not in str(caught.value)
    assert gaussmix.load(path) == MIXTURE
    assert os.listdir(tmp_path) == ["m"]


def test_a_disk_that_cannot_be_waited_for_is_no_fault(tmp_path, monkeypatch):
    def fail(_):
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "fsync", fail)
    MIXTURE.save(tmp_path / "m")
    assert gaussmix.load(tmp_path / "m") == MIXTURE


def test_a_limit_of_size_is_one_sentence(tmp_path):
    code = (
        "import resource, signal, sys, gaussmix, numpy as np\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "mixture = gaussmix.Mixture([1.0], [np.zeros(500)], [1.0])\n"
        "try:\n    mixture.save(sys.argv[1])\n"
        "except gaussmix.errors.GaussmixError as error:\n    sys.stdout.write(str(error))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "m")],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "m': File too large" in done.stdout
    assert os.listdir(tmp_path) == []


def test_reading_while_others_save(tmp_path):
    """A reader meets one of the mixtures that were saved, whole, and never a fault."""
    path = tmp_path / "m"
    mixtures = [Mixture([1.0], [[float(k)] * (10 + 90 * k)], [1.0]) for k in range(4)]
    mixtures[0].save(path)
    stop, faults = threading.Event(), []

    def save(mixture):
        while not stop.is_set():
            mixture.save(path)

    def read():
        try:
            for _ in range(150):
                found = gaussmix.load(path)
                assert found == mixtures[int(found.means[0, 0])]
        except (GaussmixError, AssertionError) as fault:
            faults.append(fault)

    writers = [threading.Thread(target=save, args=(mixture,)) for mixture in mixtures]
    readers = [threading.Thread(target=read) for _ in range(2)]
    for thread in writers + readers:
        thread.start()
    for thread in readers:
        thread.join()
    stop.set()
    for thread in writers:
        thread.join()
    assert faults == []
    assert os.listdir(tmp_path) == ["m"]


def test_a_file_that_shrinks_while_it_is_read_is_no_end_of_the_process(tmp_path):
    """A map of it would be a SIGBUS."""
    path = tmp_path / "m"
    Mixture([1.0], [[0.0] * 50_000], [1.0]).save(path)
    with opened(path) as file:
        head = file.read(8)
        os.truncate(path, 20)
        assert len(head + file.read()) < 400_000
    with pytest.raises(GaussmixError, match="cannot be loaded"):
        gaussmix.load(path)


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileAccessError, match="not a regular file"):
        gaussmix.load(tmp_path / "pipe")
    with pytest.raises(FileAccessError, match="a folder or a device"):
        MIXTURE.save(tmp_path / "pipe")


@pytest.mark.parametrize(
    "path", ["nosuch/../m", "file/../m", "nosuch/../../m", "./nosuch/.././m", "dangling/m"]
)
def test_a_folder_that_is_not_there_has_nothing_above_it(tmp_path, monkeypatch, path):
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    (tmp_path / "inner" / "file").write_text("")
    (tmp_path / "inner" / "dangling").symlink_to("nowhere")
    with pytest.raises(FileAccessError, match="no folder"):
        MIXTURE.save(path)
    assert sorted(os.listdir(tmp_path / "inner")) == ["dangling", "file"]
    assert os.listdir(tmp_path) == ["inner"]


def test_a_link_into_a_folder_that_is_not_there(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "nowhere" / "m")
    with pytest.raises(FileAccessError, match="is a link into .*nowhere', which does not exist"):
        MIXTURE.save(tmp_path / "link")


@pytest.mark.parametrize("name", ["\ud800", "a\ud800.csv", "x" * 256])
def test_names_that_no_file_can_have(tmp_path, name):
    for action in (gaussmix.load, MIXTURE.save):
        with pytest.raises(FileAccessError):
            action(tmp_path / name)
