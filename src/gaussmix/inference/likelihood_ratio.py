"""Likelihood-ratio tests of K against K + 1 components, by a parametric bootstrap of searched maxima."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .._types import Floats
from ..engines import TaskPool
from ..errors import InputError
from ..estimators import GaussianMixture
from ..estimators.initialization import is_function
from ..estimators.kinds import on_host
from ..estimators.rows import fit_rows, keep_fit
from ..mixture import Mixture
from ..validation import as_count, as_generator
from .data_frames import frame_of
from .progress import Callback, Watch, as_callbacks
from .refits import as_estimator, draw_seeds, in_parallel, pool_of, refit, template_of
from .resampled import as_level
from .resampling import Observed, parametric

__all__ = ["LikelihoodRatio", "LikelihoodRatioTest", "likelihood_ratio_test"]


@dataclass(frozen=True, eq=False)
class LikelihoodRatio:
    r"""The test of K components against K + 1.

    .. math:: T = 2 (\log L_{K+1} - \log L_K), \qquad p = \frac{1 + \#\{b : T_b \ge T\}}{B + 1}

    Attributes
    ----------
    n_components : int
        K, the number of components of the null hypothesis.
    statistic : float
        T, never negative.
    replicates : (B,) array
        T_b of rows drawn from the fitted mixture of K components.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix import inference
    >>> inference.LikelihoodRatio(2, 9.0, np.array([1.0, 10.0, 3.0])).p_value
    0.5
    """

    n_components: int
    statistic: float
    replicates: Floats = field(repr=False)

    @property
    def p_value(self) -> float:
        """The p-value p."""
        return float((1 + np.count_nonzero(self.replicates >= self.statistic)) / (len(self.replicates) + 1))

    def __str__(self) -> str:
        return f"{self.n_components} against {self.n_components + 1}: T = {self.statistic:.2f}, p = {self.p_value:.3g}"


@dataclass(frozen=True, eq=False, repr=False)
class LikelihoodRatioTest:
    """A sequence of tests of K against K + 1 components, up to the first K that is not rejected.

    Attributes
    ----------
    tests : tuple of LikelihoodRatio
        The tests, in order.
    level : float
        The significance level.
    fits : tuple of GaussianMixture
        The fits to the rows, in ascending number of components.

    Examples
    --------
    >>> from gaussmix import GaussianMixture, datasets, inference
    >>> X = datasets.load_faithful().data
    >>> test = inference.likelihood_ratio_test(
    ...     GaussianMixture(covariance_type="tied"),
    ...     X[:, 1:],
    ...     max_components=2,
    ...     n_replicates=19,
    ...     random_state=0,
    ... )
    >>> test
    <LikelihoodRatioTest: at least 2 components at the level 0.05; 1 against 2: T = 122.57, p = 0.05>
    """

    tests: tuple[LikelihoodRatio, ...]
    level: float
    fits: tuple[GaussianMixture, ...] = field(repr=False)

    @property
    def rejected(self) -> bool:
        """Whether the last tested number of components is rejected, too."""
        return self.tests[-1].p_value <= self.level

    @property
    def n_components(self) -> int:
        """The first number of components that is not rejected, or the largest one fitted."""
        return self.tests[-1].n_components + self.rejected

    @property
    def best(self) -> GaussianMixture:
        """The fit with the selected number of components."""
        return self.fits[self.n_components - self.tests[0].n_components]

    def table(self) -> Any:
        """Return the tests as a table, a line for each.

        Returns
        -------
        pandas.DataFrame
            Columns "n_components" (of the null hypothesis), "statistic", "p_value", "n_replicates".

        Raises
        ------
        MissingDependencyError
            If pandas is not installed.
        """
        return frame_of(
            {
                "n_components": [test.n_components for test in self.tests],
                "statistic": [test.statistic for test in self.tests],
                "p_value": [test.p_value for test in self.tests],
                "n_replicates": [len(test.replicates) for test in self.tests],
            }
        )

    def __repr__(self) -> str:
        K = self.n_components
        verdict = f"{'at least ' * self.rejected}{K} component{'s' * (K > 1)} at the level {self.level:g}"
        return f"<LikelihoodRatioTest: {verdict}; {'; '.join(map(str, self.tests))}>"


def likelihood_ratio_test(
    model: Any,
    X: Any,
    *,
    min_components: int = 1,
    max_components: int = 9,
    level: float = 0.05,
    n_replicates: int = 999,
    sample_weight: Any = None,
    noise: Any = None,
    random_state: Any = None,
    engine: Any = None,
    callbacks: Any = None,
    verbose: int = 0,
) -> LikelihoodRatioTest:
    r"""Test K against K + 1 components by the bootstrap likelihood ratio, for increasing K until K is not rejected.

    .. math:: T = 2 (\log L_{K+1} - \log L_K), \qquad p = \frac{1 + \#\{b : T_b \ge T\}}{B + 1}

    T has no χ² distribution, because mixtures of K components lie on the boundary of those of K + 1. Its distribution
    is estimated by the T_b of B tables drawn from the fitted mixture of K components. All likelihoods are maximised by
    a search. T is never negative, as a mixture of K components is also one of K + 1.

    Parameters
    ----------
    model : GaussianMixture
        The options of all fits, such as ``covariance_type``; its ``n_components`` is ignored.
    X : (n, D) array or data frame
        Rows; NaN is a missing value.
    min_components, max_components : int
        Smallest number tested, and largest number fitted.
    level : float
        Significance level: the tests end with the first p-value above it.
    n_replicates : int
        Number of tables drawn for each test (B), at least 1 / ``level`` − 1: no p-value is below 1 / (B + 1).
    sample_weight : (n,) array, optional
        Weights of the rows: numbers of observations.
    noise : (n, D) or (n, D, D) array, optional
        Variances or covariances of the rows' measurement errors, in squared units.
    random_state : int, RandomState, Generator or None, default=None
        Source of random numbers. A number makes results reproducible, with any number of threads.
    engine : Engine, optional
        The engine for the refits; threads by default.
    callbacks : callable or list of callables, optional
        Called with a :class:`Progress` after each replicate. If one returns True, the result has the tests and
        replicates so far.
    verbose : int
        1 prints ten lines of progress for each test.

    Returns
    -------
    LikelihoodRatioTest
        The tests, and the selected number of components.

    Raises
    ------
    InputError
        If the rows or an option are invalid.

    References
    ----------
    McLachlan, G. J. (1987). On bootstrapping the likelihood ratio test statistic for the number of components in a
    normal mixture. Applied Statistics 36, 318-324.

    Examples
    --------
    >>> from gaussmix import GaussianMixture, datasets, inference
    >>> X = datasets.load_faithful().data
    >>> test = inference.likelihood_ratio_test(
    ...     GaussianMixture(), X, max_components=2, n_replicates=19, random_state=0
    ... )
    >>> round(test.tests[0].statistic, 3)
    319.066
    """
    estimator = as_estimator(model, "a likelihood-ratio test")
    _check_options(estimator)
    rows, _, features = fit_rows(on_host(X))
    observed = Observed.of(rows, on_host(sample_weight), on_host(noise))
    observed.check_frequencies()
    least, most = _range(min_components, max_components)
    level, count = as_level(level), as_count(n_replicates, "n_replicates")
    _check_replicates(count, level)
    rng, called = as_generator(random_state), as_callbacks(callbacks)
    with pool_of(engine) as pool:
        tests = _Tests(estimator, observed, called, bool(verbose), pool)
        for K in range(least, most):
            if not tests.add(K, draw_seeds(rng, count + 2), level):
                break
    for fit in tests.fits:
        keep_fit(fit, features, mixture_=fit.mixture_.named(features.texts))
    return LikelihoodRatioTest(tuple(tests.tests), level, tuple(tests.fits))


def _range(min_components: Any, max_components: Any) -> tuple[int, int]:
    least, most = as_count(min_components, "min_components"), as_count(max_components, "max_components")
    if most <= least:
        raise InputError(
            f"max_components is {most} and min_components {least}: give a larger max_components, as K is compared "
            "with K + 1."
        )
    return least, most


def _check_replicates(count: int, level: float) -> None:
    """Raise InputError if no p-value can be as low as the level."""
    fewest = math.ceil(1.0 / level - 1e-9) - 1
    if count < fewest:
        raise InputError(
            f"n_replicates is {count}, with which no p-value is below 1 / {count + 1}, and level is {level:g}: give at "
            f"least {fewest} replicates."
        )


def _check_options(model: GaussianMixture) -> None:
    """Raise InputError if no family is given, or a start is: it fits only one number of components."""
    given = [
        name for name in ("weights_init", "means_init", "precisions_init") if getattr(model, name) is not None
    ]
    if not (isinstance(model.init_params, str) or is_function(model.init_params)):
        given.append("init_params")
    if isinstance(model.covariance_type, str) and model.covariance_type == "auto":
        raise InputError(
            "covariance_type is 'auto', and a likelihood-ratio test compares mixtures of one family: give its "
            "name, such as 'VVV'."
        )
    if given:
        raise InputError(
            f"{given[0]} is given, which starts fits of one number of components, and a test compares several: leave "
            "it out."
        )


class _Tests:
    """The fits to the rows and the tests, one after the other."""

    def __init__(
        self,
        model: GaussianMixture,
        observed: Observed,
        callbacks: Sequence[Callback],
        verbose: bool,
        pool: TaskPool,
    ) -> None:
        self._model, self._observed, self._callbacks, self._verbose = model, observed, callbacks, verbose
        self._pool = pool
        self.fits: list[GaussianMixture] = []
        self.tests: list[LikelihoodRatio] = []

    def add(self, K: int, seeds: Any, level: float) -> bool:
        """Test K components; return whether the next number is to be tested."""
        if not self.fits:
            self.fits.append(self._fitted(K, int(seeds[-2, 0])))
        self.fits.append(self._fitted(K + 1, int(seeds[-1, 0])))
        null = self.fits[-2].mixture_
        statistic = _ratio(*(_log_likelihood(fit, self._observed) for fit in self.fits[-2:]))
        watch = Watch(f"{K} against {K + 1} components", len(seeds) - 2, self._callbacks, self._verbose)
        found = in_parallel(
            _Replicate(self._model, self._observed, null), list(seeds[:-2]), watch, self._pool
        )
        replicates = np.array([value for value in found if isinstance(value, float)])
        self.tests.append(LikelihoodRatio(K, statistic, replicates))
        return self.tests[-1].p_value <= level and not watch.stopped

    def _fitted(self, K: int, seed: int) -> GaussianMixture:
        shown = template_of(self._model, None, n_components=K, engine=self._model.engine)
        return refit(shown, self._observed, seed)


class _Replicate:
    """The statistic of a table drawn from a mixture."""

    def __init__(self, model: GaussianMixture, observed: Observed, null: Mixture) -> None:
        K = null.n_components
        held = {} if null.uniform is None else {"noise_component": float(np.exp(null.uniform.log_volume))}
        self._observed, self._null = observed, null
        self._smaller, self._larger = (
            template_of(model, None, n_components=count, **held) for count in (K, K + 1)
        )

    def __call__(self, seeds: Any) -> float:
        rows = parametric(self._observed, self._null, np.random.default_rng(int(seeds[0])))
        # The fits of the observed rows: starts from the truth would lower the statistic of the replicates alone.
        smaller, larger = (refit(template, rows, int(seeds[1])) for template in (self._smaller, self._larger))
        return _ratio(_log_likelihood(smaller, rows), _log_likelihood(larger, rows))


def _log_likelihood(fit: GaussianMixture, observed: Observed) -> float:
    return fit.score(**observed.arguments()) * observed.total_weight


def _ratio(smaller: float, larger: float) -> float:
    """Return the statistic: the mixture of K components, one of them twice, is a mixture of K + 1 too."""
    return 2.0 * (max(smaller, larger) - smaller)
