"""The sizes that keep the source readable, as `scripts/measure.py` counts them.

The lines are those of code, without docstrings, comments and blank lines, and those of a function are the lines of its
body: half of the functions have four lines or fewer. The parameters are those without self and cls.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "gaussmix"
FILES = sorted(SOURCE.rglob("*.py"))
MOST_LINES_IN_A_FILE = 300
MOST_LINES_IN_A_FUNCTION = 40
LINES_OF_MOST_FUNCTIONS = 25
MOST_PARAMETERS = 7
MANY_PARAMETERS = {
    "cli/app.py": "options of a command, each a parameter in typer",
    "cli/other_commands.py": "as in cli/app.py",
    "data/tables.py": "options of a reader, as in pandas",
    "estimators/bayesian.py": "constructor in scikit-learn's manner",
    "estimators/classifier.py": "constructor in scikit-learn's manner",
    "estimators/gaussian_mixture.py": "constructor in scikit-learn's manner",
    "estimators/student_mixture.py": "constructor in scikit-learn's manner",
    "inference": "options of a computation, and the rows as a fit takes them",
    "model_selection/comparison.py": "options of every fit, as in the constructor",
    "plots": "options of a picture, as in matplotlib",
    "report/page.py": "options of a page: what is known of the rows, and what is shown",
    "view": "options of a moving picture, as in plots",
}
"""Files and rooms whose functions may have more parameters, and why."""

_spec = importlib.util.spec_from_file_location("measure", ROOT / "scripts" / "measure.py")
measure = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(measure)


def faults(text: str, place: str = "") -> list[str]:
    """The names of the functions with too many lines or parameters."""
    free = any(place == name or place.startswith(f"{name}/") for name in MANY_PARAMETERS)
    return [
        name
        for name, lines, parameters in measure.functions(text)
        if lines > MOST_LINES_IN_A_FUNCTION or (parameters > MOST_PARAMETERS and not free)
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_files_and_functions_are_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(measure.code_lines(text)) <= MOST_LINES_IN_A_FILE
    assert faults(text, path.relative_to(SOURCE).as_posix()) == []


@pytest.mark.parametrize("place", MANY_PARAMETERS)
def test_the_exceptions_are_still_needed(place: str) -> None:
    room = SOURCE / place
    texts = [
        path.read_text(encoding="utf-8") for path in (sorted(room.glob("*.py")) if room.is_dir() else [room])
    ]
    assert any(count > MOST_PARAMETERS for text in texts for *_, count in measure.functions(text))


def test_most_functions_are_short() -> None:
    lengths = [lines for path in FILES for _, lines, _ in measure.functions(path.read_text(encoding="utf-8"))]
    assert np.percentile(lengths, 95) <= LINES_OF_MOST_FUNCTIONS


def test_only_code_is_counted() -> None:
    assert measure.code_lines('"""Doc."""\n\n# why\nx = 1  # so\ny = (\n    2\n)\n') == {4, 5, 6, 7}


def test_a_long_function_is_seen() -> None:
    assert faults("def f():\n" + "    x = 1\n" * MOST_LINES_IN_A_FUNCTION) == []
    assert faults("def f():\n" + "    x = 1\n" * (MOST_LINES_IN_A_FUNCTION + 1)) == ["f"]


@pytest.mark.parametrize(
    ("signature", "place", "found"),
    [
        ("a, b, c, d, e, f, g", "em.py", []),
        ("a, b, c, d, e, f, g, h", "em.py", ["f"]),
        ("self, a, b, c, d, e, f, g", "em.py", []),
        ("a, /, b, c, d, *, e, f, g, h=1", "em.py", ["f"]),
        ("a, b, c, d, e, f, g, h", "plots/regions.py", []),
        ("a, b, c, d, e, f, g, h", "plots.py", ["f"]),
    ],
)
def test_many_parameters_are_seen(signature: str, place: str, found: list[str]) -> None:
    assert faults(f"def f({signature}):\n    pass\n", place) == found
