"""Names of components that outlive their numbers, and what is remembered by them."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Mixture
from gaussmix.engines import SerialEngine, ThreadEngine
from gaussmix.search.local_em import Expectation, LocalEM
from gaussmix.search.predicted_moves.cache import ComponentIds, OutOfTimeError, TrialCache, same_optimum

from .tables import four_clusters, misplaced, table_of


def view_of(responsibilities):
    r = np.asarray(responsibilities, dtype=float)
    K = r.shape[1]
    mixture = Mixture(np.full(K, 1 / K), np.zeros((K, 1)), np.ones(K))
    return Expectation(mixture, r, np.zeros(len(r)), 0.0)


ROWS = np.eye(3)[[0] * 40 + [1] * 40 + [2] * 40]
ONES = np.ones(120)


def test_components_begin_with_their_own_names():
    names = ComponentIds(4).names
    assert len(set(names)) == 4


def test_names_follow_components_to_new_numbers():
    ids = ComponentIds(3)
    first, _, third = ids.names
    after = ROWS[:, [2, 0, 1]]  # component 1 was removed; what took its place stands last
    ids.follow(view_of(ROWS), view_of(after), [2, 0], ONES)
    assert ids.names[:2] == [third, first]
    assert ids.names[2] not in (first, third)


def test_a_removed_component_s_name_never_comes_again():
    ids = ComponentIds(3)
    seen = set(ids.names)
    for _ in range(5):
        ids.follow(view_of(ROWS), view_of(ROWS), [0, 1], ONES)
        assert ids.names[2] not in seen
        seen.add(ids.names[2])


def test_a_component_that_lost_rows_is_another():
    ids = ComponentIds(3)
    before = list(ids.names)
    after = ROWS.copy()
    after[:10] = [0, 1, 0]  # ten rows of component 0 went to component 1
    ids.follow(view_of(ROWS), view_of(after), [0, 1, 2], ONES)
    assert ids.names[0] != before[0]
    assert ids.names[1] != before[1]
    assert ids.names[2] == before[2]


def test_weights_say_how_much_moved():
    after = ROWS.copy()
    after[:10] = [0, 1, 0]
    weights = ONES.copy()
    weights[:10] = 1e-3
    ids = ComponentIds(3)
    before = list(ids.names)
    ids.follow(view_of(ROWS), view_of(after), [0, 1, 2], weights)
    assert ids.names == before


def test_a_little_more_of_em_keeps_the_names_and_an_exchange_changes_a_few():
    local_em = LocalEM(table_of(four_clusters()[0]))
    start, _ = local_em.run(misplaced(), 100)
    before, after = local_em.expectation(start), local_em.expectation(local_em.run(start, 1)[0])
    ids = ComponentIds(4)
    names = list(ids.names)
    ids.follow(before, after, [0, 1, 2, 3], local_em.data.weights)
    assert ids.names == names


def test_findings_are_asked_for_once():
    ids = ComponentIds(3)
    findings, asked = TrialCache(ids), []

    def ask(group):
        asked.append(tuple(group))
        return lambda: sum(group)

    assert findings.of([(0, 1), (1, 2)], ask, SerialEngine()) == [1, 3]
    assert findings.of([(1, 0), (2,), (1, 2)], ask, SerialEngine()) == [1, 2, 3]
    assert asked == [(0, 1), (1, 2), (2,)]
    assert (1, 0) in findings
    assert (0, 2) not in findings


def test_what_is_about_a_changed_component_is_forgotten_and_the_rest_moves_along():
    ids = ComponentIds(3)
    findings = TrialCache(ids)
    for group, finding in (((0,), "a"), ((2,), "c"), ((0, 1), "ab"), ((0, 2), "ac")):
        findings.keep(group, finding)
    ids.follow(view_of(ROWS), view_of(ROWS[:, [2, 0, 1]]), [2, 0], ONES)
    assert (0,) in findings
    assert (1, 0) in findings
    assert (2,) not in findings
    assert (1, 2) not in findings
    never = SerialEngine()
    assert findings.of([(1,), (0,), (0, 1)], lambda group: pytest.fail("asked again"), never) == [
        "a",
        "c",
        "ac",
    ]


def test_questions_are_put_in_order_whatever_the_threads():
    order = []

    def ask(group):
        order.append(group[0])
        return lambda: group[0] ** 2

    groups = [(i,) for i in range(20)]
    with ThreadEngine(3) as engine:
        assert TrialCache(ComponentIds(20)).of(groups, ask, engine) == [i**2 for i in range(20)]
    assert order == list(range(20))


def test_mixtures_that_differ_in_order_are_alike():
    assert same_optimum(view_of(ROWS), view_of(ROWS[:, [2, 0, 1]]), ONES)


def test_a_component_with_other_rows_is_not_alike():
    moved = ROWS.copy()
    moved[:8] = [0.0, 1.0, 0.0]
    assert not same_optimum(view_of(ROWS), view_of(moved), ONES)


def test_two_components_never_stand_for_one():
    halves = np.column_stack([0.5 * ROWS[:, 0], 0.5 * ROWS[:, 0], ROWS[:, 1] + ROWS[:, 2]])
    assert not same_optimum(view_of(ROWS), view_of(halves), ONES)
    assert not same_optimum(view_of(halves), view_of(ROWS), ONES)


def test_no_trial_begins_when_time_is_over():
    made, late = [], iter([False, False, True])
    cache = TrialCache(ComponentIds(4), lambda: next(late))
    with pytest.raises(OutOfTimeError):
        cache.of([(0,), (1,), (2,), (3,)], lambda group: lambda: made.append(group), SerialEngine())
    assert made == [(0,), (1,)]
