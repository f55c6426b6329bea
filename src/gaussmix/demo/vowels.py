"""The second story: EM seen at work on the vowels of 76 speakers, and vowels told apart."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gaussmix import GaussianMixture, Mixture, MixtureClassifier, datasets, plots

__all__ = ["ALL", "FORMANTS", "ROUNDING", "Climb", "Verdict", "climb", "first_mixture", "judge"]

FORMANTS = ("F1", "F2")
ALL = ("F0", "F1", "F2", "F3")

ROUNDING = 10.0**2 / 12.0
"""The formants are given to 10 Hz: no variance can be known better than that of the rounding, in Hz²."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Climb:
    """A fit by EM, iteration by iteration.

    Parameters
    ----------
    vowel, ipa : str
        The code of the vowel, and its phonetic sign.
    X : (n, 2) array
        Formants, hertz.
    model : GaussianMixture
    recorder : plots.Recorder
        Holds the start and every iteration.
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
        """Return every iteration up to a number, after it every fifth, and the last."""
        whole = self.recorder.frames
        return [f for f in whole if f.iteration <= every or f.iteration % 5 == 0 or f is whole[-1]]


def first_mixture(X: Floats, n_components: int, seed: int) -> Mixture:
    """Return a start from which EM has some way to go.

    The means are rows drawn at random, the covariances diagonal, Var(X) / K, and the weights 1 / K.

    Examples
    --------
    >>> import numpy as np
    >>> first_mixture(np.array([[0.0, 1.0], [2.0, 5.0], [4.0, 0.0]]), 2, seed=0).weights
    array([0.5, 0.5])
    """
    K = n_components
    rows = np.random.default_rng(seed).choice(len(X), size=K, replace=False)
    names = [f"{name} (Hz)" for name in FORMANTS]
    spread = np.tile(X.var(axis=0) / K, (K, 1))
    return Mixture(np.full(K, 1 / K), X[rows], spread, feature_names=names)


def climb(vowel: str, n_components: int, seed: int, max_iter: int = 1000) -> Climb:
    """Fit a mixture with diagonal covariances to a vowel's F1 and F2 by plain EM, and record it.

    Examples
    --------
    >>> story = climb("iy", 3, seed=0)
    >>> len(story.recorder) == story.model.n_iter_ + 1
    True
    """
    table = datasets.load_vowels()
    table = table.take(table.vowel == vowel)
    X = table.columns(FORMANTS)
    start = first_mixture(X, n_components, seed)
    recorder = plots.Recorder(start)
    model = GaussianMixture(
        n_components,
        covariance_type="diag",
        # With all three given, the fit is EM from this start and from no other.
        weights_init=start.weights,
        means_init=start.means,
        precisions_init=1.0 / start.covariances.array,
        # A film that is cut short has not converged, and need not say so.
        tol="auto" if max_iter >= 1000 else 0,
        max_iter=max_iter,
        callbacks=recorder,
    )
    return Climb(vowel, str(table.ipa[0]), X, model.fit(X), recorder)


@dataclass(frozen=True, eq=False)
class Verdict:
    """What a classifier said of speakers that it had not heard.

    Parameters
    ----------
    classes : (C,) array of str
        The vowels, in the order of the table.
    counts : (C, C) array
        How often a vowel (line) was taken for another (column).
    model : MixtureClassifier
        The classifier of the first round: it has not heard a quarter of the speakers.
    heldout : (n,) array of bool
        The rows of those speakers.
    """

    classes: NDArray[np.str_]
    counts: NDArray[np.intp]
    model: MixtureClassifier
    heldout: NDArray[np.bool_]

    @property
    def error(self) -> float:
        """Share of the rows that were taken for another vowel."""
        return float(1.0 - np.trace(self.counts) / self.counts.sum())


def judge(table: datasets.Table, columns: tuple[str, ...], n_components: int, rounds: int = 4) -> Verdict:
    """Hold out a quarter of the speakers at a time, and let a classifier fitted to the others tell their vowels.

    Parameters
    ----------
    table : Table
        The vowels to tell apart.
    columns : tuple of str
        The measurements to tell them by.
    n_components : int
        Components of each vowel's mixture, with diagonal covariances.
    rounds : int
        Each speaker is held out in one of so many rounds.

    Examples
    --------
    >>> table = datasets.load_vowels()
    >>> two = table.take((table.vowel == "iy") | (table.vowel == "ih"))
    >>> judge(two, FORMANTS, 1).error < 0.1
    True
    """
    X, ipa = table.columns(columns), table.ipa
    classes = np.array(list(dict.fromkeys(ipa.tolist())))
    position = {name: i for i, name in enumerate(classes.tolist())}
    counts = np.zeros((len(classes), len(classes)), dtype=np.intp)
    models = []
    for turn in range(rounds):
        away = table.speaker % rounds == turn
        model = MixtureClassifier(n_components, covariance_type="diag", reg_covar=ROUNDING, random_state=0)
        with warnings.catch_warnings():
            # Too many components for the rows of a vowel are among those compared: the error shows it.
            warnings.filterwarnings("ignore", message=".*free parameters")
            models.append(model.fit(X[~away], ipa[~away]))
        said = model.predict(X[away])
        lines, columns_said = ([position[v] for v in values.tolist()] for values in (ipa[away], said))
        np.add.at(counts, (lines, columns_said), 1)
    return Verdict(classes, counts, models[0], table.speaker % rounds == 0)
