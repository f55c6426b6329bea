"""
Ellipses of the components
==========================

Two clouds of points, fitted with five components and with the number that BIC chooses. This is scikit-learn's example
*Gaussian Mixture Model Ellipsoids*.

scikit-learn's second panel is a Dirichlet process mixture (``BayesianGaussianMixture``), which gives
superfluous components a small weight. gaussmix does not have it; here the Bayesian information criterion (BIC, lower is
better) chooses the number of components.
"""

import matplotlib.pyplot as plt
import numpy as np

from gaussmix import GaussianMixture, plots

rng = np.random.default_rng(0)
sheared = rng.standard_normal((500, 2)) @ [[0.0, -0.1], [1.7, 0.4]]
round_cloud = 0.7 * rng.standard_normal((500, 2)) + [-6.0, 3.0]
X = np.vstack([sheared, round_cloud])

# %%
# Fit from one to six components, and compare.

models = {K: GaussianMixture(K, random_state=0).fit(X) for K in range(1, 7)}
bic = {K: model.bic(X) for K, model in models.items()}
best = min(bic, key=bic.get)
for K, value in bic.items():
    print(f"{K} components: BIC {value:.1f}")
print(f"lowest: {best} components")

# %%
# The colour of a point shows its responsibilities: the probabilities of the components, given the point.

figure, axes = plt.subplots(1, 2, figsize=(10, 4.5), layout="constrained", sharex=True, sharey=True)
for ax, K in zip(axes, (5, best), strict=True):
    plots.points(models[K], X, ax=ax, legend=False)
    plots.ellipses(models[K], ax=ax)
    ax.set_title(f"{K} components, BIC {bic[K]:.0f}", loc="left")
plt.show()
