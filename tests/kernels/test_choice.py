"""Which kernel is used, what says so, and the sentences where one is not there; each in a new process."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from types import ModuleType

import pytest

from gaussmix import kernels

HIDE = """
import importlib.abc, sys

class Hide(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "gaussmix.kernels._native":
            raise {error}

sys.meta_path.insert(0, Hide())
"""
ABSENT = HIDE.format(error="ModuleNotFoundError(name)")
BROKEN = HIDE.format(error="ImportError('wrong architecture')")
NAME = "from gaussmix import kernels; print(kernels.name)"
INFO = "from gaussmix.cli import main; sys.argv = ['gaussmix', 'info']; main()"


def python(program: str, kernel: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program in a new process with GAUSSMIX_KERNEL set or not."""
    environment = {name: value for name, value in os.environ.items() if name != "GAUSSMIX_KERNEL"}
    environment |= {} if kernel is None else {"GAUSSMIX_KERNEL": kernel}
    return subprocess.run(
        [sys.executable, "-c", "import sys\n" + program],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    return done.stderr.splitlines()[-1]


@pytest.mark.skipif(
    not os.environ.get("GAUSSMIX_REQUIRE_NATIVE"), reason="GAUSSMIX_REQUIRE_NATIVE is not set"
)
def test_it_is_there_where_it_is_required() -> None:
    assert kernels.absence() is None
    assert kernels.name == os.environ.get("GAUSSMIX_KERNEL", "native")


@pytest.mark.parametrize("kernel", ["native", "blas", "reference"])
def test_the_environment_names_a_kernel(native: ModuleType, kernel: str) -> None:
    assert python(NAME, kernel).stdout == f"{kernel}\n"


@pytest.mark.parametrize("kernel", [None, "", "auto"])
def test_the_compiled_one_is_taken_where_it_is_there(native: ModuleType, kernel: str | None) -> None:
    assert python(NAME, kernel).stdout == "native\n"


@pytest.mark.parametrize("hidden", [ABSENT, BROKEN], ids=["absent", "broken"])
def test_numpy_serves_without_it(hidden: str) -> None:
    fit = "from gaussmix import GaussianMixture, datasets\nX = datasets.load_faithful().data\n"
    fit += "print(round(GaussianMixture(2, random_state=0).fit(X).score(X), 6))"
    assert python(hidden + NAME).stdout == "blas\n"
    assert python(hidden + fit).stdout == python(fit).stdout == "-4.155382\n"


def test_asking_for_one_that_is_not_there_is_a_sentence() -> None:
    done = python(ABSENT + NAME, "native")
    assert done.returncode == 1
    assert last_line(done).startswith(
        "gaussmix.errors.InputError: GAUSSMIX_KERNEL is 'native', but the compiled kernel"
    )
    assert "C++17 compiler" in last_line(done)
    assert "cannot be loaded (wrong architecture)" in last_line(python(BROKEN + NAME, "native"))


def test_a_name_that_no_kernel_has_is_a_sentence() -> None:
    done = python(NAME, "cuda")
    assert done.returncode == 1
    assert "GAUSSMIX_KERNEL is 'cuda': give 'auto', 'native', 'blas', 'reference'." in last_line(done)


def test_info_names_the_instruction_set(native: ModuleType) -> None:
    done = python(INFO)
    words = {"avx512": "with AVX-512", "avx2": "with AVX2", "baseline": "for any processor"}
    line = next(line for line in done.stdout.splitlines() if line.startswith("kernel"))
    assert line.split()[1] == "native"
    assert line.endswith(f"compiled, {words[native.instruction_set()]}")
    assert "compiler" not in done.stdout


def test_info_says_that_it_is_absent_and_how_to_get_it() -> None:
    done = python(ABSENT + INFO)
    assert done.returncode == 0
    assert re.search(r"^kernel +blas ", done.stdout, re.MULTILINE)
    assert "The compiled kernel was not built: install a C++17 compiler" in done.stdout
    assert "cannot be loaded (wrong architecture)" in python(BROKEN + INFO).stdout


def test_the_versions_for_a_bug_report_say_it_too(native: ModuleType) -> None:
    show = "from gaussmix.versions import show_versions; show_versions()"
    assert f"kernel: native ({native.instruction_set()})\n" in python(show).stdout
    assert "kernel: blas; the compiled kernel was not built: install" in python(ABSENT + show).stdout
