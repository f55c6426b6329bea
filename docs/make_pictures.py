"""Draw the pictures of the README and the documentation: `.venv/bin/python docs/make_pictures.py`."""

from __future__ import annotations

import runpy
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from gaussmix import GaussianMixture, Mixture, MixtureClassifier, datasets, plots
from gaussmix.covariances import standard_families
from gaussmix.fitting import StepSizes

FOLDER = Path(__file__).parent / "_static"
PAGE = "#14181e"  # the background of the documentation in a dark browser
DARK = {
    **plt.style.library["dark_background"],
    "figure.facecolor": PAGE,
    "axes.facecolor": PAGE,
    "savefig.facecolor": PAGE,
}
FAITHFUL = datasets.load_faithful()
IN_ORDER = sorted(
    standard_families, key=lambda family: ("IEV".index(family.mclust_name[2]), family.n_parameters(3, 2))
)
"""mclust's order: along the axes, of one orientation, of any."""


def readme() -> Figure:
    """A fit: the rows, the density and the log-likelihood."""
    truth = datasets.random_mixture(n_components=5, n_features=2, random_state=4)
    X, _ = truth.sample(5000, random_state=0)
    # Without a search, so that there are enough iterations to show.
    model = GaussianMixture(5, search="off", n_init=10, random_state=0).fit(X)
    figure, axes = plt.subplots(1, 3, figsize=(14.0, 4.3), layout="constrained", width_ratios=[1, 1.15, 1])
    plots.points(model, X, ax=axes[0]).set_title("Rows, coloured by responsibility", loc="left")
    plots.ellipses(model, ax=axes[0])
    plots.density_2d(model, ax=axes[1]).set_title("The density", loc="left")
    plots.trace(model.trace_.log_likelihood, ax=axes[2]).set_title("EM, iteration by iteration", loc="left")
    return figure


def faithful() -> Figure:
    """Old Faithful with the two components found."""
    model = GaussianMixture(2, random_state=0).fit(FAITHFUL.data)
    figure, ax = plt.subplots(figsize=(6.4, 4.6), layout="constrained")
    draw(named(model.mixture_), ax, sigmas=[1, 2])
    return figure


def iterations() -> Figure:
    """EM from a poor guess: slow while the components are nearly equal, fast once they differ."""
    spread = np.cov(FAITHFUL.data.T)
    guess = Mixture([0.5, 0.5], [[3.3, 60.0], [3.6, 80.0]], [spread, spread])
    recorder = plots.Recorder(start=guess)
    GaussianMixture(
        2,
        weights_init=guess.weights,
        means_init=guess.means,
        precisions_init=np.linalg.inv(guess.covariances.dense()),
        callbacks=recorder,
    ).fit(FAITHFUL.data)
    figure, axes = plt.subplots(1, 4, figsize=(14.0, 3.8), layout="constrained", sharex=True, sharey=True)
    for ax, frame in zip(axes, [recorder.frames[i] for i in (0, 10, 26, -1)], strict=True):
        draw(named(frame.mixture), ax)
        ax.set_title("A poor guess" if frame.iteration == 0 else f"Iteration {frame.iteration}", loc="left")
        ax.label_outer()
    return figure


def search() -> Figure:
    """EM from one start, the search on the same rows, and the story of a search in a harder problem."""
    truth = datasets.random_mixture(n_components=10, n_features=2, random_state=2)
    X, _ = truth.sample(5000, random_state=2)
    alone = GaussianMixture(10, search="off", random_state=0).fit(X)
    model = GaussianMixture(10, random_state=0).fit(X)
    figure, axes = plt.subplots(1, 3, figsize=(14.0, 4.6), layout="constrained", width_ratios=[1, 1, 1.1])
    for ax, shown, title in zip(axes, (alone, model), ("EM from one start", "With the search"), strict=False):
        plots.points(shown, X, ax=ax, equal=True)
        plots.ellipses(shown, ax=ax, fill=False, equal=True)
        ax.set_title(f"{title}: {shown.score(X):.3f} nats per row".replace("-", "\N{MINUS SIGN}"), loc="left")
    X, _ = datasets.random_mixture(n_components=30, n_features=2, random_state=3).sample(5000, random_state=3)
    harder = GaussianMixture(30, random_state=0).fit(X)
    plots.search(harder, ax=axes[2]).set_title("A search for thirty components", loc="left")
    return figure


def vowels() -> Figure:
    """The classifier of the page 'Start' on the speakers that it has not heard."""
    table = datasets.load_vowels()
    X = table.data[:, 1:3]
    held_out = table.speaker % 4 == 0
    classifier = MixtureClassifier(random_state=0).fit(X[~held_out], table.target[~held_out])
    figure, ax = plt.subplots(figsize=(7.5, 5.2), layout="constrained")
    plots.decision_map(classifier, X[held_out], table.target[held_out], ax=ax)
    ax.set(xlabel="F1 (Hz)", ylabel="F2 (Hz)")
    return figure


