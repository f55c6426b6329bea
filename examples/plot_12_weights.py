"""
Weights of rows
===============

``sample_weight`` says how often each row counts: weight 2 is the row twice, and weight 0 is no row. So a table of
counts can be fitted without repeating its rows.
"""

import matplotlib.pyplot as plt
import numpy as np

from gaussmix import GaussianMixture, datasets, plots

X, _ = datasets.random_mixture(n_components=4, n_features=2, random_state=1).sample(200_000, random_state=0)

# %%
# Count the rows in a grid of 60 by 60 cells. The centres of the cells, weighted by their counts, represent the rows.

counts, *edges = np.histogram2d(*X.T, bins=60)
centres = [(edge[:-1] + edge[1:]) / 2 for edge in edges]
cells = np.column_stack([axis.ravel() for axis in np.meshgrid(*centres, indexing="ij")])
filled = counts.ravel() > 0
cells, weights = cells[filled], counts.ravel()[filled]

whole = GaussianMixture(4, random_state=0).fit(X)
binned = GaussianMixture(4, random_state=0).fit(cells, sample_weight=weights)
print(f"{len(X):,} rows, or {len(cells):,} cells")
print(f"largest difference of a mean: {np.abs(whole.means_ - binned.means_).max():.3f}")

# %%
# Weighted cells and repeated cells are the same problem.

rows = np.repeat(cells, weights.astype(int), axis=0)
repeated = GaussianMixture(4, random_state=0).fit(rows)
print(f"log-likelihoods: {binned.score(cells, sample_weight=weights):.6f} and {repeated.score(rows):.6f}")

figure, axes = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained", sharex=True, sharey=True)
plots.points(whole, X, ax=axes[0], legend=False)
plots.ellipses(whole, ax=axes[0], fill=False)
axes[0].set_title(f"{len(X):,} rows", loc="left")
axes[1].scatter(*cells.T, s=60 * weights / weights.max(), alpha=0.5)
plots.ellipses(binned, ax=axes[1], fill=False)
axes[1].set_title(f"{len(cells):,} cells, sized by their weight", loc="left")
plt.show()
