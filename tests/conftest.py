import pytest

from product import Workspace, seed_copy


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "work")


@pytest.fixture
def seed(tmp_path):
    return seed_copy(tmp_path / "seed")
