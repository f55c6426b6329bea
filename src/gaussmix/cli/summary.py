"""The results of a fit, in text and tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gaussmix.cli.mixture_tables import component_tables, facts
from gaussmix.cli.terminal import Terminal
from gaussmix.estimators.estimate_words import estimate_in_words
from gaussmix.report.words import counted, described, ended, number

if TYPE_CHECKING:
    from gaussmix.cli.rows import FitRows
    from gaussmix.cli.source_rows import SourceFitRows
    from gaussmix.estimators import GaussianMixture

__all__ = ["Criteria", "show_data", "show_fit"]


@dataclass(frozen=True)
class Criteria:
    """The log-likelihood of a fit, and the information criteria.

    Parameters
    ----------
    log_likelihood : float
        Of all rows, in nats.
    per_row : float
        Mean log-likelihood, in nats per row.
    bic, aic, icl : float
        Lower is better.
    """

    log_likelihood: float
    per_row: float
    bic: float
    aic: float
    icl: float

    @classmethod
    def of(cls, model: GaussianMixture, rows: FitRows | SourceFitRows) -> Criteria:
        """Return the criteria of a fit on its own rows."""
        from gaussmix.model_sweep import aic, bic

        known = {name: value for name, value in rows.known.items() if name != "labels"}
        icl_value = model.icl(rows.frame, **known)
        per_row, n = (
            model.score(rows.frame, **known),
            rows.total_weight,
        )
        total, parameters = per_row * n, model.n_parameters_
        return cls(total, per_row, bic(total, parameters, n), aic(total, parameters), icl_value)


def show_fit(
    terminal: Terminal,
    name: str,
    rows: FitRows | SourceFitRows,
    model: GaussianMixture,
    criteria: Criteria,
    seconds: float,
) -> None:
    """Print the results.

    Parameters
    ----------
    name : str
        Name of the data.
    model : GaussianMixture
        Fitted.
    seconds : float
        Time of the fit.
    """
    mixture = model.mixture_
    show_data(terminal, name, rows)
    terminal.say(f"{counted(mixture.n_components, 'component')}, {described(mixture.family.name)}")
    estimate = estimate_in_words(vars(model))
    if estimate:
        terminal.say(f"Estimate: {estimate}")
    terminal.say()
    for table in component_tables(mixture, terminal.out.width, terminal.plus_minus):
        terminal.show(table)
    sign = terminal.plus_minus
    if mixture.uniform is not None:
        terminal.say(f" uniform noise component (label −1): weight {mixture.uniform.weight:.4f}")
    terminal.say(f" mean {sign} standard deviation of each column; weights are fractions of the rows")
    terminal.say()
    terminal.show(facts(_criteria_rows(criteria, model.n_parameters_)))
    terminal.say()
    for line in _end_of_em(model, seconds):
        terminal.say(line)


def show_data(terminal: Terminal, name: str, rows: FitRows | SourceFitRows) -> None:
    """Print a summary of the rows.

    Parameters
    ----------
    name : str
        Name of the data.
    """
    n, D = rows.n_rows, len(rows.names)
    shown = ", ".join(rows.names[:8]) + (", …" if D > 8 else "")
    weight = "" if not rows.weighted else f", with weights that sum to {rows.total_weight:,.6g}"
    terminal.say(f"{name}: {counted(n, 'row')} of {counted(D, 'column')} ({shown}){weight}")
    if rows.labels is not None:
        terminal.say(f"Labels in {rows.labels.column}: {rows.labels.in_words()}")
    if rows.skipped:
        terminal.say(f"Left out: {_left_out(rows.skipped)}")


def _left_out(skipped: Mapping[str, str]) -> str:
    listed = [f"{name} ({why})" for name, why in skipped.items()]
    return ", ".join(listed[:6]) + (f" and {len(listed) - 6} more columns" if len(listed) > 6 else "")


def _criteria_rows(criteria: Criteria, n_parameters: int) -> list[tuple[str, str, str]]:
    price = counted(n_parameters, "parameter")
    return [
        (
            "log-likelihood",
            number(criteria.log_likelihood, 2),
            f"{number(criteria.per_row, 4)} nats per row; higher is better",
        ),
        ("BIC", number(criteria.bic, 2), f"with a penalty for {price}; lower is better"),
        ("AIC", number(criteria.aic, 2), "with a smaller penalty; lower is better"),
        ("ICL", number(criteria.icl, 2), "BIC with a penalty for overlap; lower is better"),
    ]


def _end_of_em(model: GaussianMixture, seconds: float) -> list[str]:
    trace = model.trace_
    run, runs = trace.runs[trace.best], len(trace.runs)
    text = f"EM {ended(run.status, run.n_iterations)}"
    if runs > 1:
        text += f" (start {trace.best + 1}, the best of {runs})"
    text = f"{text}, in {seconds:.2f} s."
    if trace.search is None:
        return [text]
    verdict, _, advice = trace.search.verdict.partition("; ")
    advice = advice.replace(", such as search=60", " with --search 60 (seconds)")
    return [
        f"The result of the search is {verdict}." + (f" {advice[0].upper()}{advice[1:]}." if advice else ""),
        f"{text[:-1]} with the search." if text.endswith("s.") else text,
    ]
