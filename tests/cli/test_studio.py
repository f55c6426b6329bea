"""``gaussmix studio``: the address, the end, and what keeps it from beginning."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from typing import Any

import pytest

pytest.importorskip("uvicorn", reason="gaussmix[studio] is not installed")
pytest.importorskip("msgspec", reason="gaussmix[studio] is not installed")


def started(*words: str) -> Any:
    command = [sys.executable, "-m", "gaussmix.cli", "studio", "--no-browser", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other signals")
def test_the_address_is_printed_and_answers_until_ctrl_c(tmp_path):
    (tmp_path / "mine.csv").write_text("a,b\n1,2\n3,4\n5,1\n")
    process = started(str(tmp_path / "mine.csv"))
    try:
        address = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{32,}/", address)
        with urllib.request.urlopen(address, timeout=60) as answer:
            assert answer.status == 200
        with urllib.request.urlopen(f"{address}api/server", timeout=60) as answer:
            assert b'"file":"mine.csv"' in answer.read()
        request = urllib.request.Request(f"{address}api/sessions", method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            number = re.search(rb'"session":"([^"]+)"', answer.read())[1].decode()
        request = urllib.request.Request(f"{address}api/sessions/{number}/file", method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert b'"n_rows":3' in answer.read()
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=60)
        assert (process.returncode, out) == (0, "")
        assert "Traceback" not in error
    finally:
        process.kill()
        process.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other signals")
def test_ctrl_c_ends_a_server_with_a_page_and_a_fit():
    from websockets.sync.client import connect

    process = started()
    try:
        address = process.stdout.readline().strip()
        request = urllib.request.Request(f"{address}api/sessions", method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            number = json.load(answer)["session"]
        asked = json.dumps({"n_rows": 20_000, "n_components": 5}).encode()
        request = urllib.request.Request(f"{address}api/sessions/{number}/random", asked, method="POST")
        urllib.request.urlopen(request, timeout=60).close()
        socket_address = address.replace("http", "ws", 1) + f"api/sessions/{number}/socket"
        origin = address[: address.index("/", len("http://"))]
        with connect(socket_address, origin=origin, max_queue=None, close_timeout=1) as page:
            options = {"n_components": 5, "search": "off", "tol": 0.0, "max_iter": 100_000}
            page.send(json.dumps({"command": "start", "options": options}))
            while json.loads(page.recv(timeout=60))["event"] != "frame":
                pass
            process.send_signal(signal.SIGINT)
            _, error = process.communicate(timeout=60)
        assert process.returncode == 0
        assert [line for line in error.splitlines() if not line.startswith("note:")] == []
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["none.csv"], "none.csv"),
        (["--port", "70000"], "cannot listen at 127.0.0.1, port 70000"),
        (["--host", "256.1.1.1"], "cannot listen at 256.1.1.1"),
        (["--port", "taken"], "cannot listen at 127.0.0.1, port"),
    ],
)
def test_what_keeps_it_from_beginning_is_one_sentence(call, words, said):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = call("studio", "--no-browser", *(port if word == "taken" else word for word in words))
    assert done.code != 0
    assert said in done.error
    assert len(done.error.splitlines()) == 1


@pytest.mark.parametrize("package", ["uvicorn", "starlette", "msgspec"])
def test_a_missing_package_is_one_sentence(call, monkeypatch, package):
    for name in [
        name for name in sys.modules if name.startswith("gaussmix.studio") or name.split(".")[0] == package
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    done = call("studio", "--no-browser")
    assert done.code != 0
    assert 'pip install "gaussmix[studio]"' in done.error
    assert len(done.error.splitlines()) == 1
