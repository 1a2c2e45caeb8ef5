"""The Spark Connect client against a real server with Delta Lake."""
import signal
import time

import pytest

from fault_proxy import Fault, TcpProxy
from spark_connect.tls_front import TlsFront
from spark_server import free_port
from web_server import Authority

# Minutes of work for this machine, none of it for a network.
LONG = "SELECT count(*) FROM range(3000000) a CROSS JOIN range(1000000) b WHERE hash(a.id, b.id) % 1000 = 7"


def test_nobody_there_is_said_within_seconds(client):
    error = client.refusal("open", address=f"sc://127.0.0.1:{free_port()}")
    assert error["kind"] == "transient"
    assert "does not answer" in error["what"] and "tried 6 times" in error["what"]


def test_a_server_of_something_else_is_not_taken_for_spark(client):
    listener = TcpProxy(free_port())  # accepts and hangs up
    assert client.refusal("open", address=f"sc://127.0.0.1:{listener.port}")["kind"] == "transient"
    listener.close()


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


@pytest.mark.slow
def test_views_and_settings_are_the_sessions_own(client, spark):
    client.open(spark.address)
    assert client.ask("set", key="spark.sql.session.timeZone", value="America/Sao_Paulo") == {"ok": True}
    client.execute("CREATE TEMPORARY VIEW mine AS SELECT current_timezone() AS zone")
    assert client.rows("SELECT zone FROM mine") == [["America/Sao_Paulo"]]
    client.open(spark.address)
    assert client.refusal(sql="SELECT zone FROM mine")["kind"] == "missing"


@pytest.mark.slow
def test_what_the_server_refuses_says_what_to_do_about_it(client, spark):
    client.open(spark.address)
    missing = client.refusal(sql="SELECT * FROM nowhere")
    assert missing["kind"] == "missing" and "[TABLE_OR_VIEW_NOT_FOUND]" in missing["what"] and "42P01" in missing["what"]
    wrong = client.refusal(sql="SELEC 1")
    assert wrong["kind"] == "config" and "near 'SELEC'" in wrong["what"]
    assert client.refusal(sql="SELECT nothing FROM range(1)")["kind"] == "config"
    value = client.refusal(sql="SELECT CAST(concat('ana', '@example.com') AS INT)")
    assert value["kind"] == "data" and "[CAST_INVALID_INPUT]" in value["what"] and "ana" not in value["what"]
    assert client.refusal("set", key="spark.sql.warehouse.dir", value="x")["kind"] == "config"


@pytest.mark.slow
def test_a_row_that_breaks_a_constraint_is_not_shown(client, spark):
    client.open(spark.address)
    client.execute("CREATE OR REPLACE TABLE bounded (id STRING) USING DELTA")
    client.execute("ALTER TABLE bounded ADD CONSTRAINT short CHECK (length(id) < 3)")
    error = client.refusal(sql="INSERT INTO bounded VALUES ('12345678900')")
    assert error["kind"] == "data" and "12345678900" not in error["what"]


@pytest.mark.slow
def test_a_wrong_token_is_an_error_of_auth(client, spark):
    error = client.refusal("open", address=spark.address.replace(spark.token, "stolen"))
    assert error["kind"] == "auth" and "stolen" not in error["what"] + error["hint"]


@pytest.mark.slow
def test_tls_with_a_private_authority(client, spark, tmp_path):
    authority = Authority(tmp_path)
    certificate, key = authority.issue("spark", host="127.0.0.1")
    front = TlsFront(spark.port, certificate, key)
    address = f"sc://127.0.0.1:{front.port}/;use_ssl=true;token={spark.token}"
    client.open(address, ca_file=str(authority.ca_file))
    assert client.rows("SELECT 1") == [["1"]]
    unknown = client.refusal("open", address=address)
    assert unknown["kind"] == "config" and "QUARENTENA_CA_FILE" in unknown["hint"]
    plain = client.refusal("open", address=f"sc://127.0.0.1:{spark.port}/;use_ssl=true;token={spark.token}")
    assert plain["kind"] == "config"
    client.ask("close")
    front.close()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["cut", "reset", "stall"])
def test_an_answer_whose_connection_breaks_comes_whole_and_in_order(client, spark, how):
    proxy = TcpProxy(spark.port)
    proxy.faults = [Fault(after=after, then=how) for after in (400_000, 700_000, 100)]
    client.open(spark.address.replace(str(spark.port), str(proxy.port)), stream_timeout_ms=5000)
    assert client.ask("set", key="spark.sql.execution.arrow.maxRecordsPerBatch", value="5000") == {"ok": True}
    rows = client.rows("SELECT id, repeat('x', 40) FROM range(100000)")
    assert [int(row[0]) for row in rows] == list(range(100000))
    assert proxy.connections >= 4 and not proxy.faults
    proxy.close()


@pytest.mark.slow
def test_an_interrupt_ends_the_query_here_and_on_the_server(client, spark, new_client):
    client.open(spark.address)
    client.begin("query", sql=LONG)
    time.sleep(3)
    begin = time.monotonic()
    client.process.send_signal(signal.SIGINT)
    assert client.end()["error"]["kind"] == "machine"
    assert time.monotonic() - begin < 10
    # It held both cores of the server; another session has them now, and not hours later.
    other = new_client()
    other.open(spark.address)
    begin = time.monotonic()
    assert other.rows("SELECT count(*) FROM range(0, 1000, 1, 2)") == [["1000"]]
    assert time.monotonic() - begin < 300


@pytest.mark.slow
def test_a_server_killed_in_the_middle_and_started_again_loses_the_session_not_the_table(client, spark):
    client.open(spark.address, attempts=60)
    client.execute("CREATE OR REPLACE TABLE kept (a BIGINT) USING DELTA LOCATION '%s'" % (spark.folder / "kept"))
    client.execute("INSERT INTO kept SELECT id FROM range(10)")
    client.begin("execute", sql=f"INSERT INTO kept {LONG}")
    time.sleep(3)
    spark.kill()
    spark.start()
    error = client.end()["error"]
    assert error["kind"] == "transient" and "does not know our session any more" in error["what"]
    assert client.ask("state")["lost"] is True

    client.open(spark.address)
    table = f"delta.`{spark.folder / 'kept'}`"
    assert client.rows(f"SELECT count(*) FROM {table}") == [["10"]]
    client.execute(f"INSERT INTO {table} VALUES (10)")
    assert client.rows(f"SELECT count(*) FROM {table}") == [["11"]]


@pytest.mark.slow
def test_a_server_that_is_gone_for_good_is_given_up(client, spark):
    client.open(spark.address, attempts=4)
    client.begin("query", sql=LONG)
    time.sleep(3)
    spark.kill()
    error = client.end()["error"]
    assert error["kind"] == "transient" and "tried" in error["what"]
    spark.start()
