from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from gaussmix import datasets
from gaussmix.cli.demo import run
from gaussmix.demo import chapters, run_demo, tables
from gaussmix.demo.figures import QUICK
from gaussmix.demo.synthetic import Recovery, compare, recover
from gaussmix.demo.vowels import ALL, FORMANTS, cross_validate, record_fit
from gaussmix.errors import MissingDependencyError
from gaussmix.report.rendering import template

pytestmark = pytest.mark.slow

MACROS: Any = template("demo_macros.html").module
VOID = {"meta", "link", "img", "input", "br"}


@dataclass
class Page(HTMLParser):
    """Reads what a page holds, and fails at a tag that is not closed."""

    names: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    tables: dict[str, list[list[str]]] = field(default_factory=dict)
    images: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.caption = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if given.get("id"):
            assert given["id"] not in self.names
            self.names.add(str(given["id"]))
        self.links += [str(given[key]) for key in ("src", "href") if key in given]
        if tag == "img":
            self.images.append(given)
        if tag == "table":
            self.rows, self.caption = [], ""
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == "table":
            self.tables[self.caption] = self.rows

    def handle_data(self, data: str) -> None:
        if "caption" in self.open:
            self.caption += data
        elif "th" in self.open or "td" in self.open:
            self.rows[-1][-1] += data


@pytest.fixture(scope="module")
def page(demo: Any) -> Page:
    reader = Page()
    reader.feed(demo.text)
    reader.close()
    return reader


def test_every_tag_is_closed(page: Page) -> None:
    assert page.open == []
    assert len(page.tables) == 7


def test_every_file_is_there_and_nothing_comes_from_the_network(page: Page, demo: Any) -> None:
    assert len(page.links) > 20
    for link in page.links:
        assert "//" not in link
        if link.startswith("#"):
            assert link[1:] in page.names
        elif not link.startswith("data:"):
            assert (demo.page.parent / link).is_file()


def test_every_picture_is_described_and_has_its_size(page: Page, demo: Any) -> None:
    for image in page.images:
        with Image.open(demo.page.parent / image["src"]) as picture:
            assert picture.size == (int(image["width"]), int(image["height"]))
        assert image["alt"] or image["class"] == "still"


def test_every_picture_is_there_for_light_and_for_dark_pages(demo: Any) -> None:
    folder = demo.page.parent
    for light in (folder / "pictures").iterdir():
        papers = []
        for path in (light, folder / "pictures-dark" / light.name):
            with Image.open(path) as picture:
                papers.append(picture.convert("RGB").getpixel((1, 1)))
        assert papers == [(255, 255, 255), (20, 24, 30)]


def test_the_films_have_a_picture_for_each_iteration(demo: Any) -> None:
    names = [f"{vowel}-{K}{paper}" for vowel in ("iy", "ih") for K in (3, 6) for paper in ("", "-dark")]
    for name in names:
        pictures = sorted((demo.page.parent / "films" / name).iterdir())
        with Image.open(demo.page.parent / "films" / f"{name}.gif") as film:
            assert film.n_frames == len(pictures) == QUICK.frames + 3  # the start, 5 and the last as well
        assert pictures[0].read_bytes() != pictures[-1].read_bytes()


@pytest.mark.parametrize(
    ("n_features", "seed", "options"),
    [
        (2, 23, {"n_init": QUICK.starts, "init_params": "random_from_data", "search": "off"}),
        (1, 53, {}),
    ],
    ids=["two columns", "one column"],
)
def test_the_tables_hold_what_the_library_finds(
    page: Page, demo: Any, n_features: int, seed: int, options: dict[str, Any]
) -> None:
    rows = tables.parameters_of(recover(n_features, QUICK.rows, seed, **options))
    name = {1: "one column", 2: "two columns"}[n_features]
    assert page.tables[f"True and found parameters in {name}"][2:] == rows
    for row in rows:
        assert " ".join(row) in " ".join(demo.told.split())


def test_the_search_finds_what_one_start_misses(page: Page, demo: Any) -> None:
    table = page.tables["Mean log-likelihood of the same rows"]
    assert table[1:] == tables.comparison(compare()).rows
    values = {name: float(value.replace("−", "-")) for name, value in table[1:]}
    assert values["with the search"] > values["true mixture"] > values["EM from one start"] + 0.05
    assert all(value in demo.told for _, value in table[1:])


