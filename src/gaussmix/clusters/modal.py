"""Modal clustering: the modes of a mixture, and the mode of each row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .._types import Floats, Ints
from ..errors import InputError
from ..mixture import Mixture
from ..mixture.modal_em import component_starts, modes_from
from ..mixture.of_model import gaussians_of
from ..validation import as_rows_with_holes, check_same_columns

__all__ = ["ModalClustering", "modal_clustering"]


@dataclass(frozen=True, eq=False, repr=False)
class ModalClustering:
    """The modes of a mixture, and the assignment of rows to them.

    Attributes
    ----------
    mixture : Mixture
        The mixture of K components.
    modes : (M, D) array
        The modes, in the units of the columns; first those reached from component means, in their order.
    log_densities : (M,) array
        The log-density at each mode, in nats.
    component_labels : (K,) array of int
        The mode reached from the mean of each component.
    labels : (n,) array of int
        The mode of each row; −1 for rows of a uniform component.

    Examples
    --------
    >>> import gaussmix
    >>> X = gaussmix.datasets.load_faithful().data
    >>> model = gaussmix.GaussianMixture(3, random_state=0).fit(X)
    >>> gaussmix.modal_clustering(model, X)
    <ModalClustering: 3 modes of 3 components, with 175, 46 and 51 rows>
    """

    mixture: Mixture
    modes: Floats
    log_densities: Floats
    component_labels: Ints
    labels: Ints = field(repr=False)

    def predict(self, X: Any) -> Ints:
        """Return the mode of each row, reached by modal EM; the rows may be new.

        Parameters
        ----------
        X : (n, D) array
            Rows, in the units of the columns, without missing values.

        Returns
        -------
        (n,) array of int
            Numbers of modes, from 0; −1 for rows of a uniform component.

        Raises
        ------
        InputError
            If a value is missing, or a row leads to a new mode.
        """
        rows = _complete_rows(X, self.mixture)
        M = len(self.modes)
        labels = modes_from(self.mixture, np.concatenate([self.modes, rows])).labels[M:]
        if (labels >= M).any():
            row = int(np.argmax(labels >= M))
            raise InputError(f"X[{row}] leads to a new mode: call modal_clustering again, with this row.")
        return _without_noise(self.mixture, rows, labels)

    def __repr__(self) -> str:
        M, K = len(self.modes), self.mixture.n_components
        many = f"{M} mode{'s' * (M != 1)} of {K} component{'s' * (K != 1)}"
        if not len(self.labels):
            return f"<ModalClustering: {many}>"
        sizes = [f"{size:,}" for size in np.bincount(self.labels[self.labels >= 0], minlength=M)]
        listed = " and ".join([", ".join(sizes[:-1]), sizes[-1]] if M > 1 else sizes)
        return f"<ModalClustering: {many}, with {listed} rows>"


def modal_clustering(model: Any, X: Any = None) -> ModalClustering:
    r"""Find the modes of a mixture by modal EM, and assign rows to them.

    .. math:: x \leftarrow \left(\sum_k r_k(x) \Sigma_k^{-1}\right)^{-1} \sum_k r_k(x) \Sigma_k^{-1} \mu_k

    A cluster is the set of points from which modal EM reaches the same mode; no step decreases the density. Without
    rows, modal EM starts at the means of the components, and may miss modes.

    Parameters
    ----------
    model : Mixture or fitted estimator
        The mixture of K components.
    X : (n, D) array, optional
        Rows, in the units of the columns, without missing values. Modal EM begins at them, and at the means.

    Returns
    -------
    ModalClustering
        The modes, and the labels of the rows.

    Raises
    ------
    InputError
        If a value is missing, or the mixture has singular covariances, whose density is unbounded.

    References
    ----------
    Li, J., Ray, S. and Lindsay, B. G. (2007). A nonparametric statistical approach to clustering via mode
    identification. J. Mach. Learn. Res. 8, 1687-1723.

    Scrucca, L. (2021). A fast and efficient modal EM algorithm for Gaussian mixtures. Statistical Analysis and Data
    Mining 14, 305-314.

    Examples
    --------
    >>> from gaussmix import Mixture, modal_clustering
    >>> near = Mixture([0.5, 0.5], [[-0.9], [0.9]], [1.0, 1.0])
    >>> modal_clustering(near).modes.round(6) + 0.0
    array([[0.]])
    >>> modal_clustering(Mixture([0.5, 0.5], [[-2.0], [2.0]], [1.0, 1.0])).modes.round(3)
    array([[-1.999],
           [ 1.999]])
    """
    mixture = gaussians_of(model, "modal_clustering")
    rows = np.zeros((0, mixture.n_features)) if X is None else _complete_rows(X, mixture)
    found, K = modes_from(mixture, np.concatenate([component_starts(mixture), rows])), mixture.n_components
    return ModalClustering(
        mixture,
        found.modes,
        mixture.log_prob(found.modes),
        found.labels[:K],
        _without_noise(mixture, rows, found.labels[K:]),
    )


def _complete_rows(X: Any, mixture: Mixture) -> Floats:
    check_same_columns(X, mixture.feature_names)
    rows, holes = as_rows_with_holes(X, n_features=mixture.n_features, one_column=True)
    if holes:
        row = int(np.isnan(rows).any(axis=1).argmax())
        raise InputError(
            f"X[{row}] has a missing value, and modal EM needs complete rows: impute them first."
        )
    return np.asarray(rows, dtype=np.float64)


def _without_noise(mixture: Mixture, rows: Floats, labels: Ints) -> Ints:
    if mixture.uniform is None or not len(rows):
        return labels
    return np.where(mixture.predict(rows) < 0, -1, labels)
