"""The page in a real browser: tables, files, sessions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from .browser import StudioPage, in_browser

pytestmark = in_browser


def table_file(path: Path, n: int = 300, names: tuple[str, ...] = ("length", "width")) -> Path:
    rng = np.random.default_rng(0)
    rows = np.vstack([rng.normal(0, 1, (n // 2, len(names))), rng.normal(6, 1, (n - n // 2, len(names)))])
    lines = [",".join(names), *(",".join(f"{value:.4f}" for value in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_nothing_yet(page: StudioPage) -> None:
    assert page.data("#data", "state") == "empty"
    for name, panel in {
        "Fit": "fit",
        "Choose": "choose",
        "Look": "look",
        "Explain": "explain",
        "Take away": "take",
    }.items():
        page.tab(name)
        page.state(f"#{panel}", "empty")
        assert page.page.locator(f"#{panel} .empty strong").is_visible()


def test_a_file_is_read_and_fitted(page: StudioPage, tmp_path: Path) -> None:
    page.upload(table_file(tmp_path / "leaves.csv"))
    page.has('#data[data-state="ready"][data-rows="300"]')
    assert json.loads(page.data("#columns", "chosen")) == ["length", "width"]
    page.has('#preview[data-first="0"]')
    assert page.page.locator("#preview tbody tr").count() == 12
    page.page.get_by_label("Later rows").click()
    page.has('#preview[data-first="12"]')
    page.run(K=2)
    assert page.page.locator("#components tbody tr").count() == 2


def test_columns_standardise_and_labels(page: StudioPage) -> None:
    page.built_in("penguins", 344)
    columns = json.loads(page.data("#columns", "chosen"))
    page.page.locator(f'#columns input[name="{columns[0]}"]').uncheck()
    page.has(f"#columns[data-chosen='{json.dumps(columns[1:], separators=(',', ':'))}']")
    page.page.locator('[name="standardise"]').check()
    page.field("label", "species")
    page.has('#columns[data-label="species"]')
    page.tab("Fit")
    page.press("Labels")
    assert page.page.get_by_role("button", name="Labels").get_attribute("aria-pressed") == "true"
    for name in columns[1:]:
        page.tab("Data")
        page.page.locator(f'#columns input[name="{name}"]').uncheck()
    assert "at least one column" in page.page.locator("#columns > .fault").inner_text()


def test_a_column_that_cannot_be_labels_is_not_shown_as_chosen(page: StudioPage) -> None:
    page.built_in("penguins", 344)
    page.field("label", "species")
    page.has('#columns[data-label="species"]')
    page.field("label", "bill_length_mm")
    assert "165 different values" in page.message()
    page.page.wait_for_function("() => document.querySelector('[name=label]').value === 'species'")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("text.csv", b"name,place\nann,here\nbob,there\n", "number"),
        ("broken.parquet", b"PAR1 this is none", "parquet|Parquet"),
        ("empty.csv", b"", "empty"),
        ("ragged.csv", b"a,b\n1,2\n3\n4,5,6\n", "row|column|cell|line"),
        ("picture.png", b"\x89PNG\r\n\x1a\n0000", "."),
    ],
)
def test_a_bad_file_is_refused_in_a_sentence(
    page: StudioPage, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    page.upload(tmp_path / name)
    text = page.message()
    assert re.search(words, text)
    assert str(tmp_path) not in text
    page.state("#data", "empty")


def test_201_megabytes_are_refused(page: StudioPage, tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.write(b"a,b\n")
        file.truncate(201_000_000)
    page.upload(path)
    assert re.search("MB|large|limit", page.message())
    page.state("#data", "empty")
    page.built_in("faithful", 272)


def test_an_upload_is_cancelled(page: StudioPage, tmp_path: Path) -> None:
    page.page.route("**/upload*", lambda route: None)
    page.upload(table_file(tmp_path / "slow.csv"))
    page.state("#upload", "busy")
    page.page.locator("#upload").get_by_role("button", name="Cancel").click()
    page.state("#upload", "idle")
    page.state("#data", "empty")


@pytest.mark.parametrize(
    "name",
    [
        "<img src=x onerror=alert(1)>",
        "<script>document.title='taken'</script>",
        "javascript:alert(1)",
        '" onmouseover="alert(1)',
        "=HYPERLINK(1)",
        "{{7*7}}",
        "ünïcode 名前",
    ],
)
def test_names_of_columns_are_text(page: StudioPage, tmp_path: Path, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    path = table_file(tmp_path / "names.csv", names=("first", "second"))
    path.write_text(path.read_text(encoding="utf-8").replace("first", quoted, 1), encoding="utf-8")
    page.upload(path)
    page.state("#data", "ready")
    assert json.loads(page.data("#columns", "chosen"))[0] == name
    assert page.page.locator("#columns .check").first.inner_text() == name
    page.run(K=2)
    page.tab("Explain")
    page.state("#explain", "ready")
    assert page.page.locator("#explain img, main script").count() == 0
    assert page.page.title() == "gaussmix studio"


def test_a_lost_socket_comes_back(page: StudioPage) -> None:
    sockets: list[Any] = []
    lost = False

    def connect(socket: Any) -> None:
        if lost:
            socket.close()
        else:
            socket.connect_to_server()
            sockets.append(socket)

    page.page.route_web_socket("**/socket", connect)
    page.page.reload()
    page.state("body", "ready")
    page.built_in("faithful", 272)
    page.run(K=2)
    frames = page.data("#fit", "frames")
    lost = True
    sockets[0].close()
    page.state("body", "lost")
    assert "lost" in page.message()
    page.page.locator("#run").click()
    lost = False
    page.press("Try now")
    page.state("body", "ready")
    assert page.data("#fit", "frames") == frames
    assert page.page.locator("#messages .message").count() == 0


def test_a_page_that_is_loaded_again_goes_on(page: StudioPage) -> None:
    page.built_in("faithful", 272)
    page.run(K=3)
    page.page.reload()
    page.state("body", "ready")
    page.tab("Fit")
    page.has('#fit[data-state="done"][data-components="3"]')
    assert page.page.locator("#components tbody tr").count() == 3
    assert page.page.locator('[name="K"]').input_value() == "3"


def test_a_second_tab_has_its_own_session(open_page: Callable[..., StudioPage]) -> None:
    first, second = open_page(), open_page()
    first.built_in("faithful", 272)
    assert second.data("#data", "state") == "empty"
    second.built_in("penguins", 344)
    assert first.data("#data", "rows") == "272"


def test_two_tabs_of_one_session_show_the_same(open_page: Callable[..., StudioPage]) -> None:
    first = open_page()
    first.built_in("faithful", 272)
    number = first.page.evaluate("() => sessionStorage.getItem('gaussmix-session')")
    second = open_page()
    second.page.evaluate("number => sessionStorage.setItem('gaussmix-session', number)", number)
    second.page.reload()
    second.has('#data[data-rows="272"]')
    first.run(K=2)
    second.tab("Fit")
    second.has('#fit[data-state="done"][data-components="2"]')
