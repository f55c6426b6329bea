"""
Ellipses of the components
==========================

Two clouds of points, and three answers to the question how many components they have. This is scikit-learn's example
*Gaussian Mixture Model Ellipsoids*.

Maximum likelihood uses all five components that it is given, and cuts each cloud into pieces. The Bayesian information
criterion (BIC, lower is better) finds two. So does a Dirichlet process mixture of at most five: three components keep
no rows.
"""

import matplotlib.pyplot as plt
import numpy as np

from gaussmix import BayesianGaussianMixture, GaussianMixture, plots

rng = np.random.default_rng(0)
sheared = rng.standard_normal((500, 2)) @ [[0.0, -0.1], [1.7, 0.4]]
round_cloud = 0.7 * rng.standard_normal((500, 2)) + [-6.0, 3.0]
X = np.vstack([sheared, round_cloud])

# %%
# Fit one to six components, and compare. Then fit the Bayesian mixture, whose number of components is a maximum.

models = {K: GaussianMixture(K, random_state=0).fit(X) for K in range(1, 7)}
bic = {K: model.bic(X) for K, model in models.items()}
best = min(bic, key=bic.get)
for K, value in bic.items():
    print(f"{K} components: BIC {value:.1f}")
print(f"lowest: {best} components")

bayesian = BayesianGaussianMixture(5, random_state=0).fit(X)
print("weights of the Bayesian mixture:", bayesian.weights_.round(3))

# %%
# The colour of a point shows its responsibilities: the probabilities of the components, given the point. In the first
# panel, the colours run into each other within a cloud, a sign of too many components.

figure, axes = plt.subplots(1, 3, figsize=(12, 4.2), layout="constrained", sharex=True, sharey=True)
panels = (
    (f"5 components, BIC {bic[5]:.0f}", models[5]),
    (f"lowest BIC: {best} components, {bic[best]:.0f}", models[best]),
    (f"Bayesian: {bayesian.n_active_} of 5 components", bayesian.pruned()),
)
for ax, (title, model) in zip(axes, panels, strict=True):
    plots.points(model, X, ax=ax, legend=False)
    plots.ellipses(model, ax=ax)
    ax.set_title(title, loc="left")
plt.show()
