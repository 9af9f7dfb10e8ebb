"""One browser for all tests of pages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.browser import OTHERS, page, seen_as, started
from support.program import ROOT


@pytest.fixture(scope="session")
def session() -> Iterator[Any]:
    yield from started()


@pytest.fixture
def browser(session: Any) -> Any:
    seen_as(session, 1280)
    return session


@pytest.fixture(scope="session")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of two networks."""
    files = [f"{ROOT}/examples/{name}.yaml" for name in ("resnet50", "mobilenet-v1")]
    return page(f"audit {' '.join(files)} --verify", tmp_path_factory.mktemp("two"))


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of two small networks, one of which has blocks."""
    files = [f"{ROOT}/examples/{name}.yaml" for name in ("alexnet", "resnet20")]
    return page(f"audit {' '.join(files)}", tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def resnet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return page(f"audit {ROOT}/examples/resnet50.yaml", tmp_path_factory.mktemp("resnet"))


@pytest.fixture(scope="session")
def unet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return page(f"audit {ROOT}/examples/unet.yaml", tmp_path_factory.mktemp("unet"))


@pytest.fixture(scope="session")
def others(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of each other command."""
    folder = tmp_path_factory.mktemp("others")
    return {name: page(words, folder, f"{name}.html") for name, words in OTHERS.items()}
