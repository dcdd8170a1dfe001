"""The fixture of pytest."""

import pytest

from .sockscope import Sockscope


@pytest.fixture
def sockscope():
    """A connection to the agent of this user, closed after the test; it ends the outages that were started over it."""
    with Sockscope.connect() as connected:
        yield connected
