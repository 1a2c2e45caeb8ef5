import pytest

from spark_server import SparkServer


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """One Spark for the whole suite."""
    with SparkServer(tmp_path_factory.mktemp("spark")) as server:
        yield server
