"""
A table with holes
==================

Air quality in New York, 1973: of 153 days, 37 lack the ozone. NaN is a missing value: the fit uses what each row has,
without dropping rows and without filling them in first. Afterwards the mixture knows what the holes may contain.
"""

import matplotlib.pyplot as plt
import numpy as np

from gaussmix import GaussianMixture, datasets, plots

air = datasets.load_airquality(as_frame=True).data
X = air[["Wind", "Ozone"]].to_numpy(dtype=float)
hole = np.isnan(X[:, 1])
print(f"{len(X)} days, {hole.sum()} without ozone")

# %%
# BIC chooses the number of components, of all the rows.

bic = {K: GaussianMixture(K, random_state=0).fit(X).bic(X) for K in (1, 2, 3)}
print({K: round(value, 1) for K, value in bic.items()})
model = GaussianMixture(min(bic, key=bic.get), random_state=0).fit(X)
filled = model.impute(X)
print("ozone filled in, ppb:", np.quantile(filled[hole, 1], [0.1, 0.5, 0.9]).round(0))

# %%
# Left the fit: hollow marks are the days without ozone, at their conditional means. Right the conditional
# distribution of ozone on three days: in still air it may be anything up to 150 ppb, in a fresh breeze it is low.

figure, axes = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
plots.points(model, X, ax=axes[0], legend=False)
plots.ellipses(model, ax=axes[0], fill=False)
axes[0].set(xlabel="wind (mph)", ylabel="ozone (ppb)")
axes[0].set_title(f"{model.n_components} components; {hole.sum()} days without ozone are hollow", loc="left")
grid = np.linspace(0.0, 180.0, 500)
for wind in (4.0, 8.0, 14.0):
    given = model.mixture_.condition(columns=[0], values=[wind])
    print(f"wind {wind:4.1f} mph: mean ozone {given.mean()[0]:5.1f} ppb, weights {given.weights.round(2)}")
    axes[1].plot(grid, given.pdf(grid[:, None]), label=f"{wind:.0f} mph")
axes[1].set(xlabel="ozone (ppb)", ylabel="density")
axes[1].set_title("Ozone of a day, given its wind", loc="left")
axes[1].legend(frameon=False)
plt.show()
