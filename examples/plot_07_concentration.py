"""
The prior of the weights
========================

``BayesianGaussianMixture`` has two priors of the weights: a Dirichlet distribution, which treats all components alike,
and a Dirichlet process, which prefers large components first. This is scikit-learn's example *Concentration Prior Type
Analysis of Variation Bayesian Gaussian Mixture*.
"""

import matplotlib.pyplot as plt
import numpy as np

from gaussmix import BayesianGaussianMixture, plots

rng = np.random.default_rng(0)
centres, spreads, sizes = [[0.0, -0.7], [0.0, 0.0], [0.0, 0.7]], [0.45, 0.35, 0.45], [200, 500, 200]
X = np.concatenate(
    [
        rng.normal(centre, [spread, 0.1], (n, 2))
        for centre, spread, n in zip(centres, spreads, sizes, strict=True)
    ]
)


def fit(kind, concentration, K):
    return BayesianGaussianMixture(
        K,
        weight_concentration_prior_type=kind,
        weight_concentration_prior=concentration,
        mean_precision_prior=0.8,
        covariance_prior=0.05 * np.eye(2),
        max_iter=5000,
        random_state=0,
    ).fit(X)


# %%
# Three groups of points, six components, and below them the weights. With the Dirichlet distribution, concentrations
# up to 1 leave the three components that the rows need; at 1,000 all six have the same weight, and four of them share
# the middle group. With the Dirichlet process, three components remain at any of these concentrations.

kinds = {"dirichlet_distribution": "Dirichlet distribution", "dirichlet_process": "Dirichlet process"}
concentrations = {
    "dirichlet_distribution": (0.001, 1.0, 1000.0),
    "dirichlet_process": (1.0, 1000.0, 100_000.0),
}
figure, axes = plt.subplots(
    4, 3, figsize=(11, 10), layout="constrained", height_ratios=(3, 1, 3, 1), sharex="row", sharey="row"
)
for block, (kind, name) in enumerate(kinds.items()):
    for column, concentration in enumerate(concentrations[kind]):
        model = fit(kind, concentration, 6)
        upper, lower = axes[2 * block, column], axes[2 * block + 1, column]
        plots.points(model, X, ax=upper, legend=False)
        plots.ellipses(model.pruned(), ax=upper, fill=False, numbers=False)
        upper.set_title(
            f"{name}, {concentration:g}\n{model.n_active_} components with rows",
            loc="left",
            fontsize="medium",
        )
        lower.bar(range(1, 7), model.weights_, color=plots.palette(6))
        upper.set(xlabel="x", ylabel="y")
        upper.label_outer()
        lower.set(xlabel="component", xticks=range(1, 7), ylim=(0, 0.65))
    axes[2 * block + 1, 0].set_ylabel("weight")
plt.show()
