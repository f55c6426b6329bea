"""
A sine curve
============

Mixtures fitted to rows from another distribution: a noisy sine curve of 100 points. This is scikit-learn's example
*Gaussian Mixture Model Sine Curve*.

Ten full covariances have 59 parameters, more than half of the number of rows. gaussmix warns of that.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np

from gaussmix import BayesianGaussianMixture, GaussianMixture, plots, select

rng = np.random.default_rng(0)
step = 4.0 * np.pi / 100
x = np.arange(100) * step - 6.0 + rng.normal(0.0, 0.1, 100)
y = 3.0 * (np.sin(x) + rng.normal(0.0, 0.2, 100))
X = np.column_stack([x, y])

with warnings.catch_warnings(record=True) as given:
    warnings.simplefilter("always")
    ten = GaussianMixture(10, random_state=0).fit(X)
print(given[0].message if given else "no warning")

# %%
# Where rows are few, let BIC choose among small models. Covariances that all components share ("tied") need few
# parameters.

warnings.simplefilter("ignore")
selection = select(X, range(1, 11), ["full", "tied", "diag", "spherical"], random_state=0)
chosen = selection.best_
print(f"BIC of ten full components: {ten.bic(X):.0f}")
print(f"lowest BIC: {chosen.n_components} components, {chosen.covariance_type}: {chosen.bic(X):.0f}")

# %%
# A Dirichlet process mixture chooses by its prior. ``weight_concentration_prior`` is small for few components and
# large for many; ``mean_precision_prior`` lets the means be far from each other. The covariances are expected to be
# round, with the variances 2.


def dirichlet_process(concentration):
    return BayesianGaussianMixture(
        10,
        weight_concentration_prior=concentration,
        mean_precision_prior=0.01,
        covariance_prior=2.0 * np.eye(2),
        random_state=0,
    ).fit(X)


few, many = dirichlet_process(0.01), dirichlet_process(100.0)
print(f"components with rows: {few.n_active_} at a concentration of 0.01, {many.n_active_} at 100")

# %%
# Left the rows, right 2,000 rows drawn from the fitted mixture. Ten full components make slivers, some of a handful
# of rows: the drawn rows follow the noise. The lowest BIC has one segment for each slope of the curve, and its drawn
# rows look like the data. A small concentration covers each half wave by one broad component; a large one affords a
# fifth, and so finds the slopes again.

figure, axes = plt.subplots(4, 2, figsize=(11, 11), layout="constrained", sharex=True, sharey=True)
panels = (
    (ten, "10, full"),
    (chosen, f"Lowest BIC: {chosen.n_components}, {chosen.covariance_type}"),
    (few.pruned(), f"Concentration 0.01: {few.n_active_} of 10"),
    (many.pruned(), f"Concentration 100: {many.n_active_} of 10"),
)
for row, (model, title) in zip(axes, panels, strict=True):
    plots.points(model, X, ax=row[0], legend=False)
    plots.ellipses(model, ax=row[0], numbers=False)
    row[0].set_title(title, loc="left")
    mixture = getattr(model, "mixture_", model)
    drawn, components = mixture.sample(2000, random_state=0)
    plots.points(model, drawn, labels=components, ax=row[1], legend=False)
    row[1].set_title("2,000 rows drawn from it", loc="left")
for ax in axes.flat:
    ax.set(xlabel="x", ylabel="y")
    ax.label_outer()
plt.show()
