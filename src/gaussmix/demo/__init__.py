"""The demonstration: fits of synthetic data and of vowels, on a page with explanations.

The fits use the public functions of gaussmix only.

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
