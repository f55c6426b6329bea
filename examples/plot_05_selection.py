"""
Choose the model with BIC
=========================

How many components, and of which family? This is scikit-learn's example *Gaussian Mixture Model Selection*: a grid
search over both, with the Bayesian information criterion (BIC) as the score.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV

from gaussmix import GaussianMixture, plots, select

rng = np.random.default_rng(0)
sheared = rng.standard_normal((500, 2)) @ [[0.0, -0.1], [1.7, 0.4]]
round_cloud = 0.7 * rng.standard_normal((500, 2)) + [-4.0, 1.0]
X = np.vstack([sheared, round_cloud])

# %%
# ``GridSearchCV`` maximises the score, and the lowest BIC is best: hence the sign. All rows are fitted and scored,
# because BIC does not need held-out rows.

families = ["spherical", "tied", "diag", "full"]
every_row = [(np.arange(len(X)), np.arange(len(X)))]
search = GridSearchCV(
    GaussianMixture(random_state=0),
    {"n_components": range(1, 7), "covariance_type": families},
    scoring=lambda model, rows, y=None: -model.bic(rows),
    cv=every_row,
).fit(X)
print(search.best_params_)

# %%
# BIC chooses the true model: two components, each with its own covariance.

table = search.cv_results_
figure, axes = plt.subplots(1, 2, figsize=(11, 4.3), layout="constrained")
for position, family in enumerate(families):
    chosen = table["param_covariance_type"] == family
    K = np.asarray(table["param_n_components"][chosen], dtype=float)
    axes[0].bar(K + 0.2 * (position - 1.5), -table["mean_test_score"][chosen], width=0.2, label=family)
axes[0].set(xlabel="number of components", ylabel="BIC (lower is better)", ylim=(2000, None))
axes[0].legend(ncols=4, fontsize="small", frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0))
plots.points(search.best_estimator_, X, ax=axes[1], legend=False)
plots.ellipses(search.best_estimator_, ax=axes[1])
plt.show()

# %%
# :func:`gaussmix.select` does all this in one call, and says how certain the choice is.

selection = select(X, range(1, 7), families, random_state=0)
print(selection.summary())
