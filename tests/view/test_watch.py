"""The widget: fits that are seen while they run, without a front end, in a notebook, and in a real browser."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import gaussmix
from gaussmix import GaussianMixture, Mixture, datasets
from gaussmix.errors import InputError, InputTypeError, MissingDependencyError

pytest.importorskip("anywidget", reason="no anywidget here")

from gaussmix.view import bundle

X = datasets.load_faithful().data
PLAIN = {"search": "off", "acceleration": "off", "random_state": 0}


@pytest.mark.parametrize(
    "options", [{}, {"search": "off"}, {"covariance_type": "tied"}, {"n_components": "auto"}]
)
def test_the_fit_is_the_same_as_without_the_widget(options: dict[str, Any]) -> None:
    given = {"n_components": 2, "random_state": 0} | options
    seen = gaussmix.watch(GaussianMixture(**given), X)
    alone = GaussianMixture(**given).fit(X)
    np.testing.assert_allclose(seen.estimator.means_, alone.means_, rtol=1e-6)
    assert seen.frames[-1]["phase"] == "M"
    np.testing.assert_array_equal(np.sort(seen.frames[-1]["weights"]), np.sort(seen.estimator.weights_))
    assert not seen.fitting


def test_every_iteration_is_a_frame() -> None:
    seen = gaussmix.watch(GaussianMixture(2, **PLAIN), X)
    trace = seen.estimator.trace_.log_likelihood
    assert [frame["logLikelihood"] for frame in seen.frames] == trace.tolist()
    json.dumps(seen.frames, allow_nan=False)


def test_accepted_moves_are_frames_and_rejected_ones_are_not() -> None:
    seen = gaussmix.watch(GaussianMixture(4, random_state=0), X)
    search = seen.estimator.trace_.search
    titles = [frame["words"] for frame in seen.frames if frame["phase"] == "search"]
    assert titles == [event.title for event in search.events if event.taken]


def test_own_callbacks_are_called_and_stay() -> None:
    for own in (None, lambda step: None, [lambda step: None]):
        estimator = GaussianMixture(2, callbacks=own, **PLAIN)
        assert gaussmix.watch(estimator, X).estimator.callbacks is own
    steps: list[int] = []
    gaussmix.watch(GaussianMixture(2, callbacks=lambda step: steps.append(step.iteration), **PLAIN), X)
    assert len(steps) > 2


def test_an_interrupted_fit_leaves_the_widget_usable() -> None:
    def stop(step: Any) -> None:
        if step.iteration == 3:
            raise KeyboardInterrupt

    estimator = GaussianMixture(3, callbacks=stop, tol=0, **PLAIN)
    with pytest.raises(KeyboardInterrupt):
        gaussmix.watch(estimator, X)
    assert estimator.callbacks is stop
    assert estimator.mixture_.n_components == 3


@pytest.mark.parametrize(
    "known", [{"sample_weight": np.tile([1.0, 3.0], 136)}, {"noise": np.tile([0.01, 1.0], (272, 1))}]
)
def test_other_arguments_of_fit(known: dict[str, Any]) -> None:
    seen = gaussmix.watch(GaussianMixture(2, random_state=0), X, **known)
    np.testing.assert_allclose(
        seen.estimator.means_, GaussianMixture(2, random_state=0).fit(X, **known).means_
    )
    assert ("responsibilities" in seen.frames[-1]) == ("noise" in known)


def test_many_columns_and_rows() -> None:
    rows, _ = datasets.random_mixture(2, 9, random_state=0).sample(3000, random_state=0)
    seen = gaussmix.watch(GaussianMixture(2, **PLAIN), rows, columns=[7, 8])
    assert len(seen.rows["names"]) == 8
    assert [seen.rows["names"][d] for d in seen.columns] == ["column 7", "column 8"]
    assert 100 <= len(seen.rows["columns"][0]) < 3000
    assert "responsibilities" in seen.frames[-1]


def test_names_of_a_data_frame() -> None:
    pd = pytest.importorskip("pandas", reason="no pandas here")
    seen = gaussmix.watch(
        GaussianMixture(2, **PLAIN), pd.DataFrame(X, columns=["a", "</script>"]), columns="a"
    )
    assert (seen.rows["names"], seen.columns) == (["a", "</script>"], [0])


def test_a_long_fit_keeps_its_first_frames_and_the_last() -> None:
    rows = np.random.default_rng(0).normal(size=(60, 1))
    seen = gaussmix.watch(
        GaussianMixture(2, max_iter=600, tol=gaussmix.fitting.FixedIterations(), **PLAIN), rows
    )
    assert len(seen.frames) == 500
    assert [frame["iteration"] for frame in seen.frames[-2:]] == [499, 600]


@pytest.mark.parametrize(
    ("estimator", "rows", "options", "error", "said"),
    [
        (
            Mixture([1.0], [[0.0]], [1.0]),
            X,
            {},
            InputTypeError,
            "this is of type Mixture: give a GaussianMixture",
        ),
        (
            GaussianMixture(2),
            "rows.csv",
            {},
            InputTypeError,
            "X is of type str, which is read in blocks: give an array",
        ),
        (GaussianMixture(2), X, {"max_rows": 0}, InputError, "max_rows"),
        (GaussianMixture(2), X, {"columns": "no"}, InputError, "no"),
        (GaussianMixture(2), X, {"feature_names": ["a"]}, InputError, "feature_names"),
        (GaussianMixture(2), X[:, :0], {}, InputError, "column"),
        (GaussianMixture(2), X[:, 0], {}, InputError, "got 1D array"),
    ],
)
def test_what_cannot_be_watched(estimator: Any, rows: Any, options: Any, error: type, said: str) -> None:
    with pytest.raises(error, match=said):
        gaussmix.watch(estimator, rows, **options)


def test_without_anywidget_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "gaussmix.view.widget")
    with pytest.raises(
        MissingDependencyError, match=r'watch needs anywidget: pip install "gaussmix\[widget\]"'
    ):
        gaussmix.watch(GaussianMixture(2), X)


def test_marimo_shows_the_widget_while_the_cell_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    marimo = SimpleNamespace(
        running_in_notebook=lambda: True,
        output=SimpleNamespace(replace=shown.append),
        ui=SimpleNamespace(anywidget=lambda widget: ("ui", widget)),
    )
    monkeypatch.setitem(sys.modules, "marimo", marimo)
    seen = gaussmix.watch(GaussianMixture(2, **PLAIN), X)
    assert shown == [("ui", seen)]


NOTEBOOK = [
    "import gaussmix",
    "X = gaussmix.datasets.load_faithful().data",
    "model = gaussmix.GaussianMixture(2)",
]


@pytest.mark.slow
def test_a_cell_of_a_notebook_shows_the_widget_once() -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    cells = ["\n".join(NOTEBOOK), "seen = gaussmix.watch(model, X)", "gaussmix.watch(model, X)", "seen"]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(book, timeout=120).execute()
    outputs = [
        [out for out in cell.outputs if "application/vnd.jupyter.widget-view+json" in out.get("data", {})]
        for cell in book.cells
    ]
    assert [len(each) for each in outputs] == [0, 1, 1, 1]
    assert [len(cell.outputs) for cell in book.cells] == [0, 1, 1, 1]


HOST = """
async (state) => {
  const listeners = {};
  const model = {
    get: (name) => state[name],
    set: (name, value) => { state[name] = value; },
    save_changes: () => { window.saved = { ...state }; },
    on: (name, each) => { (listeners[name] ??= []).push(each); },
    off: (name, each) => { listeners[name] = listeners[name].filter((other) => other !== each); },
  };
  window.arrive = (changes) => {
    Object.assign(state, changes);
    Object.keys(changes).forEach((name) => (listeners[`change:${name}`] ?? []).forEach((each) => each()));
  };
  window.listening = () => Object.values(listeners).flat().length;
  const module = await import(state.module ?? "/widget_bundle.js");
  window.leave = module.default.render({ model, el: document.getElementById("host") });
}
"""


@pytest.fixture
def notebook(tab: Any, static_server: str) -> Any:
    """A page that takes the place of a notebook's front end: it serves the module of the widget."""
    text = bundle.widget_module()
    tab.page.route(
        "**/widget_bundle.js", lambda route: route.fulfill(body=text, content_type="text/javascript")
    )
    return tab.open(static_server)


