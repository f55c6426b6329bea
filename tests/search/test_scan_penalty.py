"""What chance offers: narrow components have more places to be at, and have to gain more."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Diagonal, Full, Mixture, Spherical, Tied
from gaussmix.search.local_em import LocalEM
from gaussmix.search.predicted_moves.split_merge import split_merge
from gaussmix.search.recorder import SearchRecorder
from gaussmix.search.scan_penalty import scan_penalty
from gaussmix.search.search_data import FEW_ROWS

from ..support import assert_close
from .tables import CENTRES, four_clusters, misplaced, table_of


def data(family=None, matrix=None, n=FEW_ROWS):
    X = four_clusters(n)[0]
    return table_of(X if matrix is None else X @ matrix.T, family or Full())


def test_a_component_of_half_the_width_has_twice_the_places_along_each_axis():
    variances = np.array([3.0, 2.0])
    one, half = scan_penalty(data(Diagonal()), np.array([variances, variances / 4]))
    assert half - one == pytest.approx(2 * np.log(2))


def test_a_thin_one_can_be_turned_by_smaller_angles():
    rows = data()
    inverse = np.linalg.inv(rows.rows.whitening.matrix)
    in_units = [inverse @ np.diag([s, 1 / s]) @ inverse.T for s in (1.0, 100.0)]
    round_one, thin = scan_penalty(rows, np.array(in_units))
    assert thin - round_one == pytest.approx(np.log(100 - 1 / 100), rel=1e-6)  # ratios of axes, areas equal


@pytest.mark.parametrize("matrix", [np.diag([1e4, 1e-3]), np.array([[2.0, 1.0], [-3.0, 0.5]])])
def test_no_unit_matters(matrix):
    dense = np.array([np.diag([0.3, 0.01]), [[2.0, 1.9], [1.9, 2.0]]])
    plain, mapped = scan_penalty(data(), dense), scan_penalty(data(matrix=matrix), matrix @ dense @ matrix.T)
    assert_close(mapped, plain, rtol=1e-6)


def test_spherical_components_have_places_only():
    small, large = scan_penalty(data(Spherical()), np.array([[0.01, 0.01], [1.0, 1.0]]))
    assert small - large == pytest.approx(np.log(100))


def test_components_of_one_shape_and_few_rows_are_not_asked():
    dense = np.array([np.eye(2), 1e-4 * np.eye(2)])
    assert not scan_penalty(data(Tied(Full())), dense).any()
    assert not scan_penalty(data(n=FEW_ROWS - 1), dense).any()


def test_what_chance_makes_of_a_broad_cluster_is_not_kept():
    # Ten rows that happen to lie near a line gain a component some nats, but chance has many such lines.
    rng = np.random.default_rng(5)
    X = np.concatenate([four_clusters(FEW_ROWS)[0], [[4.5, 4.5]] + 0.9 * rng.standard_normal((150, 2))])
    rows = table_of(X, K=5)
    means = np.concatenate([CENTRES, [[4.5, 4.5]]])
    start = Mixture(np.full(5, 0.2), means, [np.eye(2)] * 5)
    local_em = LocalEM(rows)
    recorder = SearchRecorder(rows.total_weight, lambda: local_em.passes)
    recorder.reached("start", start, local_em.expectation(start).objective)
    end = split_merge(local_em, start, rng, recorder)
    assert np.linalg.norm(end.mixture.means[:, None] - means, axis=2).min(axis=0).max() < 0.5
    assert end.score == pytest.approx(
        end.objective - scan_penalty(rows, end.mixture.covariances.in_frame()).sum()
    )


def test_a_change_tells_what_chance_offers_of_it():
    X = four_clusters(FEW_ROWS)[0]
    rows = table_of(X, K=4)
    local_em = LocalEM(rows)
    recorder = SearchRecorder(rows.total_weight, lambda: local_em.passes)
    start = misplaced()
    recorder.reached("start", start, local_em.expectation(start).objective)
    split_merge(local_em, start, np.random.default_rng(0), recorder)
    changes = [event for event in recorder.events if event.is_move and event.taken]
    assert changes
    assert any(event.penalty_change != 0 for event in changes)
    assert all(event.gain > event.penalty_change for event in changes)
