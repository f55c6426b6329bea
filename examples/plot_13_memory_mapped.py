"""
Rows in a file
==============

Rows need not fit into memory. NumPy maps a file into the address space, and a fit reads it in blocks, pass by pass.
The additional memory of the fit does not grow with the number of rows.
"""

import tempfile
import tracemalloc
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from gaussmix import GaussianMixture, datasets, plots

# %%
# Write a table of 500,000 rows and 8 columns in pieces, as in a long series of measurements.

truth = datasets.random_mixture(n_components=6, n_features=8, random_state=0)
folder = tempfile.TemporaryDirectory()
path = Path(folder.name) / "rows.npy"
rows = np.lib.format.open_memmap(path, mode="w+", dtype=np.float64, shape=(500_000, 8))
for piece in range(10):
    rows[piece * 50_000 : (piece + 1) * 50_000], _ = truth.sample(50_000, random_state=piece)
rows.flush()
print(f"{path.stat().st_size / 1e6:.0f} MB on the disk")

# %%
# Open it again without reading it, and fit. ``tracemalloc`` measures the peak of allocated memory.

X = np.load(path, mmap_mode="r")
tracemalloc.start()
model = GaussianMixture(6, random_state=0).fit(X)
print(f"at most {tracemalloc.get_traced_memory()[1] / 1e6:.1f} MB allocated during the fit")
tracemalloc.stop()
print(
    f"{model.n_iter_} iterations, {model.score(X):.4f} nats per row; the true mixture {truth.log_prob(X).mean():.4f}"
)

# %%
# Two of the eight columns.

ax = plots.points(model, X[:20_000], columns=[0, 1])
plots.ellipses(model, columns=[0, 1], ax=ax, fill=False)
plt.show()
