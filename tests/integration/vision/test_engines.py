"""The shipped networks on every engine that this machine has."""

import pytest

from models.engines import ENGINES, open_runners
from models.manifest import WEIGHTS


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_the_shipped_networks_pass_on_each_engine(name):
    if (reason := ENGINES[name].missing()) is not None:
        pytest.skip(reason)
    assert open_runners(WEIGHTS, 1, name).engine == name
