"""A mixture as text, and as an HTML table in a notebook."""

from __future__ import annotations

from html import escape

import numpy as np

from ._types import Floats
from .covariances import Covariances
from .uniform import Uniform

__all__ = ["mixture_html", "mixture_text"]

_ROWS, _COLUMNS = 10, 6


def mixture_text(
    weights: Floats,
    means: Floats,
    covariances: Covariances,
    names: tuple[str, ...] | None,
    uniform: Uniform | None = None,
    degrees: Floats | None = None,
) -> str:
    """Return a heading and a line for each of the first components: share, mean and standard deviations."""
    K, D = means.shape
    kind, tails = _kind_and_tails(degrees)
    header = (
        f"Mixture of {_plural(K, kind)} in {_plural(D, 'dimension')}, covariances {covariances.family.name}"
    )
    if names is not None:
        header += f", features {', '.join(names[:_COLUMNS])}{', …' if D > _COLUMNS else ''}"
    spread = "standard deviations" if degrees is None else "scales"
    lines = [
        f"  {k}: weight {weights[k]:.4f}, mean {_vector(means[k])}, {spread} {_vector(sd)}{tails[k]}"
        for k, sd in enumerate(_deviations(covariances)[:_ROWS])
    ]
    if K > _ROWS:
        lines.append(f"  … and {K - _ROWS} more")
    if uniform is not None:
        lines.append(f"  uniform component: weight {uniform.weight:.4f}, log-volume {uniform.log_volume:.4g}")
    return "\n".join([header, *lines])


def mixture_html(
    weights: Floats,
    means: Floats,
    covariances: Covariances,
    names: tuple[str, ...] | None,
    uniform: Uniform | None = None,
    degrees: Floats | None = None,
) -> str:
    """Return the same as an HTML table, with means ± standard deviations."""
    K, D = means.shape
    shown = min(D, _COLUMNS)
    labels = [escape(n) for n in names] if names is not None else [f"x{d}" for d in range(D)]
    more = "<th>…</th>" if shown < D else ""
    head = "".join(f"<th>{label}</th>" for label in labels[:shown]) + more
    deviations = _deviations(covariances)
    kind, tails = _kind_and_tails(degrees)
    rows = []
    for k in range(min(K, _ROWS)):
        cells = "".join(f"<td>{means[k, d]:.4g} ± {deviations[k, d]:.3g}</td>" for d in range(shown))
        rows.append(
            f"<tr><th>{k}</th><td>{weights[k]:.4f}</td>{cells}"
            f"{'<td>…</td>' if shown < D else ''}{tails[k] and f'<td>{tails[k][2:]}</td>'}</tr>"
        )
    if K > _ROWS:
        rows.append(f'<tr><td colspan="{shown + 3}">… and {K - _ROWS} more components</td></tr>')
    if uniform is not None:
        place = f"uniform, log-volume {uniform.log_volume:.4g}"
        rows.append(
            f'<tr><th>−1</th><td>{uniform.weight:.4f}</td><td colspan="{shown + 1}">{place}</td></tr>'
        )
    caption = (
        f"Mixture of {_plural(K, kind)} in {_plural(D, 'dimension')}, covariances "
        f"{escape(covariances.family.name)}; means ± {'standard deviations' if degrees is None else 'scales'}"
    )
    return (
        f"<table><caption>{caption}</caption><thead><tr><th></th><th>weight</th>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _kind_and_tails(degrees: Floats | None) -> tuple[str, list[str]]:
    """Return the noun of the components, and the words on the tails of each of the first."""
    if degrees is None:
        return "Gaussian", [""] * _ROWS
    return "t distribution", [f", {nu:.4g} degrees of freedom" for nu in degrees[:_ROWS]]


def _deviations(covariances: Covariances) -> Floats:
    return np.sqrt(np.maximum(covariances.variances(), 0.0))


def _vector(values: Floats) -> str:
    shown = ", ".join(f"{value:.4g}" for value in values[:_COLUMNS])
    return f"({shown}{', …' if len(values) > _COLUMNS else ''})"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
