"""Figures of several panels about a mixture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gaussmix._types import Floats, Rows
from gaussmix.mixture import Mixture
from gaussmix.plots.axes import columns_drawn, need_matplotlib, note_columns, note_on_figure, some_of
from gaussmix.plots.density_1d import density_1d
from gaussmix.plots.density_2d import density_2d
from gaussmix.plots.ellipses import ellipses
from gaussmix.plots.grids import view_of
from gaussmix.plots.inputs import (
    as_mixture,
    completed,
    errors_of,
    is_one,
    marginal_of,
    names_in,
    pick_columns,
    rows_with_holes,
)
from gaussmix.plots.scatter import points
from gaussmix.plots.search import search
from gaussmix.plots.separation import columns_by_separation, pairs_by_separation
from gaussmix.plots.strips import classification
from gaussmix.plots.text import as_name
from gaussmix.plots.traces import trace
from gaussmix.plots.uncertainty import uncertainty
from gaussmix.validation import as_columns, as_noise

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["overview", "pairs", "panels"]

_MOST_COLUMNS, _MOST_ROWS, _MOST_NUMBERS = 6, 50_000, 12
_FLAT = 1e-4
"""Nats per row: a smaller increase is not visible."""


def overview(
    estimator: Any, X: Any, *, noise: Any = None, columns: Any = None, equal: bool = False
) -> NDArray[Any]:
    """Draw a fit in one figure: points and ellipses, density, uncertainty, and the search or EM.

    The panels show the same part of the plane. The last one shows the search, or EM if there was no search. There is no
    such panel for a Mixture, or if neither changed anything.

    Parameters
    ----------
    estimator : fitted estimator or Mixture
        The fit to draw.
    X : (n, D) array
        The rows of the fit.
    noise : (n, D) or (n, D, D) array, optional
        Variances or covariances of the rows' measurement errors, as in :func:`points`.
    columns : pair of int or str, or one, optional
        The columns to show; by default the pair that separates the components best, or the only column.
    equal : bool
        Whether both axes have the same scale.

    Returns
    -------
    array of matplotlib Axes
        The panels, from the upper left to the lower right; the figure is ``axes[0].figure``.

    Raises
    ------
    InputError
        If X has other columns than the mixture, or a column is not known.

    Examples
    --------
    >>> from gaussmix import GaussianMixture, datasets, plots
    >>> X = datasets.load_faithful().data
    >>> axes = plots.overview(GaussianMixture(2, random_state=0).fit(X), X)
    >>> [ax.get_title(loc="left") for ax in axes]
    ['Responsibilities', 'Density', 'Uncertainty']
    """
    need_matplotlib()
    mixture, found = as_mixture(estimator), _is_informative(getattr(estimator, "trace_", None))
    if is_one(columns, mixture.n_features):
        axes = panels(2 if found is None else 3)
        classification(mixture, X, noise=noise, columns=columns, ax=axes[0]).set_title("Density", loc="left")
        uncertainty(mixture, X, noise=noise, columns=columns, ax=axes[1]).set_title("Uncertainty", loc="left")
    else:
        axes = panels(3 if found is None else 4)
        _draw_planes(axes[:3], mixture, X, noise, {"columns": columns, "equal": equal})
    if found is not None:
        _draw_history(axes[-1], found)
    return axes


def panels(count: int) -> NDArray[Any]:
    """Return the axes of a new figure with a number of panels."""
    import matplotlib.pyplot as plt
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    rows, columns, size = _GRIDS[count]
    layout = ConstrainedLayoutEngine(wspace=0.06, hspace=0.06)
    _, axes = plt.subplots(rows, columns, figsize=size, layout=layout, squeeze=False)
    return np.ravel(axes)


_GRIDS = {1: (1, 1, (6.0, 4.5)), 2: (1, 2, (11.0, 4.2)), 3: (1, 3, (15.0, 4.4)), 4: (2, 2, (11.0, 8.5))}
"""Lines and columns of panels, and inches."""


def _draw_planes(axes: NDArray[Any], mixture: Mixture, X: Any, noise: Any, options: dict[str, Any]) -> None:
    names, columns = mixture.feature_names or names_in(X), options["columns"]
    best = pairs_by_separation(mixture, 1)[0] if columns is None else columns
    chosen = pick_columns(best, mixture.n_features, names, 2)
    rows = rows_with_holes(X, mixture.n_features)
    box = view_of(marginal_of(mixture, chosen), completed(mixture, rows, as_noise(noise, rows))[:, chosen])
    options = {**options, "columns": chosen, "limits": box}
    points(mixture, X, noise=noise, ax=axes[0], **options).set_title("Responsibilities", loc="left")
    ellipses(mixture, columns=chosen, ax=axes[0], fill=False)
    density_2d(mixture, ax=axes[1], **options).set_title("Density", loc="left")
    uncertainty(mixture, X, noise=noise, ax=axes[2], **options).set_title("Uncertainty", loc="left")
    for ax in axes:
        ax.set(xlim=box[0], ylim=box[1], xlabel=axes[0].get_xlabel(), ylabel=axes[0].get_ylabel())
    note_columns(axes[0], columns, 2, mixture.n_features, first=False)


def _is_informative(trace: Any) -> Any:
    """Return a trace with accepted moves, different runs or an increase of the log-likelihood, else None."""
    if trace is None:
        return None
    if trace.search is not None:
        return trace if trace.search.is_informative else None
    values = trace.log_likelihood
    return trace if len(values) and values[-1] - values[0] > _FLAT else None


def _draw_history(ax: Axes, found: Any) -> None:
    """Draw the search, or EM if there was no search."""
    if found.search is None:
        trace(found, ax=ax).set_title("EM", loc="left")
    else:
        search(found, ax=ax).set_title("Search", loc="left")


def pairs(
    mixture: Any, X: Any = None, *, noise: Any = None, columns: Sequence[Any] | None = None
) -> NDArray[Any]:
    """Draw every pair of columns: their densities on the diagonal, rows and ellipses below it, densities above it.

    Parameters
    ----------
    mixture : Mixture or fitted estimator
        The mixture to draw, in two columns or more.
    X : (n, D) array, optional
        Rows to draw; of more than 50,000, a random 50,000.
    noise : (n, D) or (n, D, D) array, optional
        Variances or covariances of the rows' measurement errors, as in :func:`points`.
    columns : sequence of int or str, optional
        Two columns or more, by position or name; all by default, and of more than 6 those that separate
        the components best. The figure says which are left out.

    Returns
    -------
    (m, m) array of matplotlib Axes

    Raises
    ------
    InputError
        If there are fewer than two columns, one is not known, or X has other columns than the mixture.

    Examples
    --------
    >>> from gaussmix import datasets, plots
    >>> mixture = datasets.random_mixture(3, 4, random_state=0)
    >>> plots.pairs(mixture, mixture.sample(200, random_state=0)[0]).shape
    (4, 4)
    """
    need_matplotlib()
    import matplotlib.pyplot as plt
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    whole = as_mixture(mixture)
    D, names = whole.n_features, whole.feature_names or names_in(X)
    chosen = columns_by_separation(whole, _MOST_COLUMNS) if columns is None else as_columns(columns, D, names)
    pick_columns(None if D == 1 else chosen, D, names, max(2, len(chosen)))
    rows = None if X is None else rows_with_holes(X, D)
    errors = errors_of(noise, rows)
    m = len(chosen)
    side = max(5.0, 1.9 * m)
    # Numbers at the ends of two axes are not to look like one number.
    layout = ConstrainedLayoutEngine(w_pad=0.08)
    axes = plt.subplots(m, m, figsize=(side, side), layout=layout, squeeze=False)[1]
    shown = None if rows is None else some_of(rows, _MOST_ROWS)
    shown_errors = None if errors is None else some_of(errors, _MOST_ROWS)
    _draw_matrix(axes, whole.named(names), shown, shown_errors, chosen)
    axes[0, 0].figure.align_ylabels(axes[:, 0])
    axes[0, 0].figure.align_xlabels(axes[-1])
    _note_omissions(axes, m, D, rows)
    return axes


def _draw_matrix(
    axes: NDArray[Any], mixture: Mixture, rows: Rows | None, errors: Floats | None, chosen: list[int]
) -> None:
    limits = view_of(mixture, None if rows is None else completed(mixture, rows, errors))[chosen]
    for line, y in enumerate(chosen):
        for column, x in enumerate(chosen):
            ax, box = axes[line, column], limits[[column, line]]
            if line == column:
                density_1d(mixture, rows, columns=x, ax=ax)
                ax.set_yticks([])
                # The name of the line, as on the others: what the curve is needs no word.
                as_name(ax.set_ylabel(ax.get_xlabel()))
            elif line > column:
                if rows is not None:
                    points(mixture, rows, noise=errors, columns=[x, y], limits=box, legend=False, ax=ax)
                _draw_ellipses(ax, mixture, [x, y], box, fill=rows is None)
            else:
                density_2d(mixture, columns=[x, y], limits=box, pixels=120, colour_bar=False, ax=ax)
            ax.set_xlim(box[0])
            _label_outer(ax, axes, line, column)


def _draw_ellipses(ax: Axes, mixture: Mixture, pair: list[int], box: Floats, fill: bool) -> None:
    ellipses(mixture, columns=pair, numbers=mixture.n_components <= _MOST_NUMBERS, fill=fill, ax=ax)
    ax.set(xlim=box[0], ylim=box[1])


def _label_outer(ax: Axes, axes: NDArray[Any], line: int, column: int) -> None:
    """Remove the axis labels and tick labels of inner panels."""
    if line < len(axes) - 1:
        ax.set_xlabel("")
        ax.tick_params(labelbottom=False)
    if column > 0:
        ax.set_ylabel("")
        ax.tick_params(labelleft=False)
    ax.locator_params(nbins=4, axis="x")


def _note_omissions(axes: NDArray[Any], m: int, D: int, rows: Rows | None) -> None:
    left_out = [columns_drawn(m, D, first=False)] if m < D else []
    if rows is not None and len(rows) > _MOST_ROWS:
        left_out.append(f"{_MOST_ROWS:,} of {len(rows):,} rows")
    note_on_figure(axes, left_out)
