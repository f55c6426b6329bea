"""Versions, kernel and threads."""

from __future__ import annotations

import numpy as np
import pytest

import gaussmix
from gaussmix import versions


def test_what_is_there() -> None:
    info = versions.system_info()
    assert info.gaussmix == gaussmix.__version__
    assert info.packages["numpy"] == np.__version__
    assert info.blas
    assert all(found.threads >= 1 for found in info.blas)


def test_what_is_not_there(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def version(name: str) -> str:
        raise versions.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(versions.metadata, "version", version)
    assert versions.system_info().packages["pandas"] is None
    versions.show_versions()
    assert "pandas: not installed\n" in capsys.readouterr().out
