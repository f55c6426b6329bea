"""How Sphinx builds the documentation: `make docs`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst.states import Inliner
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

import gaussmix

sys.path.insert(0, str(Path(__file__).parent))
import replays
from members import members_of_classes

project = "gaussmix"
author = "The gaussmix developers"
project_copyright = f"2026, {author}"
release = gaussmix.__version__
version = release

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
# The gallery has a notebook of each example to download.
exclude_patterns = ["_build", "gallery/*.ipynb"]
source_suffix = {".rst": "restructuredtext", ".md": "myst-nb", ".ipynb": "myst-nb"}
# The notebooks run when the documentation is built; an error of a cell fails the build.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_execution_in_temp = True
nb_mime_priority_overrides = [("html", "image/gif", 1)]
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
autosummary_generate = True
autosummary_imported_members = True
autosummary_context = {"members_of_classes": members_of_classes()}
autodoc_typehints = "none"
autodoc_member_order = "bysource"
# The template of a class lists its members.
numpydoc_show_class_members = False
# scikit-learn's first sentences refer to pages of its own.
suppress_warnings = ["ref.ref"]
# The scripts in examples/ run when the documentation is built; an error of one fails the build.
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "within_subsection_order": "FileNameSortKey",
    "remove_config_comments": True,
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": float("inf"),
    "write_computation_times": False,
    # It needs a table of another package; docs/streams.md shows it.
    "ignore_pattern": "regimes",
}
templates_path = ["_templates"]

html_theme = "pydata_sphinx_theme"
html_title = "gaussmix"
html_static_path = ["_static"]
html_theme_options = {
    "show_prev_next": True,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_toc_level": 2,
    "header_links_before_dropdown": 5,
}
html_sidebars = {"*": [], "notebooks/*": []}
html_show_sourcelink = False

# Formulas are written into the pages as MathML, which browsers draw themselves: the pages need no network.
html_math_renderer = "mathml"


def formula(node: nodes.Node, as_block: bool) -> str:
    """The MathML of a formula; one that cannot be read is a warning, and stands there as it was written."""
    try:
        # \frac12 is one half in TeX; the converter reads twelve. And it leaves no space around a logarithm.
        text = re.sub(r"frac\s*(\d)(\d)", r"frac{\1}{\2}", node.astext())
        text = re.sub(r"(?<=[\w}])\s*\\log(?![a-z])", r"\\, \\log", text)
        text = re.sub(r"\\log(?![a-z]|\\,)\s*", r"\\log\\, ", text)
        return str(tex2mathml(text, as_block=as_block))
    except MathError as error:
        logging.getLogger(__name__).warning("formula not understood: %s", error, location=node)
        return f"<code>{node.astext()}</code>"


def inline(translator: Any, node: nodes.Node) -> None:
    """Write a formula within a line."""
    translator.body.append(formula(node, as_block=False))
    raise nodes.SkipNode


def block(translator: Any, node: nodes.Node) -> None:
    """Write a formula that stands by itself."""
    translator.body.append(f'<div class="formula">{formula(node, as_block=True)}</div>')
    raise nodes.SkipNode


def plain_bar(parser: Inliner, match: Any, lineno: int) -> tuple[str, list[Any], str, list[Any]]:
    """Leave a bar as it is: in our docstrings it is a determinant or a norm, never a substitution."""
    end = match.end("start")
    return match.string[:end], [], match.string[end:], []


Inliner.dispatch["|"] = plain_bar


class DarkTwins(SphinxTransform):
    """Beside a picture name.png that has a twin name-dark.png, put the twin: the theme shows one of the two."""

    default_priority = 400

    def apply(self, **kwargs: Any) -> None:
        """Put the twins into the document."""
        for picture in list(self.document.findall(nodes.image)):
            path = Path(self.env.relfn2path(picture["uri"])[1])
            dark = path.with_name(f"{path.stem}-dark{path.suffix}")
            if dark.exists():
                twin = picture.deepcopy()
                twin["uri"] = picture["uri"].replace(path.name, dark.name)
                picture["classes"].append("only-light")
                twin["classes"].append("only-dark")
                picture.parent.insert(picture.parent.index(picture) + 1, twin)


def write_replays(app: Any, exception: Exception | None) -> None:
    """Write the pages that play EM beside the pictures."""
    if exception is None and app.builder.format == "html":
        replays.write(Path(app.outdir) / "_static")


def setup(app: Any) -> None:
    """Make the way of writing formulas, the twins of pictures and the replays known to Sphinx."""
    app.connect("build-finished", write_replays)
    app.add_transform(DarkTwins)
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    app.add_css_file("gaussmix.css")
