from __future__ import annotations

import subprocess
import sys

import pytest

from gaussmix import GaussianMixture, datasets, plots

X = datasets.load_faithful().data


def test_an_overview_has_its_four_parts() -> None:
    figure = plots.overview(GaussianMixture(2, random_state=0).fit(X), X)
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert [title for title in titles if title] == ["Responsibilities", "Density", "Uncertainty", "EM"]


def test_an_overview_of_one_column_has_two() -> None:
    figure = plots.overview(GaussianMixture(2, random_state=0).fit(X[:, :1]), X[:, :1])
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["Density", "EM"]


def test_a_mixture_has_no_trace_to_show() -> None:
    mixture = GaussianMixture(2, random_state=0).fit(X).mixture_
    assert "EM" not in [ax.get_title(loc="left") for ax in plots.overview(mixture, X).axes]


@pytest.mark.slow
def test_without_matplotlib_a_sentence_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from gaussmix import Mixture, plots\n"
        "from gaussmix.errors import MissingDependencyError\n"
        "try:\n    plots.density(Mixture([1.0], [[0.0]], [1.0]))\n"
        "except MissingDependencyError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "gaussmix[plot]"' in done.stdout
