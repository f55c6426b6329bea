"""Pickles of Python 3.11, 3.12 and 3.13 are loaded by each of them, and answer as they did.

The files here were written by ``make pickles``, which needs all three; ``make test-pickles`` loads them in all that are
there.
"""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from .things import answers, make

FILES = sorted(Path(__file__).parent.glob("*.pickle"))


def test_there_is_one_of_each_version():
    assert [path.stem for path in FILES] == ["3.11", "3.12", "3.13"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_pickle_of_another_version(path):
    whole = pickle.loads(path.read_bytes())
    assert set(whole) == set(make())
    for name, (thing, told) in whole.items():
        np.testing.assert_allclose(answers(thing), told, rtol=1e-10, err_msg=name)
        again = pickle.loads(pickle.dumps(thing))
        np.testing.assert_array_equal(answers(again), answers(thing), err_msg=name)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_was_loaded_can_be_used(path, tmp_path):
    whole = pickle.loads(path.read_bytes())
    mixture = whole["mixture, full"][0]
    assert not mixture.weights.flags.writeable
    assert mixture.marginal([1]).n_features == 1
    searched = whole["estimator with a search"][0]
    assert searched.trace_.search.verdict in searched.trace_.search.summary()
    searched.save(tmp_path / "m.safetensors")
    classes = whole["classifier"][0].classes_.tolist()
    assert classes == ["left", "right"]
    fresh = whole["estimator before its fit"][0]
    assert fresh.get_params()["covariance_type"].name == "tied"


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol(protocol):
    for name, thing in make().items():
        again = pickle.loads(pickle.dumps(thing, protocol=protocol))
        np.testing.assert_array_equal(answers(again), answers(thing), err_msg=name)
