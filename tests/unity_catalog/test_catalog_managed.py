"""Tables whose commits go through the catalog: read and written as the catalog says, on the open-source server and on
the workspace that follows the published protocol."""

import pyarrow as pa
import pytest

from databricks import S3
from managed_table import ManagedTable, fields_of
from product import CONTACT, DONE, TEMPORARY, USER, csv_of
from test_open_source_server import contacts, ids, save

OURS = pa.schema([("id_cliente", pa.string()), ("canal", pa.string()), ("email", pa.string()), ("telefone", pa.string()),
                  ("assunto", pa.string()), ("data_envio", pa.date32()), ("qtd_dias", pa.int32()),
                  ("saida_prevista", pa.date32()), ("data_carga", pa.date32())])
PARTITIONS = ["data_carga", "canal"]
NAME = "main.marketing.ofertas"
GLOBAL = "main.marketing.quarentena_global"


@pytest.fixture
def s3(databricks, tmp_path):
    server = S3(tmp_path / "s3", databricks)
    yield server
    server.stop()


def workspace_table(databricks, s3, name, schema, partitions=()):
    """As CREATE TABLE in the workspace leaves it."""
    place = f"lake/{name.rpartition('.')[2]}"
    databricks.register(name, f"s3://{place}", table_type="MANAGED",
                        properties={"delta.feature.catalogManaged": "supported"})

    def api(method, path, body):
        import json
        import urllib.request
        request = urllib.request.Request(databricks.host + "/api/2.1/unity-catalog" + path, json.dumps(body).encode(),
                                         {"Authorization": f"Bearer {databricks.token}"}, method=method)
        return json.loads(urllib.request.urlopen(request, timeout=10).read())

    table = ManagedTable(api, name, s3.folder / place, databricks.tables[name]["table_id"])
    table.write_version_0(fields_of(schema), partitions)
    return table


def auth_of(databricks, s3):
    return {**databricks.auth, "endpoint": s3.host, "region": "sa-east-1"}


def reads(workspace, databricks, s3, **settings):
    return workspace.source("ofertas", canal="Ofertas", dias=5, location=f"uc://{NAME}",
                            **{"format": "delta", "auth": auth_of(databricks, s3), **settings})


def publishes(workspace, auth, *rows):
    workspace.file("ofertas.csv", csv_of(*(rows or [CONTACT])))
    workspace.sources["ofertas"] = {"canal": "Ofertas", "location": "./ofertas.csv", "format": "csv", "dias": 5}
    return save(workspace, table=f"uc://{GLOBAL}", catalog={"auth": auth})


def run(workspace, databricks, *arguments):
    return workspace.run(*arguments, env=databricks.environment)


# Read.


def test_the_open_source_server_s_table_is_read_to_its_last_ratified_commit(workspace, uc):
    table = ManagedTable.created(uc.call, NAME, contacts("1").schema)
    table.append(contacts("1"))
    table.append(contacts("2"))
    table.stage(contacts("3"))  # a commit that lost, or is under way: nobody's
    workspace.sources["ofertas"] = {"canal": "Ofertas", "dias": 5, "location": f"uc://{NAME}", "auth": {"host": uc.host}}
    outcome = save(workspace).run()
    assert outcome.code == DONE, outcome
    assert ids(workspace.rows()) == ["1", "2"]
    assert table.published() == [0]


@pytest.mark.parametrize("api", ["v1", "preview"])
def test_a_workspace_s_table_is_read_by_whichever_api_it_has(workspace, databricks, s3, api):
    table = workspace_table(databricks, s3, NAME, contacts("1").schema)
    for each in range(1, 6):
        table.append(contacts(str(each)))
    databricks.delta_api = api
    outcome = run(reads(workspace, databricks, s3), databricks)
    assert outcome.code == DONE, outcome
    assert ids(workspace.rows()) == ["1", "2", "3", "4", "5"]


def test_an_earlier_version_that_is_not_in_the_log_can_be_asked_for(workspace, databricks, s3):
    table = workspace_table(databricks, s3, NAME, contacts("1").schema)
    table.append(contacts("1"))
    table.append(contacts("2"))
    outcome = run(reads(workspace, databricks, s3, format={"delta": {"version": 1}}), databricks)
    assert outcome.code == DONE, outcome
    assert ids(workspace.rows()) == ["1"]


def test_a_commit_in_the_log_that_the_catalog_does_not_know_is_not_read(workspace, databricks, s3):
    table = workspace_table(databricks, s3, NAME, contacts("1").schema)
    table.append(contacts("1"))
    rogue = table.stage(contacts("9"))
    (table.log / "_staged_commits" / rogue["file-name"]).rename(table.log / f"{2:020}.json")
    outcome = run(reads(workspace, databricks, s3), databricks)
    assert outcome.code == DONE, outcome
    assert ids(workspace.rows()) == ["1"]


def test_a_server_without_an_api_for_commits_is_named(workspace, databricks, s3):
    workspace_table(databricks, s3, NAME, contacts("1").schema)
    databricks.delta_api = None
    outcome = run(reads(workspace, databricks, s3), databricks)
    assert outcome.code == USER, outcome
    assert f"read the commits of {NAME}" in outcome.err and "delta/preview/commits" in outcome.err


