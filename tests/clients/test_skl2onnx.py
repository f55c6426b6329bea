"""skl2onnx: refused with one sentence, alone and in pipelines.

Of members of a voting, stacking or calibrated classifier it looks up the class alone, and its KeyError names it.
"""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gaussmix import GaussianMixture, MixtureClassifier
from gaussmix.errors import GaussmixError

skl2onnx = pytest.importorskip("skl2onnx", reason="skl2onnx is not installed: make test-clients")

MODELS = {
    "mixture": lambda: GaussianMixture(2, random_state=0),
    "classifier": lambda: MixtureClassifier(1),
    "end of a pipeline": lambda: make_pipeline(StandardScaler(), GaussianMixture(2, random_state=0)),
    "classifier in a pipeline": lambda: make_pipeline(StandardScaler(), MixtureClassifier(1)),
    "pipeline in a pipeline": lambda: make_pipeline(StandardScaler(), make_pipeline(MixtureClassifier(1))),
}


@pytest.mark.parametrize("kind", MODELS)
def test_one_sentence(kind, rows, labels):
    model = MODELS[kind]().fit(rows, labels)
    with pytest.raises(GaussmixError, match=r"cannot be converted to ONNX.*save") as info:
        skl2onnx.to_onnx(model, rows[:1].astype(np.float32))
    assert str(info.value).endswith(".")


def test_members_of_other_classifiers_are_named(rows, labels):
    model = VotingClassifier([("a", MixtureClassifier(1)), ("b", LogisticRegression())], voting="soft")
    with pytest.raises(KeyError, match="MixtureClassifier"):
        skl2onnx.to_onnx(model.fit(rows, labels), rows[:1].astype(np.float32))
