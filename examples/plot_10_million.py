"""
A million points
================

A fit of a million rows takes seconds, and pictures of it are drawn from counts in small bins where there are too many
points to draw.
"""

import time

import matplotlib.pyplot as plt

from gaussmix import GaussianMixture, datasets, plots

truth = datasets.random_mixture(n_components=12, n_features=2, random_state=6)
X, _ = truth.sample(1_000_000, random_state=0)

# %%
# The rows are read in blocks, on all processors, and the responsibilities are never held in memory.

began = time.perf_counter()
model = GaussianMixture(12, random_state=0).fit(X)
print(
    f"{len(X):,} rows, {model.n_components} components: {time.perf_counter() - began:.1f} s with the search"
)
print(
    f"mean log-likelihood {model.score(X):.4f} nats per row; of the true mixture {truth.log_prob(X).mean():.4f}"
)

# %%
figure, axes = plt.subplots(1, 2, figsize=(11, 4.8), layout="constrained", sharex=True, sharey=True)
plots.points(model, X, ax=axes[0], legend=False)
axes[0].set_title("A million rows, coloured by responsibility", loc="left")
plots.density_2d(model, ax=axes[1], colour_bar=False)
plots.ellipses(model, ax=axes[1], fill=False, numbers=False)
axes[1].set_title("The density", loc="left")
plt.show()
