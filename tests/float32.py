"""`make test-float32`: the tests of kernels and fits with every array of rows rounded to float32.

A pytest plugin. Whatever rows a test gives to a fit, EM gets them in float32: its sums, its steps and the search run in
the precision that float32 data have, rows in single, parameters and sums in double. What a test expects stays as it
is, and most tests hold. Those named below compare digits, offsets or scales that rows in float32 do not have, and are
left out; a name that stands for no test is an error. The kernels' own tests run in both precisions by themselves.
"""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix.sources import ArraySource

OFFSETS_AND_SCALES = [
    "tests/search/test_edges.py::test_extreme_scales_are_told_in_the_units_of_the_data",
    "tests/search/test_batched_em.py::test_linear_steps_far_from_zero",
    "tests/search/test_search_trace.py::test_callbacks_see_the_events_of_the_trace_in_the_units_of_the_rows",
    "tests/fitting/test_tied.py::test_clusters_far_apart",
    "tests/fitting/test_tied.py::test_clusters_near_a_plane",
    "tests/fitting/test_tied.py::test_columns_without_spread_and_sums_of_others",
    "tests/laws/test_accelerated.py::test_any_affine_map",
    "tests/laws/test_accelerated.py::test_rotation_and_a_common_scale",
    "tests/laws/test_equivariance.py::test_a_fit_of_a_collapsing_component_moves_too",
    "tests/laws/test_equivariance.py::test_a_spread_far_below_the_offset",
    "tests/laws/test_equivariance.py::test_an_offset_moves_the_means_alone",
    "tests/laws/test_equivariance.py::test_clusters_beside_far_rows",
    "tests/laws/test_equivariance.py::test_diagonal_under_scales_of_columns",
    "tests/laws/test_equivariance.py::test_full_and_tied_under_any_affine_map",
    "tests/laws/test_equivariance.py::test_spherical_under_rotation_and_a_common_scale",
    "tests/laws/test_equivariance.py::test_the_classifier",
    "tests/laws/test_rows_apart.py::test_the_origin",
    "tests/laws/test_rows_apart.py::test_the_units_of_errors",
    "tests/laws/test_rows_apart.py::test_the_units_of_the_columns",
    "tests/laws/test_search.py::test_units_do_not_matter",
    "tests/starts/test_given.py::test_an_offset",
    "tests/starts/test_given.py::test_columns_of_extreme_size",
]
"""Rows moved, scaled or mapped: rounded to float32 they are other rows."""

DIGITS = [
    "tests/search/test_local_em.py::test_a_climb_against_the_floor",
    "tests/search/test_local_em.py::test_a_climb_is_so_many_steps_of_em",
    "tests/search/test_search_data.py::test_seeds_are_a_part_of_a_large_table",
    "tests/search/test_search_data.py::test_what_a_table_knows_of_its_rows",
    "tests/fitting/test_accelerated.py::test_the_step_of_em_is_the_gradient",
    "tests/fitting/test_compiled.py::test_a_bound_that_is_met_takes_no_step_of_plain_em",
    "tests/fitting/test_compiled.py::test_a_mixture_that_meets_its_bound_keeps_the_digits_of_its_roots",
    "tests/fitting/test_compiled.py::test_an_empty_component_and_a_jump_are_left_to_plain_em",
    "tests/fitting/test_compiled.py::test_each_step_is_that_of_plain_em",
    "tests/fitting/test_compiled.py::test_where_the_constraint_is_not_monotone_any_fall_is_allowed",
    "tests/estimation/test_fit.py::test_a_mean_that_jumps_far_is_summed_again",
    "tests/estimation/test_fit.py::test_pooled_moments",
    "tests/fitting/test_tied.py::test_a_component_without_rows",
    "tests/fitting/test_tied.py::test_each_prior",
    "tests/fitting/test_tied.py::test_each_step_is_that_of_plain_em",
    "tests/fitting/test_tied.py::test_rows_are_whitened_where_columns_are_correlated",
    "tests/laws/test_accelerated.py::test_the_objective_never_falls",
    "tests/laws/test_monotone.py::test_plain_em",
    "tests/laws/test_rows_and_families.py::test_default_fits",
    "tests/laws/test_weights.py::test_criteria_by_their_formulas",
    "tests/starts/test_given.py::test_a_table_of_k_rows_and_d_columns_is_means",
    "tests/starts/test_given.py::test_labels_give_the_weighted_means_and_covariances",
    "tests/starts/test_given.py::test_many_rows_are_all_used",
    "tests/starts/test_given.py::test_responsibilities_begin_at_their_m_step",
    "tests/starts/test_partitions.py::test_clusters_that_stand_apart_are_found_in_many_columns",
    "tests/kernels/test_split.py::test_ugly_rows_give_a_pair_or_none",
    "tests/starts/test_starts.py::test_standardised_rows_have_unit_covariance",
]
"""Sums compared to more digits than float32 has, or with the test's own rows in float64."""


def _rounding(original):
    def init(self, X, *args, **kwargs):
        original(self, np.asarray(X, dtype=np.float32), *args, **kwargs)

    return init


def pytest_configure() -> None:
    ArraySource.__init__ = _rounding(ArraySource.__init__)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    names = [item.nodeid.partition("[")[0] for item in items]
    files = {name.partition("::")[0] for name in names}
    left_out = {*OFFSETS_AND_SCALES, *DIGITS}
    gone = sorted(name for name in left_out - set(names) if name.partition("::")[0] in files)
    if gone:
        raise pytest.UsageError(f"tests/float32.py names tests that are not there: {', '.join(gone)}")
    kept = [name not in left_out for name in names]
    config.hook.pytest_deselected(items=[item for item, keep in zip(items, kept, strict=True) if not keep])
    items[:] = [item for item, keep in zip(items, kept, strict=True) if keep]


@pytest.fixture(autouse=True)
def _rows_are_rounded() -> None:
    assert ArraySource(np.zeros((1, 1))).parts()[0].read().X.dtype == np.float32
