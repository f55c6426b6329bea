"""Pictures, slices and explanations are those of the mixture that is shown."""

from __future__ import annotations

import socket
import threading

import numpy as np
import pytest

from gaussmix import GaussianMixture, MixtureClassifier, datasets
from gaussmix.studio import fits, looks

VIEW = {"x": "F1", "y": "F2", "x0": 200, "x1": 1200, "y0": 500, "y1": 3500, "width": 40, "height": 30}


@pytest.fixture
def X():
    return datasets.load_vowels().data[:, 1:3]


@pytest.fixture
def fitted(page, X):
    page.take("vowels", "F1", "F2", label="vowel")
    page.fitted(n_components=3, search="off")
    page.model = GaussianMixture(3, search="off", random_state=0).fit(X)
    return page


def cells(X, view=VIEW):
    """The row and column of the pixel of each row, and whether it is inside."""
    i = np.floor((X[:, 0] - view["x0"]) / (view["x1"] - view["x0"]) * view["width"]).astype(int)
    j = np.floor((X[:, 1] - view["y0"]) / (view["y1"] - view["y0"]) * view["height"]).astype(int)
    return j, i, (i >= 0) & (i < view["width"]) & (j >= 0) & (j < view["height"])


def test_counts_are_the_rows_in_each_pixel(fitted, X):
    answer = fitted.get("counts", **VIEW)
    found = np.frombuffer(answer.content, dtype="<u4").reshape(VIEW["height"], VIEW["width"])
    j, i, inside = cells(X)
    wanted = np.zeros_like(found)
    np.add.at(wanted, (j[inside], i[inside]), 1)
    assert (found == wanted).all()
    assert int(answer.headers["x-highest"]) == wanted.max()


def test_counts_of_one_column_are_a_histogram(fitted, X):
    answer = fitted.get("counts", x="F1", x0=200, x1=1200, width=25)
    found = np.frombuffer(answer.content, dtype="<u4")
    below = X[X[:, 0] < 1200, 0]
    assert found.tolist() == np.histogram(below, bins=np.linspace(200, 1200, 26))[0].tolist()


def test_shares_are_mean_responsibilities(fitted, X):
    answer = fitted.get("shares", **VIEW)
    found = np.frombuffer(answer.content, dtype=np.uint8).reshape(VIEW["height"], VIEW["width"], 3)
    j, i, inside = cells(X)
    r = fitted.model.predict_proba(X)
    for y, x in {(int(a), int(b)) for a, b in zip(j[inside][:40], i[inside][:40], strict=True)}:
        mean = r[(j == y) & (i == x)].mean(axis=0)
        assert np.abs(found[y, x] / 255 - mean).max() <= 0.5 / 255 + 1e-9


@pytest.mark.parametrize(
    "wrong",
    [
        {"x1": 200},
        {"x0": "a"},
        {"x1": "nan"},
        {"x0": "-inf"},
        {"x1": "inf"},
        {"width": 0},
        {"width": 10**9},
        {"height": -3},
        {"width": 4096, "height": 4096},
        {"x": "none"},
    ],
    ids=str,
)
@pytest.mark.parametrize("what", ["counts", "shares"])
def test_a_view_that_cannot_be_drawn_is_refused(fitted, what, wrong):
    answer = fitted.get(what, **(VIEW | wrong))
    assert answer.status_code in (400, 422)
    assert list(answer.json()) == ["error"]


def test_rows_with_holes_are_in_no_pixel_of_the_missing_column(page):
    page.take("airquality", "Ozone", "Temp")
    query = {"x": "Ozone", "y": "Temp", "x0": 0, "x1": 200, "y0": 50, "y1": 100, "width": 8, "height": 8}
    found = np.frombuffer(page.get("counts", **query).content, dtype="<u4")
    assert found.sum() == 153 - 37
    points = page.get("points", columns=["Ozone", "Temp"]).json()
    assert sum(value is None for value in points["columns"][0]) == 37


def test_points_have_values_labels_and_limits(fitted, X):
    points = fitted.get("points", columns=["F2", "F1"]).json()
    assert points["names"] == ["F2", "F1"]
    assert np.allclose(np.array(points["columns"]).T, X[:, ::-1])
    labels = fitted.state()["chosen"]["labels"]
    assert [labels[code] for code in points["labels"]] == datasets.load_vowels().target.tolist()
    assert points["limits"][1] == [X[:, 0].min(), X[:, 0].max()]


def test_of_many_rows_a_sample_is_drawn(page):
    page.post("random", {"n_rows": 20_000})
    points = page.get("points").json()
    assert page.state()["chosen"]["drawn"] == len(points["rows"]) == 4000
    assert len(set(points["rows"])) == 4000
    assert page.get("points").json()["rows"] == points["rows"]


@pytest.mark.parametrize("given", [{"F2": 1500.0}, {"F2": 1500.0, "F3": 2500.0}, {}])
def test_a_slice_is_the_conditional_distribution(page, given):
    page.take("vowels", "F1", "F2", "F3")
    page.fitted(n_components=2, search="off")
    model = GaussianMixture(2, search="off", random_state=0).fit(datasets.load_vowels().data[:, 1:])
    wanted = model.mixture_.marginal([0, *range(1, 1 + len(given))])
    if given:
        wanted = wanted.condition(range(1, 1 + len(given)), list(given.values()))
    found = page.post("slice", {"columns": ["F1"], "given": given}).json()
    assert np.allclose(found["weights"], wanted.weights)
    assert np.allclose(found["means"], wanted.means)
    assert np.allclose(found["covariances"], wanted.covariances.dense())


