"""
Watch EM
========

A callback is called after every iteration of EM. ``plots.Recorder`` keeps the mixtures, so that the run can be drawn
afterwards; ``plots.LivePlot`` draws them during the fit, and ``plots.animate`` writes an animation. ``gaussmix.replay``
writes a page that plays the run, and ``gaussmix.watch`` shows it in a notebook.
"""

import matplotlib.pyplot as plt
import numpy as np

from gaussmix import GaussianMixture, Mixture, datasets, plots

X = datasets.load_faithful().data
spread = np.cov(X.T)
guess = Mixture([0.5, 0.5], [[3.3, 60.0], [3.6, 80.0]], [spread, spread])

# %%
# EM begins at a poor guess. While the two components are nearly equal, the log-likelihood hardly increases; once they
# differ, a few iterations suffice. ``acceleration="off"`` is plain EM.

recorder = plots.Recorder(start=guess)
model = GaussianMixture(2, init_params=guess, acceleration="off", callbacks=recorder).fit(X)
print(model.trace_.message)

shown = [0, model.n_iter_ // 3, 2 * model.n_iter_ // 3, model.n_iter_]
figure, axes = plt.subplots(1, 4, figsize=(14, 3.8), layout="constrained", sharex=True, sharey=True)
for ax, iteration in zip(axes, shown, strict=True):
    mixture = recorder.frames[iteration].mixture
    plots.points(mixture, X, ax=ax, legend=False)
    plots.ellipses(mixture, ax=ax)
    ax.set_title(f"iteration {iteration}", loc="left")
plt.show()

# %%
# The log-likelihood never decreases; on a plateau it may still be far from the maximum.

ax = plots.trace(model.trace_.log_likelihood)
plt.show()
