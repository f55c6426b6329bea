"""The figure that suits any fit or result."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix.classify import ClassMixtures
from gaussmix.clusters import Combination, ModalClustering
from gaussmix.errors import InputError
from gaussmix.estimation import Trace
from gaussmix.estimators import MixtureRegressor
from gaussmix.inference import LikelihoodRatioTest, ResampledEstimates
from gaussmix.model_sweep import MixingDendrogram, Stability
from gaussmix.plots.axes import need_matplotlib
from gaussmix.plots.clusters import entropy, modes
from gaussmix.plots.dendrogram import dendrogram
from gaussmix.plots.density_2d import density_2d
from gaussmix.plots.directions import directions, eigenvalues
from gaussmix.plots.ellipses import ellipses
from gaussmix.plots.figures import overview, pairs, panels
from gaussmix.plots.inputs import as_mixture, completed, rows_with_holes
from gaussmix.plots.regions import decision_map
from gaussmix.plots.regression import regression
from gaussmix.plots.resampling import intervals, likelihood_ratios
from gaussmix.plots.scatter import points
from gaussmix.plots.search import search
from gaussmix.plots.separation import pairs_by_separation
from gaussmix.plots.stability import stability
from gaussmix.plots.strips import classification
from gaussmix.plots.style import Style
from gaussmix.plots.traces import trace
from gaussmix.reduction import DimensionReduction, reduce_dimension
from gaussmix.search import SearchTrace

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot"]

_MOST_INPUTS = 4


def plot(fitted: Any, X: Any = None, y: Any = None) -> Figure:
    """Draw the default figure of a fit or another result.

    ==================================================== =======================================================
    what                                                  figure
    ==================================================== =======================================================
    Mixture or fitted estimator in one column             density, classification, uncertainty, search or EM
    Mixture or fitted estimator in two columns            :func:`overview`; density and ellipses without rows
    Mixture or fitted estimator in more columns           :func:`pairs`
    fitted classifier                                     :func:`decision_map`, :func:`directions`
    fitted regressor                                      :func:`regression` on each input
    result of :func:`gaussmix.combine`                    :func:`entropy`, :func:`dendrogram`, clusters of the rows
    result of :func:`gaussmix.modal_clustering`           :func:`modes`
    result of :func:`gaussmix.reduce_dimension`           :func:`eigenvalues`, :func:`directions`
    result of a bootstrap or jackknife                    :func:`intervals` of weights and means
    result of a likelihood-ratio test                     :func:`likelihood_ratios`
    trace of a fit or of a search                         :func:`trace`, :func:`search`
    stability or dendrogram of a selection                :func:`stability`, :func:`dendrogram`
    ==================================================== =======================================================

    Parameters
    ----------
    fitted : object
        The fit or result. For another object with a method ``plot``, such as a :class:`gaussmix.Selection`, this method
        is called.
    X : (n, D) array, optional
        Rows to draw.
    y : (n,) array, optional
        Classes of the rows, for a classifier or a dimension reduction; their targets, for a regressor.

    Returns
    -------
    matplotlib Figure
        The figure, to show or to save; its panels are ``figure.axes``.

    Raises
    ------
    InputError
        If the object is not fitted.
    InputTypeError
        If there is no figure for such an object.

    Examples
    --------
    >>> from gaussmix import GaussianMixture, datasets, plots
    >>> X = datasets.load_faithful().data
    >>> model = GaussianMixture(2, random_state=0).fit(X)
    >>> figure = plots.plot(model, X)
    >>> [ax.get_title(loc="left") for ax in figure.axes if ax.get_title(loc="left")]
    ['Responsibilities', 'Density', 'Uncertainty']
    """
    need_matplotlib()
    for kind, draw in _KINDS.items():
        if isinstance(fitted, kind):
            return _figure_of(draw(fitted, X, y))
    if hasattr(fitted, "mixtures_"):
        return _figure_of(_classifier(fitted, X, y))
    if not hasattr(fitted, "mixture_") and callable(getattr(fitted, "plot", None)):
        return _figure_of(fitted.plot())
    return _figure_of(_mixture(fitted, X))


def _figure_of(drawn: Any) -> Figure:
    """Return the figure of a figure, an Axes or an array of Axes."""
    from matplotlib.figure import Figure

    if isinstance(drawn, Figure):
        return drawn
    figure: Figure = np.ravel(np.asarray(drawn, dtype=object))[0].get_figure(root=True)
    return figure


def _regressor(fitted: MixtureRegressor, X: Any, y: Any) -> Any:
    as_mixture(fitted)
    axes = panels(min(fitted.n_features_in_, _MOST_INPUTS))
    for column, ax in enumerate(axes):
        regression(fitted, X, y, columns=column, ax=ax)
    return axes


def _mixture(fitted: Any, X: Any) -> Any:
    mixture = as_mixture(fitted)
    if mixture.n_features > 2:
        return pairs(mixture, X)
    if mixture.n_features == 1 or X is not None:
        return overview(fitted, X)
    axes = panels(2)
    ellipses(mixture, ax=axes[0]).set_title("Components", loc="left")
    density_2d(mixture, ax=axes[1]).set_title("Density", loc="left")
    return axes


def _classifier(fitted: Any, X: Any, y: Any) -> Any:
    whole = ClassMixtures(fitted.priors_, fitted.mixtures_).marginal()[0]
    D = whole.n_features
    if whole.n_components == 1 and D > 1:
        return _mixture(whole, X)
    labels = y if y is not None or X is None else fitted.predict(X)
    if D == 1:
        axes = panels(1)
        return classification(whole, X, labels=labels, ax=axes[0])
    if X is None and D > 2:
        axes = panels(1)
        directions(reduce_dimension(fitted), ax=axes[0]).set_title("Directions", loc="left")
        return axes
    axes = panels(1 if D == 2 else 2)
    columns = [0, 1] if D == 2 else pairs_by_separation(whole, 1)[0]
    if D > 2:
        reduction, rows = reduce_dimension(fitted, X), completed(whole, rows_with_holes(X, D))
        directions(reduction, rows, labels, ax=axes[1]).set_title("Directions", loc="left")
    # The last one, for the room for names in it is known then.
    decision_map(fitted, X, y, columns=columns, ax=axes[0]).set_title("Decision regions", loc="left")
    return axes


def _combination(fitted: Combination, X: Any, y: Any) -> Any:
    K = fitted.mixture.n_components
    if K == 1:
        raise InputError("the combination has one component: there are no mergers to draw.")
    axes = panels(2 if X is None else 3)
    entropy(fitted, ax=axes[0]).set_title("Entropy", loc="left")
    dendrogram(fitted, ax=axes[1]).set_title("Mergers", loc="left")
    if X is not None:
        _draw_clusters(axes[2], fitted, X).set_title("Clusters", loc="left")
    return axes


def _draw_clusters(ax: Axes, fitted: Combination, X: Any) -> Axes:
    """Draw rows in the colours of their clusters, and the components of a cluster in its colour."""
    mixture, groups = fitted.mixture, fitted.groups()
    if mixture.n_features == 1:
        return classification(mixture, X, labels=fitted.predict(X), ax=ax)
    columns = pairs_by_separation(mixture, 1)[0]
    colours = Style.of(ax).components(len(groups))
    cluster = np.empty(mixture.n_components, dtype=np.intp)
    for number, group in enumerate(groups):
        cluster[list(group)] = number
    points(mixture, X, labels=fitted.predict(X), columns=columns, ax=ax)
    return ellipses(mixture, columns=columns, colors=colours[cluster], fill=False, ax=ax)


def _modes(fitted: ModalClustering, X: Any, y: Any) -> Any:
    return modes(fitted, X)


def _reduction(fitted: DimensionReduction, X: Any, y: Any) -> Any:
    axes = panels(2)
    eigenvalues(fitted, ax=axes[0]).set_title("Eigenvalues", loc="left")
    directions(fitted, X, y, ax=axes[1]).set_title("Directions", loc="left")
    return axes


def _resampled(fitted: ResampledEstimates, X: Any, y: Any) -> Any:
    return intervals(fitted)


def _test(fitted: LikelihoodRatioTest, X: Any, y: Any) -> Any:
    return likelihood_ratios(fitted)


def _trace(fitted: Trace, X: Any, y: Any) -> Any:
    if fitted.search is None:
        return trace(fitted)
    axes = panels(2)
    search(fitted, ax=axes[0]).set_title("Search", loc="left")
    trace(fitted, ax=axes[1]).set_title("EM", loc="left")
    return axes


def _search(fitted: SearchTrace, X: Any, y: Any) -> Any:
    return search(fitted)


_KINDS: dict[type, Callable[[Any, Any, Any], Any]] = {
    MixtureRegressor: _regressor,
    Combination: _combination,
    ModalClustering: _modes,
    DimensionReduction: _reduction,
    ResampledEstimates: _resampled,
    LikelihoodRatioTest: _test,
    Trace: _trace,
    SearchTrace: _search,
    Stability: lambda fitted, X, y: stability(fitted),
    MixingDendrogram: lambda fitted, X, y: dendrogram(fitted),
}