def test_the_errors_are_those_of_the_classifier(page: Page, demo: Any) -> None:
    tens = cross_validate(ALL, 3)
    assert page.tables["Error for new speakers"][3][2] == f"{tens.error:.1%}"
    assert f"{tens.error:.1%}" in demo.told
    wrong = cross_validate(FORMANTS, 3)
    confusion = page.tables[
        "True vowel (row) and predicted vowel (column) for new speakers; F1 and F2, K = 3"
    ]
    shown = [[0 if cell == "·" else int(cell) for cell in row[1:]] for row in confusion[1:]]
    assert shown == wrong.counts.tolist()
    assert sum(map(sum, shown)) == 1520


@pytest.fixture
def story() -> Recovery:
    return recover(2, 2000, 23, n_init=1, max_iter=3, tol=0, search="off")


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        (-0.08243, "0.08243 nats per row lower than that of the true one. So it is not the best fit"),
        (-1e-5, "So it is not the best fit"),
        (0.0, "This is normal"),
        (0.0073, "This is normal"),
        (0.5, "explains only 0.00725 of this: a component follows a few rows too closely"),
    ],
)
def test_what_is_said_of_a_fit_depends_on_how_good_it_is(
    story: Recovery, gap: float, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 29 parameters in 2000 rows: 0.00725 nats per row are to be expected.
    monkeypatch.setattr(Recovery, "gap", gap)
    assert said in " ".join(MACROS.likelihoods(story).split())


@pytest.mark.parametrize(
    ("errors", "said", "unsaid"),
    [
        (
            {(2, 1): 0.3, (2, 6): 0.2, (4, 1): 0.1, (4, 6): 0.05},
            ["K = 6, has 5.0%", "help (error without them: 20.0%"],
            ["overfitting"],
        ),
        ({(2, 1): 0.1, (2, 6): 0.2, (4, 1): 0.3, (4, 6): 0.4}, ["K = 1", "new speakers worse"], ["help"]),
        ({(2, 1): 0.3, (2, 6): 0.3, (4, 1): 0.2, (4, 6): 0.25}, ["help", "new speakers worse"], []),
    ],
)
def test_what_is_said_of_the_errors_is_what_they_are(
    errors: dict[tuple[int, int], float], said: list[str], unsaid: list[str]
) -> None:
    results = {key: SimpleNamespace(error=error) for key, error in errors.items()}
    text = MACROS.reading(chapters.reading(results))
    assert all(part in text for part in said)
    assert not any(part in text for part in unsaid)


def test_without_matplotlib_nothing_is_written_and_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "gaussmix\[plot\]"'):
        run_demo(tmp_path / "new", quick=True)
    assert not (tmp_path / "new").exists()


def test_the_terminal_shows_tables_line_by_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def told(out: Path, *, quick: bool, echo: Any) -> None:
        echo("A title\n a  b\n 1  2")

    monkeypatch.setattr("gaussmix.demo.run_demo", told)
    run(tmp_path / "demo")
    assert capsys.readouterr().out.splitlines() == ["A title", " a  b", " 1  2"]


def test_the_log_likelihoods_are_those_of_the_fits(page: Page) -> None:
    story = record_fit("ih", 6, 1, QUICK.iterations)
    assert (
        page.tables["EM from these starts (log-likelihood in nats per row)"][-1]
        == tables.fits([story]).rows[0]
    )
    assert story.model.n_iter_ == QUICK.iterations


def test_the_one_hot_table_has_a_single_one_in_each_column(page: Page) -> None:
    table = page.tables["One-hot labels of rows 0 to 15"]
    labels = recover(2, QUICK.rows, 23, n_init=1, max_iter=1, tol=0).labels
    assert [[row[n + 1] for row in table[1:]].index("1") for n in range(16)] == labels[:16].tolist()
    assert [sum(row[n + 1] == "1" for row in table[1:]) for n in range(16)] == [1] * 16


def test_the_terminal_says_where_the_page_is(demo: Any) -> None:
    assert demo.told.rstrip().endswith(str(demo.page.resolve()))


def test_the_code_on_the_page_runs(
    page: Page, demo: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for text in re.findall(r"<pre><code>(.*?)</code></pre>", demo.text, re.DOTALL):
        exec(unescape(text), names)
    assert (tmp_path / "iy.gif").exists()
    assert names["model"].classes_.tolist() == sorted(set(datasets.load_vowels().ipa.tolist()))


def test_what_else_lies_in_the_folder_stays(tmp_path: Path) -> None:
    (tmp_path / "films" / "iy-3").mkdir(parents=True)
    mine, old = tmp_path / "films" / "mine.gif", tmp_path / "films" / "iy-3" / "099.png"
    for path in (mine, old):
        path.write_bytes(b"")
    run_demo(tmp_path, quick=True, echo=lambda text: None)
    assert mine.exists()
    assert not old.exists()
