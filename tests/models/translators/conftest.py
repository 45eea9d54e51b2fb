"""The tiny checkpoints of every family, and what ``python -m models.convert`` makes of them, once a session."""

from pathlib import Path

import pytest

from models.convert import convert
from tests.models.translators.checkpoints import SAVE


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders that transformers reads, by family."""
    root = tmp_path_factory.mktemp("checkpoints")
    for family, save in SAVE.items():
        save(root / family)
    return {family: root / family for family in SAVE}


@pytest.fixture(scope="session")
def converted(checkpoints: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders that CTranslate2 reads, by family, in float32."""
    root = tmp_path_factory.mktemp("converted")
    for family, folder in checkpoints.items():
        convert(str(folder), root / family, "float32")
    return {family: root / family for family in checkpoints}
