"""The page itself: chapters, a style, and a script of some lines for the films."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

__all__ = ["write_page"]

_CHAPTERS = (
    ("two-columns", "A mixture we know, found again"),
    ("one-column", "The same in one column"),
    ("search", "The highest top"),
    ("em", "EM, one step at a time"),
    ("classes", "Which vowel was it?"),
)


def write_page(folder: Path, content: Sequence[str], seconds: float) -> Path:
    """Write ``index.html``, which needs the folder around it and nothing else."""
    path = folder / "index.html"
    path.write_text(_page(content, seconds), encoding="utf-8")
    return path


def _page(content: Sequence[str], seconds: float) -> str:
    from gaussmix import __version__

    here = files("gaussmix.demo")
    style = (here / "page.css").read_text(encoding="utf-8")
    script = (here / "player.js").read_text(encoding="utf-8")
    links = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, title in _CHAPTERS)
    chapters = "\n".join(content)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Gaussian mixtures by EM</title>
<link rel="icon" href="data:,">
<style>
{style}</style>
</head>
<body>
<header>
<h1>Gaussian mixtures by EM</h1>
<p class="lead">Data often come from several sources, and nobody wrote down which row came from which. A Gaussian
mixture describes such data as a sum of normal distributions, and EM finds them. Here it is at work, on data whose
truth we know, and on the vowels of 76 people.</p>
<nav aria-label="Chapters"><ol>{links}</ol></nav>
</header>
<main>
{chapters}
</main>
<footer>
<p>Written by gaussmix {__version__} in {seconds:.0f} seconds. The vowels: G. E. Peterson and H. L. Barney (1952),
Control methods used in a study of the vowels, J. Acoust. Soc. Am. 24, 175–184.</p>
</footer>
<script>
{script}</script>
</body>
</html>
"""
