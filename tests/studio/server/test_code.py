"""The code that the page writes gives the same mixture, and what is taken away is of that mixture."""

from __future__ import annotations

import csv
import io
import socket
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gaussmix import GaussianMixture, datasets, load, read_table


def table(path: Any) -> bytes:
    """A file with holes, text, a quoted name and a decimal of all digits."""
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(80, 3)), rng.normal(4.0, 2.0, size=(70, 3))])
    cells = np.where(rng.random(X.shape) < 0.05, "", X.astype(str))
    lines = ['kind,"a, b",c\'d,width']
    lines += [f"{'new' if i % 3 else 'old'},{','.join(row)}" for i, row in enumerate(cells)]
    path.write_text("\n".join(lines) + "\n")
    return path.read_bytes()


def mixture_on(page: Any, tmp_path: Any) -> Any:
    (tmp_path / "m.safetensors").write_bytes(page.get("export/model.safetensors").content)
    return load(tmp_path / "m.safetensors").mixture_.named(None)


def repeats(page: Any, tmp_path: Any, monkeypatch: Any) -> dict[str, Any]:
    """Run the code of the page, and compare its mixture with the one on the page."""
    monkeypatch.chdir(tmp_path)
    program: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(page.get("code").text, "code.py", "exec"), program)
        shown = mixture_on(page, tmp_path)
    assert program["model"].mixture_.named(None) == shown
    assert len(program["labels"]) == page.state()["table"]["n_rows"]
    return program


@pytest.mark.parametrize("standardise", [False, True])
@pytest.mark.parametrize(
    "options", [{"n_components": 2}, {"n_components": 3, "search": "off", "tol": 0.001}], ids=str
)
def test_of_a_built_in_table(page, tmp_path, monkeypatch, options, standardise):
    page.take("vowels", "F2", "F1", standardise=standardise, label="vowel")
    page.fitted(**options)
    program = repeats(page, tmp_path, monkeypatch)
    assert program["y"][0] == "iy"


@pytest.mark.parametrize("standardise", [False, True])
def test_of_a_file_with_holes(page, tmp_path, monkeypatch, standardise):
    page.post("upload", params={"name": "mine.csv"}, content=table(tmp_path / "mine.csv"))
    page.post("columns", {"columns": ["width", "a, b"], "standardise": standardise, "label": "kind"})
    page.fitted(n_components=2, search="off")
    program = repeats(page, tmp_path, monkeypatch)
    assert set(program["y"]) == {"old", "new"}


def test_of_a_random_mixture(page, tmp_path, monkeypatch):
    asked = {"n_components": 4, "n_features": 3, "separation": 6.5, "n_rows": 500, "random_state": 11}
    page.post("random", asked)
    page.post("columns", {"columns": ["x3", "x1"], "label": "component"})
    page.fitted(n_components=4, covariance_type="diag")
    program = repeats(page, tmp_path, monkeypatch)
    assert program["truth"].n_components == 4


@pytest.mark.parametrize(
    "family", ["full", "diag", "spherical", "tied", "tied-diag", "tied-spherical", "VEV", "EVI"]
)
def test_after_components_were_moved_by_hand(page, tmp_path, monkeypatch, family):
    page.take("vowels", "F1", "F2")
    page.fitted(n_components=3, covariance_type=family, search="off", max_iter=3)
    assert page.do("set_mean", component=0, columns=["F2"], mean=[1234.5678901234567]) is None
    assert page.do("add_component", columns=["F1", "F2"], mean=[500.0, 1500.0]) is None
    repeats(page, tmp_path, monkeypatch)
    assert page.do("resume") is None
    page.until_fit("done")
    assert "start = gaussmix.Mixture(" in page.get("code").text
    repeats(page, tmp_path, monkeypatch)


