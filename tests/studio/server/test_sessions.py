"""Sessions: apart from each other, bounded, and alive without a socket."""

from __future__ import annotations

import gc
import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from websockets.sync.client import connect

from gaussmix import GaussianMixture, datasets
from gaussmix.studio import bodies, messages, pictures, routes, table_files, uploads
from gaussmix.studio.control import Cancelled
from gaussmix.studio.requests import HANDLERS

from .conftest import Page

SLOW = {"n_components": 4, "search": "off", "acceleration": "off", "tol": 0.0, "max_iter": 100_000}


def test_every_route_has_a_function():
    assert {route.name for route in routes.ROUTES} == set(HANDLERS)
    assert len({(route.method, route.path) for route in routes.ROUTES}) == len(HANDLERS)


def test_every_event_is_one_of_the_protocol(page):
    decoder = msgspec.json.Decoder(messages.Event, strict=True)
    page.take("penguins", "bill_length_mm", "body_mass_g", label="species")
    seen = set()
    page.send("start", options={"n_components": 3})
    page.send("fly")
    fields = {"n_components": [1, 2], "families": ["full"]}
    done = 0
    while done < 2:
        text = page.socket.recv(timeout=60)
        event = decoder.decode(text)
        seen.add(type(event))
        if isinstance(event, messages.State) and event.session.fit.state == "done" and done == 0:
            done = 1
            page.send("sweep", **fields)
        elif isinstance(event, messages.State) and event.session.sweep.state == "done":
            done = 2
    assert {
        messages.Reply,
        messages.Shown,
        messages.Trace,
        messages.Move,
        messages.State,
        messages.Fitted,
    } <= seen


@pytest.mark.parametrize(
    ("name", "path", "kind"),
    [
        ("server", "api/server", bodies.ServerFacts),
        ("session", "api/sessions/{}", bodies.Session),
        ("rows", "api/sessions/{}/rows", bodies.Rows),
        ("points", "api/sessions/{}/points", pictures.Points),
        ("frames", "api/sessions/{}/frames", pictures.Frames),
        ("assessment", "api/sessions/{}/assessment", pictures.Assessment),
        ("explain_row", "api/sessions/{}/explain/rows/0", pictures.ExplainedRow),
        ("explain_fit", "api/sessions/{}/explain/fit", pictures.ExplainedFit),
    ],
)
def test_answers_have_the_declared_form(page, name, path, kind):
    page.take("faithful")
    page.fitted(n_components=2, search="off")
    declared = next(route for route in routes.ROUTES if route.name == name)
    assert declared.gives is kind
    msgspec.json.decode(page.http.get(path.format(page.number)).content, type=kind, strict=True)


def test_two_pages_do_not_disturb_each_other(server):
    one, two = Page(server), Page(server)
    with one.listening(), two.listening():
        one.take("faithful")
        two.take("vowels", "F1", "F2")
        one.send("start", options={"n_components": 2, "search": "off"})
        two.send("start", options={"n_components": 3, "search": "off"})
        for page, K, X in (
            (one, 2, datasets.load_faithful().data),
            (two, 3, datasets.load_vowels().data[:, 1:3]),
        ):
            fit = page.until_fit("done")
            own = GaussianMixture(K, search="off", random_state=0).fit(X)
            assert fit["bic"] == pytest.approx(own.bic(X))
    one.close()
    assert two.state()["fit"]["state"] == "done"
    assert one.server is server
    two.close()


def test_two_sockets_show_the_same_session(server, page):
    page.take("faithful")
    url = server.address.replace("http", "ws", 1) + f"api/sessions/{page.number}/socket"
    with connect(url, origin=page.origin, max_queue=None) as second:
        page.fitted(n_components=2, search="off")
        while True:
            event = json.loads(second.recv(timeout=60))
            if event["event"] == "state" and event["session"]["fit"]["state"] == "done":
                break


