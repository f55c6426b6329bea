"""
Populations of cells
====================

A flow cytometer measures the light of each of thousands of cells, and an analyst draws gates around the populations.
A mixture finds them. This is a simulated FCS file, the format of the instruments: two antibodies (CD4 and CD8) and the
light scattered sideways, with debris and noise over all of it.
"""

import tempfile
from pathlib import Path

import flowio
import matplotlib.pyplot as plt
import numpy as np

from gaussmix import GaussianMixture, Mixture, plots

# %%
# Write the file: four populations and 3 % of debris. The brightness of a cell is spread over decades, so that the
# populations are normal only after the inverse hyperbolic sine, the usual scale of cytometry.

names = ["CD4", "CD8", "SSC"]
truth = Mixture(
    [0.45, 0.27, 0.08, 0.20],
    [[5.6, 1.0, 2.0], [1.2, 6.1, 2.1], [1.0, 1.2, 2.2], [3.2, 1.4, 4.2]],
    [
        np.diag([0.10, 0.25, 0.06]),
        np.diag([0.3, 0.12, 0.06]),
        np.diag([0.3, 0.3, 0.09]),
        np.diag([0.15, 0.3, 0.12]),
    ],
)
populations = ["CD4 T cells", "CD8 T cells", "B and NK cells", "monocytes"]
cells, kind = truth.sample(20_000, random_state=0)
rng = np.random.default_rng(1)
debris = rng.random(len(cells)) < 0.03
cells[debris] = rng.uniform(0.0, 7.0, (debris.sum(), 3))

folder = tempfile.TemporaryDirectory()
path = Path(folder.name) / "tube_001.fcs"
with open(path, "wb") as file:
    flowio.create_fcs(file, (150.0 * np.sinh(cells)).astype(np.float32).ravel().tolist(), names)

# %%
# Read it, transform it, and fit. (Without a transformation, ``fit`` takes the name of the file.) The noise component
# takes the debris, which would otherwise widen the populations.

events = flowio.FlowData(str(path)).as_array()
X = np.arcsinh(events / 150.0)
model = GaussianMixture(4, noise_component=True, random_state=0).fit(X)
labels = model.predict(X)
print(f"cells: {len(X):,}; taken for debris: {(labels == -1).sum():,}; true debris: {debris.sum():,}")

# %%
# Name the components after the closest population of a panel, and count. The counts are those of the simulation,
# without a gate drawn by hand.

found = model.mixture_ = model.mixture_.match(truth)
for number, name in enumerate(populations):
    mean = ", ".join(
        f"{channel} {value:.1f}" for channel, value in zip(names, found.means[number], strict=True)
    )
    print(f"{name:15} {found.weights[number]:6.1%} of the cells, true {truth.weights[number]:4.0%};  {mean}")

# %%
# Two pairs of channels. The ellipses contain 95 % of a population, the grey crosses are debris.

figure, axes = plt.subplots(1, 2, figsize=(11, 4.8), layout="constrained")
for ax, pair in zip(axes, ([0, 1], [0, 2]), strict=True):
    plots.points(model, X[:6000], columns=pair, ax=ax, legend=False)
    plots.ellipses(found, columns=pair, content=0.95, fill=False, numbers=False, ax=ax)
    if pair == [0, 1]:
        for mean, name in zip(found.means, populations, strict=True):
            ax.annotate(name, mean[pair] + [0.0, 1.6], ha="center", fontsize="small")
        ax.set_ylim(top=8.4)
    ax.set(xlabel=f"{names[pair[0]]} (asinh)", ylabel=f"{names[pair[1]]} (asinh)")
plt.show()
