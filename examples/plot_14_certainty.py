"""
Standard errors and the number of components
============================================

How accurate are the estimates, and how many components do the data support? Both answers come
from refits to resampled rows. :doc:`../inference` explains the methods.
"""

import matplotlib.pyplot as plt

from gaussmix import GaussianMixture, datasets, inference, plots

X = datasets.load_faithful(as_frame=True).data
model = GaussianMixture(2, random_state=0).fit(X)

# %%
# The nonparametric bootstrap fits 300 tables of rows drawn with replacement. Below each histogram are the estimate and
# its 95 % interval.

resampled = inference.bootstrap(model, X, n_replicates=300, random_state=0)
print(resampled)
plots.intervals(resampled)
plt.show()

# %%
# The weights, which sum to one, and the variances:

plots.intervals(resampled, parameter="weights")
plots.intervals(resampled, parameter="variances")
plt.show()

# %%
# All numbers in one table:

print(resampled.table().round(3).to_string(index=False))

# %%
# The likelihood-ratio test compares K with K + 1 components. The grey histograms are the ratios of tables drawn from
# the fitted mixture of K components; the line is the ratio of the data.

test = inference.likelihood_ratio_test(GaussianMixture(), X, n_replicates=39, random_state=0)
print(test)
plots.likelihood_ratios(test)
plt.show()
