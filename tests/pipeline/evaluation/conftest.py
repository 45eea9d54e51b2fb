"""The model that the tests of the evaluator ask."""

from pathlib import Path

import pytest

from tests.pipeline.evaluation.speaker import teach


@pytest.fixture(scope="session")
def speaker(tmp_path_factory) -> Path:
    """The folder of a model that was taught what to say of red and of blue pictures; no run."""
    return teach(tmp_path_factory.mktemp("speaker") / "model")
