"""
A sine curve
============

Mixtures fitted to rows from another distribution: a noisy sine curve of 100 points. This is scikit-learn's example
*Gaussian Mixture Model Sine Curve*, without its two Dirichlet process mixtures (``BayesianGaussianMixture``), which
gaussmix does not have.

Ten full covariances have 59 parameters, more than half of the number of rows. gaussmix warns of that.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np

from gaussmix import GaussianMixture, plots

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
candidates = [
    GaussianMixture(K, covariance_type=family, random_state=0).fit(X)
    for K in range(1, 11)
    for family in ("full", "tied", "diag", "spherical")
]
chosen = min(candidates, key=lambda model: model.bic(X))
print(f"BIC of ten full components: {ten.bic(X):.0f}")
print(f"lowest BIC: {chosen.n_components} components, {chosen.covariance_type}: {chosen.bic(X):.0f}")

# %%
# Rows sampled from the fitted mixtures.

figure, axes = plt.subplots(2, 2, figsize=(11, 6), layout="constrained", sharex=True, sharey=True)
for row, (model, title) in zip(axes, ((ten, "Ten, full"), (chosen, "Lowest BIC")), strict=True):
    plots.points(model, X, ax=row[0], legend=False)
    plots.ellipses(model, ax=row[0], numbers=False)
    row[0].set_title(f"{title}: the rows", loc="left")
    drawn, components = model.sample(2000)
    plots.points(model, drawn, labels=components, ax=row[1], legend=False)
    row[1].set_title(f"{title}: 2,000 rows drawn from it", loc="left")
plt.show()
