from collections.abc import Iterator

import pytest

from tests.pipeline.fetch.web import Forbidden, Web, serving


@pytest.fixture
def web() -> Iterator[Web]:
    with serving(Web()) as running:
        yield running


@pytest.fixture(scope="session")
def _forbidden() -> Iterator[Forbidden]:
    listener = Forbidden()
    yield listener
    listener.close()


@pytest.fixture
def forbidden(_forbidden) -> Iterator[Forbidden]:
    """A listener that nothing may connect to: a test that uses it fails if something did."""
    yield _forbidden
    assert _forbidden.touched == 0
