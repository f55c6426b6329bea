"""A whole figure about a fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gaussmix.plots.axes import need_matplotlib
from gaussmix.plots.curves import density_1d
from gaussmix.plots.doubt import uncertainty
from gaussmix.plots.inputs import as_mixture
from gaussmix.plots.outlines import ellipses
from gaussmix.plots.scatter import points
from gaussmix.plots.surfaces import density_2d
from gaussmix.plots.traces import trace

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["overview"]


def overview(estimator: Any, X: Any, *, columns: Any = None, equal: bool = False) -> Figure:
    """Draw a fit in one figure: points and ellipses, density, uncertainty, log-likelihood.

    Parameters
    ----------
    estimator : fitted estimator or Mixture
        A Mixture has no trace, and leaves its place empty.
    X : (n, D) array
        The data.
    columns : pair of int or str, or one, optional
        The columns to show; the first two by default, the only one where D is 1.
    equal : bool
        Whether a unit is as long on both axes.

    Returns
    -------
    matplotlib Figure

    Examples
    --------
    >>> from gaussmix import GaussianMixture, datasets, plots
    >>> X = datasets.load_faithful().data
    >>> figure = plots.overview(GaussianMixture(2, random_state=0).fit(X), X)
    """
    need_matplotlib()
    import matplotlib.pyplot as plt

    mixture = as_mixture(estimator)
    if mixture.n_features == 1 or isinstance(columns, (str, int)):
        figure, (left, last) = plt.subplots(1, 2, figsize=(10.0, 4.0), layout="constrained")
        density_1d(mixture, X, columns=columns, ax=left).set_title("Density", loc="left")
    else:
        figure, ((one, two), (three, last)) = plt.subplots(2, 2, figsize=(11.0, 8.5), layout="constrained")
        options: dict[str, Any] = {"columns": columns, "equal": equal}
        points(mixture, X, ax=one, **options).set_title("Responsibilities", loc="left")
        ellipses(mixture, ax=one, **options)
        density_2d(mixture, ax=two, **options).set_title("Density", loc="left")
        uncertainty(mixture, X, ax=three, **options).set_title("Uncertainty", loc="left")
    if hasattr(estimator, "trace_"):
        trace(estimator, ax=last).set_title("EM", loc="left")
    else:
        last.set_axis_off()
    return figure
