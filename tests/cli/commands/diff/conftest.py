"""One repository for all tests of revisions."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.repositories import changed_repository


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that can happen to a file; tests leave it as it is."""
    return changed_repository(tmp_path_factory.mktemp("repository"))
