"""Examples at the end of a page of help."""

from __future__ import annotations

from typing import Any

from rich.text import Text
from typer.core import TyperCommand

from gaussmix.cli.terminal import Terminal

__all__ = ["EXAMPLES", "Command", "PlainUsage", "print_examples"]

EXAMPLES = {
    "gaussmix": (
        ("gaussmix fit faithful.csv -k 2 --out model.safetensors", "Fit two components and write the model."),
        ("gaussmix select faithful.csv", "Choose the number of components and their shapes."),
        ("gaussmix predict model.safetensors faithful.csv", "Predict the component of each row."),
        ("gaussmix demo", "Write a page about Gaussian mixtures."),
    ),
    "fit": (
        ("gaussmix fit faithful.csv -k 2", "Fit two components to all columns of numbers."),
        (
            "gaussmix fit vowels.csv --columns F1,F2 -k 5 --out model.safetensors",
            "Fit two columns, and write the model.",
        ),
        ("gaussmix fit vowels.csv -k 5 --report page.html", "Write a report with figures."),
        (
            "gaussmix fit counts.csv -k 3 --weights n",
            "Use a column as weights of the rows.",
        ),
        (
            "gaussmix fit stars.csv -k 3 --columns x,y --errors ex,ey --noise-component",
            "Use standard errors of the values, and a component for noise.",
        ),
    ),
    "select": (
        ("gaussmix select faithful.csv", "Compare 1 to 9 components of fourteen families."),
        (
            "gaussmix select faithful.csv --components 1-5 --families EEE,VVV --out model.safetensors",
            "Compare two families, and write the best model.",
        ),
        ("gaussmix select faithful.csv --picture curves.png", "Draw the criterion of all models."),
    ),
    "predict": (
        ("gaussmix predict model.safetensors new.csv --out labels.csv", "Write a label for each row."),
        (
            "gaussmix predict model.safetensors new.csv --proba | head",
            "Print probabilities of the first labels.",
        ),
        ("gaussmix predict model.safetensors new.csv --keep", "Print the table with a label for each row."),
    ),
    "impute": (
        (
            "gaussmix impute model.safetensors holes.csv --out filled.csv",
            "Replace missing values by expected values.",
        ),
        (
            "gaussmix impute model.safetensors holes.csv --draws 5 --seed 0",
            "Print five tables of random draws.",
        ),
    ),
    "sample": (
        ("gaussmix sample model.safetensors -n 5", "Print five new rows."),
        ("gaussmix sample model.safetensors --seed 0 --out rows.csv", "Write the same 1,000 rows each time."),
    ),
    "convert": (
        ("gaussmix convert model.safetensors model.json", "Write the mixture as readable text."),
        ("gaussmix convert model.safetensors model.onnx", "Write the predictions for onnxruntime."),
        ("gaussmix convert model.safetensors components.csv", "Write a table of the components."),
    ),
    "demo": (("gaussmix demo --out pictures", "Then open pictures/index.html in a browser."),),
    "studio": (
        ("gaussmix studio vowels.csv", "Open the page with a table."),
        ("gaussmix studio --no-browser --port 8000", "Print the address of the page."),
    ),
    "info": (
        ("gaussmix info", "Print versions for a bug report."),
        ("gaussmix info model.safetensors", "Print the contents of a model."),
    ),
}
"""Example commands, with descriptions."""


def print_examples(command: str) -> None:
    """Print the examples of a command."""
    terminal = Terminal.open()
    terminal.say(Text(" Examples", "bold"))
    for line, what in EXAMPLES.get(command, ()):
        terminal.say()
        terminal.say(Text(f"   {what}", "dim"))
        terminal.say(Text(f"   {line}", "cyan"))


class PlainUsage:
    """Usage lines as in Unix manuals: bare names for required arguments, no type beside a switch."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words of the usage line."""
        pieces: list[str] = super().collect_usage_pieces(ctx)  # type: ignore[misc]
        return [piece.strip("{}") for piece in pieces]

    def get_help_option(self, ctx: Any) -> Any:
        """Return the option ``--help``."""
        option = super().get_help_option(ctx)  # type: ignore[misc]
        option.metavar = " "
        return option


class Command(PlainUsage, TyperCommand):
    """A command with examples at the end of its help."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the page of help."""
        super().format_help(ctx, formatter)
        print_examples(self.name or "")
