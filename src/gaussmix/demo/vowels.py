"""EM on the vowels of 76 speakers, iteration by iteration, and the recognition of vowels."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gaussmix import GaussianMixture, Mixture, MixtureClassifier, datasets, plots

__all__ = [
    "ALL",
    "FORMANTS",
    "ROUNDING",
    "CrossValidation",
    "RecordedFit",
    "cross_validate",
    "random_start",
    "record_fit",
]

FORMANTS, ALL = ("F1", "F2"), ("F0", "F1", "F2", "F3")

ROUNDING = 10.0**2 / 12.0
"""Variance of rounding to 10 Hz, in Hz²: the formants are given to 10 Hz."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RecordedFit:
    """A fit by EM with every iteration.

    Parameters
    ----------
    vowel, ipa : str
        The vowel in ARPABET and in IPA.
    X : (n, 2) array
        Formants, in hertz.
    recorder : plots.Recorder
        The start and every iteration.
    """

    vowel: str
    ipa: str
    X: Floats
    model: GaussianMixture
    recorder: plots.Recorder

    @property
    def n_components(self) -> int:
        """Number of components K."""
        return self.model.mixture_.n_components

    def frames(self, every: int) -> list[plots.Frame]:
        """Return each iteration up to a number, then every fifth, and the last."""
        whole = self.recorder.frames
        return [f for f in whole if f.iteration <= every or f.iteration % 5 == 0 or f is whole[-1]]


def random_start(X: Floats, n_components: int, seed: int) -> Mixture:
    """Return a start far from the optimum: means at random rows, covariances diag(Var X) / K, weights 1 / K.

    Examples
    --------
    >>> import numpy as np
    >>> random_start(np.array([[0.0, 1.0], [2.0, 5.0], [4.0, 0.0]]), 2, seed=0).weights
    array([0.5, 0.5])
    """
    K = n_components
    rows = np.random.default_rng(seed).choice(len(X), size=K, replace=False)
    names = [f"{name} (Hz)" for name in FORMANTS]
    return Mixture(np.full(K, 1 / K), X[rows], np.tile(X.var(axis=0) / K, (K, 1)), feature_names=names)


def record_fit(vowel: str, n_components: int, seed: int, max_iter: int = 1000) -> RecordedFit:
    """Fit a mixture with diagonal covariances to F1 and F2 of a vowel by plain EM, and record each iteration.

    Examples
    --------
    >>> fit = record_fit("iy", 3, seed=0)
    >>> len(fit.recorder) == fit.model.n_iter_ + 1
    True
    """
    vowels = datasets.load_vowels()
    of_vowel = vowels.target == vowel
    X = vowels.data[of_vowel, 1:3]
    start = random_start(X, n_components, seed)
    recorder = plots.Recorder(start)
    model = GaussianMixture(
        n_components,
        covariance_type="diag",
        # With all three given, the fit is EM from this start and from no other.
        weights_init=start.weights,
        means_init=start.means,
        precisions_init=1.0 / start.covariances.array,
        # With few iterations, the fit has not converged and need not warn.
        tol="auto" if max_iter >= 1000 else 0,
        max_iter=max_iter,
        callbacks=recorder,
    )
    return RecordedFit(vowel, str(vowels.ipa[of_vowel][0]), X, model.fit(X), recorder)


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """Predictions of classifiers for the speakers held out of their fits.

    Parameters
    ----------
    classes : (C,) array of str
        The vowels.
    counts : (C, C) array
        Confusion matrix: true vowels in rows, predictions in columns.
    model : MixtureClassifier
        The classifier of the first fold.
    X, y : arrays (m, D) and (m,)
        The test rows of the first fold.
    """

    classes: NDArray[np.str_]
    counts: NDArray[np.intp]
    model: MixtureClassifier
    X: Floats
    y: NDArray[np.str_]

    @property
    def error(self) -> float:
        """Fraction of wrong predictions."""
        return float(1.0 - np.trace(self.counts) / self.counts.sum())


def cross_validate(
    features: tuple[str, ...], n_components: int, only: tuple[str, ...] = (), folds: int = 4
) -> CrossValidation:
    """Cross-validate classifiers of vowels; no speaker is in the training and the test rows of a fold.

    Parameters
    ----------
    features : tuple of str
        The columns to use.
    n_components : int
        Components of the mixture of each vowel, with diagonal covariances.
    only : tuple of str
        The vowels, in ARPABET; all ten by default.
    folds : int
        Number of folds of the speakers.

    Examples
    --------
    >>> cross_validate(FORMANTS, 1, only=("iy", "ih")).error < 0.1
    True
    """
    vowels = datasets.load_vowels()
    used = np.isin(vowels.target, only or vowels.target_names)
    X = vowels.data[used][:, [vowels.feature_names.index(name) for name in features]]
    y, fold = vowels.ipa[used], vowels.speaker[used] % folds
    classes = np.array(list(dict.fromkeys(y.tolist())))
    position = {name: i for i, name in enumerate(classes.tolist())}
    counts = np.zeros((len(classes), len(classes)), dtype=np.intp)
    models = []
    for i in range(folds):
        test = fold == i
        model = MixtureClassifier(n_components, covariance_type="diag", reg_covar=ROUNDING, random_state=0)
        with warnings.catch_warnings():
            # Some of the mixtures have too many components on purpose: the error shows it.
            warnings.filterwarnings("ignore", message=".*free parameters")
            models.append(model.fit(X[~test], y[~test]))
        pairs = zip(y[test].tolist(), model.predict(X[test]).tolist(), strict=True)
        for true, predicted in pairs:
            counts[position[true], position[predicted]] += 1
    return CrossValidation(classes, counts, models[0], X[fold == 0], y[fold == 0])
