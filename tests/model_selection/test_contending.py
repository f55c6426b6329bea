"""Neighbours propose starts to the models that may be chosen."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.search.mclust_tables import measurements

from gaussmix import select
from gaussmix.covariances import is_nested

from ..support import quiet

X = measurements("iris")


def improved(**options):
    """Return the models that changed after their first fit, and all first fits, of a selection of all models."""
    first = {}

    def watch(model):
        first.setdefault(model.name, model)

    with quiet():
        selection = select(X, range(1, 10), random_state=0, callbacks=watch, **options)
    changed = [
        model.name for model in selection.models if model.log_likelihood != first[model.name].log_likelihood
    ]
    return changed, first, selection


@pytest.mark.parametrize("criterion", ["bic", "aic"])
def test_models_far_behind_keep_their_first_fit(criterion):
    changed, first, selection = improved(criterion=criterion)
    sound = sorted(
        (model for model in first.values() if model.sound), key=lambda model: model.value(criterion)
    )
    contending = {model.name for model in sound[:25]}
    behind = [first[name] for name in changed if name not in contending and first[name].sound]
    assert len(behind) < len(changed)
    for model in behind:  # a nested family became likelier
        inner = [
            each
            for each in selection.models
            if each.n_components == model.n_components and is_nested(each.family, model.family)
        ]
        assert max(each.log_likelihood for each in inner if each.sound) > model.log_likelihood, model.name


def test_the_best_by_aic_is_at_least_that_of_a_selection_by_bic():
    with quiet():
        by_aic = select(X, range(2, 6), criterion="aic", random_state=0).best.aic
        by_bic = select(X, range(2, 6), random_state=0).chosen_by("aic").best.aic
    assert by_aic <= by_bic + 1e-6
    assert np.isfinite(by_aic)
