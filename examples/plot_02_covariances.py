"""
Covariance families
===================

The six covariance families on the iris table, with one component for each species. This is scikit-learn's example *GMM
covariances*, which has four of the families.

Full covariances describe the flowers best. But each of them has ten parameters, and with few rows a smaller family may
predict new rows better. The plots give the accuracy on training rows and on test rows.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split

from gaussmix import GaussianMixture, plots

iris = load_iris()
X, X_test, y, y_test = train_test_split(iris.data, iris.target, stratify=iris.target, random_state=0)
species_means = np.array([X[y == species].mean(axis=0) for species in range(3)])

# %%
# The means of the species are given as a start, so that component 0 is species 0, and so on. EM then runs without a
# search. gaussmix warns that 112 rows are few for so many parameters, which is the point of the example.

warnings.simplefilter("ignore")

figure, axes = plt.subplots(2, 3, figsize=(11, 7), layout="constrained", sharex=True, sharey=True)
for ax, family in zip(
    axes.flat, ("full", "tied", "diag", "tied-diag", "spherical", "tied-spherical"), strict=True
):
    model = GaussianMixture(3, covariance_type=family, means_init=species_means).fit(X)
    fitted, new = (model.predict(X) == y).mean(), (model.predict(X_test) == y_test).mean()
    print(
        f"{family:>14}: {model.mixture_.n_parameters:2d} parameters, accuracy {fitted:.1%}, new rows {new:.1%}"
    )
    plots.points(model, X, columns=[0, 1], ax=ax, legend=False)
    plots.ellipses(model, columns=[0, 1], ax=ax)
    ax.set_title(f"{family}: {new:.0%} of new rows right", loc="left")
    ax.set(xlabel=iris.feature_names[0], ylabel=iris.feature_names[1])
    ax.label_outer()
plt.show()
