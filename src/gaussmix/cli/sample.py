"""``gaussmix sample``: new rows from a model."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from gaussmix.cli.models import mixture_in
from gaussmix.cli.outputs import check_outputs, write_rows
from gaussmix.cli.progress import Activity
from gaussmix.cli.terminal import Terminal
from gaussmix.data.harmless import free_name
from gaussmix.data.tables import check_writable
from gaussmix.mixture import Mixture
from gaussmix.report.words import counted

__all__ = ["run"]

_BLOCK = 1 << 16


def run(
    model: Path,
    number: int,
    out: Path | None,
    *,
    seed: int | None = None,
    labels: bool = False,
    raw: bool = False,
    quiet: bool = False,
) -> None:
    """Draw rows from a model.

    Parameters
    ----------
    number : int
        Number of rows.
    out : pathlib.Path or None
        Where they go; None prints them as CSV.
    seed : int or None
        Makes them repeatable.
    labels : bool
        Whether to add the component, or the class, of each.
    raw : bool
        Whether to keep text that a spreadsheet or a terminal would execute.
    """
    from gaussmix.classify import ClassMixtures
    from gaussmix.persist import load

    terminal = Terminal.open(quiet)
    check_outputs({"--out": out}, [model])
    if out is not None:
        check_writable(out)
    held = load(model)
    classes = None
    if hasattr(held, "mixtures_"):
        mixture, numbers = ClassMixtures(held.priors_, held.mixtures_).marginal()
        classes = held.classes_[numbers]
    else:
        mixture = mixture_in(held, model)
    kind = "component" if classes is None else "class"
    parts = _parts(mixture, number, np.random.default_rng(seed), kind if labels else None, classes)
    with Activity(terminal.err) as activity:
        activity.begin("Drawing", total=number)
        if out is None and sys.stdout.isatty():
            activity.end()
        write_rows(out, _watched(parts, activity), raw=raw)
    if out is not None:
        terminal.say(f"{counted(number, 'row')} written to {out}")


def _watched(parts: Iterator[dict[str, Any]], activity: Activity) -> Iterator[dict[str, Any]]:
    for part in parts:
        yield part
        activity.advance(len(next(iter(part.values()))))
    activity.begin("Writing")


def _parts(
    mixture: Mixture, number: int, rng: np.random.Generator, kind: str | None, classes: Any
) -> Iterator[dict[str, Any]]:
    names = mixture.feature_names or tuple(f"x{d}" for d in range(mixture.n_features))
    for start in range(0, max(number, 1), _BLOCK):
        X, components = mixture.sample(min(_BLOCK, number - start), rng)
        part: dict[str, Any] = {name: X[:, d] for d, name in enumerate(names)}
        if kind is not None:
            part[free_name(kind, names)] = components if classes is None else classes[components]
        yield part