def test_a_missing_permission_on_the_commits_is_named(workspace, databricks, s3):
    workspace_table(databricks, s3, NAME, contacts("1").schema)
    databricks.fail("GET /api/2.1/unity-catalog/delta/v1", 403,
                    body={"error": {"type": "PermissionDeniedException", "message": "no", "code": 403}})
    outcome = run(reads(workspace, databricks, s3), databricks)
    assert outcome.code == USER, outcome
    assert "PermissionDeniedException" in outcome.err and "EXTERNAL USE SCHEMA on main.marketing" in outcome.err


def test_a_catalog_that_does_not_answer_is_temporary(workspace, databricks, s3):
    workspace_table(databricks, s3, NAME, contacts("1").schema)
    databricks.fail("GET /api/2.1/unity-catalog/delta/v1", 500, times=50)
    outcome = run(reads(workspace, databricks, s3), databricks)
    assert outcome.code == TEMPORARY, outcome


def test_a_managed_table_named_by_its_place_is_refused(workspace, databricks, s3):
    table = workspace_table(databricks, s3, NAME, contacts("1").schema)
    table.append(contacts("1"))
    outcome = workspace.source("ofertas", canal="Ofertas", dias=5, location=str(table.folder), format="delta").run()
    assert outcome.code == USER, outcome
    assert "only the catalog knows them" in outcome.err


# Write.


def test_our_table_is_published_through_the_open_source_server(workspace, uc):
    table = ManagedTable.created(uc.call, GLOBAL, OURS, PARTITIONS)
    for day in ("2024-05-28", "2024-05-29"):
        outcome = publishes(workspace, {"host": uc.host}).run(data_carga=day)
        assert outcome.code == DONE, outcome
    assert uc.call("GET", table.path)["latest-table-version"] in (2, "2")
    assert table.published() == [0, 1, 2]
    shown = workspace.command("sql", "SELECT DISTINCT data_carga FROM quarentena_global", "--json").json()
    assert len(shown) >= 1
    assert "published already" in publishes(workspace, {"host": uc.host}).run(data_carga="2024-05-29").out


@pytest.mark.parametrize("api", ["v1", "preview"])
def test_our_table_is_published_through_a_workspace(workspace, databricks, s3, api):
    databricks.delta_api = api
    table = workspace_table(databricks, s3, GLOBAL, OURS, PARTITIONS)
    publishes(workspace, auth_of(databricks, s3))
    for day in ("2024-05-28", "2024-05-29"):
        outcome = run_on(workspace, databricks, day)
        assert outcome.code == DONE, outcome
    commits = databricks.commits[table.table_id]
    assert commits.latest == 2
    assert list(commits.waiting) == [2], "what was published is reported with the next commit"
    assert table.published() == [0, 1, 2]


def run_on(workspace, databricks, day):
    return workspace.run(data_carga=day, env=databricks.environment)


def test_an_answer_that_was_lost_is_no_second_commit(workspace, databricks, s3):
    table = workspace_table(databricks, s3, GLOBAL, OURS, PARTITIONS)
    databricks.lose_answers = 1
    outcome = run(publishes(workspace, auth_of(databricks, s3)), databricks)
    assert outcome.code == DONE, outcome
    assert databricks.commits[table.table_id].latest == 1


def test_another_writer_s_commit_is_built_upon(workspace, databricks, s3):
    table = workspace_table(databricks, s3, GLOBAL, OURS, PARTITIONS)
    databricks.fail("POST /api/2.1/unity-catalog/delta/v1", 409,
                    body={"error": {"type": "CommitVersionConflictException", "message": "taken", "code": 409}})
    outcome = run(publishes(workspace, auth_of(databricks, s3)), databricks)
    assert outcome.code == DONE, outcome
    assert databricks.commits[table.table_id].latest == 1
    staged = list((table.log / "_staged_commits").glob("*.json"))
    assert len(staged) == 1, "the commit that lost is taken away"


def test_commits_that_others_left_unpublished_are_published_first(workspace, databricks, s3):
    table = workspace_table(databricks, s3, GLOBAL, OURS, PARTITIONS)
    for _ in range(10):
        table.append()
    outcome = run(publishes(workspace, auth_of(databricks, s3)), databricks)
    assert outcome.code == DONE, outcome
    assert table.published() == list(range(12))


def test_writing_needs_a_permission_that_is_named(workspace, databricks, s3):
    workspace_table(databricks, s3, GLOBAL, OURS, PARTITIONS)
    databricks.fail("POST /api/2.1/unity-catalog/delta/v1", 403,
                    body={"error": {"type": "PermissionDeniedException", "message": "no", "code": 403}})
    outcome = run(publishes(workspace, auth_of(databricks, s3)), databricks)
    assert outcome.code == USER, outcome
    assert f"commit version 1 of {GLOBAL}" in outcome.err and "MODIFY" in outcome.err


def test_a_managed_table_that_is_not_catalog_managed_is_not_written(workspace, databricks, s3):
    databricks.register(GLOBAL, "s3://lake/quarentena_global", table_type="MANAGED")
    outcome = run(publishes(workspace, auth_of(databricks, s3)), databricks)
    assert outcome.code == USER, outcome
    assert "MANAGED" in outcome.err and "catalogManaged" in outcome.err
