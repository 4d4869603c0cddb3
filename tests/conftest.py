"""Fixtures for all tests. What only some machines have is asked for here, and its absence said clearly."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from datasets.splits import data_root


@pytest.fixture(scope="session")
def field_data() -> Path:
    """The folder of the field photos. Skips where it is absent, fails where SHELFPROOF_REQUIRE_DATA is set."""
    root = data_root()
    if root is None:
        message = "field photos not found: set SHELFPROOF_DATA to their folder, or put it at ../shared/data"
        if os.environ.get("SHELFPROOF_REQUIRE_DATA"):
            pytest.fail(message)
        pytest.skip(message)
    return root


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """What a command set up for its logs would write, in the next test, to a stream that is closed by then."""
    yield
    structlog.reset_defaults()
    for handler in logging.root.handlers[:]:
        if type(handler) is logging.StreamHandler:
            logging.root.removeHandler(handler)
