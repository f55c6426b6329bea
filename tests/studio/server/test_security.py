"""Who is answered, and what an answer allows a browser to do."""

from __future__ import annotations

import http.client
import json
import socket
import time
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from gaussmix.studio.security import Access, host_names


def raw(server: Any, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Any:
    """An answer to a request that is sent as it is, with status, headers and text."""
    connection = http.client.HTTPConnection("127.0.0.1", server.access.port, timeout=30)
    try:
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


def inside(server: Any, path: str = "") -> str:
    return f"/{server.access.token}/{path}"


def test_the_address_answers_a_plain_get(server):
    status, headers, text = raw(server, inside(server))
    assert status == 200
    assert headers["content-type"].startswith("text/html")
    assert "set-cookie" not in {name.lower() for name in headers}
    assert "<html" in text


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1.evil.example:{port}",
        "localhost.evil.example:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.2:{port}",
        "0.0.0.0:{port}",
        "[::2]:{port}",
        "user@127.0.0.1:{port}",
        "",
    ],
)
def test_another_host_is_refused(server, host):
    found = host.format(port=server.access.port)
    status, _, text = raw(server, inside(server), Host=found)
    assert status in (400, 403)
    if status == 403:
        assert "another host" in json.loads(text)["error"]


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}", "[::1]:{port}"])
def test_its_own_host_is_answered(server, host):
    assert raw(server, inside(server), Host=host.format(port=server.access.port))[0] == 200


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "https://127.0.0.1:{port}",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "http://localhost:{port}",
        "null",
        "file://",
        "http://127.0.0.1:{port}.evil.example",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "DELETE"])
def test_another_origin_is_refused(server, origin, method):
    given = origin.format(port=server.access.port)
    status, headers, text = raw(server, inside(server, "api/sessions"), method, b"", Origin=given)
    assert status == 403
    assert "another origin" in json.loads(text)["error"]
    assert not any(name.lower().startswith("access-control") for name in headers)


def test_its_own_origin_is_answered(server):
    origin = f"http://127.0.0.1:{server.access.port}"
    status, _, text = raw(server, inside(server, "api/sessions"), "POST", b"", Origin=origin)
    assert status == 201
    raw(server, inside(server, f"api/sessions/{json.loads(text)['session']}"), "DELETE")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api/server",
        "/api/sessions",
        "/x/",
        "/static/app.js",
        "//{token}/",
        "/{token}x/",
        "/{short}/",
        "/?token={token}",
        "/%00/",
        "/%C3%A9/",
    ],
)
def test_a_request_without_the_token_is_refused(server, path):
    token = server.access.token
    status, _, text = raw(server, path.format(token=token, short=token[:-1]))
    assert status == 403
    assert token not in text
    assert "token" in json.loads(text)["error"]


def test_it_listens_on_this_machine_only(server):
    assert server.listening.getsockname()[0] == "127.0.0.1"