@pytest.mark.parametrize("body", [{"columns": ["F1"], "given": {"F1": 1.0}}, {"columns": [], "given": {}}])
def test_a_slice_that_makes_no_sense_is_refused(fitted, body):
    assert fitted.post("slice", body).status_code in (400, 422)


def test_a_row_is_explained_by_the_numbers_of_the_formula(fitted, X):
    said = fitted.get("explain/rows/7").json()
    mixture = fitted.model.mixture_
    assert said["values"] == {"F1": X[7, 0], "F2": X[7, 1]}
    assert said["cells"]["vowel"] == datasets.load_vowels().target[7]
    total = sum(part["product"] for part in said["components"])
    for k, part in enumerate(said["components"]):
        assert part["product"] == pytest.approx(part["weight"] * part["density"], rel=1e-9)
        assert part["responsibility"] == pytest.approx(part["product"] / total, rel=1e-9)
        assert part["responsibility"] == pytest.approx(mixture.responsibilities(X[7:8])[0, k], abs=1e-12)
    assert said["density"] == pytest.approx(total)
    assert said["log_density"] == pytest.approx(mixture.log_prob(X[7:8])[0])


@pytest.mark.parametrize("row", ["1520", "99999999", "-1", "x"])
def test_there_is_no_other_row(fitted, row):
    assert fitted.get(f"explain/rows/{row}").status_code == 404


def test_a_row_with_holes_and_noise_is_explained(page):
    page.take("airquality")
    page.fitted(n_components=2, noise_component=True, search="off")
    said = page.get("explain/rows/4").json()
    assert said["values"]["Ozone"] is None
    assert said["components"][-1]["component"] == -1
    assert sum(part["responsibility"] for part in said["components"]) == pytest.approx(1.0)


def test_outliers_are_the_rows_of_the_highest_scores(fitted, X):
    found = fitted.get("assessment", threshold=0.95).json()
    scores = fitted.model.outlier_score(X)
    assert found["n_outliers"] == (scores > 0.95).sum()
    assert found["outliers"][0]["row"] == scores.argmax()
    assert np.allclose(found["outlier_scores"], scores)
    assert found["components"] == fitted.model.predict(X).tolist()
    assert np.allclose(found["uncertainty"], 1 - fitted.model.predict_proba(X).max(axis=1))
    assert sum(found["counts"]) == len(X)


def test_the_decision_map_is_that_of_the_classifier(fitted, X):
    assert fitted.do("classify", n_components=1) is None
    fitted.until(lambda e: e["event"] == "state" and e["session"]["classifier"])
    answer = fitted.get("decision", **VIEW)
    found = np.frombuffer(answer.content, dtype=np.uint8).reshape(2, VIEW["height"], VIEW["width"])
    y = datasets.load_vowels().target
    own = MixtureClassifier(1, random_state=0).fit(X, y)
    x = 200 + 1000 * (np.arange(40) + 0.5) / 40
    for row in (0, 13, 29):
        points = np.column_stack([x, np.full(40, 500 + 3000 * (row + 0.5) / 30)])
        assert own.classes_[found[0, row]].tolist() == own.predict(points).tolist()
        assert np.allclose(found[1, row] / 255, own.predict_proba(points).max(axis=1), atol=0.5 / 255 + 1e-9)


def test_the_fit_is_explained_in_words(fitted):
    said = fitted.get("explain/fit").json()
    text = " ".join(said["words"])
    assert "3 components in 2 columns" in text
    assert "EM converged after" in text
    assert "BIC" in text
    assert said["search"] == []
    assert fitted.do("seek", frame=1) is None
    assert "an intermediate state" in " ".join(fitted.get("explain/fit").json()["words"])


@pytest.mark.parametrize("name", ["faithful", "vowels", "penguins", "airquality", "chevron", "tully_fisher"])
def test_every_built_in_table_can_be_taken(page, name):
    state = page.take(name)
    bunch = getattr(datasets, f"load_{name}")()
    assert state["table"]["n_rows"] == len(bunch.data)
    assert state["chosen"]["columns"] == list(bunch.feature_names)
    assert sum(state["table"]["missing"].values()) == np.isnan(bunch.data).sum()
    rows = page.get("rows", first=3, count=2).json()
    assert len(rows["rows"]) == 2
    assert rows["columns"] == [*state["table"]["text_columns"], *state["table"]["columns"]]


def test_an_assessment_ends_when_its_page_has_left(server, page, monkeypatch):
    page.post("random", {"n_rows": 20_000})
    page.fitted(n_components=1)
    judge, ended, pieces = fits.judged, threading.Event(), []

    def judged(X, mixture, tell):
        def told(done, total):
            pieces.append(done)
            tell(done, total)
            # The server notices within two looks: without an end there are 2,000 pieces.
            ended.wait(0.01)

        try:
            return judge(X, mixture, told)
        finally:
            ended.set()

    monkeypatch.setattr(fits, "judged", judged)
    monkeypatch.setattr(looks, "_PIECE", 10)
    address = f"/{server.access.token}/api/sessions/{page.number}/assessment"
    with socket.create_connection(("127.0.0.1", server.access.port), timeout=30) as left:
        left.sendall(f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1:{server.access.port}\r\n\r\n".encode())
        told = page.until(lambda e: e["event"] == "progress")
    assert (told["job"], told["total"]) == ("assessment", 20_000)
    assert ended.wait(60)
    assert max(pieces) < 19_990


def test_the_highest_scores_come_first_and_equal_ones_in_their_order():
    scores = np.r_[np.arange(600.0) % 7, np.full(150, 9.0)]
    found = looks._highest(scores)
    assert found.tolist() == np.argsort(-scores, kind="stable")[:200].tolist()
    assert looks._highest(scores[:30]).tolist() == np.argsort(-scores[:30], kind="stable").tolist()
