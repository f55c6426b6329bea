"""How Sphinx builds the documentation: `make docs`."""

from __future__ import annotations

import gaussmix

project = "gaussmix"
author = "The gaussmix developers"
project_copyright = f"2026, {author}"
release = gaussmix.__version__
version = release

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx_design",
]
exclude_patterns = ["_build"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
# Every place where a text refers to an object of the library must find it.
nitpicky = False

autosummary_generate = True
autosummary_imported_members = True
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "inherited-members": False}
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_preprocess_types = False
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
}
html_sidebars = {"start": [], "em": [], "index": []}
html_show_sourcelink = False