def test_each_server_has_a_token_of_its_own():
    tokens = {Access(host_names("127.0.0.1"), 1).token for _ in range(20)}
    assert len(tokens) == 20
    assert min(map(len, tokens)) >= 32


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("", {}),
        ("api/server", {}),
        ("api/sessions/none", {}),
        ("static/none.js", {}),
        ("none", {}),
        ("", {"Host": "evil.example"}),
        ("", {"Origin": "http://evil.example"}),
    ],
)
def test_every_answer_says_what_a_browser_may_do(server, path, headers):
    answer = {name.lower(): value for name, value in raw(server, inside(server, path), **headers)[1].items()}
    rules = dict(rule.strip().split(" ", 1) for rule in answer["content-security-policy"].split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert "unsafe" not in answer["content-security-policy"]
    assert rules["frame-ancestors"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert answer["x-content-type-options"] == "nosniff"
    assert answer["referrer-policy"] == "no-referrer"
    assert answer["cross-origin-resource-policy"] == "same-origin"
    assert answer["cross-origin-opener-policy"] == "same-origin"
    assert "server" not in answer


@pytest.mark.parametrize("place", [{"a": 1}, {"origin": "http://evil.example"}, {"host": "evil.example"}])
def test_a_socket_needs_token_host_and_origin(server, page, place):
    own = f"http://127.0.0.1:{server.access.port}"
    token = "x" * 32 if "a" in place else server.access.token
    url = f"ws://127.0.0.1:{server.access.port}/{token}/api/sessions/{page.number}/socket"
    headers = {"Host": place["host"]} if "host" in place else {}
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(url, origin=place.get("origin", own), additional_headers=headers),
    ):
        pass
    assert refused.value.response.status_code in (400, 403)


def test_a_socket_without_an_origin_is_refused(server, page):
    url = server.address.replace("http", "ws", 1) + f"api/sessions/{page.number}/socket"
    with pytest.raises(InvalidStatus) as refused, connect(url):
        pass
    assert refused.value.response.status_code == 403


TRAVERSAL = [
    "../secret",
    "..%2fsecret",
    "%2e%2e/%2e%2e/etc/passwd",
    "....//....//etc/passwd",
    "..\\..\\windows\\win.ini",
    "..%5c..%5cwin.ini",
    "%252e%252e%252fetc%252fpasswd",
    "/etc/passwd",
    "//etc/passwd",
    "file:///etc/passwd",
    "C:\\boot.ini",
    "index.html%00.png",
    "../studio/security.py",
    "..%c0%af..%c0%afetc/passwd",
    "__init__.py",
    ".",
    "..",
    "",
]


@pytest.mark.parametrize("place", ["static", "view", "export"])
def test_no_path_of_a_request_is_opened(server, page, place):
    page.take("faithful")
    page.fitted(n_components=1)
    before = f"api/sessions/{page.number}/export" if place == "export" else place
    for name in TRAVERSAL:
        status, _, text = raw(server, inside(server, f"{before}/{name}"))
        assert status in (400, 403, 404), name
        assert "root:" not in text, name
        assert "import" not in text, name


@pytest.mark.parametrize(
    "name", [f"{name}.csv" for name in TRAVERSAL] + ["a" * 5000 + ".csv", "\x1b[31m.csv"]
)
def test_the_server_chooses_the_names_of_files(server, page, name):
    answer = page.post("upload", params={"name": name}, content=b"a,b\n1,2\n2,3\n4,1\n")
    assert answer.status_code == 200, answer.text
    shown = answer.json()["table"]["name"]
    assert len(shown) <= 200
    assert not {"/", "\\", "\x1b", "\0"} & set(shown)


@pytest.mark.parametrize("name", ["", "table", "table.exe", "table.csv.exe", "table.pkl", "csv"])
def test_a_file_of_no_known_format_is_refused(page, name):
    answer = page.post("upload", params={"name": name}, content=b"a\n1\n")
    assert answer.status_code == 415
    assert ".csv" in answer.json()["error"]


def test_messages_name_the_file_as_its_owner_does(server, page):
    answer = page.post("upload", params={"name": "mine.csv"}, content=b"a,b\nx,y\nz,w\n")
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("mine.csv has no column of numbers")


SCRIPTS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "javascript:alert(1)",
    "</title><svg/onload=alert(1)>",
    "{{7*7}}",
]


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_in_names_and_cells_stay_text(page, name):
    quoted = '"' + name.replace('"', '""') + '"'
    rows = "".join(f"{i % 7},{i * i % 11},{quoted}\n" for i in range(30))
    table = f"{quoted},b,kind\n{rows}".encode()
    answer = page.post("upload", params={"name": f"{name.replace('/', '')}.csv"}, content=table)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["table"]["columns"][0] == name
    assert page.get("rows").json()["rows"][0][0] == name
    page.fitted(n_components=2)
    report = page.get("export/report.html")
    assert "attachment" in report.headers["content-disposition"]
    if "<" in name:
        assert name not in report.text
    compile(page.get("code").text, "code", "exec")


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "  =1", "=cmd|' /C calc'!A0", "\uff1d1+1"]
)
def test_no_cell_that_is_taken_away_is_a_formula(page, cell):
    quoted = '"' + cell + '"'
    rows = "".join(f"{-1.5 + i % 5},{i % 3},{quoted}\n" for i in range(20))
    page.post("upload", params={"name": "t.csv"}, content=f"a,b,{quoted}\n{rows}".encode())
    page.fitted(n_components=1)
    text = page.get("export/rows.csv").text
    assert text.count("'") >= 21
    for line in text.splitlines():
        assert not line.startswith(cell)
    assert "-1.5" in text
    assert "'-1.5" not in text


@pytest.mark.parametrize("declared", [True, False])
def test_a_file_above_the_limit_is_refused(limited, tmp_path, declared):
    from .conftest import Page

    def pieces():
        for _ in range(40):
            yield b"1,2\n" * 1024

    with limited(upload_bytes=100_000) as server:
        page = Page(server)
        content = b"".join(pieces()) if declared else pieces()
        answer = page.post("upload", params={"name": "t.csv"}, content=content)
        assert answer.status_code == 413
        assert "larger than" in answer.json()["error"]
        assert page.state()["table"] is None
        page.close()


@pytest.mark.parametrize("limits", [{"pause_seconds": 0.1}, {"upload_seconds": 0.1}])
def test_a_file_that_arrives_too_slowly_is_refused(limited, limits):
    from .conftest import Page

    with limited(**limits) as server:
        page = Page(server)
        line = f"POST {inside(server)}api/sessions/{page.number}/upload?name=t.csv HTTP/1.1\r\n"
        head = f"{line}Host: 127.0.0.1:{server.access.port}\r\nContent-Length: 100\r\n\r\n"
        with socket.create_connection(("127.0.0.1", server.access.port), timeout=30) as slow:
            slow.sendall(head.encode() + b"a,b\n")
            assert b" 408 " in slow.recv(4096).splitlines()[0]
        page.close()


