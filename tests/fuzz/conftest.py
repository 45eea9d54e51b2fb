"""How much the fuzzers do: minutes and the same examples each time, or hours and others each time.

``FUZZ=hours python -m pytest tests/fuzz`` draws at random, a hundred times as many examples; without it (CI) all is the same in each
run, and over in about three minutes. Either way there is no deadline of hypothesis': where an example might hang, the target has a
time law of its own (`tests.fuzz.laws.within`).
"""

import pytest

from tests.fuzz.laws import HOURS


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if HOURS:
        for item in items:
            item.add_marker(pytest.mark.timeout(0))
