"""StudentMixture: the estimator of mixtures of multivariate t distributions."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._types import Floats
from ..degrees_of_freedom import DegreesOfFreedom
from ..mixture import Mixture, TMixture
from .gaussian_mixture import GaussianMixture
from .options import tails_of

__all__ = ["StudentMixture"]


class StudentMixture(GaussianMixture):
    r"""Fit a mixture of multivariate t distributions to rows by EM: a few remote rows do not change the fit.

    .. math:: p(x) = \sum_{k=1}^K p_k \, t(x \mid \mu_k, \Sigma_k, \nu_k)

    A t distribution has heavier tails than a Gaussian, which it becomes for ν → ∞. In each M-step a row counts by its
    expected precision :math:`u = (\nu + D) / (\nu + \delta)`, with δ its squared Mahalanobis distance. Other
    attributes and methods are those of :class:`GaussianMixture`; ``covariances_`` are the scale matrices Σ.

    Parameters
    ----------
    n_components : int or "auto", default=1
        Number of mixture components (K); "auto" chooses among 1 to 9 by BIC.
    covariance_type : str or Family, default="full"
        The family of the scale matrices, as in :class:`GaussianMixture`.
    degrees_of_freedom : {"common", "each"}, float or (K,) array, default="common"
        Degrees of freedom ν. "common": estimated, one number for all components; "each": estimated for each component,
        which needs many rows. Estimates are between 1 and 10,000. A number, or one for each component, is fixed.
    tol : "auto", float or StoppingRule, default="auto"
        The stopping rule, as in :class:`GaussianMixture`.
    reg_covar : "auto" or float, default="auto"
        The lower bound of the scale matrices, as in :class:`GaussianMixture`; S is a robust scatter matrix of the rows.
    max_iter : int, default=1000
        Maximum number of iterations of EM.
    n_init : int, default=1
        Number of starts, as in :class:`GaussianMixture`.
    init_params : str, array, Mixture or callable, default="kmeans"
        The start of EM, as in :class:`GaussianMixture`.
    weights_init : (K,) array, optional
        Weights of the first mixture.
    means_init : (K, D) array, optional
        Means of the first mixture.
    precisions_init : array, optional
        Inverse scale matrices of the first mixture.
    random_state : int, RandomState, Generator or None, default=None
        Source of random numbers.
    warm_start : bool, default=False
        Start ``fit`` from the mixture of the last ``fit``.
    verbose : int, default=0
        Lines of progress, as in :class:`GaussianMixture`.
    verbose_interval : int, default=10
        Number of iterations of EM between two lines.
    search : {"auto", "likelihood", "off"}, number of seconds or Budget, default="auto"
        The search before EM, as in :class:`GaussianMixture`. It fits Gaussians to the rows without outliers.
    acceleration : {"auto", "off"}, default="auto"
        Acceleration of EM, as in :class:`GaussianMixture`.
    callbacks : callable or list of callables, optional
        Called after each iteration, as in :class:`GaussianMixture`.
    engine : Engine, optional
        The engine for the passes over the rows.
    noise_component : bool or float, default=False
        Whether to add a uniform component, as in :class:`GaussianMixture`.
    prior : {None, "mclust"} or ConjugatePrior, default=None
        A prior of weights, locations and scale matrices, as in :class:`GaussianMixture`.
    fix : dict, optional
        Parameters that are not estimated, as in :class:`GaussianMixture`.
    max_eigenvalue_ratio : float, optional
        The largest ratio of two eigenvalues of the scale matrices.
    min_weight : float, default=0.0
        The least weight of a component, at most 1/K.
    trim : float, default=0.0
        The share of rows of least density that is left out, as in :class:`GaussianMixture`.

    Attributes
    ----------
    mixture_ : TMixture
        The fitted distribution.
    degrees_of_freedom_ : (K,) array
        Degrees of freedom of the components.
    weights_ : (K,) array
        Weights of the components.
    means_ : (K, D) array
        Their locations, in the units of the columns.
    covariances_ : array
        Scale matrices Σ, in the shape of the family; the covariance of a component is ν/(ν − 2) Σ for ν > 2.
    precisions_ : array
        Inverse scale matrices, in the same shape.
    precisions_cholesky_ : array
        Upper triangular U with Σ⁻¹ = U Uᵀ, in the same shape.
    converged_ : bool
        Whether the best run of EM converged.
    n_iter_ : int
        Number of iterations of that run.
    lower_bound_ : float
        The mean log-likelihood at the last E-step of that run, in nats per unit of weight.
    lower_bounds_ : list of float
        The mean log-likelihood at each iteration of that run.
    n_parameters_ : int
        The number of estimated parameters, as in ``bic``.
    candidates_ : tuple of FittedModel, or None
        The models that "auto" compared; None without "auto".
    trace_ : Trace
        All runs of EM, and the search before them.
    trim_threshold_ : float or None
        The log-density below which rows are trimmed, nats; None without ``trim``.
    n_features_in_ : int
        Number of columns of the fit (D).
    feature_names_in_ : (D,) array of str
        Names of the columns, if X had names.

    Raises
    ------
    InputError
        If an option or the data are invalid, or rows have measurement errors.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix import StudentMixture
    >>> from gaussmix.datasets import load_faithful
    >>> X = np.vstack([load_faithful().data, [[50.0, 500.0]]])  # one row with a lost decimal point
    >>> model = StudentMixture(2, random_state=0).fit(X)
    >>> model.means_.round(1)
    array([[ 4.3, 80. ],
           [ 2. , 54. ]])
    >>> model.precision_weights(X)[[0, -1]].round(2)
    array([0.74, 0.  ])

    References
    ----------
    Peel, D. and McLachlan, G. J. (2000). Robust mixture modelling using the t distribution. Statistics and Computing
    10, 339-348.
    """

    mixture_: TMixture

    def __init__(
        self,
        n_components: Any = 1,
        *,
        covariance_type: Any = "full",
        degrees_of_freedom: Any = "common",
        tol: Any = "auto",
        reg_covar: Any = "auto",
        max_iter: int = 1000,
        n_init: int = 1,
        init_params: Any = "kmeans",
        weights_init: Any = None,
        means_init: Any = None,
        precisions_init: Any = None,
        random_state: Any = None,
        warm_start: bool = False,
        verbose: int = 0,
        verbose_interval: int = 10,
        search: Any = "auto",
        acceleration: str = "auto",
        callbacks: Any = None,
        engine: Any = None,
        noise_component: Any = False,
        prior: Any = None,
        fix: Any = None,
        max_eigenvalue_ratio: Any = None,
        min_weight: Any = 0.0,
        trim: float = 0.0,
    ) -> None:
        super().__init__(
            n_components,
            covariance_type=covariance_type,
            tol=tol,
            reg_covar=reg_covar,
            max_iter=max_iter,
            n_init=n_init,
            init_params=init_params,
            weights_init=weights_init,
            means_init=means_init,
            precisions_init=precisions_init,
            random_state=random_state,
            warm_start=warm_start,
            verbose=verbose,
            verbose_interval=verbose_interval,
            search=search,
            acceleration=acceleration,
            callbacks=callbacks,
            engine=engine,
            noise_component=noise_component,
            prior=prior,
            fix=fix,
            max_eigenvalue_ratio=max_eigenvalue_ratio,
            min_weight=min_weight,
            trim=trim,
        )
        self.degrees_of_freedom = degrees_of_freedom

    @property
    def degrees_of_freedom_(self) -> Any:
        """Degrees of freedom of the components, (K,)."""
        return self._show("degrees_of_freedom_", lambda mixture: _t(mixture).degrees_of_freedom)

    def precision_weights(self, X: Any) -> Floats:
        r"""Return the expected precision of each row, about one in a component and near zero for an outlier.

        .. math:: \sum_k r_k(x) \, \frac{\nu_k + D}{\nu_k + \delta_k(x)}

        Parameters
        ----------
        X : (n, D) array, data frame, path or Source
            Rows, as in :meth:`fit`.

        Returns
        -------
        (n,) array
            Weights between 0 and 1 + D/ν.

        Raises
        ------
        NotFittedError, InputError
            If the estimator is not fitted, or the rows are invalid.

        Examples
        --------
        >>> from gaussmix import StudentMixture, datasets
        >>> X = datasets.load_faithful().data
        >>> model = StudentMixture(2, degrees_of_freedom=5.0, random_state=0).fit(X)
        >>> model.precision_weights([[4.0, 40.0]]).round(2)
        array([0.1])
        """
        weights: Floats = self._of_rows("precision_weights", X)
        return weights

    def _mixture_of_parts(self, mixture: Mixture, last: Mixture | None) -> Mixture:
        if isinstance(last, TMixture) and last.n_components == mixture.n_components:
            return TMixture.with_tails(mixture, np.array(last.degrees_of_freedom), last.estimated)
        rule: DegreesOfFreedom = tails_of(self.degrees_of_freedom, mixture.n_components)
        return TMixture.with_tails(mixture, rule.start(mixture.n_components), rule.estimated)


def _t(mixture: Mixture) -> TMixture:
    assert isinstance(mixture, TMixture)
    return mixture