def test_an_empty_file_is_refused(page):
    assert page.post("upload", params={"name": "t.csv"}, content=b"").status_code == 422


@pytest.mark.parametrize("kind", ["gz", "xz", "bz2", "zip", "npz", "parquet"])
def test_a_file_that_unpacks_to_more_than_the_limit_is_refused(limited, tmp_path, kind):
    import bz2
    import gzip
    import io
    import lzma
    import zipfile

    import numpy as np

    from .conftest import Page

    text = b"1,2\n" * 300_000
    if kind == "zip":
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("t.csv", text)
        name, content = "t.zip", held.getvalue()
    elif kind == "npz":
        held = io.BytesIO()
        np.savez_compressed(held, X=np.zeros((100_000, 2)))
        name, content = "t.npz", held.getvalue()
    elif kind == "parquet":
        parquet = pytest.importorskip("pyarrow.parquet")
        import pyarrow as pa

        parquet.write_table(pa.table({"a": np.zeros(100_000)}), tmp_path / "t.parquet")
        name, content = "t.parquet", (tmp_path / "t.parquet").read_bytes()
    else:
        pack = {"gz": gzip.compress, "xz": lzma.compress, "bz2": bz2.compress}[kind]
        name, content = f"t.csv.{kind}", pack(text)
    with limited(unpacked_bytes=500_000) as server:
        page = Page(server)
        answer = page.post("upload", params={"name": name}, content=content)
        assert answer.status_code == 413, answer.text
        page.close()


def test_a_hundred_sockets_leave_the_server_working(limited):
    from .conftest import Page

    with limited(sockets=20) as server:
        pages = [Page(server) for _ in range(10)]
        opened, refused = [], 0
        for i in range(100):
            page = pages[i % 10]
            url = server.address.replace("http", "ws", 1) + f"api/sessions/{page.number}/socket"
            one = connect(url, origin=page.origin).__enter__()
            event = json.loads(one.recv(timeout=30))
            if event["event"] == "closed":
                refused += 1
                assert "Too many" in event["words"]
                one.close()
            else:
                opened.append(one)
        assert (len(opened), refused) == (20, 80)
        assert pages[0].http.get("api/server").status_code == 200
        for one in opened:
            one.close()
        end = time.monotonic() + 30
        while True:
            with pages[0].listening() as again:
                if json.loads(again.socket.recv(timeout=30))["event"] == "state":
                    break
            assert time.monotonic() < end
        for page in pages:
            page.close()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"name": 1}',
        b'{"name": "none"}',
        b'{"name": "faithful", "x": 1}',
        b"\xff",
    ],
)
def test_a_wrong_body_gets_one_sentence(page, body):
    answer = page.post("builtin", content=body)
    assert answer.status_code in (400, 404)
    said = answer.json()
    assert list(said) == ["error"]
    assert "Traceback" not in said["error"]
    assert "\n" not in said["error"]


def test_a_body_that_is_too_long_is_refused(page):
    assert page.post("builtin", content=b" " * (2 << 20)).status_code == 413


@pytest.mark.parametrize(
    ("host", "own", "foreign"),
    [
        (
            "127.0.0.1",
            ["127.0.0.1:80", "localhost:80", "[::1]:80", "localhost"],
            ["192.168.0.7:80", "example.org:80"],
        ),
        ("localhost", ["127.0.0.1:80", "Localhost:80"], ["10.0.0.1:80", "localhost:81"]),
        ("::1", ["[::1]:80", "localhost:80"], ["[::2]:80", "::1:80"]),
        ("192.168.0.7", ["192.168.0.7:80", "192.168.0.7"], ["localhost:80", "192.168.0.8:80"]),
        ("fd00::7", ["[fd00::7]:80"], ["[fd00::8]:80", "example.org:80"]),
    ],
)
def test_the_hosts_of_an_address(host, own, foreign):
    access = Access(host_names(host), 80)
    assert [name for name in own if not access.is_own(name)] == []
    assert [name for name in foreign if access.is_own(name)] == []


def test_a_server_for_all_interfaces_takes_numerical_addresses_and_its_own_names():
    access = Access(host_names("0.0.0.0"), 8000, any_address=True)
    for name in ("192.168.0.7:8000", "[fd00::7]:8000", "127.0.0.1:8000"):
        assert access.is_own(name)
    for name in ("evil.example:8000", "192.168.0.7.evil.example:8000", "192.168.0.7:80", "1:8000"):
        assert not access.is_own(name)
