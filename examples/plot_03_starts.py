"""
Starts of EM, and the search
============================

The result of EM depends on the start. This is scikit-learn's example *GMM Initialization Methods*: the four starts
of ``init_params``, and the number of EM iterations from each. The fifth panel is the default of
gaussmix, a search for the best local maximum.

The mean log-likelihood is in nats per row: a *nat* is the unit of natural logarithms of probabilities.
"""

import warnings

import matplotlib.pyplot as plt
from sklearn.datasets import make_blobs

from gaussmix import GaussianMixture, plots

X, _ = make_blobs(4000, centers=4, cluster_std=0.6, random_state=0)
X = X[:, ::-1]

# %%
# ``search="off"`` is EM alone. With ``max_iter=0`` there is no EM either, so that the means are those of the start.

warnings.simplefilter("ignore")  # a run that ends at max_iter says so
starts = ("kmeans", "k-means++", "random", "random_from_data")
figure, axes = plt.subplots(2, 3, figsize=(11, 7), layout="constrained", sharex=True, sharey=True)
for ax, start in zip(axes.flat, starts, strict=False):
    options = {"init_params": start, "search": "off", "acceleration": "off", "random_state": 0}
    first = GaussianMixture(4, max_iter=0, **options).fit(X)
    model = GaussianMixture(4, tol=1e-4, max_iter=2000, **options).fit(X)
    plots.points(model, X, ax=ax, legend=False)
    ax.plot(*first.means_.T, "kD", markersize=7, markerfacecolor="none")
    ax.set_title(
        f"{start}\n{model.n_iter_} iterations, {model.score(X):.3f} nats", loc="left", fontsize="medium"
    )

model = GaussianMixture(4, random_state=0).fit(X)
plots.points(model, X, ax=axes[1, 1], legend=False)
axes[1, 1].set_title(
    f"the search\n{model.n_iter_} iterations, {model.score(X):.3f} nats", loc="left", fontsize="medium"
)
axes[1, 2].set_axis_off()
plt.show()

# %%
# Diamonds are the means of the start. Random responsibilities make all components alike, and EM stops there, because
# the log-likelihood hardly changes from one iteration to the next. After a
# search the iterations are few, because the search has done the work before.
print(model.trace_.search.verdict)
