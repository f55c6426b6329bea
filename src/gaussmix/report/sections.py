"""The sections of a report, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from gaussmix.report.html import Html, breakable, bullets, details, paragraph, section, table
from gaussmix.report.search import in_a_sentence
from gaussmix.report.words import counted, decimals_for, described, ended, number, percent, significant

if TYPE_CHECKING:
    from gaussmix._types import Floats
    from gaussmix.estimation import Trace
    from gaussmix.report.facts import Facts

    Palettes: TypeAlias = tuple[Floats, Floats]

__all__ = ["components", "criteria", "data", "in_short", "notes", "options", "swatch"]

_MOST_COMPONENTS, _MOST_COLUMNS, _MOST_IN_MATRIX, _MOST_MATRICES = 200, 40, 16, 30
_OVERLAP = 0.15


def swatch(component: int, colours: Palettes | None) -> Html:
    """Return the number of a component, with its colour in the pictures for light and for dark pages."""
    if colours is None:
        return Html(str(component))
    light, dark = (_hex(palette[component]) for palette in colours)
    return Html(f'<span class="swatch" style="--light:{light};--dark:{dark}"></span>{component}')


def _hex(colour: Floats) -> str:
    return "#" + "".join(f"{round(255 * float(value)):02x}" for value in colour)


def in_short(facts: Facts) -> Html:
    """Return what was found, in sentences."""
    mixture = facts.mixture
    K, weights = mixture.n_components, mixture.weights
    sentences = [f"The {counted(facts.total_weight, 'row')} are described by {counted(K, 'component')}."]
    if K > 1:
        largest, smallest = int(np.argmax(weights)), int(np.argmin(weights))
        sentences += [
            f"The largest, component {largest}, takes {percent(weights[largest])} of the rows; "
            f"the smallest, component {smallest}, {percent(weights[smallest])}.",
            f"For {percent(facts.sure)} of the rows it is clear which one they belong to "
            "(with a probability above 80 %).",
        ]
    if facts.trace is not None:
        run, search = facts.trace.runs[facts.trace.best], facts.trace.search
        sentences += [] if search is None else [in_a_sentence(search)]
        sentences.append(f"EM {ended(run.status, run.n_iterations)}.")
    return paragraph(" ".join(sentences), "lead")


def notes(facts: Facts) -> list[str]:
    """Return what the reader should know before believing the rest."""
    return [*_about_the_run(facts), *_about_components(facts), *_about_the_data(facts)]


def _about_the_run(facts: Facts) -> Iterator[str]:
    if facts.trace is None:
        return
    run = facts.trace.runs[facts.trace.best]
    if run.status in _ADVICE:
        yield f"EM {ended(run.status, run.n_iterations)}: {_ADVICE[run.status]}."
    if facts.trace.search is not None and not facts.trace.search.clear:
        yield (
            "The search ended in doubt: another search may find a better mixture. Let it look longer, for so many "
            "seconds: search=60 in Python, --search 60 on the command line."
        )
    reached, runs = _reached(facts.trace)
    if reached == 1 < runs:
        yield f"Only 1 of {runs} starts ended at the best log-likelihood: more may find a better one."


_ADVICE = {
    "max_iter": "allow more iterations, or ask for less precision (a larger tol)",
    "stopped": "a callback asked for it, so the mixture may not be the best yet",
    "fell": "the log-likelihood fell, which cannot happen with the regularisation left to 'auto'",
}


def _reached(trace: Trace) -> tuple[int, int]:
    """Return how many runs came within 0.001 nats a row of the best, and how many there are."""
    ends = [run.log_likelihood[-1] for run in trace.runs if len(run.log_likelihood)]
    return sum(max(ends, default=0.0) - end < 1e-3 for end in ends), len(ends)


def _about_components(facts: Facts) -> Iterator[str]:
    rows, D = facts.mixture.weights * facts.total_weight, facts.mixture.n_features
    for k in np.flatnonzero(rows < D + 1)[:6]:
        held, columns = counted(round(float(rows[k]), 1), "row"), counted(D, "column")
        yield f"Component {k} rests on {held}: too few to trust its shape in {columns}."
    pairs = np.argwhere(np.triu(facts.overlap, 1) > _OVERLAP).tolist()
    worst = sorted(pairs, key=lambda pair: -facts.overlap[pair[0], pair[1]])[:4]
    if worst:
        listed = ", ".join(f"{j} and {k}" for j, k in worst) + (", and more" if len(pairs) > 4 else "")
        yield (
            f"Components that overlap: {listed}. Fewer may do, or together they make up a group that is not "
            "bell-shaped."
        )


def _about_the_data(facts: Facts) -> Iterator[str]:
    if facts.left_out:
        shown = [f"{name} ({why})" for name, why in list(facts.left_out.items())[:12]]
        more = f" and {len(facts.left_out) - 12} more" if len(facts.left_out) > 12 else ""
        yield f"Left out of the fit: {', '.join(shown)}{more}."
    spreads = np.ptp(facts.X, axis=0)
    constant = [name for name, spread in zip(facts.names, spreads, strict=True) if spread == 0]
    if constant:
        yield f"Constant, and of no use to tell rows apart: {', '.join(constant[:12])}."
    if facts.weights is not None:
        yield "Rows count by their weights; the pictures show each row once."


def components(facts: Facts, colours: Palettes | None) -> Html:
    """Return the parameters of the components."""
    mixture = facts.mixture
    shown = [int(k) for k in range(min(mixture.n_components, _MOST_COMPONENTS))]
    columns = list(range(min(mixture.n_features, _MOST_COLUMNS)))
    decimals = [decimals_for(float(np.median(facts.deviations[:, d]))) for d in columns]
    head = ["component", "weight", "rows", *[breakable(facts.names[d]) for d in columns]]
    body = [
        [
            swatch(k, colours),
            _weight(float(mixture.weights[k]), float(mixture.weights.max())),
            f"{facts.assigned[k]:,.0f}",
            *[_mean_and_deviation(mixture.means[k, d], facts.deviations[k, d], decimals[d]) for d in columns],
        ]
        for k in shown
    ]
    rest = []
    if len(shown) < mixture.n_components:
        rest.append(f"{mixture.n_components - len(shown)} more components")
    if len(columns) < mixture.n_features:
        rest.append(f"{mixture.n_features - len(columns)} more columns")
    return section(
        "Components",
        paragraph(
            "The weight of a component is its share of the rows; next to it stand the rows that it explains "
            "best; then its mean ± standard deviation in each column."
        ),
        table("The components", head, body, "components"),
        paragraph(f"Not shown: {' and '.join(rest)}.") if rest else Html(),
        _shapes(facts, colours),
        name="components",
    )


def _weight(weight: float, largest: float) -> Html:
    return Html(f'<span class="bar" style="--share:{weight / largest:.4f}">{weight:.4f}</span>')


def _mean_and_deviation(mean: float, deviation: float, decimals: int) -> Html:
    left, right = number(float(mean), decimals), number(float(deviation), decimals)
    return Html(f'<span class="mean">{escape(left)}</span> <span class="sd">± {escape(right)}</span>')


def _shapes(facts: Facts, colours: Palettes | None) -> Html:
    """Return the correlations and covariances, on demand."""
    mixture = facts.mixture
    if mixture.n_features == 1:
        return Html()
    if not mixture.family.frame.full:
        return paragraph("Within a component the columns are uncorrelated: the family says so.")
    if mixture.n_features > _MOST_IN_MATRIX:
        wide = counted(mixture.n_features, "column")
        return paragraph(f"The covariances of {wide} are too wide for a page: the model has them.")
    dense = mixture.covariances.dense()
    tied = mixture.family.name.startswith("tied")
    what = "Correlations and covariances of"
    parts = [
        details(
            f"{what} all components" if tied else f"{what} component {k}",
            Html(_correlations(facts, dense[k]) + _covariances(facts, dense[k])),
        )
        for k in range(1 if tied else min(mixture.n_components, _MOST_MATRICES))
    ]
    together = Html("".join(parts))
    return details(f"{what} each component", together) if len(parts) > 6 else together


def _correlations(facts: Facts, covariance: Floats) -> Html:
    deviation = np.sqrt(np.maximum(np.diagonal(covariance), np.finfo(np.float64).tiny))
    matrix = covariance / np.outer(deviation, deviation)
    rows = [
        [breakable(name), *[_correlation(float(value)) for value in line]]
        for name, line in zip(facts.names, matrix, strict=True)
    ]
    return table("Correlations", ["", *map(breakable, facts.names)], rows, "matrix")


def _correlation(value: float) -> Html:
    side, size = "plus" if value > 0 else "minus", min(abs(value), 1.0)
    text = number(round(value, 2) + 0.0, 2)
    return Html(f'<span class="corr {side}" style="--size:{size:.2f}">{text}</span>')


def _covariances(facts: Facts, covariance: Floats) -> Html:
    rows = [
        [breakable(name), *[significant(float(value), 4) for value in line]]
        for name, line in zip(facts.names, covariance, strict=True)
    ]
    return table(
        "Covariances, in the units of the columns", ["", *map(breakable, facts.names)], rows, "matrix"
    )


def criteria(facts: Facts) -> Html:
    """Return the criteria with what they mean."""
    a_row = facts.log_likelihood / facts.total_weight
    price = counted(facts.mixture.n_parameters, "free parameter")
    rows = [
        [
            "log-likelihood",
            number(facts.log_likelihood, 2),
            "how probable the rows are under the mixture; higher is closer to the data",
        ],
        ["a row", number(a_row, 4), "the same for one row on average, in nats"],
        [
            "BIC",
            number(facts.bic, 2),
            f"−2 log-likelihood, and a price of log n for each of the {price}; lower is better",
        ],
        ["AIC", number(facts.aic, 2), "the same with a price of 2: it takes larger models; lower is better"],
        [
            "ICL",
            number(facts.icl, 2),
            "BIC and a price for overlap: it takes components that are clearly apart; lower is better",
        ],
    ]
    return section(
        "Criteria",
        paragraph(
            "They compare fits of the same rows, such as those with other numbers of components; alone they "
            "say little."
        ),
        table("The criteria", ["criterion", "value", "what it means"], rows, "criteria"),
        name="criteria",
    )


def data(facts: Facts) -> Html:
    """Return a summary of the columns."""
    # float64 also for a float32 table, whose sums would be coarse.
    X, w = facts.X, np.ones(len(facts.X)) if facts.weights is None else facts.weights
    columns = range(min(X.shape[1], _MOST_COLUMNS * 5))
    rows = [[breakable(facts.names[d]), *_summary(np.asarray(X[:, d], dtype=np.float64), w)] for d in columns]
    n = counted(len(X), "row")
    if facts.weights is not None:
        n += f" that stand for {counted(facts.total_weight, 'row')}"
    return section(
        "Data",
        paragraph(f"{n}, {counted(X.shape[1], 'column')}."),
        table("The columns", ["column", "mean", "standard deviation", "least", "greatest"], rows, "data"),
        name="data",
    )


def _summary(values: Floats, weights: Floats) -> list[str]:
    mean = float(np.average(values, weights=weights))
    deviation = float(np.sqrt(np.average((values - mean) ** 2, weights=weights)))
    shown = values[weights > 0]
    decimals = decimals_for(deviation)
    return [number(float(value), decimals) for value in (mean, deviation, shown.min(), shown.max())]


def options(facts: Facts, pictures: Sequence[Html] = ()) -> Html:
    """Return how the mixture was fitted."""
    mixture = facts.mixture
    items = [f"{counted(mixture.n_components, 'component')}, {described(mixture.family.name)}."]
    if hasattr(facts.estimator, "get_params"):
        given: dict[str, Any] = facts.estimator.get_params(deep=False)
        shown = [f"{name}={_option(given[name])}" for name in _OPTIONS if name in given]
        items.append(f"Options: {', '.join(shown)}.")
    runs = Html()
    if facts.trace is not None:
        reached, total = _reached(facts.trace)
        if total > 1:
            items.append(
                f"{reached} of {total} starts ended at the best log-likelihood (within 0.001 a row)."
            )
        runs = _runs(facts.trace)
    return section("How it was fitted", bullets(items), runs, *pictures, name="fit")


def _option(value: Any) -> str:
    """A value in a few words: a start may be an array of all rows."""
    shape = np.shape(value) if hasattr(value, "__array__") or isinstance(value, (list, tuple)) else ()
    return f"an array of shape {shape}" if shape else repr(value)


def _runs(trace: Trace) -> Html:
    rows = [
        [
            f"{i + 1}{' (kept)' if i == trace.best else ''}",
            f"{run.n_iterations:,}",
            number(float(run.log_likelihood[-1]), 6) if run.n_iterations else "none",
            f"{run.seconds[-1]:.3f}" if run.n_iterations else "0",
            run.message,
        ]
        for i, run in enumerate(trace.runs[:100])
    ]
    head = ["start", "iterations", "log-likelihood a row", "seconds", "how it ended"]
    return table("The runs of EM", head, rows, "runs")


_OPTIONS = ("tol", "reg_covar", "max_iter", "n_init", "init_params", "random_state", "search", "acceleration")
