"""One repository for all tests of revisions."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.repositories import ALONE, changed_repository


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that can happen to a file; tests leave it as it is."""
    return changed_repository(tmp_path_factory.mktemp("repository"))


@pytest.fixture
def in_repository(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its folder is the current one, and nobody's settings of git count."""
    monkeypatch.chdir(repository)
    for name, value in ALONE.items():
        monkeypatch.setenv(name, value)
