"""
Density estimation
==================

A fitted mixture is a density. This is scikit-learn's example *Density Estimation for a Gaussian mixture*: contours of
the negative log-density of two clouds, on a logarithmic scale.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LogNorm

from gaussmix import GaussianMixture, plots

rng = np.random.default_rng(0)
round_cloud = rng.standard_normal((300, 2)) + np.array([20.0, 20.0])
stretched = rng.standard_normal((300, 2)) @ [[0.0, -0.7], [3.5, 0.7]]
X = np.vstack([round_cloud, stretched])
model = GaussianMixture(2, random_state=0).fit(X)

# %%
# ``score_samples`` is the logarithm of the density, in nats.

x, y = np.meshgrid(np.linspace(-20.0, 30.0, 120), np.linspace(-20.0, 40.0, 120))
negative = -model.score_samples(np.column_stack([x.ravel(), y.ravel()])).reshape(x.shape)

figure, ax = plt.subplots(figsize=(7, 5), layout="constrained")
contours = ax.contour(x, y, negative, norm=LogNorm(1.0, 1000.0), levels=np.logspace(0, 3, 10))
figure.colorbar(contours, extend="both", label="negative log-density (nats)")
ax.plot(*X.T, ".", markersize=1.5)
plt.show()

# %%
# ``plots.density`` draws the density itself, and ``plots.ellipses`` the components over it.

ax = plots.density(model)
plots.ellipses(model, ax=ax, fill=False)
plt.show()
