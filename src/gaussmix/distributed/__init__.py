"""Engines on clusters: Dask, Ray and Apache Spark. Each adds up leaves of the tree where the rows lie."""

from __future__ import annotations

from .dask_engine import DaskEngine
from .named import engine_named
from .ray_engine import RayEngine
from .spark_engine import SparkEngine

__all__ = ["DaskEngine", "RayEngine", "SparkEngine", "engine_named"]