def state_of(seen: Any) -> dict[str, Any]:
    return {name: getattr(seen, name) for name in ("rows", "frames", "columns", "position", "fitting")}


@pytest.mark.slow
def test_the_widget_in_a_browser(notebook: Any) -> None:
    seen = gaussmix.watch(GaussianMixture(2, **PLAIN), X)
    whole, page = state_of(seen), notebook.page
    page.evaluate(HOST, {**whole, "frames": [], "fitting": True})
    notebook.settled()
    assert page.locator(".em-ellipse").count() == 0
    for count in (1, 3, len(seen.frames)):
        page.evaluate("(frames) => arrive({ frames })", seen.frames[:count])
        notebook.settled()
        assert page.locator(".em-view").get_attribute("data-iteration") == str(count)
        assert page.locator(".em-title").inner_text().startswith(f"Iteration {count}")
    page.evaluate("() => arrive({ fitting: false })")
    assert page.evaluate("() => window.saved") is None
    assert notebook.settled().page.locator(".em-view").get_attribute("data-phase") == "result"
    page.get_by_role("button", name="To the start").click()
    assert page.evaluate("() => saved.position") == 0
    page.evaluate("() => arrive({ position: 3 })")
    assert notebook.settled().page.locator(".em-player").get_attribute("data-position") == "3"
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_selector('.em-player[data-position="5"]')
    page.get_by_role("button", name="Pause", exact=True).click()
    at = page.locator(".em-player").get_attribute("data-position")
    assert page.evaluate("() => String(saved.position)") == at
    page.evaluate("() => leave()")
    assert page.evaluate("() => listening()") == 0
    assert page.locator(".em-view").count() == 0