def test_a_fit_goes_on_while_its_page_has_lost_the_socket(server):
    page = Page(server)
    page.take("faithful")
    with page.listening():
        page.do("start", options={"n_components": 2, "search": "off"}, paused=True)
        page.do("resume")
    end = time.monotonic() + 60
    while page.state()["fit"]["state"] != "done":
        assert time.monotonic() < end
    with page.listening():
        first = json.loads(page.socket.recv(timeout=60))
        assert first["event"] == "state"
        assert first["session"]["fit"]["state"] == "done"
        assert page.until(lambda e: e["event"] == "trace")["first"] == 0
        assert page.until_frame()["frame"] == first["session"]["fit"]["shown"]
    page.close()


def test_a_socket_that_breaks_does_not_harm_the_others(server, page):
    page.take("faithful")
    url = server.address.replace("http", "ws", 1) + f"api/sessions/{page.number}/socket"
    broken = connect(url, origin=page.origin).__enter__()
    broken.recv(timeout=60)
    broken.socket.shutdown(socket.SHUT_RDWR)
    broken.close()
    assert page.fitted(n_components=2)["state"] == "done"


def test_a_page_that_reads_nothing_does_not_hold_up_em(server, page):
    page.take("vowels", "F1", "F2")
    url = server.address.replace("http", "ws", 1) + f"api/sessions/{page.number}/socket"
    with connect(url, origin=page.origin, max_queue=1, close_timeout=0.1):
        assert page.fitted(n_components=4, search="off", tol=0.0, max_iter=2000)["n_iter"] == 2000


def test_a_fit_is_cancelled_and_keeps_its_newest_frame(page):
    page.take("vowels", "F1", "F2")
    page.send("start", options=SLOW)
    page.until_frame(lambda frame: frame["iteration"] > 3)
    assert page.do("cancel") is None
    fit = page.until_fit("done")
    assert "cancelled" in fit["words"]
    assert 3 < fit["n_iter"] < 100_000
    assert fit["shown"] == fit["frames"] - 1
    assert page.state()["job"] == ""
    assert page.get("export/model.safetensors").status_code == 200


def test_another_fit_ends_the_one_that_runs(page):
    page.take("vowels", "F1", "F2")
    page.send("start", options=SLOW)
    page.until_frame()
    fit = page.fitted(n_components=2, search="off")
    own = GaussianMixture(2, search="off", random_state=0).fit(datasets.load_vowels().data[:, 1:3])
    assert (fit["n_components"], fit["n_iter"]) == (2, own.n_iter_)


def test_another_table_ends_the_fit(page):
    page.take("vowels", "F1", "F2")
    page.send("start", options=SLOW)
    page.until_frame()
    assert page.take("faithful")["fit"]["state"] == "none"
    assert page.fitted(n_components=2)["state"] == "done"


def test_a_sweep_is_cancelled_and_keeps_its_models(page):
    page.take("vowels")
    page.send("sweep", n_components=list(range(1, 60)), families=["VVV", "VVE", "EVE"])
    page.until(lambda e: e["event"] == "model" and e["number"] == 3)
    assert page.do("cancel") is None
    page.until(lambda e: e["event"] == "state" and e["session"]["sweep"]["state"] != "running")
    sweep = page.state()["sweep"]
    assert sweep["state"] == "done"
    assert 3 <= len(sweep["models"]) < sweep["total"]
    assert "Stopped after" in sweep["words"]
    first = sweep["models"][0]
    assert page.do("choose", n_components=first["n_components"], family=first["family"]) is None


def test_a_fit_that_fails_says_why(page):
    page.post("upload", params={"name": "t.csv"}, content=b"a,b\n1,2\n3,4\n")
    fit = page.fitted(n_components=5)
    assert fit["state"] == "failed"
    assert "n_components = 5" in fit["words"]
    assert page.fitted(n_components=1)["state"] == "done"


def test_warnings_of_the_library_arrive(page):
    page.post(
        "upload", params={"name": "t.csv"}, content=b"a,b\n" + b"".join(b"%d,1\n" % i for i in range(30))
    )
    page.send("start", options={"n_components": 1})
    words = page.until(lambda e: e["event"] == "notice")
    assert words["kind"] == "warning"
    assert "constant" in words["words"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"columns": ["none"]}, "no column of numbers named 'none'"),
        ({"columns": ["F1", "F1"]}, "chosen twice"),
        ({"columns": []}, "length >= 1"),
        ({"columns": ["F1"], "label": "none"}, "'none'"),
        ({"columns": ["F1"], "label": "F2"}, "different values"),
        ({"columns": ["vowel"]}, "no column of numbers named 'vowel'"),
    ],
)
def test_columns_that_cannot_be_chosen_get_one_sentence(page, body, words):
    page.take("vowels")
    answer = page.post("columns", body)
    assert answer.status_code in (400, 422)
    assert words in answer.json()["error"]
    assert page.state()["chosen"]["columns"] == ["F0", "F1", "F2", "F3"]


