"""The demonstration: mixtures found again in made-up data, and vowels told apart; a page that shows each step.

It uses what ``import gaussmix`` gives, and nothing beneath.

Examples
--------
>>> from pathlib import Path
>>> from gaussmix.demo import run_demo
>>> page = run_demo(Path("demo"), quick=True, echo=lambda text: None)
>>> page.name
'index.html'
"""

from __future__ import annotations

from gaussmix.demo.run import run_demo

__all__ = ["run_demo"]
