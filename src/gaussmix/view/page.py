"""The replay of a fit: one HTML file that shows EM without a server and without a network."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from gaussmix.files import PathLike, check_suffix, replacing
from gaussmix.view import bundle
from gaussmix.view.content import recorded_view

__all__ = ["embedded", "hash_of", "in_json", "replay", "script"]


def replay(
    fit: Any,
    X: Any,
    path: PathLike | None = None,
    *,
    columns: Any = None,
    max_rows: int = 2000,
    title: str | None = None,
    feature_names: Sequence[str] | None = None,
    sample_weight: Any = None,
    noise: Any = None,
) -> str:
    """Return a page that shows a fit step by step, and write it to a file if one is given.

    The page is one HTML file that loads nothing. Its player goes through the E-steps and M-steps: the points have the
    mixed colours of their responsibilities, the components are ellipses at one and two standard deviations.

    Recorded iterations are shown as they were. A fitted estimator keeps no mixture of each iteration: EM is run again,
    from the start of the best run of its search, or without a search from the start that ``init_params`` gives; the
    accepted moves of that run and the fitted mixture follow. The page says which.

    Parameters
    ----------
    fit : fitted estimator, plots.Recorder, sequence of plots.Frame, or sequence of Mixture
        The fit to show.
    X : (n, D) array or data frame
        The rows of the fit.
    path : str or os.PathLike, optional
        The file, ``*.html``; an older one is replaced as a whole.
    columns : pair of int or str, or one, optional
        The columns to show first, by position or name; those that separate the components best by default.
    max_rows : int
        Largest number of rows to draw; of more, a uniform sample.
    title : str, optional
        The heading of the page.
    feature_names : sequence of D str, optional
        Names of the columns; those of the mixture, or of X, unless given.
    sample_weight : (n,) array, optional
        Weights of the rows of the fit.
    noise : (n, D) or (n, D, D) array, optional
        Variances or covariances of the rows' measurement errors, in squared units.

    Returns
    -------
    str
        The page.

    Raises
    ------
    InputError
        If there is nothing to show, or the rows do not fit the mixture.
    InputTypeError
        If the rows are not in memory, or the fit has several mixtures.
    FileAccessError
        If the file cannot be written.

    Examples
    --------
    >>> import gaussmix
    >>> from gaussmix import GaussianMixture, datasets
    >>> faithful = datasets.load_faithful()
    >>> model = GaussianMixture(2, random_state=0).fit(faithful.data)
    >>> page = gaussmix.replay(model, faithful.data, "replay.html", feature_names=faithful.feature_names)
    >>> page.startswith("<!DOCTYPE html>")
    True
    """
    if path is not None:
        check_suffix(path, [".html", ".htm"], "a replay")
    content = recorded_view(
        fit,
        X,
        columns=columns,
        max_rows=max_rows,
        feature_names=feature_names,
        sample_weight=sample_weight,
        noise=noise,
    )
    page = _page(content, title or "EM, step by step")
    if path is not None:
        with replacing(path) as draft:
            draft.write_text(page, encoding="utf-8")
    return page


def in_json(value: Any) -> str:
    r"""Return a value as JSON that may stand within a script element of a page.

    Examples
    --------
    >>> print(in_json("</script>"))
    "\u003c/script\u003e"
    """
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def script() -> str:
    """Return the script of a page with replays."""
    return f'"use strict";\n{bundle.script()}\nmountReplays();\n'


def hash_of(text: str) -> str:
    """Return the source of a Content-Security-Policy that allows an inline script or style.

    Examples
    --------
    >>> hash_of("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"


def embedded(content: dict[str, Any]) -> Markup:
    """Return the element of a replay for a page that has the style sheet and the script of the view."""
    return Markup(
        _template("replay_element.html").render(data=Markup(in_json(content)), notes=content["notes"])
    )


def _page(content: dict[str, Any], title: str) -> str:
    style = bundle.style() + _template("replay.css").render()
    code = script()
    return _template("replay.html").render(
        title=title,
        element=embedded(content),
        style=Markup(style),
        script=Markup(code),
        style_hash=Markup(hash_of(style)),
        script_hash=Markup(hash_of(code)),
    )


@cache
def _template(name: str) -> Template:
    loader = PackageLoader("gaussmix.view", "templates")
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True
    ).get_template(name)
