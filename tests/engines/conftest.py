import pytest

from s3_server import KEY, SECRET, s3_server
from spark_server import SparkServer
from sql_warehouse import Workspace as DatabricksWorkspace


@pytest.fixture(scope="session")
def lake_server(tmp_path_factory):
    with s3_server(tmp_path_factory.mktemp("lake")) as server:
        yield server


@pytest.fixture
def lake(lake_server):
    """The store that this machine and Spark both reach; empty."""
    yield lake_server
    lake_server.clear()


def reaches(lake):
    """Spark's settings for it. A warehouse names it s3://, as Databricks does."""
    s3 = "org.apache.hadoop.fs.s3a.S3AFileSystem"
    return {"spark.hadoop.fs.s3a.endpoint": lake.endpoint, "spark.hadoop.fs.s3a.endpoint.region": "us-east-1",
            "spark.hadoop.fs.s3a.access.key": KEY, "spark.hadoop.fs.s3a.secret.key": SECRET,
            "spark.hadoop.fs.s3a.path.style.access": "true", "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
            "spark.hadoop.fs.s3.impl": s3}


@pytest.fixture(scope="session")
def spark(tmp_path_factory, lake_server):
    """One Spark for the whole suite."""
    with SparkServer(tmp_path_factory.mktemp("spark"), reaches(lake_server)).keep_events() as server:
        yield server


@pytest.fixture
def databricks(spark, tmp_path):
    """A workspace whose SQL warehouse is that Spark."""
    workspace = DatabricksWorkspace(tmp_path / "databricks", spark)
    yield workspace
    workspace.stop()
