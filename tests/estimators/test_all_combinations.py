"""Each subset of nine options: of the rows, of the model, and of the components; from given starts and by the search.

Every fit is held against EM written row by row (``tests/laws/row_by_row.py``), whose objective must not fall either.
One pair of options is refused, with its reason: t distributions beside measurement errors.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import chain, combinations
from pathlib import Path

import numpy as np
import pytest

from gaussmix import (
    ConjugatePrior,
    FactorAnalysers,
    GaussianMixture,
    Mixture,
    StudentMixture,
    TMixture,
    select,
)
from gaussmix.covariances import family_named
from gaussmix.errors import InputError, InputTypeError
from gaussmix.starts import robust
from gaussmix.uniform import Uniform

from ..laws.row_by_row import Parameters, Prior, Rows, Rules, e_step, m_step, objective
from ..support import assert_close, quiet

K, D, N = 2, 2, 45
OPTIONS = ("weights", "holes", "errors", "labels", "noise", "prior", "fixed", "t", "trim")
SUBSETS = list(chain.from_iterable(combinations(OPTIONS, size) for size in range(len(OPTIONS) + 1)))
FAMILIES = ("full", "diag", "tied", "spherical")
CASES = [
    (number, options, family)
    for number, options in enumerate(SUBSETS)
    for family in (FAMILIES if len(options) <= 2 else (FAMILIES[number % 4],))
    if not {"t", "errors"} <= set(options)
]
LARGE = {
    ("weights", "holes", "errors", "labels", "noise", "prior", "fixed", "trim"),
    ("labels", "fixed", "t", "trim"),
}
SEARCHED = [
    (number, options, family)
    for number, options, family in CASES
    if (len(options) == 2 and family == FAMILIES[number % 4]) or options in LARGE
]
"""The pairs, and two larger subsets: a search takes longer than a few steps."""
REFUSED = [(number, options) for number, options in enumerate(SUBSETS) if {"t", "errors"} <= set(options)]
CENTRES = np.array([[0.0, 0.0], [6.0, 4.0]])
PRIOR = Prior(2.0, np.array([1.0, 2.0]), 0.5, 5.0, np.diag([2.0, 4.0]))
TRIM = 0.137
"""A share that leaves out a part of a row, too."""
STEPS = 4


@pytest.fixture(autouse=True)
def _few_passes(monkeypatch):
    """Take the scales of the columns from a robust fit of few iterations, which is quick."""
    monkeypatch.setattr(robust, "_PASSES", 6)


def rows_with(options):
    """Rows, what ``fit`` is told of them, and their volume."""
    rng = np.random.default_rng([7, *(OPTIONS.index(option) for option in options)])
    truth = rng.integers(0, K, N)
    X = CENTRES[truth] + rng.standard_normal((N, D)) @ np.array([[1.0, 0.4], [0.0, 0.8]])
    known = {}
    if {"noise", "t", "trim"} & set(options):
        X[:5] = rng.uniform([-8.0, -9.0], [14.0, 13.0], (5, D))
    if "weights" in options:
        known["sample_weight"] = rng.uniform(0.2, 2.0, N)
    if "errors" in options:
        roots = 0.4 * rng.standard_normal((N, D, D))
        known["noise"] = roots @ roots.swapaxes(1, 2)
        X = X + (roots @ rng.standard_normal((N, D, 1)))[:, :, 0]
    if "labels" in options:
        known["labels"] = np.where((rng.random(N) < 0.3) & (np.arange(N) > 5), truth, -1)
    if "holes" in options:
        X = np.where(rng.random((N, D)) < 0.2, np.nan, X)
        X[10] = np.nan
    return X, known


def start_of(options, family, X):
    """The first mixture: away from the truth, with a uniform component where there is one."""
    dense = np.array([[[2.0, 0.3], [0.3, 3.0]], [[3.0, -0.4], [-0.4, 2.5]]])
    uniform, weights = None, np.array([0.45, 0.55])
    if "noise" in options:
        lower, upper = np.nanmin(X, axis=0), np.nanmax(X, axis=0)
        uniform, weights = Uniform(0.1, lower, upper, float(np.log(upper - lower).sum())), 0.9 * weights
    covariances = family_named(family).from_dense(dense, weights)
    return Mixture.of(weights, CENTRES + np.array([[0.6, -0.5], [-0.7, 0.4]]), covariances, uniform=uniform)


def fixed_of(number, family):
    """The parameters that are fixed: weights, means and covariances in turn."""
    kinds = ("means", "weights", "covariances") if family != "tied" else ("means", "weights")
    return kinds[number % len(kinds)]


def degrees_of(number):
    """Degrees of freedom: fixed, common and of each component in turn."""
    return (5.0, "common", "each")[number % 3]


def estimator(number, options, family, X, start=None, **more):
    chosen = {"covariance_type": family, "random_state": 0, **more}
    if "noise" in options:
        chosen["noise_component"] = float(np.prod(np.nanmax(X, axis=0) - np.nanmin(X, axis=0)))
    if start is not None:
        chosen |= {"init_params": start, "search": "off"}
    if "prior" in options:
        chosen["prior"] = ConjugatePrior(
            PRIOR.alpha, PRIOR.mean, PRIOR.kappa, PRIOR.nu, np.diagonal(PRIOR.scatter)
        )
    if "fixed" in options:
        chosen["fix"] = {fixed_of(number, family): [1]}
    if "trim" in options:
        chosen["trim"] = TRIM
    if "t" not in options:
        return GaussianMixture(K, **chosen)
    return StudentMixture(K, degrees_of_freedom=degrees_of(number), **chosen)


def reference(number, options, family, X, known, model):
    """The problem for EM row by row; the scales of missing values are those of the fit."""
    allowed, fixed = None, np.array([False, True])
    if "labels" in known:
        labels = known["labels"][:, None]
        allowed = np.where(labels < 0, True, labels == np.arange(K + 1))
    rows = Rows.of(X, K, known.get("sample_weight"), known.get("noise"), allowed)
    kind = fixed_of(number, family) if "fixed" in options else None
    rules = Rules(
        fixed & (kind == "means"),
        np.nanmax(X, axis=0) - np.nanmin(X, axis=0),
        PRIOR if "prior" in options else None,
        family,
        fixed & (kind == "weights"),
        fixed & (kind == "covariances"),
        degrees_of(number) if degrees_of(number) in ("common", "each") else "fixed",
    )
    if "trim" in options:
        rules = replace(rules, trim=TRIM, log_scales=model._kept.trimming.log_scales)
    return rows, rules


def parameters(mixture, degrees=None):
    uniform = 0.0 if mixture.uniform is None else mixture.uniform.weight
    if isinstance(mixture, TMixture):
        degrees = mixture.degrees_of_freedom
    return Parameters(mixture.weights, mixture.means, mixture.covariances.dense(), uniform, degrees)


def check_ascent(values):
    assert (np.diff(values) >= -1e-9 * np.abs(values[0])).all()


def name_of(value):
    return ("+".join(value) or "plain") if isinstance(value, tuple) else str(value)


@pytest.mark.parametrize(("number", "options", "family"), CASES, ids=name_of)
def test_steps_from_a_given_start(number, options, family):
    X, known = rows_with(options)
    start = start_of(options, family, X)
    more = {"max_iter": STEPS, "tol": 0, "acceleration": "off"}
    model = estimator(number, options, family, X, start, **more)
    with quiet():
        model.fit(X, **known)
    rows, rules = reference(number, options, family, X, known, model)
    first = degrees_of(number) if degrees_of(number) == 5.0 else 10.0
    p, values = parameters(start, np.full(K, first) if "t" in options else None), []
    for _ in range(STEPS):
        sums = e_step(p, rows, rules)
        values.append(objective(p, rows, rules) / sums.total)
        p = m_step(sums, rules, p)
    assert_close(np.array(model.lower_bounds_), np.array(values), rtol=1e-9)
    check_ascent(values)
    found = parameters(model.mixture_)
    for part in ("weights", "means", "covariances"):
        assert_close(getattr(found, part), getattr(p, part), rtol=1e-8, atol=1e-9)
    assert_close(found.uniform, p.uniform, rtol=1e-8)
    if "t" in options:
        assert_close(found.degrees, p.degrees, rtol=1e-8)


@pytest.mark.parametrize(("number", "options", "family"), SEARCHED, ids=name_of)
def test_fits_by_the_search(number, options, family):
    X, known = rows_with(options)
    start = start_of(options, family, X)
    given = {}
    if "fixed" in options:
        part = {"means": start.means, "weights": start.weights, "covariances": start.covariances.precisions()}
        name = {"covariances": "precisions_init"}.get(
            fixed_of(number, family), fixed_of(number, family) + "_init"
        )
        values = np.array(part[fixed_of(number, family)])
        values[0] = np.nan
        given[name] = values
    model = estimator(number, options, family, X, **given)
    with quiet():
        model.fit(X, **known)
    check_ascent(np.array(model.lower_bounds_))
    rows, rules = reference(number, options, family, X, known, model)
    p = parameters(model.mixture_)
    total, values = e_step(p, rows, rules).total, []
    for _ in range(3):
        values.append(objective(p, rows, rules) / total)
        p = m_step(e_step(p, rows, rules), rules, p)
    assert values[0] == pytest.approx(model.lower_bound_, abs=1e-4)
    check_ascent(values)
    assert values[-1] - values[0] < 1e-4


@pytest.mark.parametrize(("number", "options"), REFUSED, ids=name_of)
def test_what_is_refused(number, options):
    X, known = rows_with(options)
    model = estimator(number, tuple(o for o in options if o != "fixed"), FAMILIES[number % 4], X)
    with pytest.raises(InputError, match=r"measurement errors .* no closed form.* leave the errors out\.$"):
        model.fit(X, **known)


EYE = np.tile(np.eye(D), (N, 1, 1))
ANALYSERS = FactorAnalysers(1)
LISTED = {
    "t, errors": (StudentMixture(K), {"noise": EYE}),
    "t, projections": (StudentMixture(K), {"projections": EYE}),
    "bounds, errors": (GaussianMixture(K, bounds=(-99.0, None)), {"noise": EYE}),
    "censored, projections": (GaussianMixture(K, censored=(-99.0, None)), {"projections": EYE}),
    "bounds, noise": (GaussianMixture(K, bounds=(-99.0, None), noise_component=True), {}),
    "censored, trim": (GaussianMixture(K, censored=(-99.0, None), trim=0.1), {}),
    "analysers, covariances": (GaussianMixture(K, covariance_type=ANALYSERS, fix={"covariances": [0]}), {}),
    "analysers, mean": (GaussianMixture(K, covariance_type=ANALYSERS, fix={"means": "shared"}), {}),
    "analysers, ratio": (GaussianMixture(K, covariance_type=ANALYSERS, max_eigenvalue_ratio=5.0), {}),
}
"""Fits that are refused, beyond the nine options."""


@pytest.mark.parametrize("name", LISTED)
def test_the_documentation_lists_what_is_refused(name):
    model, known = LISTED[name]
    with pytest.raises(InputError) as refused:
        model.fit(rows_with(())[0], **known)
    page = (Path(__file__).parents[2] / "docs" / "robust.md").read_text(encoding="utf-8")
    table = page[page.index("## What cannot be combined") :]
    sentences = re.findall(r'"([^"]+)"', table[: table.index("## What single uses refuse")])
    assert len(sentences) == 5
    assert sum(sentence in str(refused.value) for sentence in sentences) == 1


START = Mixture([0.5, 0.5], np.zeros((2, D)), np.ones(2))
USES = {
    "trimmed batches": lambda X: GaussianMixture(K, trim=0.1).partial_fit(X),
    "bounded batches": lambda X: GaussianMixture(K, censored=(-99.0, None)).partial_fit(X),
    "automatic batches": lambda X: GaussianMixture("auto").partial_fit(X),
    "automatic start": lambda X: GaussianMixture("auto", init_params=START).fit(X),
    "fixed values": lambda X: select(X, fix={"means": [0]}),
    "prior of mml": lambda X: select(X, criterion="mml", prior="mclust"),
    "labels of mml": lambda X: select(X, criterion="mml", labels=np.zeros(len(X), int)),
    "trimmed folds": lambda X: select(X, criterion="cv", trim=0.1),
    "bounded partitions": lambda X: select(X, criterion="instability", bounds=(-99.0, None)),
    "noise of projections": lambda X: GaussianMixture(K, noise_component=True).fit(X, projections=EYE),
    "entropy of t": lambda X: StudentMixture(K).fit(X).mixture_.entropy(),
}
"""Uses that refuse an option."""


def test_the_documentation_lists_what_uses_refuse():
    page = (Path(__file__).parents[2] / "docs" / "robust.md").read_text(encoding="utf-8")
    table = page[page.index("## What single uses refuse") : page.index("## The formulas")]
    sentences = {line.rsplit('"', 2)[1] for line in table.splitlines() if line.endswith('" |')}
    told = set()
    for use in USES.values():
        with quiet(), pytest.raises((InputError, InputTypeError)) as refused:
            use(rows_with(())[0])
        (found,) = [sentence for sentence in sentences if sentence in str(refused.value)]
        told.add(found)
    assert told == sentences
