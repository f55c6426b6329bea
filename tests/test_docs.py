"""Every block of Python in the README and the documentation runs and prints what the page says.

A block of ``text`` right after a block of ``python`` is what it prints; the blocks of a page share names. In a page
that the build of the documentation runs as a notebook, for its pictures, the blocks are ``{code-cell}``.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(
    r"^```(?:python|\{code-cell\})\n(?::tags: [^\n]*\n)?(?P<code>.*?)^```\n(?:\n```text\n(?P<output>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)
TABLES = ROOT / "src" / "gaussmix" / "datasets" / "tables"
COMMAND = re.compile(r"^gaussmix (?!demo|studio).*$", re.MULTILINE)
SAME = doctest.OutputChecker()
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def run_page(text: str, name: str) -> list[tuple[str, str, str]]:
    """Run the blocks of a page in order: for each its code, the output promised and the output printed."""
    names: dict[str, Any] = {"__name__": "__page__"}
    results = []
    for found in BLOCK.finditer(text):
        line = text[: found.start("code")].count("\n")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile("\n" * line + found["code"], name, "exec"), names)
        results.append((found["code"], found["output"] or "", printed.getvalue()))
    return results


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_runs_and_prints_what_it_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: None)
    for code, promised, printed in run_page(page.read_text(encoding="utf-8"), page.name):
        assert SAME.check_output(promised, printed, FLAGS), (
            f"{page.name}: the block\n{code}\nprints\n{printed}\nand the page says\n{promised}"
        )


@pytest.mark.parametrize("kind", ["python\n", "{code-cell}\n", "{code-cell}\n:tags: [remove-output]\n\n"])
def test_a_wrong_output_would_be_seen(kind: str) -> None:
    page = f"```{kind}print(1 + 1)\n```\n\n```text\n3\n```\n"
    ((_, promised, printed),) = run_page(page, "page")
    assert not SAME.check_output(promised, printed, FLAGS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize(
    ("figure", "source", "row"),
    [
        ("in 100 % of the cases", "SEARCH", "| gaussmix | 100 % (0.046) | 100 % (0.14)"),
        ("ten starts in 10 %", "SEARCH", "| scikit-learn, n_init=10 | 66.7 % (0.64) | 10 %"),
        ("0.137, 0.113 and", "SEARCH", "0.0716 **0.137** 0.338"),
        ("0.113 and", "SEARCH", "0.0683 **0.113** 0.166"),
        ("1.25 seconds", "SEARCH", "0.745 **1.25** 1.73"),
        ("298", "SEARCH", "298 of 298 reached."),
        ("88.5 %", "REAL", "| four families, K = all | gaussmix | 171 | 583 | 88.5 %"),
        ("23.8 %", "REAL", "| four families, K = all | scikit-learn | 171 | 583 | 23.8 %"),
        ("33.4 %", "REAL", "| four families, K = all | scikit-learn, n_init=10 | 171 | 583 | 33.4 %"),
        ("2.91 times", "REAL", "0.0145 | 2.91 (6.9) |"),
        ("7.57 times", "REAL", "0.0378 | 7.57 (10.1) |"),
        ("96.6 %", "REAL", '| four families, K = all | gaussmix, search="likelihood" | 171 | 583 | 96.6 %'),
        ("15.95 times", "REAL", "0.0797 | 15.95 (126.1) |"),
        ("0.7 %", "REAL", "0.7 % of 597 | 22.4 % of 321"),
        ("22.4 %", "REAL", "0.7 % of 597 | 22.4 % of 321"),
        ("78.4 times", "RESULTS", "| scikit-learn 1.9.1 | 2 | 2,578 | 45.9 | 39.7 **78.4** 84.3 |"),
        ("150 times", "RESULTS", "| R mclust em() 6.0.0 | 1 | 8,135 | 54.3 | 150 **150** 150 |"),
        ("5.73 times", "RESULTS", "| daal4py em_gmm 2026.2.0 | 2 | 285 | 49.5 | 5.44 **5.73** 6.8 |"),
        ("0.7 MB", "RESULTS", "| 1e6-10-20: memory of the fit | ≤ 20 MB | 0.7 MB |"),
        ("957 MB", "RESULTS", "| 3 | 8e-15 | 957.2 |"),
    ],
)
def test_figures_of_the_first_page_are_measured(figure: str, source: str, row: str) -> None:
    assert figure in (ROOT / "docs" / "index.md").read_text("utf-8")
    assert row in (ROOT / "benchmarks" / f"{source}.md").read_text("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [p for p in PAGES if COMMAND.search(p.read_text("utf-8"))], ids=lambda p: p.name
)
def test_commands_of_a_page_run(page: Path, tmp_path: Path) -> None:
    for name in ("faithful.csv", "airquality.csv"):
        shutil.copy(TABLES / name, tmp_path)
    for line in COMMAND.findall(page.read_text(encoding="utf-8")):
        words = [
            sys.executable,
            "-c",
            "from gaussmix.cli import main; main()",
            *shlex.split(line, comments=True)[1:],
        ]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{line}: {done.stderr}"
        assert [
            name for name in re.findall(r"--(?:out|report) (\S+)", line) if not (tmp_path / name).exists()
        ] == []


def test_entries_of_the_glossary_are_terms_above_an_indented_definition() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    body = text.split("```{glossary}\n", 1)[1].split("\n```", 1)[0]
    terms: set[str] = set()
    for entry in body.split("\n\n"):
        lines = entry.strip("\n").split("\n")
        above = [line for line in lines if not line.startswith("  ")]
        assert 0 < len(above) < len(lines), f"an entry without a term or without a definition: {lines[0]}"
        assert lines[: len(above)] == above, f"a line of the definition is not indented: {lines[0]}"
        terms.update(above)
    used = re.findall(r"\{term\}`(?:[^`<]*<)?([^`>]+)>?`", "".join(page.read_text("utf-8") for page in PAGES))
    assert {name for name in used if name not in terms} == set()
