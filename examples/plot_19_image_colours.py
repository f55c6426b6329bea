"""
Colours of a picture
====================

A palette of a photograph: each of eight components is a colour, and each pixel takes the colour of its component. The
photograph comes with scikit-learn. The fit uses every tenth pixel of 273,280, and predicts all.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_sample_image

from gaussmix import GaussianMixture

photograph = load_sample_image("china.jpg")
pixels = photograph.reshape(-1, 3) / 255.0

# %%
# The components are ellipsoids in the space of red, green and blue. A component is as wide as its colour varies:
# narrow for the sky, wide for the walls in sun and shade.

model = GaussianMixture(8, random_state=0).fit(pixels[::10])
labels = model.predict(pixels)
palette = np.clip(model.means_, 0.0, 1.0)
for weight, colour in zip(model.weights_, palette, strict=True):
    print(f"{weight:6.1%}  #" + "".join(f"{round(255 * value):02x}" for value in colour))

# %%
# The eight colours have the sky, the trees and the walls, and lose the paint: red and green are rare, and go to
# components of grey-brown. The density of the pixels tells where that happens. It is lowest, and the third panel
# brightest, at the painted beams and at red and green edges.

figure, axes = plt.subplots(2, 2, figsize=(10, 7.6), layout="constrained", height_ratios=(6, 5))
axes[0, 0].imshow(photograph)
axes[0, 0].set_title("Photograph", loc="left")
axes[0, 1].imshow(palette[labels].reshape(photograph.shape))
axes[0, 1].set_title("Eight colours", loc="left")
rare = -model.score_samples(pixels).reshape(photograph.shape[:2])
axes[1, 0].imshow(rare, cmap="magma", vmin=np.quantile(rare, 0.5), vmax=np.quantile(rare, 0.995))
axes[1, 0].set_title("Unusual colours: low density is bright", loc="left")
axes[1, 1].bar(range(8), np.bincount(labels, minlength=8) / len(labels), color=palette, edgecolor="0.5")
axes[1, 1].set(xticks=[], ylabel="share of the pixels")
axes[1, 1].set_title("Palette", loc="left")
for ax in axes.flat[:3]:
    ax.set_axis_off()
plt.show()
