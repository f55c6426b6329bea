"""The replay of EM in a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from gaussmix.errors import GaussmixError
from gaussmix.view.bundle import style
from gaussmix.view.content import recorded_view
from gaussmix.view.page import embedded, hash_of, script

if TYPE_CHECKING:
    from gaussmix.report.facts import Facts

__all__ = ["Replay"]


class Replay(NamedTuple):
    """The parts of a replay for a page.

    Parameters
    ----------
    element : Markup
        The element that shows it; a sentence if there is none.
    style, script : Markup
        The style sheet and the script of the page.
    policy : str
        The source of a Content-Security-Policy that allows the script.
    """

    element: Markup
    style: Markup = Markup("")
    script: Markup = Markup("")
    policy: str = "'none'"

    @classmethod
    def of(cls, facts: Facts) -> Replay:
        """Return the replay of a fit; EM is run again."""
        try:
            content = recorded_view(
                facts.estimator,
                facts.X,
                feature_names=facts.names,
                sample_weight=facts.weights,
                noise=facts.noise,
            )
        except GaussmixError as error:
            return cls(Markup("<p>EM could not be run again for a replay: {}</p>").format(error))
        code = script()
        return cls(embedded(content), Markup(style()), Markup(code), hash_of(code))
