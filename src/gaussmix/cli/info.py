"""``gaussmix info``: versions, kernel and threads, or the contents of a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gaussmix.cli.mixture_tables import component_tables
from gaussmix.cli.terminal import Terminal
from gaussmix.estimators.estimate_words import estimate_in_words
from gaussmix.report.words import counted, described

if TYPE_CHECKING:
    from gaussmix.mixture import Mixture

__all__ = ["run"]


def run(model: Path | None) -> None:
    """Print versions, kernel and threads, or the contents of a model."""
    terminal = Terminal.open()
    if model is None:
        _show_system(terminal)
    else:
        _show_model(terminal, model)


def _show_system(terminal: Terminal) -> None:
    from gaussmix.versions import system_info

    info = system_info()
    python, where = info.python.split(" ", 1)
    rows = [
        ("gaussmix", info.gaussmix, ""),
        ("Python", python, where.strip("()")),
        ("system", info.platform, ""),
        ("kernel", info.kernel, f"the inner loops of EM, {_KERNELS[info.instruction_set or info.kernel]}"),
        ("threads", str(info.threads), "for a fit: the processors available to this process"),
    ]
    for blas in info.blas:
        name, threads = f"{blas.name} {blas.version or ''}".strip(), counted(blas.threads, "thread")
        rows.append(("BLAS", name, threads + (f", for {blas.architecture}" if blas.architecture else "")))
    for package, version in info.packages.items():
        missing = _WITHOUT.get(package, "not installed")
        rows.append((package, version or "none", "" if version else missing))
    for row in rows:
        terminal.say(" ".join((f"{row[0]:15}", f"{row[1]:24}", row[2])).rstrip())
    if info.no_native:
        terminal.say()
        terminal.say(
            f"{info.no_native[0].upper()}{info.no_native[1:]}. Fits are several times as fast with it."
        )


_KERNELS = {
    "avx512": "compiled, with AVX-512",
    "avx2": "compiled, with AVX2",
    "baseline": "compiled, for any processor",
    "blas": "in NumPy",
    "reference": "in NumPy, written for clarity: slow",
}
_WITHOUT = {
    "matplotlib": 'no pictures: pip install "gaussmix[plot]"',
    "pillow": 'no animations: pip install "gaussmix[plot]"',
    "pandas": 'no data frames: pip install "gaussmix[data]"',
    "pyarrow": 'no Parquet, and large tables of text are read slowly: pip install "gaussmix[data]"',
    "python-calamine": 'no workbooks: pip install "gaussmix[data]"',
    "duckdb": 'no SQL: pip install "gaussmix[data]"',
}


def _show_model(terminal: Terminal, path: Path) -> None:
    from gaussmix import storage
    from gaussmix.persist import loaded

    record = storage.read(path)
    model, written = loaded(record), record.description["version"]
    terminal.say(f"{path}: a {type(model).__name__}, written by gaussmix {written}")
    if hasattr(model, "mixtures_"):
        for label, prior, mixture in zip(model.classes_, model.priors_, model.mixtures_, strict=True):
            terminal.say()
            terminal.say(f"Class {label}: prior probability {prior:.4f}")
            _show_mixture(terminal, mixture)
        return
    _show_mixture(terminal, getattr(model, "mixture_", model))
    estimate = estimate_in_words(vars(model)) if hasattr(model, "prior") else ""
    if estimate:
        terminal.say(f"Estimate: {estimate}.")
    if hasattr(model, "converged_"):
        how = "converged" if model.converged_ else "did not converge"
        terminal.say(f"EM {how} in {counted(model.n_iter_, 'iteration')}.")
    for message in model.trace_.warnings if hasattr(model, "trace_") else ():
        terminal.say(f"Warning of the fit: {message}")


def _show_mixture(terminal: Terminal, mixture: Mixture) -> None:
    K, D = mixture.n_components, mixture.n_features
    terminal.say(
        f"{counted(K, 'component')} of {counted(D, 'column')}, {described(mixture.family.name)}; "
        f"{counted(mixture.n_parameters, 'parameter')}"
    )
    terminal.say()
    for table in component_tables(mixture, terminal.out.width, terminal.plus_minus):
        terminal.show(table)
    if mixture.uniform is not None:
        terminal.say(f" uniform noise component (label −1): weight {mixture.uniform.weight:.4f}")
    terminal.say(f" mean {terminal.plus_minus} standard deviation of each column")
