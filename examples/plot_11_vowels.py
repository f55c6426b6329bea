"""
Classify vowels
===============

``MixtureClassifier`` fits one mixture to each class and applies Bayes' rule. Here it classifies ten vowels by the first
two resonances of the voice, the formants F1 and F2. It is fitted to some speakers and tested on the others.
"""

import matplotlib.pyplot as plt
from sklearn.metrics import ConfusionMatrixDisplay

from gaussmix import MixtureClassifier, datasets, plots

vowels = datasets.load_vowels()
X = vowels.data[:, 1:3]  # F1 and F2
held_out = vowels.speaker % 4 == 0
X_train, y_train, X_test, y_test = (
    X[~held_out],
    vowels.target[~held_out],
    X[held_out],
    vowels.target[held_out],
)

for family in ("full", "diag", "spherical"):
    classifier = MixtureClassifier(covariance_type=family, random_state=0).fit(X_train, y_train)
    print(f"{family:>9}: {classifier.score(X_test, y_test):.1%} of the held-out vowels right")

# %%
# The plane of F1 and F2, divided among the vowels, with the held-out speakers.

classifier = MixtureClassifier(random_state=0).fit(X_train, y_train)
ax = plots.decision_map(classifier, X_test, y_test)
ax.set(xlabel="F1 (Hz)", ylabel="F2 (Hz)")
plt.show()

# %%
# The confusion matrix.

figure, ax = plt.subplots(figsize=(6, 5), layout="constrained")
ConfusionMatrixDisplay.from_estimator(classifier, X_test, y_test, ax=ax, colorbar=False, cmap="Blues")
plt.show()
