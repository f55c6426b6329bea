"""The tables of a report."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from gaussmix.covariances import TiedCovariances
from gaussmix.report.missing import missing_tables
from gaussmix.report.rendering import Markup, Table, breakable, hex_colour
from gaussmix.report.words import constant_value, counted, decimals_for, number, significant

if TYPE_CHECKING:
    from gaussmix._types import Floats
    from gaussmix.estimation import Trace
    from gaussmix.report.facts import Facts
    from gaussmix.search import SearchTrace

    Palettes: TypeAlias = tuple[Floats, Floats]

__all__ = ["all_tables", "reached"]

_MOST_COMPONENTS, _MOST_COLUMNS, _MOST_IN_MATRIX, _MOST_MATRICES, _MOST_RUNS = 200, 40, 16, 30, 100


def all_tables(facts: Facts, palettes: Palettes | None) -> dict[str, Any]:
    """Return the tables by name, and remarks on omitted rows and columns."""
    found: dict[str, Any] = {
        "components": _components(facts, palettes),
        "left_out": _left_out(facts),
        "shapes": list(_shapes(facts)),
        "criteria": _criteria(facts),
        "data": _data(facts),
        "missing": missing_tables(facts.X, facts.mixture, facts.names),
    }
    if facts.trace is not None:
        found["runs"] = _runs(facts.trace)
        if facts.trace.search is not None:
            found |= _of_search(facts.trace.search, facts.total_weight)
    return found


def _components(facts: Facts, palettes: Palettes | None) -> Table:
    mixture = facts.mixture
    shown = range(min(mixture.n_features, _MOST_COLUMNS))
    columns = [_means(mixture.means[:, d], facts.deviations[:, d]) for d in shown]
    rows = [
        [
            _swatch(k, palettes),
            _bar(float(mixture.weights[k]), float(mixture.weights.max())),
            f"{facts.assigned[k]:,.0f}",
            *[means[k] for means in columns],
        ]
        for k in range(min(mixture.n_components, _MOST_COMPONENTS))
    ]
    if mixture.uniform is not None:
        noise = [_bar(mixture.uniform.weight, float(mixture.weights.max())), f"{facts.assigned[-1]:,.0f}"]
        rows.append(["noise (uniform)", *noise, *["" for _ in columns]])
    head = ["component", "weight", "rows", *[breakable(facts.names[d]) for d in shown]]
    return Table("Components", head, rows, "components")


def _swatch(component: int, palettes: Palettes | None) -> str:
    """Return the number of a component, with its colour in the pictures for light and for dark pages."""
    if palettes is None:
        return str(component)
    light, dark = (hex_colour(palette[component]) for palette in palettes)
    style = f"--light:{light};--dark:{dark}"
    return Markup('<span class="swatch" style="{}"></span>{}').format(style, component)


def _bar(weight: float, largest: float) -> Markup:
    return Markup('<span class="bar" style="--share:{:.4f}">{:.4f}</span>').format(weight / largest, weight)


def _means(means: Floats, deviations: Floats) -> list[Markup]:
    """Return the cells of a column: mean and standard deviation of each component."""
    pair = Markup('<span class="mean">{}</span> <span class="sd">{}</span>')
    if constant := constant_value(means, deviations):
        return len(means) * [pair.format(constant, "constant")]
    decimals = decimals_for(float(np.median(deviations)))
    return [
        pair.format(number(float(mean), decimals), f"± {number(float(deviation), decimals)}")
        for mean, deviation in zip(means, deviations, strict=True)
    ]


def _left_out(facts: Facts) -> str:
    mixture = facts.mixture
    rest = (
        (mixture.n_components - _MOST_COMPONENTS, "component"),
        (mixture.n_features - _MOST_COLUMNS, "column"),
    )
    return " and ".join(counted(n, f"more {noun}") for n, noun in rest if n > 0)


def _shapes(facts: Facts) -> Iterator[tuple[str, Table, Table]]:
    """Return a title, the correlations and the covariances of each component, or of all where they share them."""
    mixture = facts.mixture
    if mixture.n_features == 1 or not mixture.family.frame.full or mixture.n_features > _MOST_IN_MATRIX:
        return
    dense, tied = mixture.covariances.dense(), isinstance(mixture.covariances, TiedCovariances)
    head = ["", *map(breakable, facts.names)]
    for k in range(1 if tied else min(mixture.n_components, _MOST_MATRICES)):
        deviation = np.sqrt(np.maximum(np.diagonal(dense[k]), np.finfo(np.float64).tiny))
        correlations = dense[k] / np.outer(deviation, deviation)
        of = "all components" if tied else f"component {k}"
        yield (
            f"Correlations and covariances of {of}",
            Table("Correlations", head, _matrix(head, correlations, _correlation), "matrix"),
            Table(
                "Covariances, in the units of the columns",
                head,
                _matrix(head, dense[k], lambda value: significant(value, 4)),
                "matrix",
            ),
        )


def _matrix(head: Sequence[str], matrix: Floats, text: Any) -> list[list[str]]:
    return [[name, *map(text, line)] for name, line in zip(head[1:], matrix.tolist(), strict=True)]


def _correlation(value: float) -> Markup:
    cell = Markup('<span class="corr {}" style="--size:{:.2f}">{}</span>')
    return cell.format(
        "plus" if value > 0 else "minus", min(abs(value), 1.0), number(round(value, 2) + 0.0, 2)
    )


def _criteria(facts: Facts) -> Table:
    parameters = counted(facts.n_parameters, "free parameter")
    per_row = facts.log_likelihood / facts.total_weight
    rows = [
        ["log-likelihood", number(facts.log_likelihood, 2), "sum over all rows, in nats; higher is better"],
        ["per row", number(per_row, 4), "mean log-likelihood, in nats per row; higher is better"],
        [
            "BIC",
            number(facts.bic, 2),
            f"−2 log-likelihood, plus log n for each of the {parameters}; lower is better",
        ],
        [
            "AIC",
            number(facts.aic, 2),
            "the same with 2 for each parameter: it often chooses larger models; lower is better",
        ],
        [
            "ICL",
            number(facts.icl, 2),
            "BIC plus a penalty for overlap: it prefers well-separated components; lower is better",
        ],
    ]
    return Table("Criteria", ["criterion", "value", "meaning"], rows, "criteria")


def _data(facts: Facts) -> Table:
    # float64 also for a float32 table, whose sums would be coarse.
    X, w = facts.X, np.ones(len(facts.X)) if facts.weights is None else facts.weights
    columns = range(min(X.shape[1], _MOST_COLUMNS * 5))
    rows = [[breakable(facts.names[d]), *_summary(np.asarray(X[:, d], dtype=np.float64), w)] for d in columns]
    return Table("Columns", ["column", "mean", "standard deviation", "minimum", "maximum"], rows, "data")


def _summary(values: Floats, weights: Floats) -> list[str]:
    there = ~np.isnan(values)
    values, weights = values[there], weights[there]
    if not weights.any():
        return ["", "", "", ""]
    mean = float(np.average(values, weights=weights))
    deviation = float(np.sqrt(np.average((values - mean) ** 2, weights=weights)))
    shown = values[weights > 0]
    decimals = decimals_for(deviation)
    return [number(float(value), decimals) for value in (mean, deviation, shown.min(), shown.max())]


def reached(trace: Trace) -> tuple[int, int]:
    """Return the number of runs within 0.001 nats per row of the best, and the number of all runs."""
    ends = [run.log_likelihood[-1] for run in trace.runs if len(run.log_likelihood)]
    return sum(max(ends, default=0.0) - end < 1e-3 for end in ends), len(ends)


def _runs(trace: Trace) -> Table:
    rows = [
        [
            f"{i + 1}{' (kept)' if i == trace.best else ''}",
            f"{run.n_iterations:,}",
            number(float(run.log_likelihood[-1]), 6) if run.n_iterations else "none",
            f"{run.seconds[-1]:.3f}" if run.n_iterations else "0",
            run.message,
        ]
        for i, run in enumerate(trace.runs[:_MOST_RUNS])
    ]
    head = ["start", "iterations", f"{trace.objective} per row", "seconds", "end"]
    return Table("Runs of EM", head, rows, "runs")


def _of_search(search: SearchTrace, total_weight: float) -> dict[str, Any]:
    rows = [
        [f"{i + 1}{' (kept)' if i == search.best else ''}", *_run_of_search(search, i)]
        for i in range(min(len(search.runs), _MOST_RUNS))
    ]
    head = ["run", "log-likelihood per row", "below the best", "remaining gain", "moves accepted", "start"]
    return {
        "search": Table("Runs of the search", head, rows, "runs search"),
        "search_rows": _rows_of_search(search, total_weight),
        "more_runs": len(search.runs) - len(rows),
    }


def _rows_of_search(search: SearchTrace, total_weight: float) -> str:
    """Return a remark on the rows of the search: the distinct rows, or a sample of them."""
    if search.n_rows < 0.999 * total_weight:
        return f"{counted(search.n_rows, 'distinct row')} of the {counted(total_weight, 'row')}"
    return counted(search.n_rows, "row")


def _run_of_search(search: SearchTrace, i: int) -> list[str]:
    run, (taken, tried) = search.runs[i], search.moves_of(i)
    return [
        number(run.log_likelihood, 6),
        number(round(search.below_best(i), 1) + 0.0, 1),
        number(round(run.best_remaining_gain, 1) + 0.0, 1)
        if math.isfinite(run.best_remaining_gain)
        else "none",
        f"{taken:,} of {tried:,}",
        f"{run.start}; a component collapsed" if run.degenerate else run.start,
    ]
