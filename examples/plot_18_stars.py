"""
Colours of stars
================

The colour and the absolute magnitude of a star tell whether it is a dwarf, a giant or a white dwarf. Both are measured
with errors that are known, and larger for distant stars, as in the catalogue of Gaia. The rows are simulated, so that
the answer is known. The fit with errors gives the distribution of the *true* values (extreme deconvolution).
"""

import matplotlib.pyplot as plt
import numpy as np

from gaussmix import GaussianMixture, Mixture, plots

# %%
# Four populations: colour and magnitude, in magnitudes. The main sequence is a line, from blue and bright to red and
# faint.

names = ["main sequence", "red dwarfs", "giants", "white dwarfs"]
truth = Mixture(
    [0.52, 0.30, 0.13, 0.05],
    [[0.85, 4.8], [2.3, 9.2], [1.25, 0.6], [0.1, 12.3]],
    [
        [[0.06, 0.32], [0.32, 1.8]],
        [[0.16, 0.62], [0.62, 2.5]],
        [[0.008, -0.01], [-0.01, 0.35]],
        [[0.05, 0.2], [0.2, 0.85]],
    ],
)
true, _ = truth.sample(6000, random_state=0)

rng = np.random.default_rng(1)
distance = 10 ** rng.uniform(1.0, 2.5, 6000)  # parsecs
error = 0.03 + 0.3 * distance / 300.0
sd = np.column_stack([error, 1.5 * error])
X = true + sd * rng.normal(size=true.shape)
print("standard errors of the colour:", np.quantile(sd[:, 0], [0.1, 0.5, 0.9]).round(2))

# %%
# ``noise`` has the variances of the errors, (n, D). Without it, the widths of the sequences are those of the
# measurements.

plain = GaussianMixture(4, random_state=0).fit(X)
model = GaussianMixture(4, random_state=0).fit(X, noise=sd**2)
for title, mixture in (("true", truth), ("without errors", plain.mixture_), ("with errors", model.mixture_)):
    matched = mixture if mixture is truth else mixture.match(truth)
    widths = np.sqrt(np.linalg.eigvalsh(matched.covariances.dense())[:, 0])
    print(
        f"{title:15}", *(f"{name} {width:.2f}" for name, width in zip(names, widths, strict=True)), sep="  "
    )

# %%
# Left the measured stars, right rows of the distribution of the true values; brighter is up, as astronomers draw it.
# The sequences are sharp again.

figure, axes = plt.subplots(1, 3, figsize=(12, 4.8), layout="constrained", sharex=True, sharey=True)
drawn, _ = model.mixture_.sample(6000, random_state=0)
panels = (
    ("measured", plain, X),
    ("drawn from the fit with errors", model, drawn),
    ("true", truth, true),
)
for ax, (title, fitted, rows) in zip(axes, panels, strict=True):
    matched = (fitted if fitted is truth else fitted.mixture_).match(truth)
    plots.points(matched, rows, ax=ax, legend=False)
    plots.ellipses(matched, ax=ax, fill=False, numbers=False)
    ax.set_title(title, loc="left")
    ax.set(xlabel="colour", ylabel="absolute magnitude", xlim=(-0.8, 4.0), ylim=(15.5, -3.0))
    ax.label_outer()
plt.show()
