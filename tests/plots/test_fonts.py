"""Names in scripts that the font of matplotlib's settings lacks."""

from __future__ import annotations

import warnings
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib.font_manager import fontManager

from gaussmix import Mixture, plots
from gaussmix.errors import GaussmixWarning
from gaussmix.plots import fonts


def named(*names: str) -> Mixture:
    return Mixture([1.0], [[0.0, 0.0]], [1.0], feature_names=names)


@pytest.fixture
def _no_memory() -> Any:
    fonts._with_letters.cache_clear()
    yield
    fonts._with_letters.cache_clear()


@pytest.mark.usefixtures("_no_memory")
def test_an_installed_font_has_the_letters() -> None:
    # Computer Modern has no Cyrillic letters, and DejaVu Sans comes with matplotlib.
    with (
        mpl.rc_context({"font.family": ["cmr10"], "axes.formatter.use_mathtext": True}),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("error")
        ax = plots.ellipses(named("высота", "width"))
        ax.figure.canvas.draw()
    assert len(ax.xaxis.label.get_fontfamily()) > 1
    assert ax.xaxis.label.get_fontfamily()[0] == "cmr10"
    assert ax.yaxis.label.get_fontfamily() == ["cmr10"]


@pytest.mark.usefixtures("_no_memory")
def test_one_sentence_says_which_letters_no_font_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fontManager, "ttflist", [])
    told = r"letters that no installed font has, such as '度温' \(CJK\): install a font that has them\."
    with pytest.warns(GaussmixWarning, match=told):
        plots.ellipses(named("温度", "width"))
    with warnings.catch_warnings():
        warnings.simplefilter("error", GaussmixWarning)
        plots.ellipses(named("温度", "width"))


def test_bitmaps_and_broken_files_are_no_fonts(tmp_path: Any) -> None:
    (tmp_path / "a.ttf").write_bytes(b"no font")
    assert fonts._letters_in(str(tmp_path / "a.ttf")) == frozenset()


@pytest.mark.filterwarnings("ignore:names in this plot", "ignore:Glyph")
@pytest.mark.parametrize("words", ["Overall satisfaction (1 to 5)", "iiii\nWWWWWW", "温度 высота"])
def test_a_width_is_that_of_the_drawn_text(words: str) -> None:
    figure = plt.figure(dpi=72)
    text = figure.text(0.0, 0.5, words, fontsize=20, fontfamily=fonts.families(words))
    figure.canvas.draw()
    assert fonts.width_of(words, 20.0) == pytest.approx(text.get_window_extent().width, abs=3.0)
