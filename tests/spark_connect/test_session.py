"""The Spark Connect client against a real server with Delta Lake."""
import pytest

from spark_server import free_port


def test_nobody_there_is_said_within_seconds(client):
    error = client.refusal("open", address=f"sc://127.0.0.1:{free_port()}")
    assert error["kind"] == "transient"
    assert "does not answer" in error["what"] and "tried 6 times" in error["what"]


@pytest.mark.slow
def test_rows_come_back_with_their_types_as_text(client, spark):
    assert client.open(spark.address)["version"] == "4.2.1"
    assert client.rows("SELECT '1' AS a, NULL AS b, DATE'2024-05-28' AS c, 1.50 AS d, true AS e, 7L AS f") == [
        ["1", None, "2024-05-28", "1.50", "true", "7"]]
    assert client.rows("SELECT * FROM range(0)") == []


@pytest.mark.slow
def test_a_command_runs_once_and_its_table_is_read_back(client, spark):
    client.open(spark.address)
    client.execute("CREATE OR REPLACE TABLE once (a STRING) USING DELTA")
    client.rows("INSERT INTO once VALUES ('x'), (NULL)")
    client.execute("INSERT INTO once VALUES ('y')")
    assert client.rows("SELECT a FROM once ORDER BY a") == [[None], ["x"], ["y"]]
    assert [row[0] for row in client.rows("DESCRIBE HISTORY once")] == ["2", "1", "0"]


@pytest.mark.slow
def test_small_rows_of_ours_become_a_view(client, spark):
    client.open(spark.address)
    rows = [["1", None], ["ação", "it's"], [None, ""]]
    assert client.ask("upload", name="ours", columns=["a", "b"], rows=rows) == {"ok": True}
    assert client.rows("SELECT * FROM ours") == rows
    assert client.ask("upload", name="ours", columns=["c"], rows=[]) == {"ok": True}
    assert client.rows("SELECT c FROM ours") == []
