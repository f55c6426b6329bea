"""Displays of a live figure: a notebook, a window, or none."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Display", "find_display", "new_figure"]


_WINDOWS = ("gtk", "macosx", "qt", "tk", "wx")


class Display(Protocol):
    """A display that shows a figure again after changes."""

    def refresh(self, figure: Figure) -> None:
        """Show the figure as it is now."""
        ...


class _Notebook:
    """One output of a notebook's cell, replaced at each refresh."""

    def __init__(self) -> None:
        self._handle: Any = None

    def refresh(self, figure: Figure) -> None:
        """Replace the picture in the cell."""
        from IPython.display import display

        if self._handle is None:
            self._handle = display(figure, display_id=True)
        else:
            self._handle.update(figure)


class _Window:
    """A window that stays responsive and does not halt the fit."""

    def refresh(self, figure: Figure) -> None:
        """Redraw the figure and process the events of the window."""
        import matplotlib.pyplot as plt

        if plt.fignum_exists(figure.number):
            figure.show()
            figure.canvas.draw_idle()
            figure.canvas.start_event_loop(0.001)


class _NoDisplay:
    """No screen: the figure is kept up to date and can be saved."""

    def refresh(self, figure: Figure) -> None:
        """Do nothing."""


def in_notebook() -> bool:
    """Return whether a notebook's kernel runs this code."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")


def find_display() -> Display:
    """Return the display of this session."""
    import matplotlib as mpl

    if mpl.get_backend().lower().startswith(_WINDOWS):
        return _Window()
    return _Notebook() if in_notebook() else _NoDisplay()


def new_figure(display: Display, size: tuple[float, float]) -> Figure:
    """Return a figure for a display: pyplot knows of it only if there is a window to manage."""
    if isinstance(display, _Window):
        import matplotlib.pyplot as plt

        return plt.figure(figsize=size, layout="constrained")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    return figure
