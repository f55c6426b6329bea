"""Conformance checks, to run on a family, kernel, source or engine of your own.

Each check runs small examples and raises ``AssertionError`` with a sentence at the first that fails.
"""

from __future__ import annotations

from .families import check_family
from .kernels import check_kernel
from .sources_and_engines import check_engine, check_pool, check_source

__all__ = ["check_engine", "check_family", "check_kernel", "check_pool", "check_source"]
