"""skl2onnx: models of members of other classifiers are looked up by their class alone, and its error names it.

The conversions themselves are in test_onnxruntime.py.
"""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression

from gaussmix import MixtureClassifier

skl2onnx = pytest.importorskip("skl2onnx", reason="skl2onnx is not installed: make test-clients")


def test_members_of_other_classifiers_are_named(rows, labels):
    model = VotingClassifier([("a", MixtureClassifier(1)), ("b", LogisticRegression())], voting="soft")
    with pytest.raises(KeyError, match="MixtureClassifier"):
        skl2onnx.to_onnx(model.fit(rows, labels), rows[:1].astype(np.float32))
