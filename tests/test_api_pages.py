"""The page of a class shows its attributes, properties and methods by their right names, each with a description."""

from __future__ import annotations

import html
import importlib
import inspect
import re
import subprocess
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

import gaussmix

sys.path.insert(0, str(Path(__file__).parent))
from public import Public, listed, members

DOCS = Path(__file__).resolve().parents[1] / "docs"
CLASSES = [each for each in listed() if isinstance(each.value, type)]
USER_MODULES = (
    "gaussmix",
    *(
        f"gaussmix.{name}"
        for name in (
            "datasets",
            "distributed",
            "divergences",
            "errors",
            "estimation",
            "exchange",
            "fitting",
            "inference",
            "plots",
            "search",
            "testing",
            "view",
        )
    ),
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation, built without the pictures of the gallery and without running notebooks."""
    pytest.importorskip("sphinx")
    built = tmp_path_factory.mktemp("html")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-b",
        "html",
        "-D",
        "plot_gallery=0",
        "-D",
        "nb_execution_mode=off",
        str(DOCS),
        str(built),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return built / "api" / "generated"


ANCHOR, BOLD, TAG = (
    re.compile(r' id="([\w.]+)"'),
    re.compile(r"<strong>(.*?)</strong>"),
    re.compile(r"<[^>]+>"),
)


def described(page: str) -> dict[str, str]:
    """The terms of a page with the text below each: members by their anchors, parameters by the words in bold."""
    found: dict[str, str] = {}
    for part in page.split("<dt")[1:]:
        term, _, text = part.partition("</dt>")
        head, _, body = term.partition(">")
        anchor, bold = ANCHOR.search(head), BOLD.match(body)
        names = [anchor[1].rpartition(".")[2]] if anchor else bold[1].split(", ") if bold else []
        found |= dict.fromkeys(names, html.unescape(TAG.sub(" ", text)).strip())
    return found


def attributes(public: Public) -> list[str]:
    """What an instance has beside methods: fields, properties, and attributes announced by an annotation."""
    of_class = [
        name
        for base in public.value.__mro__
        if base.__module__.startswith("gaussmix")
        for name in inspect.get_annotations(base)
        if name[0] != "_"
    ]
    of_dataclass = [field.name for field in fields(public.value)] if is_dataclass(public.value) else []
    return sorted({*of_class, *of_dataclass})


@pytest.mark.slow
@pytest.mark.parametrize("public", CLASSES, ids=lambda public: public.name)
def test_every_member_has_its_name_and_a_description(public: Public, pages: Path) -> None:
    shown = described((pages / f"{public.name}.html").read_text("utf-8"))
    names = [*attributes(public), *(member.name.rpartition(".")[2] for member in members(public))]
    assert [name for name in names if len(shown.get(name, "").split()) < 2] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "weights_",
        "means_",
        "covariances_",
        "precisions_",
        "precisions_cholesky_",
        "mixture_",
        "converged_",
        "n_iter_",
        "lower_bound_",
        "n_features_in_",
    ],
)
def test_attributes_of_the_estimator_keep_their_underscore(name: str, pages: Path) -> None:
    shown = described((pages / "gaussmix.GaussianMixture.html").read_text("utf-8"))
    assert len(shown[name].split()) > 1
    assert name.rstrip("_") not in shown


@pytest.mark.slow
@pytest.mark.parametrize("name", ["get_params", "set_params", "set_fit_request", "score"])
def test_methods_of_scikit_learn_are_named(name: str, pages: Path) -> None:
    assert f'<span class="pre">{name}</span>' in (pages / "gaussmix.MixtureClassifier.html").read_text(
        "utf-8"
    )


@pytest.mark.parametrize("path", USER_MODULES)
def test_all_that_is_exported_is_listed(path: str) -> None:
    module = importlib.import_module(path)
    values = [getattr(module, name) for name in module.__all__]
    known = {id(each.value) for each in listed()}
    missing = [
        name
        for name, value in zip(module.__all__, values, strict=True)
        if callable(value)
        and getattr(value, "__module__", "").startswith("gaussmix")
        and id(value) not in known
    ]
    assert missing == []


def test_nothing_is_listed_twice() -> None:
    names = [each.name for each in listed()]
    assert len(names) == len(set(names)) > 50
    assert gaussmix.GaussianMixture in [each.value for each in listed()]