def test_sessions_are_bounded_and_the_one_unused_for_longest_ends(limited):
    with limited(sessions=2) as server:
        first, second = Page(server), Page(server)
        assert first.http.get(f"api/sessions/{first.number}").status_code == 200
        third = Page(server)
        assert second.http.get(f"api/sessions/{second.number}").status_code == 404
        assert first.http.get(f"api/sessions/{first.number}").status_code == 200
        with first.listening(), third.listening():
            first.do("show", columns=["x"])
            third.do("show", columns=["x"])
            refused = second.http.post("api/sessions")
            assert refused.status_code == 503
            assert "close one" in refused.json()["error"]
        for page in (first, second, third):
            page.http.close()


def test_a_session_without_a_page_ends_after_a_while(limited):
    with limited(idle_seconds=0.0) as server:
        page = Page(server)
        with page.listening():
            page.do("show", columns=["x"])
            Page(server).http.close()
            assert page.state()["job"] == ""
        Page(server).http.close()
        assert page.http.get(f"api/sessions/{page.number}").status_code == 404
        page.http.close()


def test_the_tables_of_all_sessions_are_bounded(limited):
    with limited(memory=1_000_000) as server:
        page, other = Page(server), Page(server)
        assert page.post("random", {"n_rows": 20_000}).status_code == 200
        refused = other.post("random", {"n_rows": 40_000})
        assert refused.status_code == 507
        assert "close a page" in refused.json()["error"]
        content = b"a,b\n" + b"1,2\n3,1\n" * 30_000
        assert other.post("upload", params={"name": "t.csv"}, content=content).status_code == 507
        page.close()
        other.close()


def test_a_closed_session_is_told_and_forgotten(server):
    page = Page(server)
    with page.listening():
        page.take("faithful")
        page.send("start", options=SLOW)
        page.until_frame()
        assert page.http.delete(f"api/sessions/{page.number}").status_code == 204
        assert page.until(lambda e: e["event"] == "closed")["words"]
    assert page.http.get(f"api/sessions/{page.number}").status_code == 404
    page.http.close()


def test_the_files_of_pages_are_removed(server, page):
    folder = Path(server.sessions.folder.name)
    assert folder.stat().st_mode & 0o077 == 0
    before = set(folder.iterdir())
    page.post("upload", params={"name": "t.csv"}, content=b"a,b,k\n1,2,x\n3,1,y\n5,2,x\n")
    kept = set(folder.iterdir()) - before
    assert len(kept) == 1
    assert page.get("rows").json()["rows"][0] == ["x", 1.0, 2.0]
    page.take("faithful")
    gc.collect()
    assert not kept & set(folder.iterdir())


def test_a_server_that_ends_leaves_no_files(limited):
    with limited() as server:
        page = Page(server)
        page.post("upload", params={"name": "t.csv"}, content=b"a,b\n1,2\n3,1\n")
        folder = Path(server.sessions.folder.name)
        page.http.close()
    assert not folder.exists()


def test_notes_on_a_table_do_not_name_options_of_the_command_line(page):
    lines = [f"{n % 2},{n * n % 17 + 0.5},{n * 7 % 13 + 0.25}" for n in range(60)]
    answer = page.post("upload", params={"name": "mine.csv"}, content="\n".join(["sex,a,b", *lines]).encode())
    assert answer.json()["table"]["notes"] == [
        "Column 'sex' holds whole numbers of 2 values (0, 1): if they are classes, leave it out of the fit."
    ]


@pytest.mark.parametrize(
    "content",
    [
        bytes(range(256)) * 5,
        b"a,b\n1,2\ninf,3\n" * 9,
        b"a\nx\ny\n",
        b"a,b\n1,2\n3\n",
    ],
    ids=["bytes", "infinite", "text", "ragged"],
)
def test_refusals_of_a_file_do_not_name_options_of_the_command_line(page, content):
    answer = page.post("upload", params={"name": "mine.csv"}, content=content)
    assert answer.status_code == 422
    assert "mine.csv" in answer.json()["error"]
    assert "--" not in answer.json()["error"]


