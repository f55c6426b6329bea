"""The report: one page that says what the fit says, needs nothing else, and trusts no text."""

from __future__ import annotations

import base64
import html
import io
import re
import sys
import warnings
from copy import copy
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gaussmix import BayesianGaussianMixture, GaussianMixture, Mixture, MixtureClassifier, datasets, load
from gaussmix.errors import GaussmixWarning, InputError, InputTypeError
from gaussmix.report import write_report
from gaussmix.report.facts import Facts
from gaussmix.search import Budget
from gaussmix.search.population import effort
from gaussmix.view.page import hash_of

VOID = {"meta", "img", "br", "link", "hr", "source", "wbr"}


class Page(HTMLParser):
    """A page taken apart: its elements with their attributes, and its text; open tags must close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] not in (["style"], ["script"]):
            self.text += data

    @property
    def pictures(self) -> list[dict[str, str | None]]:
        """The pictures as a light page shows them."""
        return [image for image in self.all("img") if image["class"] == "light"]

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def faithful() -> Any:
    return datasets.load_faithful()


@pytest.fixture(scope="module")
def model(faithful: Any) -> GaussianMixture:
    return GaussianMixture(2, random_state=0).fit(faithful.data)


@pytest.fixture(scope="module")
def page(model: GaussianMixture, faithful: Any) -> str:
    return write_report(model, faithful.data, feature_names=faithful.feature_names)


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the pictures out: as without matplotlib."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)


def test_says_what_the_fit_says(page: str, model: GaussianMixture, faithful: Any) -> None:
    text = Page(page).text.replace("−", "-")
    for value in (model.bic(faithful.data), model.aic(faithful.data), model.icl(faithful.data)):
        assert f"{value:.2f}" in text
    assert f"{model.score(faithful.data):.4f}" in text
    assert f"{model.weights_[0]:.4f}" in text
    for name in ("eruptions", "waiting", "2.036", "79.97", f"converged after {model.n_iter_} iterations"):
        assert name in text


def test_loads_nothing_from_anywhere_and_runs_its_replay_alone(page: str) -> None:
    found = Page(page)
    assert found.all("script") == [{"type": "application/json"}, {"type": "module"}]
    assert found.all("link") + found.all("iframe") == []
    assert all(str(image["src"]).startswith("data:image/png;base64,") for image in found.all("img"))
    # The namespace of SVG has the form of an address.
    assert "http" not in re.sub(r"base64,[^\"]*|http://www.w3.org/2000/svg|http-equiv", "", page)
    assert "@import" not in page
    assert "url(" not in page


def test_pictures_are_pictures_with_words_for_those_who_do_not_see_them(page: str) -> None:
    from PIL import Image

    images = Page(page).pictures
    # Rows, density, uncertainty; a curve for each of two columns. The search changed nothing.
    assert len(images) == 5
    for image in images:
        assert len(str(image["alt"])) > 20
        png = base64.b64decode(str(image["src"]).partition(",")[2])
        assert Image.open(io.BytesIO(png)).size == (int(str(image["width"])), int(str(image["height"])))


def test_tables_have_headings_and_captions(page: str) -> None:
    found = Page(page)
    assert len(found.all("table")) == len(found.all("caption")) >= 4
    assert all(heading.get("scope") in ("col", "row") for heading in found.all("th"))
    assert found.all("html") == [{"lang": "en"}]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in found.all("meta")
    identifiers = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(set(identifiers)) == len(identifiers)


@pytest.mark.parametrize("rule", ["prefers-color-scheme: dark", "@media print", "max-width"])
def test_has_a_form_for_dark_paper_and_narrow(page: str, rule: str) -> None:
    assert rule in page


@pytest.mark.usefixtures("no_pictures")
def test_text_is_never_taken_for_html() -> None:
    evil = '<script>alert(1)</script>"&'
    mixture = Mixture([0.5, 0.5], [[0.0, 0.0], [5.0, 5.0]], [1.0, 1.0], feature_names=[evil, "b"])
    X, _ = mixture.sample(100, random_state=0)
    page = write_report(mixture, X, title=evil, left_out={evil: evil})
    assert Page(page).all("script") == []
    assert evil in Page(page).text


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize("replay", [True, False])
def test_the_policy_allows_the_script_of_the_page(
    model: GaussianMixture, faithful: Any, replay: bool
) -> None:
    found = Page(page := write_report(model, faithful.data, replay=replay))
    policy = next(str(m["content"]) for m in found.all("meta") if m.get("http-equiv"))
    scripts = re.findall(r'<script type="module">(.*?)</script>', page, re.DOTALL)
    allowed = [f"script-src {hash_of(each)};" for each in scripts] or ["script-src 'none';"]
    assert len(scripts) == replay
    assert all(each in policy for each in allowed)


@pytest.mark.usefixtures("no_pictures")
def test_a_report_without_a_replay_says_why(
    model: GaussianMixture, faithful: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise InputError("column <2> is constant.")

    monkeypatch.setattr("gaussmix.report.replays.recorded_view", fail)
    found = Page(write_report(model, faithful.data))
    assert "EM could not be run again for a replay: column <2> is constant." in found.text
    assert found.all("script") == []


@pytest.mark.usefixtures("no_pictures")
def test_is_written_whole(model: GaussianMixture, faithful: Any, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("old")
    page = write_report(model, faithful.data, path)
    assert path.read_text(encoding="utf-8") == page
    assert [file.name for file in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.usefixtures("no_pictures")
def test_without_matplotlib_it_says_how_to_get_pictures(model: GaussianMixture, faithful: Any) -> None:
    found = Page(write_report(model, faithful.data))
    assert found.all("img") == []
    assert 'pip install "gaussmix[plot]"' in found.text
    assert "2.036" in found.text


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize("family", ["full", "diag", "spherical", "tied", "tied-diag", "tied-spherical"])
def test_shapes_are_shown_on_demand_where_there_are_any(faithful: Any, family: str) -> None:
    model = GaussianMixture(3, covariance_type=family, random_state=0).fit(faithful.data)
    found = Page(write_report(model, faithful.data))
    expected = {"full": 3, "tied": 1}.get(family, 0)
    assert len(found.all("details")) == expected
    assert ("uncorrelated" in found.text) == (expected == 0)


@pytest.mark.parametrize(("n", "K", "D"), [(40, 1, 1), (60, 1, 2), (500, 9, 5)])
def test_any_size(n: int, K: int, D: int) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, D)) + 20.0 * rng.integers(K, size=(n, 1))
    model = GaussianMixture(K, covariance_type="diag", search="off", random_state=0).fit(X)
    found = Page(write_report(model, X))
    pairs = min(6, D * (D - 1) // 2)
    expected = 1 + 1 if D == 1 else (3 + (pairs - 1) + min(D, 6) + 1)
    assert len(found.pictures) == expected


@pytest.mark.usefixtures("no_pictures")
def test_a_constant_column_is_shown_as_its_value() -> None:
    X = np.column_stack([np.random.default_rng(0).normal(size=60), np.full(60, -2009.0)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = GaussianMixture(2, search="off", random_state=0).fit(X)
    assert "−2009 constant" in Page(write_report(model, X)).text


@pytest.mark.usefixtures("no_pictures")
def test_a_mixture_by_itself_has_no_runs() -> None:
    mixture = datasets.random_mixture(3, 2, random_state=0)
    X, _ = mixture.sample(500, random_state=1)
    text = Page(write_report(mixture, X)).text
    assert "The runs of EM" not in text
    assert "EM converged" not in text


@pytest.mark.usefixtures("no_pictures")
def test_weights_are_frequencies(faithful: Any) -> None:
    X = faithful.data
    counts = np.random.default_rng(0).integers(0, 3, len(X))
    model = GaussianMixture(2, random_state=0).fit(X, sample_weight=counts)
    weighted = Facts.of(model, X, counts)
    repeated = Facts.of(model, np.repeat(X, counts, axis=0))
    for name in ("log_likelihood", "bic", "aic", "icl", "sure", "assigned", "overlap", "total_weight"):
        np.testing.assert_allclose(getattr(weighted, name), getattr(repeated, name), rtol=1e-10, err_msg=name)
    assert (
        f"with weights that sum to {counts.sum()}" in Page(write_report(model, X, sample_weight=counts)).text
    )


def test_the_numbers_are_those_of_the_estimator(model: GaussianMixture, faithful: Any) -> None:
    facts = Facts.of(model, faithful.data)
    assert facts.bic == pytest.approx(model.bic(faithful.data), rel=1e-12)
    assert facts.icl == pytest.approx(model.icl(faithful.data), rel=1e-12)
    assert facts.assigned.tolist() == np.bincount(model.predict(faithful.data)).tolist()


@pytest.mark.usefixtures("no_pictures")
def test_warns_of_what_the_reader_should_know() -> None:
    rng = np.random.default_rng(0)
    X = np.c_[np.r_[rng.normal(size=(200)), 50.0], np.zeros(201)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = GaussianMixture(3, max_iter=3, n_init=2, random_state=0).fit(X)
    text = Page(write_report(model, X, left_out={"name": "text"})).text
    assert "had not converged after 3 iterations: increase max_iter or tol" in text
    assert "has only 1 row: too few" in text
    assert "Overlapping components: " in text
    assert "Columns left out of the fit: name (text)" in text
    assert "Constant columns, without effect on the clusters: x1" in text


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize("kind", [GaussianMixture, BayesianGaussianMixture])
def test_the_warnings_of_the_fit_come_first(kind: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2)) @ [[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]
    with pytest.warns(GaussmixWarning) as caught:
        model = kind(2, random_state=0).fit(X)
    told = tuple(str(each.message) for each in caught if issubclass(each.category, GaussmixWarning))
    assert any("linear combination" in text for text in told)
    assert model.trace_.warnings == told
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert kind(2, random_state=0).fit(X).trace_.warnings == told
    model.save(tmp_path / "model.safetensors")
    for fitted in (model, load(tmp_path / "model.safetensors")):
        notes = write_report(fitted, X).partition('<section id="notes"')[2].partition("</section>")[0]
        listed = re.findall("<li>(.*?)</li>", notes)
        assert [html.unescape(note) for note in listed[: len(told)]] == [f"Warning: {text}" for text in told]
    assert notes.count("Warning: ") == len(told)


def test_one_mixture_that_is_fitted_is_needed(faithful: Any) -> None:
    X = faithful.data
    with pytest.raises(InputError, match="call its fit first"):
        write_report(GaussianMixture(2), X)
    with pytest.raises(InputTypeError, match="one of its mixtures_"):
        write_report(MixtureClassifier(1).fit(X, X[:, 0] > 3), X)
    with pytest.raises(InputTypeError, match="this is of type str"):
        write_report("model", X)
    model = GaussianMixture(2, random_state=0).fit(X)
    with pytest.raises(InputError, match="has 1 features"):
        write_report(model, X[:, :1])
    with pytest.raises(InputError, match="do not name the 2 columns"):
        write_report(model, X, feature_names=["a"])


@pytest.mark.usefixtures("no_pictures")
def test_a_data_frame_brings_its_names(faithful: Any) -> None:
    frame = datasets.load_faithful(as_frame=True).data
    page = write_report(GaussianMixture(2, random_state=0).fit(frame), frame)
    assert "eruptions" in Page(page).text


def test_a_picture_leaves_no_figure_open(model: GaussianMixture, faithful: Any) -> None:
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    write_report(model, faithful.data)
    assert plt.get_fignums() == before


def picture(attribute: Any) -> Any:
    from PIL import Image

    png = base64.b64decode(str(attribute).partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def test_each_picture_is_drawn_for_light_and_for_dark_pages(page: str) -> None:
    found = Page(page)
    css = page.partition("<style>")[2].partition("</style>")[0]
    light, dark = re.findall(r"--paper: (#[0-9a-f]{6})", css)[:2]
    images = {name: [i for i in found.all("img") if i["class"] == name] for name in ("light", "dark")}
    assert len(images["light"]) == len(images["dark"]) == 5
    for name, paper in (("light", light), ("dark", dark)):
        for image in images[name]:
            assert "#" + "".join(f"{value:02x}" for value in picture(image["src"])[1, 1]) == paper
    assert [image["alt"] for image in images["light"]] == [image["alt"] for image in images["dark"]]
    # What is printed is the light one, whatever the reader's setting.
    assert "@media screen and (prefers-color-scheme: dark) { img.light { display: none; }" in css


def test_the_swatches_have_the_colours_of_the_pictures(page: str) -> None:
    from gaussmix import plots

    for name, background in (("light", "#ffffff"), ("dark", "#14181e")):
        expected = [
            "#" + "".join(f"{round(255 * value):02x}" for value in colour)
            for colour in plots.palette(2, background=background)
        ]
        assert re.findall(rf"--{name}:(#[0-9a-f]{{6}})", page) == expected


def test_a_page_does_not_depend_on_the_style_of_its_writer(model: GaussianMixture, faithful: Any) -> None:
    import matplotlib as mpl

    with mpl.rc_context({"figure.facecolor": "red", "axes.facecolor": "blue", "font.size": 30.0}):
        page = write_report(model, faithful.data, feature_names=faithful.feature_names)
        assert mpl.rcParams["figure.facecolor"] == "red"
    corner = picture(Page(page).all("img")[0]["src"])[1, 1]
    assert corner.tolist() == [255, 255, 255]


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (np.arange(100.0), "On 100 rows it made"),
        (np.repeat(np.arange(60.0), 2), "On 60 distinct rows of the 120 rows it made"),
        (np.r_[np.arange(80.0), 5.0], "On 80 distinct rows of the 81 rows it made"),
    ],
    ids=["all differ", "each twice", "one twice"],
)
def test_says_which_rows_the_search_looked_at(rows: Any, told: str) -> None:
    X = np.c_[rows + 100.0 * (rows > rows.mean()), np.sin(rows)]
    model = GaussianMixture(2, random_state=0).fit(X)
    assert told in Page(write_report(model, X)).text


@pytest.mark.usefixtures("no_pictures")
def test_says_where_the_search_looked_at_a_sample(searched: tuple[GaussianMixture, Any]) -> None:
    model, X = searched
    assert model.trace_.search is not None
    told = copy(model)
    told.trace_ = replace(model.trace_, search=replace(model.trace_.search, events=(), n_rows=500))
    assert "On 500 distinct rows of the 4,000 rows it made" in Page(write_report(told, X)).text


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize("left", [-np.inf, np.nan, -12.34, 0.0, 3.2])
def test_a_gain_that_was_not_predicted_is_none(searched: tuple[GaussianMixture, Any], left: float) -> None:
    model, X = searched
    assert model.trace_.search is not None
    runs = tuple(replace(run, best_remaining_gain=left) for run in model.trace_.search.runs)
    told = copy(model)
    told.trace_ = replace(model.trace_, search=replace(model.trace_.search, runs=runs))
    text = Page(write_report(told, X)).text
    assert "inf" not in text
    assert "nan" not in text
    assert ("none" if not np.isfinite(left) else f"{left:.1f}".replace("-", "−")) in text
    assert "inf" not in told.trace_.search.summary()


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize(
    "name", ["weight", "rows", "component", "a_very_long_name_of_a_column_of_data", "<b>&amp;</b>", "x" * 200]
)
def test_every_column_is_named_in_full(name: str) -> None:
    mixture = Mixture([0.5, 0.5], np.zeros((2, 9)), [1.0, 2.0])
    names = [name, *[f"column_{d}" for d in range(8)]]
    page = write_report(mixture, mixture.sample(50, random_state=0)[0], feature_names=names)
    text = Page(page).text
    assert all(text.count(each) >= 2 for each in names)


@pytest.fixture(scope="module")
def searched() -> tuple[GaussianMixture, Any]:
    X, _ = datasets.random_mixture(20, 2, random_state=2).sample(4000, random_state=2)
    return GaussianMixture(20, random_state=0, search=Budget(runs=2)).fit(X), X


def test_a_search_that_saw_nothing_to_try_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effort, "RETURNS", 3)  # the starts agree: there is no generation
    X = np.concatenate([np.random.default_rng(0).standard_normal((600, 2)) + shift for shift in (0.0, 30.0)])
    model = GaussianMixture(2, random_state=0).fit(X)
    assert model.trace_.search is not None
    assert not model.trace_.search.n_tried
    assert "it made 1 run and tried no move" in Page(write_report(model, X)).text


def test_the_search_and_its_runs_are_reported(searched: tuple[GaussianMixture, Any]) -> None:
    model, X = searched
    search = model.trace_.search
    assert search is not None
    page = Page(write_report(model, X))
    assert f"{search.verdict[0].upper()}{search.verdict[1:]}." in page.text
    assert f"2 runs and tried {search.n_tried} moves, of which {search.n_taken} were accepted" in page.text
    for i, run in enumerate(search.runs):
        assert run.start in page.text
        assert f"{run.log_likelihood:.6f}".replace("-", "−") in page.text
        assert f"{i + 1}{' (kept)' if i == search.best else ''}" in page.text
    # Rows, density, uncertainty; two columns; the search and its gains.
    assert len(page.pictures) == 7


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize("clear", [True, False])
def test_says_whether_the_answer_is_in_doubt(searched: tuple[GaussianMixture, Any], clear: bool) -> None:
    model, X = searched
    assert model.trace_.search is not None
    verdict = "clear: 3 of 3 runs agree" if clear else "in doubt: 1 of 2 runs found the best; search longer"
    told = copy(model)
    told.trace_ = replace(model.trace_, search=replace(model.trace_.search, clear=clear, verdict=verdict))
    text = Page(write_report(told, X)).text
    assert ("This is very probably the best mixture: 3 of 3 runs agree." in text) == clear
    assert ("The verdict of the search is in doubt: a longer search may find a better mixture." in text) == (
        not clear
    )


@pytest.mark.usefixtures("no_pictures")
def test_without_a_search_nothing_is_said_of_one(faithful: Any) -> None:
    text = Page(
        write_report(GaussianMixture(2, search="off", random_state=0).fit(faithful.data), faithful.data)
    ).text
    assert "Search for the best local maximum" not in text