@pytest.mark.parametrize(
    "options",
    [
        {"n_components": 4, "search": "off"},
        {"n_components": 4, "search": "off", "acceleration": "off"},
        {"n_components": 4, "n_init": 2, "search": "off"},
        {"n_components": 4},
        {"n_components": 3, "covariance_type": "VVE", "search": "off"},
    ],
    ids=str,
)
@pytest.mark.parametrize("frame", [0, 1, 4])
def test_of_a_mixture_on_the_way(page, tmp_path, monkeypatch, options, frame):
    page.take("vowels", "F1", "F2")
    page.fitted(**options)
    assert page.do("seek", frame=frame) is None
    repeats(page, tmp_path, monkeypatch)


def test_with_a_noise_component(page, tmp_path, monkeypatch):
    page.take("chevron")
    page.fitted(n_components=2, noise_component=True)
    repeats(page, tmp_path, monkeypatch)


def test_of_a_model_of_the_sweep(page, tmp_path, monkeypatch):
    page.take("faithful")
    assert page.do("sweep", n_components=[1, 2, 3], families=["tied", "VVV"]) is None
    page.until(lambda e: e["event"] == "state" and e["session"]["sweep"]["state"] == "done")
    sweep = page.state()["sweep"]
    assert sweep["best"] == "EEE,3"
    assert len(sweep["models"]) == sweep["total"] == 6
    for family in ("EEE", "full"):
        assert page.do("choose", n_components=3, family=family) is None
        repeats(page, tmp_path, monkeypatch)
    choice = page.get("explain/fit").json()["choice"]
    assert any("EEE,3" in sentence for sentence in choice)


def test_a_model_that_was_taken_away_comes_back(page, tmp_path, monkeypatch):
    page.take("vowels", "F1", "F2")
    fit = page.fitted(n_components=3)
    content = page.get("export/model.safetensors").content
    page.take("vowels", "F1", "F2")
    assert page.state()["fit"]["state"] == "none"
    answer = page.post("model", params={"name": "mine.safetensors"}, content=content)
    assert answer.status_code == 200
    back = answer.json()["fit"]
    assert (back["source"], back["state"], back["bic"]) == ("file", "done", pytest.approx(fit["bic"]))
    (tmp_path / "mine.safetensors").write_bytes(content)
    repeats(page, tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"nothing", "mine.safetensors"), (b"", "empty"), (None, "'F1', 'F2'")],
)
def test_a_file_that_is_no_model_of_the_columns_is_refused(page, content, words):
    page.take("vowels", "F1", "F2")
    if content is None:
        page.fitted(n_components=1)
        content = page.get("export/model.safetensors").content
        page.take("vowels", "F1", "F3")
    answer = page.post("model", params={"name": "mine.safetensors"}, content=content)
    assert answer.status_code == 422
    assert words in answer.json()["error"]


def test_a_mixture_of_too_many_numbers_is_not_written_out(page):
    page.post("random", {"n_components": 8, "n_features": 60, "n_rows": 2000, "separation": 20.0})
    page.fitted(n_components=8, search="off", max_iter=2, covariance_type="full")
    assert page.get("code").status_code == 200
    assert page.do("set_mean", component=0, columns=["x1"], mean=[0.0]) is None
    answer = page.get("code")
    assert answer.status_code == 422
    assert "take the file of the model" in answer.json()["error"]


def test_trimmed_rows_are_marked_in_frames_and_in_the_file(page):
    X = datasets.load_vowels().data[:, 1:3]
    page.take("vowels", "F1", "F2")
    page.fitted(n_components=3, search="off", trim=0.05)
    model = GaussianMixture(3, search="off", trim=0.05, random_state=0).fit(X)
    outside = model.predict(X) == -1
    frame = page.get("frames", first=page.state()["fit"]["shown"], columns=["F1", "F2"]).json()["frames"][0]
    assert frame["trimmed"] == np.flatnonzero(outside).tolist()
    rows = list(csv.DictReader(io.StringIO(page.get("export/rows.csv").text)))
    assert [row["trimmed"] == "True" for row in rows] == outside.tolist()
    assert [int(row["component"]) for row in rows] == model.predict(X).tolist()


