"""The warning of a volume of the noise component below that of the region of the rows."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest

from gaussmix import BayesianGaussianMixture, GaussianMixture, datasets, select
from gaussmix.engines import SerialEngine
from gaussmix.errors import DataWarning
from gaussmix.estimators.options import uniform_of
from gaussmix.estimators.source_uniform import uniform_of_source
from gaussmix.sources import ArraySource

from ..support import quiet

CHEVRON = datasets.load_chevron().data
SQUARE = np.random.default_rng(0).uniform(0.0, 10.0, (2000, 2))


def sentences(volume, X, weights=None):
    with warnings.catch_warnings(record=True, action="always") as caught:
        uniform_of(volume, X, weights)
    return [str(warning.message) for warning in caught]


def volumes(text):
    return [float(number) for number in re.findall(r"\d+(?:\.\d+)?(?:e[+-]\d+)?", text.replace("90 %", ""))]


def test_the_sentence():
    found = sentences(1, CHEVRON)
    assert found == [
        "noise_component is the volume 1, below that of the box of the central 90 % of the rows (1.27e+04), so that "
        "the BIC is too low: give noise_component=True for the volume of the box of all rows (1.6e+04), or the volume "
        "of the region of the noise."
    ]


@pytest.mark.parametrize(("volume", "warned"), [(1.0, True), (79.0, True), (83.0, False), (100.0, False)])
def test_the_box_of_the_central_rows(volume, warned):
    """Of uniform rows the central 90 % in each of two columns fill a share of 0.81 of the region."""
    assert bool(sentences(volume, SQUARE)) == warned


def test_the_box_along_the_principal_axes():
    """Nearly collinear columns: the box along the columns is much larger."""
    X = SQUARE @ [[1.0, 1.0], [-0.01, 0.01]]
    assert sentences(1.9, X) == []
    assert volumes(sentences(1.0, X)[0])[1] == pytest.approx(1.62, rel=0.03)


@pytest.mark.parametrize(
    "X",
    [CHEVRON, SQUARE, datasets.load_faithful().data, SQUARE[:3], np.round(SQUARE / 10.0), SQUARE**9],
    ids=["chevron", "square", "faithful", "three rows", "zeros and ones", "skewed"],
)
def test_none_for_the_default_and_its_volume(X):
    assert sentences(True, X) == sentences(False, X) == []
    assert sentences(float(np.exp(uniform_of(True, X, None).log_volume)) * (1 + 1e-12), X) == []


def test_none_where_a_few_rows_are_far():
    """The volume that the guide advises beside a row far from all others."""
    assert sentences(20_000.0, np.vstack([CHEVRON, [2000.0, 2000.0]])) == []


def test_weights_are_frequencies_and_missing_values_do_not_count():
    weights = np.random.default_rng(1).integers(0, 4, len(SQUARE)).astype(float)
    weighted, repeated = (
        sentences(1, SQUARE, weights),
        sentences(1, np.repeat(SQUARE, weights.astype(int), axis=0)),
    )
    assert volumes(weighted[0]) == pytest.approx(volumes(repeated[0]), rel=0.01)
    X = np.vstack([SQUARE, np.full((500, 2), np.nan)])
    X[2000:, 0] = 5.0
    assert volumes(sentences(1, X)[0])[1] == pytest.approx(81.0, rel=0.05)
    assert sentences(1, np.vstack([SQUARE, [[np.nan, 5.0]]]))


def test_a_volume_beyond_the_range_of_numbers():
    X = 1e30 * np.random.default_rng(0).uniform(size=(50, 20))
    (found,) = sentences(1e300, X)
    assert "(10^59" in found
    assert "(10^600)" in found


def test_a_source():
    with pytest.warns(
        DataWarning, match=re.escape("below that of the box of the central 90 % of the rows (81")
    ) as caught:
        uniform_of_source(1.0, ArraySource(SQUARE, rows_per_block=300), SerialEngine())
    assert len(caught) == 1
    assert volumes(str(caught[0].message)) == pytest.approx(volumes(sentences(1.0, SQUARE)[0]), rel=0.01)
    big = np.tile(SQUARE, (5, 1)) + np.arange(10_000)[:, None] * 1e-9
    with pytest.warns(DataWarning, match="below that of the box"):
        uniform_of_source(70.0, ArraySource(big, rows_per_block=3000), SerialEngine())


@pytest.mark.parametrize("kind", [GaussianMixture, BayesianGaussianMixture])
def test_fits_tell_and_keep_the_warning(kind):
    with quiet():
        model = kind(2, noise_component=5000, random_state=0).fit(CHEVRON)
    assert model.trace_.warnings[0].startswith("noise_component is the volume 5e+03, below")


def test_a_selection_warns_once():
    with pytest.warns(DataWarning) as caught:
        select(CHEVRON, [1, 2], "VVV", noise_component=5000, random_state=0)
    assert sum("noise_component is the volume" in str(warning.message) for warning in caught) == 1