def test_a_column_without_values_is_named_and_its_cells_are_missing(page):
    lines = [f"{n * n % 17 + 0.5},,{'' if n else 'x'}" for n in range(60)]
    answer = page.post(
        "upload", params={"name": "mine.csv"}, content="\n".join(["a,gone,kind", *lines]).encode()
    )
    assert answer.json()["table"]["notes"] == ["The column 'gone' has no values."]
    assert page.get("rows", first=0, count=2).json()["rows"] == [[None, "x", 0.5], [None, None, 1.5]]


def test_row_names_without_a_name_are_a_column_of_text(page):
    content = b'"","a","b"\n"r1",1.5,2.5\n"r2",2.5,1.0\n"r3",0.5,1.0\n'
    assert page.post("upload", params={"name": "of_r.csv"}, content=content).status_code == 200
    rows = page.get("rows").json()
    assert (rows["columns"], rows["rows"][1]) == (["x0", "a", "b"], ["r2", 2.5, 1.0])
    page.post("columns", {"columns": ["a", "b"], "label": "x0"})
    assert "y = table.all_columns()['']" in page.get("code").text


def wide_file(path: Path, comment: str = "") -> Path:
    path.write_text("a,b,kind\n" + comment + "".join(f"{i}.5,{i % 7},x\n" for i in range(300_000)))
    return path


@pytest.mark.parametrize("comment", ["", "# a note\n"], ids=["fast", "careful"])
def test_reading_a_file_ends_at_once_when_it_is_told_to(tmp_path, comment):
    path, told = wide_file(tmp_path / "wide.csv", comment), []

    def tell(done: int, total: int) -> None:
        told.append((done, total))
        if done > 2_000_000:
            raise Cancelled

    with pytest.raises(Cancelled):
        table_files.read(path, "wide.csv", tell=tell)
    assert {total for _, total in told} == {path.stat().st_size}
    assert max(done for done, _ in told) < 4_200_000


def test_a_file_that_is_read_is_not_told_of_any_more(tmp_path):
    told: list[Any] = []
    table = table_files.read(
        wide_file(tmp_path / "wide.csv"), "wide.csv", tell=lambda *numbers: told.append(numbers)
    )
    number = len(told)
    assert number > 3
    assert set(table.text("kind")) == {"x"}
    assert len(told) == number


def test_reading_ends_when_its_page_has_left(server, page, tmp_path, monkeypatch):
    ended = threading.Event()

    def read(path, name, tell):
        try:
            # The server notices within two looks: without an end this takes a minute.
            for piece in range(600):
                tell(piece, 600)
                time.sleep(0.1)
        finally:
            ended.set()

    monkeypatch.setattr(uploads, "read", read)
    head = f"POST /{server.access.token}/api/sessions/{page.number}/upload?name=a.csv HTTP/1.1\r\n"
    host = f"127.0.0.1:{server.access.port}"
    with socket.create_connection(("127.0.0.1", server.access.port), timeout=30) as left:
        left.sendall(f"{head}Host: {host}\r\nContent-Length: 4\r\n\r\na\n1\n".encode())
        told = page.until(lambda e: e["event"] == "progress")
    assert (told["job"], told["total"]) == ("reading", 600)
    assert ended.wait(20)
    assert page.state()["table"] is None


def test_reading_is_cancelled(page, monkeypatch):
    def read(path, name, tell):
        for piece in range(600):
            tell(piece, 600)
            time.sleep(0.1)

    monkeypatch.setattr(uploads, "read", read)
    answers: list[Any] = []
    sending = threading.Thread(
        target=lambda: answers.append(page.post("upload", params={"name": "a.csv"}, content=b"a\n1\n"))
    )
    sending.start()
    page.until(lambda e: e["event"] == "progress")
    assert page.do("cancel") is None
    sending.join(20)
    assert (answers[0].status_code, answers[0].json()["error"]) == (409, "Reading was cancelled.")
