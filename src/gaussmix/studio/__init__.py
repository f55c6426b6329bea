"""The page in the browser where mixtures are fitted and looked at: its server, on Starlette and uvicorn.

``gaussmix studio`` starts it. ``messages.py`` and ``bodies.py`` have the protocol between the server and the page.
"""

from __future__ import annotations

__all__: list[str] = []