def test_rows_are_taken_away_with_their_components(page, tmp_path):
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    page.post("upload", params={"name": "mine.csv"}, content=table(tmp_path / "mine.csv"))
    page.post("columns", {"columns": ["width", "a, b"]})
    page.fitted(n_components=2, search="off")
    mixture = mixture_on(page, tmp_path)
    rows = list(csv.DictReader(io.StringIO(page.get("export/rows.csv").text)))
    assert list(rows[0])[:4] == ["kind", "a, b", "c'd", "width"]
    X = np.array([[float(row["width"] or "nan"), float(row["a, b"] or "nan")] for row in rows])
    assert [int(row["component"]) for row in rows] == mixture.predict(X).tolist()
    assert float(rows[5]["probability"]) == pytest.approx(mixture.responsibilities(X)[5].max())
    frame = pd.read_parquet(io.BytesIO(page.get("export/rows.parquet").content))
    assert frame["component"].tolist() == mixture.predict(X).tolist()
    assert frame["kind"].iloc[0] == "old"


@pytest.mark.parametrize("what", ["rows.csv", "rows.parquet"])
def test_holes_and_whole_numbers_are_taken_away_as_they_came(page, tmp_path, what):
    parquet = pytest.importorskip("pyarrow.parquet")
    lines = [f"{number},{'' if number % 4 == 0 else number / 3},{number * 2.5}" for number in range(60)]
    (tmp_path / "mine.csv").write_text("\n".join(["id,holes,y", *lines]) + "\n")
    page.post("upload", params={"name": "mine.csv"}, content=(tmp_path / "mine.csv").read_bytes())
    page.fitted(n_components=1, search="off")
    (tmp_path / what).write_bytes(page.get(f"export/{what}").content)
    given, taken = (read_table(tmp_path / name, ["id", "holes", "y"]) for name in ("mine.csv", what))
    np.testing.assert_array_equal(taken.X, given.X)
    assert taken.missing == {"holes": 15}
    if what == "rows.csv":
        assert (tmp_path / what).read_text().splitlines()[1].startswith("0,,0.0,")
    else:
        column = parquet.read_table(tmp_path / what)
        assert (column["holes"].null_count, str(column["id"].type)) == (15, "int64")


@pytest.mark.parametrize(("what", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
@pytest.mark.parametrize("columns", [("F1",), ("F2", "F1")])
def test_the_figure_is_taken_away(page, what, begins, columns):
    pytest.importorskip("matplotlib")
    page.take("vowels", "F1", "F2")
    page.fitted(n_components=2, search="off", max_iter=2)
    query = dict(zip("xy", columns, strict=False))
    answer = page.get(f"export/figure.{what}", dark=1, **query)
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(begins)
    assert f"figure.{what}" in answer.headers["content-disposition"]


def test_the_estimator_that_is_taken_away_has_the_options(page, tmp_path):
    page.take("faithful")
    page.fitted(n_components=2, random_state=5)
    (tmp_path / "m.safetensors").write_bytes(page.get("export/model.safetensors").content)
    model = load(tmp_path / "m.safetensors")
    assert isinstance(model, GaussianMixture)
    assert (model.n_components, model.random_state, model.callbacks, model.engine) == (2, 5, None, None)


def test_the_progress_of_an_export_is_told(page):
    page.post("random", {"n_rows": 150_000})
    page.fitted(n_components=1)
    assert page.get("export/rows.csv").status_code == 200
    told = page.until(lambda e: e["event"] == "progress" and e["done"] > 0)
    assert (told["job"], told["total"], told["words"]) == ("export rows.csv", 150_000, "Writing rows.csv")


def test_an_export_ends_when_its_page_has_left(server, page):
    page.post("random", {"n_rows": 500_000})
    page.fitted(n_components=1)
    address = f"/{server.access.token}/api/sessions/{page.number}/export/rows.csv"
    with socket.create_connection(("127.0.0.1", server.access.port), timeout=30) as left:
        left.sendall(f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1:{server.access.port}\r\n\r\n".encode())
        page.until(lambda e: e["event"] == "progress")
    folder, end = Path(server.sessions.folder.name), time.monotonic() + 60
    while any("rows.csv" in path.name for path in folder.iterdir()):
        assert time.monotonic() < end
    assert page.state()["fit"]["state"] == "done"
