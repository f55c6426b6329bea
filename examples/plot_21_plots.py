"""
The plots of a model
====================

All plots of one selected model of the sizes of penguins: criteria, classification, uncertainty, density, pairs of
columns, projections, and the dendrogram of the components. Each function draws into given axes;
:func:`gaussmix.plots.plot` combines those that suit an object.
"""

import matplotlib.pyplot as plt

import gaussmix
from gaussmix import datasets, plots

X = datasets.load_penguins(as_frame=True).data.dropna()
selection = gaussmix.select(X, range(1, 6), ["EEI", "VVI", "EEE", "VEE", "VVV"], random_state=0)
model = selection.best_
print(selection)

# %%
# Criteria: curves of BIC and of ICL, and the map of all models.

figure, axes = plt.subplots(1, 2, figsize=(11.0, 4.2), layout="constrained")
plots.criterion_curves(selection, "bic", ax=axes[0])
plots.criterion_curves(selection, "icl", ax=axes[1])
plots.criterion_map(selection)
plt.show()

# %%
# Classification and uncertainty, in two columns.

figure, axes = plt.subplots(1, 2, figsize=(11.0, 4.2), layout="constrained")
plots.classification(model, X, columns=[0, 2], ax=axes[0])
plots.uncertainty(model, X, columns=[0, 2], ax=axes[1])
plt.show()

# %%
# The density: an image, regions of the highest density, their contours, and a surface.

figure, axes = plt.subplots(1, 3, figsize=(15.0, 4.2), layout="constrained")
for ax, kind in zip(axes, ("image", "filled", "lines"), strict=True):
    plots.density_2d(model, columns=[0, 2], kind=kind, ax=ax)
plots.surface(model, columns=[0, 2])
plt.show()

# %%
# All pairs of columns: what :func:`gaussmix.plots.plot` draws of a fit to several columns.

plots.plot(model, X)
plt.show()

# %%
# A random projection on a plane, and one on the directions that separate the components.

figure, axes = plt.subplots(1, 2, figsize=(11.0, 4.2), layout="constrained")
plots.projection(model, X, random_state=1, ax=axes[0])
plots.directions(gaussmix.reduce_dimension(model, X), X, ax=axes[1])
plt.show()

# %%
# The dendrogram of the components of a larger model, and the entropy.

combination = gaussmix.combine(gaussmix.GaussianMixture(6, covariance_type="tied", random_state=0).fit(X), X)
figure, axes = plt.subplots(1, 2, figsize=(11.0, 4.2), layout="constrained")
plots.dendrogram(combination, ax=axes[0])
plots.entropy(combination, ax=axes[1])
plt.show()
