"""Copy the JavaScript packages that the page and its tests use into the repository, at pinned versions.

`python scripts/vendor.py` fetches each package with `npm pack`, checks its hash and copies a few files of it. Nothing
is built, and users need no npm: the copies are committed. `--check` compares the copies with the packages.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Package:
    """A package of npm: its version, the hash of its archive, and the files that are copied to a folder."""

    name: str
    version: str
    integrity: str
    folder: str
    files: tuple[str, ...]


PACKAGES = [
    Package(
        "uplot",
        "1.6.32",
        "sha512-KIMVnG68zvu5XXUbC4LQEPnhwOxBuLyW1AHtpm6IKTXImkbLgkMy+jabjLgSLMasNuGGzQm/ep3tOkyTxpiQIw==",
        "src/gaussmix/studio/static/vendor/uplot",
        ("dist/uPlot.esm.js", "dist/uPlot.min.css", "LICENSE"),
    ),
    Package(
        "axe-core",
        "4.14.1",
        "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
        "tests/studio/vendor/axe-core",
        ("axe.min.js", "LICENSE"),
    ),
]


def archive(package: Package, folder: Path) -> Path:
    """Return the archive of a package, fetched by npm and checked."""
    command = [
        "npm",
        "pack",
        f"{package.name}@{package.version}",
        "--silent",
        "--pack-destination",
        str(folder),
    ]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]
    content = (folder / name).read_bytes()
    found = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
    if found != package.integrity:
        sys.exit(f"{package.name} {package.version} has the hash {found}, not {package.integrity}.")
    return folder / name


def contents(package: Package, path: Path) -> dict[Path, bytes]:
    """Return the files of a package, by the path of their copy."""
    with tarfile.open(path) as tar:
        members = {name: tar.extractfile(f"package/{name}") for name in package.files}
        return {
            ROOT / package.folder / Path(name).name: member.read()
            for name, member in members.items()
            if member
        }


def main() -> None:
    """Copy the packages, or compare the copies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare the copies with the packages")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        for package in PACKAGES:
            for path, content in contents(package, archive(package, Path(folder))).items():
                if check and (not path.is_file() or path.read_bytes() != content):
                    sys.exit(f"{path.relative_to(ROOT)} is not that of {package.name} {package.version}.")
                if not check:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content)
            print(f"{package.name} {package.version}: {len(package.files)} files")


if __name__ == "__main__":
    main()
