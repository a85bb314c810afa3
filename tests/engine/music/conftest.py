"""A small composer, published as a user's own would be, and phrases to go on from."""

from pathlib import Path

import pytest
from tiny_composer import published

from starling.engine.music.composers import Composers
from starling.models.artifacts import catalogue


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    published(folder)
    return folder


@pytest.fixture
def composers(models: Path) -> Composers:
    return Composers(catalogue.composers(models))
