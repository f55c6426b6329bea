"""The widget: the view of EM in a notebook, by anywidget."""

from __future__ import annotations

from typing import Any, ClassVar

import anywidget
import traitlets

from gaussmix.view import bundle

__all__ = ["EMWidget"]


class EMWidget(anywidget.AnyWidget):
    """A view of EM in a notebook, as :func:`gaussmix.watch` returns it.

    Attributes
    ----------
    estimator : object
        The fitted estimator.
    rows : dict
        The rows that are drawn, in the form of :mod:`gaussmix.view.frames`.
    frames : list of dict
        The iterations and accepted moves, in the form of :mod:`gaussmix.view.frames`.
    columns : list of int
        The columns that are shown first.
    position : int
        The step that is shown, or -1 for the last one; a new value moves the player.
    fitting : bool
        Whether the fit is running.

    Examples
    --------
    >>> from gaussmix.view.widget import EMWidget
    >>> EMWidget().frames
    []
    """

    _esm: ClassVar[str] = bundle.widget_module()
    _css: ClassVar[str] = bundle.style()

    rows = traitlets.Dict(default_value={"columns": [[], []], "names": ["x", "y"]}).tag(sync=True)
    frames: Any = traitlets.List().tag(sync=True)
    columns = traitlets.List(default_value=[0, 1]).tag(sync=True)
    position = traitlets.Int(-1).tag(sync=True)
    fitting = traitlets.Bool(False).tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.estimator: Any = None
        self._shown_in: object = None

    def __repr__(self) -> str:
        """Return what a page shows that cannot show the widget."""
        name = type(self.estimator).__name__ if self.estimator is not None else "estimator"
        return f"<EMWidget: run the cell to watch EM of the {name}>"

    def show(self) -> None:
        """Show the widget in the notebook's cell that is running, if there is one."""
        self._shown_in = show_in_cell(self)

    def _ipython_display_(self) -> None:
        """Show the widget as the value of a cell, unless this cell already shows it."""
        from IPython.display import display

        if self._shown_in is None or self._shown_in != running_cell():
            data, metadata = self._repr_mimebundle_() or ({}, {})
            display(data, metadata=metadata, raw=True)


def running_cell() -> object:
    """Return the number of the notebook's cell that is running; None without a notebook."""
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    shell = get_ipython()
    return None if shell is None or not hasattr(shell, "kernel") else shell.execution_count


def show_in_cell(widget: EMWidget) -> object:
    """Show a widget in the cell that is running, and return the number of the cell; None if there is none."""
    cell = running_cell()
    if cell is not None:
        from IPython.display import display

        display(widget)
    elif (marimo := _marimo()) is not None:
        marimo.output.replace(marimo.ui.anywidget(widget))
    return cell


def _marimo() -> Any:
    """Return marimo, if one of its notebooks is running."""
    import sys

    marimo = sys.modules.get("marimo")
    return marimo if marimo is not None and marimo.running_in_notebook() else None
