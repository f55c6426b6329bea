"""
Clusters that are not normal
============================

A mixture describes a cluster that is not normal by several components. :func:`gaussmix.combine` merges components that
overlap, and :func:`gaussmix.modal_clustering` finds the modes of the density. :doc:`../combining` explains both.
"""

import matplotlib.pyplot as plt
import numpy as np

import gaussmix
from gaussmix import GaussianMixture, plots

# %%
# Two crosses and two bars:

rng = np.random.default_rng(0)


def bar(n, centre, sd, angle=0.0):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return centre + rng.normal(size=(n, 2)) * sd @ turn.T


X = np.concatenate(
    [
        bar(120, [0, 5], [1.0, 0.3]),
        bar(120, [0, 5], [0.3, 1.0]),
        bar(120, [8, 0], [1.0, 0.3]),
        bar(120, [8, 0], [0.3, 1.0]),
        bar(120, [1, 0], [1.0, 0.4], 0.8),
        bar(120, [8, 5], [1.0, 0.4], -0.8),
    ]
)
model = min((GaussianMixture(K, random_state=0).fit(X) for K in range(4, 9)), key=lambda fit: fit.bic(X))
print(f"BIC chooses {model.n_components} components.")

# %%
# The entropy falls steeply while components of the same cluster are merged. The dashed line cuts the tree at the
# elbow.

combined = gaussmix.combine(model, X)
print(combined)
plots.plot(combined, X)
plt.show()

# %%
# The same curve against the number of merged rows:

plots.entropy(combined, normalized=True)
plt.show()

# %%
# Each row belongs to the mode that modal EM reaches from it.

modal = gaussmix.modal_clustering(model, X)
print(modal)
plots.modes(modal, X)
plt.show()

# %%
# The density as a surface:

plots.surface(model)
plt.show()
