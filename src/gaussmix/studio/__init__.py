"""The page in the browser where mixtures are fitted and looked at: its server, on Starlette and uvicorn.

``gaussmix studio`` starts it. ``messages.py``, ``bodies.py`` and ``pictures.py`` have the protocol of the page.
"""

from __future__ import annotations

__all__: list[str] = []
