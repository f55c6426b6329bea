"""
Watch the search
================

EM ends at a local maximum of the likelihood, which depends on the start. By default, a fit searches for the best one.
Split-merge moves lead from one local maximum to another, which EM cannot do.
"""

import matplotlib.pyplot as plt

from gaussmix import GaussianMixture, datasets, plots

truth = datasets.random_mixture(n_components=10, n_features=2, random_state=2)
X, _ = truth.sample(5000, random_state=2)

# %%
# EM alone, from one start, covers two clusters with one component and shares another between two. The search finds a
# mixture that is better than the true one. (A *nat* is the unit of natural logarithms of probabilities.)

alone = GaussianMixture(10, search="off", random_state=0).fit(X)
model = GaussianMixture(10, random_state=0).fit(X)
figure, axes = plt.subplots(1, 2, figsize=(11, 4.8), layout="constrained", sharex=True, sharey=True)
for ax, fitted, title in ((axes[0], alone, "EM from one start"), (axes[1], model, "with the search")):
    plots.points(fitted, X, ax=ax, legend=False)
    plots.ellipses(fitted, ax=ax, fill=False)
    ax.set_title(f"{title}: {fitted.score(X):.3f} nats per row", loc="left")
plt.show()

# %%
# The trace has the runs, the moves and the verdict.

print(model.trace_.search.summary())

# %%
# With thirty components there is more to do. Each dot is an accepted move.

X, _ = datasets.random_mixture(n_components=30, n_features=2, random_state=3).sample(5000, random_state=3)
harder = GaussianMixture(30, random_state=0).fit(X)
ax = plots.search(harder)
plt.show()

# %%
# The gain of every move is predicted before it is tried.

ax = plots.gains(harder)
plt.show()