def families() -> Figure:
    """Three components of each family: what they share is that of the first."""
    figure, axes = plt.subplots(3, 5, figsize=(11.0, 6.8), layout="constrained", sharex=True, sharey=True)
    for ax, family in zip(axes.flat, IN_ORDER, strict=False):
        volume, shape, orientation = (
            slice(0, 1) if letter in "EI" else slice(0, 3) for letter in family.mclust_name
        )
        volumes = np.resize([1.0, 0.45, 2.2][volume], 3)
        ratios = np.resize([3.0, 1.3, 7.0][shape], 3) if family.mclust_name[1] != "I" else np.ones(3)
        angles = np.resize([0.5, 1.6, 2.6][orientation], 3) if family.mclust_name[2] != "I" else np.zeros(3)
        turns = np.array([[[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]] for a in angles])
        variances = volumes[:, None] * np.sqrt(ratios)[:, None] ** np.array([1.0, -1.0])
        covariances = (turns * variances[:, None, :]) @ turns.swapaxes(1, 2)
        shown = Mixture(np.full(3, 1 / 3), [[0.0, 0.0], [5.2, 0.3], [3.0, 5.0]], covariances)
        plots.ellipses(shown, ax=ax, sigmas=[1.5], equal=True)
        ax.set_title(f"{family.mclust_name}   {family.name}", loc="left", fontsize=8)
        ax.set(xticks=[], yticks=[], xlabel="", ylabel="", xlim=(-2.6, 8.0), ylim=(-2.6, 8.0))
    axes.flat[-1].set_axis_off()
    return figure


def streams() -> Figure:
    """A stream whose components move: followed with a memory, and not with equal influence of all rows."""
    rng, batches = np.random.default_rng(0), 120
    turn = np.linspace(0.0, np.pi, batches)
    centres = np.stack(
        [np.c_[4 * np.cos(turn), 4 * np.sin(turn)], np.c_[-4 * np.cos(turn), -4 * np.sin(turn) - 1.0]], axis=1
    )
    models = {"memory of 1,500 rows": StepSizes(memory=1500), "equal influence": StepSizes(kappa=1.0)}
    fitted = {name: GaussianMixture(2, random_state=0) for name in models}
    paths: dict[str, list[np.ndarray]] = {name: [] for name in models}
    rows = []
    for middle in centres:
        rows.append(middle[rng.integers(2, size=200)] + rng.normal(size=(200, 2)) * 0.7)
        for name, steps in models.items():
            fitted[name].partial_fit(rows[-1], steps=steps)
            paths[name].append(fitted[name].means_)
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(12.0, 4.6), layout="constrained", width_ratios=[1, 1.1]
    )
    shown = np.concatenate([batch[:25] for batch in rows])
    grey = [str(shade) for shade in np.repeat(np.linspace(0.75, 0.4, batches), 25)]
    left.scatter(*shown.T, c=grey, s=3)
    for (name, path), colour in zip(paths.items(), plots.palette(2), strict=True):
        for k in range(2):
            left.plot(*np.array(path)[:, k].T, color=colour, linewidth=2, label=name if k == 0 else None)
        right.plot(fitted[name].lower_bounds_, color=colour, label=name)
    left.set(xlabel="x", ylabel="y", aspect="equal")
    left.set_title("Means of the components (darker rows are later)", loc="left")
    right.set(xlabel="batch", ylabel="mean log-likelihood (nats)")
    right.set_title("Each batch before it was learned", loc="left")
    right.legend(frameon=False)
    return figure


def regimes() -> Figure:
    """Regimes of a stock index, with labels that are matched from fit to fit."""
    found: Figure = runpy.run_path(str(Path(__file__).parents[1] / "examples" / "regimes.py"))["figure"]
    return found


def draw(mixture: Mixture, ax: plt.Axes, **size: object) -> None:
    """Draw the points and the ellipses."""
    plots.points(mixture, FAITHFUL.data, ax=ax)
    plots.ellipses(mixture, ax=ax, **size)


def named(mixture: Mixture) -> Mixture:
    """The mixture with the columns of Old Faithful and their unit."""
    names = tuple(f"{name} (min)" for name in FAITHFUL.feature_names)
    return Mixture(mixture.weights, mixture.means, mixture.covariances, feature_names=names)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for picture in (readme, faithful, iterations, search, vowels, families, streams, regimes):
        for suffix, style in (("", {}), ("-dark", DARK)):
            path = FOLDER / f"{picture.__name__}{suffix}.png"
            with plt.rc_context(style):
                picture().savefig(path, dpi=130)
            print(path)