@pytest.mark.slow
def test_one_can_look_at_earlier_iterations_while_the_fit_runs(notebook: Any) -> None:
    seen = gaussmix.watch(GaussianMixture(2, **PLAIN), X)
    page, player = notebook.page, notebook.page.locator(".em-player")
    page.evaluate(HOST, {**state_of(seen), "frames": seen.frames[:3], "fitting": True})
    notebook.settled()
    page.get_by_role("button", name="To the start").click()
    page.evaluate("(frames) => arrive({ frames })", seen.frames[:4])
    assert player.get_attribute("data-position") == "0"
    page.get_by_role("button", name="To the end").click()
    page.evaluate("(frames) => arrive({ frames, fitting: false })", seen.frames)
    assert notebook.settled().page.locator(".em-view").get_attribute("data-phase") == "result"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mark", "dark"),
    [
        ("document.body.dataset.jpThemeLight = 'false'", True),
        ("document.body.dataset.vscodeThemeKind = 'vscode-dark'", True),
        ("document.documentElement.classList.add('dark')", True),
        ("document.body.dataset.jpThemeLight = 'true'", False),
        ("document.body.dataset.other = 'dark'", False),
    ],
)
def test_the_widget_has_the_theme_of_the_notebook(notebook: Any, mark: str, dark: bool) -> None:
    page = notebook.page
    page.evaluate(HOST, state_of(gaussmix.watch(GaussianMixture(2, **PLAIN), X)))
    notebook.settled()
    page.evaluate(f"() => {{ {mark}; }}")
    colour = "rgb(20, 24, 30)" if dark else "rgb(255, 255, 255)"
    page.wait_for_function(
        "(colour) => getComputedStyle(document.querySelector('.em-view')).backgroundColor === colour",
        arg=colour,
    )
    notebook.settled()


# Blobs alone: that is narrower than what the webviews of VS Code allow, where the module of a widget is a blob too.
WEBVIEW = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src blob:; style-src blob:"></head>
<body data-vscode-theme-kind="vscode-high-contrast"><div id="host"></div></body></html>"""


@pytest.mark.slow
def test_the_widget_in_a_webview_that_allows_neither_eval_nor_inline_styles_nor_requests(tab: Any) -> None:
    page = tab.page
    page.route("**/webview", lambda route: route.fulfill(body=WEBVIEW, content_type="text/html"))
    page.goto("http://127.0.0.1/webview")
    page.evaluate(
        """async (text) => {
          const sheet = document.createElement("link");
          const url = URL.createObjectURL(new Blob([text], { type: "text/css" }));
          const loaded = new Promise((resolve) => sheet.addEventListener("load", resolve));
          document.head.append(Object.assign(sheet, { rel: "stylesheet", href: url }));
          await loaded;
        }""",
        bundle.style(),
    )
    module = page.evaluate(
        "(text) => URL.createObjectURL(new Blob([text], { type: 'text/javascript' }))", bundle.widget_module()
    )
    before = page.evaluate("() => Object.keys(window)")
    page.evaluate(HOST, {**state_of(gaussmix.watch(GaussianMixture(2, **PLAIN), X)), "module": module})
    tab.settled()
    assert page.locator(".em-view").get_attribute("data-theme") == "dark"
    page.get_by_role("button", name="One step back").click()
    assert page.evaluate("() => saved.position") >= 0
    own = {"arrive", "listening", "leave", "saved"}
    assert set(page.evaluate("() => Object.keys(window)")) - set(before) == own
    assert all(url.startswith("blob:") or url.endswith("/webview") for url in tab.requests)


def test_the_widget_and_the_replay_hold_the_same_view() -> None:
    page = gaussmix.replay(Mixture([1.0], [[3.0, 70.0]], [4.0]), X)
    assert bundle.script() in page
    assert bundle.script() in bundle.widget_module()
