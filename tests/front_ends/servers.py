"""Servers of notebooks on this machine, each in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

TOKEN = "of-the-tests"
SETTINGS: dict[str, dict[str, object]] = {
    "@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": True},
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
"""Of JupyterLab: notebooks are saved with their widgets, and nobody is asked about news."""


def free_port() -> int:
    """Return the number of a port that is free now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def own_settings(folder: Path) -> dict[str, str]:
    """Return an environment in which no program finds the settings of this machine's user."""
    places = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
    return {
        **os.environ,
        **{f"JUPYTER_{name}": str(folder / name) for name in places},
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "IPYTHONDIR": str(folder / "ipython"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "HOME": str(folder),
    }


def run(command: list[str], folder: Path) -> None:
    """Run a program to its end."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=own_settings(folder), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@contextlib.contextmanager
def running(command: list[str], folder: Path, ready: str) -> Iterator[None]:
    """Run a server until the end of the block, which begins when it prints the given words."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=own_settings(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    log = folder / "server.log"
    try:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if ready in line:
                break
        else:
            raise AssertionError("the server ended: " + "".join(lines))
        # What it says later would fill the pipe.
        with log.open("w") as rest, subprocess.Popen(["cat"], stdin=process.stdout, stdout=rest):
            yield
            process.terminate()
    finally:
        process.terminate()
        process.wait(timeout=30)
        process.stdout.close() if process.stdout else None


@contextlib.contextmanager
def jupyter(folder: Path) -> Iterator[str]:
    """Run Jupyter's server with the notebooks of a folder, and give its address."""
    for name, value in SETTINGS.items():
        path = folder / "settings" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(value))
    address = f"http://127.0.0.1:{(port := free_port())}"
    options = [
        f"--ServerApp.port={port}",
        f"--ServerApp.root_dir={folder}",
        f"--IdentityProvider.token={TOKEN}",
        "--LabApp.expose_app_in_browser=True",
        "--JupyterNotebookApp.expose_app_in_browser=True",
    ]
    with running(["jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", *options], folder, address):
        yield address


def stop_kernels(address: str) -> None:
    """End all kernels of Jupyter's server."""
    for session in json.loads(_asked(f"{address}/api/sessions")):
        with contextlib.suppress(urllib.error.HTTPError):
            _asked(f"{address}/api/sessions/{session['id']}", "DELETE")


def _asked(address: str, method: str = "GET") -> bytes:
    request = urllib.request.Request(address, method=method, headers={"Authorization": f"token {TOKEN}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return bytes(answer.read())


@contextlib.contextmanager
def marimo(file: Path) -> Iterator[str]:
    """Run a notebook of marimo as an application, and give its address."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    command = ["marimo", "run", str(file), "--headless", "--no-token", "--host=127.0.0.1", f"--port={port}"]
    with running(command, file.parent, f":{port}"):
        yield address
