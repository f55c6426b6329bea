"""``gaussmix convert``: a saved model in the form of another program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from gaussmix.cli.models import mixture_in
from gaussmix.cli.outputs import check_outputs
from gaussmix.cli.terminal import Terminal
from gaussmix.data.writing import suffix_of, write_table
from gaussmix.errors import InputError
from gaussmix.files import opened, replacing

__all__ = ["run"]


def run(source: Path, target: Path, *, level: float | None = None, quiet: bool = False) -> None:
    """Write a model in the form that the suffix of the target names.

    Parameters
    ----------
    source : pathlib.Path
        A saved model, or a mixture in JSON.
    level : float or None
        The probability of the gates, for a target of XML.
    """
    terminal = Terminal.open(quiet)
    check_outputs({"TARGET": target}, [source])
    suffix = suffix_of(target.name, target, _WRITERS, "a form")
    if level is not None and suffix != ".xml":
        raise InputError(f"--level is the probability of gates, and {target} holds none: leave it out")
    model = _model(source)
    _WRITERS[suffix](target, model, source, 0.95 if level is None else level)
    terminal.say(f"Model written to {target}")


def _model(source: Path) -> Any:
    if source.suffix.lower() == ".json":
        from gaussmix.exchange import from_json

        with opened(source) as file:
            return from_json(file.read())
    from gaussmix.persist import load

    return load(source)


def _write_text(target: Path, text: str) -> None:
    with replacing(target) as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")


def _write_model(target: Path, model: Any, source: Path, level: float) -> None:
    from gaussmix.persist import save

    save(model, target)


def _write_json(target: Path, model: Any, source: Path, level: float) -> None:
    from gaussmix.exchange import to_json

    _write_text(target, to_json(mixture_in(model, source)) + "\n")


def _write_onnx(target: Path, model: Any, source: Path, level: float) -> None:
    from gaussmix.exchange import to_onnx

    content = to_onnx(model).SerializeToString()
    with replacing(target) as draft:
        draft.write_bytes(content)


def _write_gates(target: Path, model: Any, source: Path, level: float) -> None:
    from gaussmix.exchange import to_gatingml

    _write_text(target, to_gatingml(mixture_in(model, source), level=level))


def _write_components(target: Path, model: Any, source: Path, level: float) -> None:
    from gaussmix.exchange.data_frames import component_columns

    write_table(target, component_columns(mixture_in(model, source)))


_WRITERS: dict[str, Callable[[Path, Any, Path, float], None]] = {
    ".json": _write_json,
    ".onnx": _write_onnx,
    ".xml": _write_gates,
    **dict.fromkeys((".csv", ".tsv", ".parquet"), _write_components),
    ".safetensors": _write_model,
}
