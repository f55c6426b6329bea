"""What is pickled by one Python and loaded by another, and what it answers: ``python things.py FILE`` writes a file."""

from __future__ import annotations

import pickle
import sys
import warnings
from pathlib import Path

import numpy as np

ROWS = np.array([[0.0, 1.0], [2.0, -1.0], [5.0, 5.5], [1e20, 0.0], [6.5, 4.0]])


def make():
    """Return estimators, mixtures and what belongs to them, by name."""
    import gaussmix

    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(60, 2)), rng.normal(size=(60, 2)) + 5.0])
    y = np.repeat(["left", "right"], 60)
    things = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in ("full", "tied", "diag", "spherical", "tied-diag", "tied-spherical"):
            model = gaussmix.GaussianMixture(2, covariance_type=name, random_state=0, search="off").fit(X)
            things[f"mixture, {name}"] = model.mixture_
        things["mixture, singular"] = gaussmix.Mixture(
            [1.0], [[0.0, 0.0]], [[[1.0, 1.0], [1.0, 1.0]]], allow_singular=True
        )
        things["estimator with a search"] = gaussmix.GaussianMixture(3, random_state=0).fit(X)
        things["estimator that goes on"] = gaussmix.GaussianMixture(2, warm_start=True, random_state=0).fit(X)
        things["classifier"] = gaussmix.MixtureClassifier(2, random_state=0).fit(X, y)
    things["estimator before its fit"] = gaussmix.GaussianMixture(
        4, covariance_type=gaussmix.Tied(gaussmix.Full())
    )
    return things


def answers(thing):
    """Return what a thing says of some rows, as an array."""
    if hasattr(thing, "log_prob"):
        return thing.log_prob(ROWS)
    if hasattr(thing, "classes_"):
        return thing.predict_log_proba(ROWS)
    if hasattr(thing, "mixture_"):
        return thing.score_samples(ROWS)
    return np.array([float(thing.n_components)])


def write(path):
    """Write the things and their answers."""
    whole = {name: (thing, answers(thing)) for name, thing in make().items()}
    Path(path).write_bytes(pickle.dumps(whole))


if __name__ == "__main__":
    write(sys.argv[1])
