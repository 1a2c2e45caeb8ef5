import pytest

import three_days
from product import Workspace


@pytest.fixture(scope="session")
def loaded(tmp_path_factory):
    """Only read: nobody loads another day into it."""
    return three_days.load(Workspace(tmp_path_factory.mktemp("days") / "work"))
