"""
Directions in which components differ
=====================================

Penguins have four measurements and three species. A mixture finds the species without their names, and a few directions
show them. :doc:`../dimension_reduction` gives the mathematics.
"""

import matplotlib.pyplot as plt

import gaussmix
from gaussmix import GaussianMixture, MixtureClassifier, plots

penguins = gaussmix.datasets.load_penguins(as_frame=True)
X = penguins.data.dropna()
species = penguins.target[X.index]
model = GaussianMixture(3, covariance_type="tied", random_state=0).fit(X)

# %%
# Every pair of columns, and a random projection:

plots.plot(model, X)
plt.show()

# %%

plots.projection(model, X, random_state=1)
plt.show()

# %%
# Two directions hold all differences between three means. The colours are the species, which the fit did not know.

reduction = gaussmix.reduce_dimension(model, X)
print(reduction)
plots.directions(reduction, X, species)
plt.show()

# %%
# With free covariances, components also differ in shape: the curves show the parts of each eigenvalue.

free = GaussianMixture(3, random_state=0).fit(X)
plots.eigenvalues(gaussmix.reduce_dimension(free, X, means_share=0.5))
plt.show()

# %%
# A classifier by the pair of columns that separates its classes best, and by its directions:

classifier = MixtureClassifier(1, random_state=0).fit(X, species)
plots.plot(classifier, X, species)
plt.show()
