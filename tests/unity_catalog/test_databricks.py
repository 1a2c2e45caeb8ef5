"""A Databricks workspace by its protocol: who we are, files of volumes, secrets, keys for S3; and its faults."""

import os

import pytest
from deltalake import write_deltalake

from databricks import S3
from product import CONTACT, DONE, TEMPORARY, USER, csv_of, rows_of
from test_open_source_server import contacts, ids, save

ANOTHER = ("2", "b@exemplo.com", "11888888888", "Oferta", "2024-05-26")
FOLDER = "main/marketing/entrada"


def from_volume(workspace, databricks, path="crm.csv", auth=None, **settings):
    return workspace.source("crm", location=f"volumes://{FOLDER}/{path}", auth=databricks.auth if auth is None else auth,
                            **settings)


def run(workspace, databricks, *arguments, **env):
    return workspace.run(*arguments, env={**databricks.environment, **env})


# Who we are.


def test_a_service_principal_signs_in_once_for_all_sources(workspace, databricks):
    databricks.file(f"{FOLDER}/crm.csv", csv_of(CONTACT))
    databricks.file(f"{FOLDER}/b.csv", csv_of(ANOTHER))
    workspace.source("b", location=f"volumes://{FOLDER}/b.csv", auth=databricks.auth)
    outcome = run(from_volume(workspace, databricks), databricks)
    assert outcome.code == DONE, outcome
    assert ids(workspace.rows()) == ["1", "2"]
    assert len(databricks.seen("POST /oidc/v1/token")) == 1


def test_a_wrong_client_secret_is_tried_once(workspace, databricks):
    outcome = run(from_volume(workspace, databricks), databricks, DBX_SECRET="another-one")
    assert outcome.code == USER
    assert "does not accept the client marketing-loader" in outcome.err
    assert "another-one" not in outcome.err + outcome.out
    assert len(databricks.seen("POST /oidc/v1/token")) == 1


def test_the_environment_alone_signs_in(workspace, databricks):
    databricks.file(f"{FOLDER}/crm.csv", csv_of(CONTACT))
    outcome = run(from_volume(workspace, databricks, auth={}), databricks, DATABRICKS_HOST=databricks.host,
                  DATABRICKS_TOKEN=databricks.token)
    assert outcome.code == DONE, outcome


def test_a_profile_signs_in(workspace, databricks, tmp_path):
    databricks.file(f"{FOLDER}/crm.csv", csv_of(CONTACT))
    profiles = tmp_path / "databrickscfg"
    profiles.write_text(f"[DEFAULT]\nhost = https://elsewhere.example.com\n\n[loader]\nhost = {databricks.host}/\n"
                        f"token = {databricks.token}\n")
    env = {"DATABRICKS_CONFIG_FILE": str(profiles)}
    assert run(from_volume(workspace, databricks, auth={"profile": "loader"}), databricks, **env).code == DONE
    assert run(from_volume(workspace, databricks, auth={}), databricks, DATABRICKS_CONFIG_PROFILE="loader",
               **env).code == DONE
    outcome = run(from_volume(workspace, databricks, auth={"profile": "loadr"}), databricks, **env)
    assert outcome.code == USER
    assert "no profile 'loadr'" in outcome.err and "DEFAULT, loader" in outcome.err


def test_a_token_is_never_sent_to_a_host_it_does_not_belong_to(workspace, databricks, tmp_path):
    databricks.file(f"{FOLDER}/crm.csv", csv_of(CONTACT))
    outcome = run(from_volume(workspace, databricks, auth={"host": databricks.host}), databricks,
                  DATABRICKS_HOST="https://elsewhere.example.com", DATABRICKS_TOKEN=databricks.token)
    assert outcome.code == USER
    assert "no credentials were found" in outcome.err


def test_plain_http_to_another_machine_is_refused(workspace, databricks):
    outcome = run(from_volume(workspace, databricks, auth={**databricks.auth, "host": "http://dbx.example.com"}),
                  databricks)
    assert outcome.code == USER
    assert "in the open" in outcome.err


def test_a_token_of_oauth_that_ended_early_is_renewed_once(workspace, databricks):
    databricks.file(f"{FOLDER}/crm.csv", csv_of(CONTACT))
    databricks.fail("HEAD /api/2.0/fs/files", 401)
    outcome = run(from_volume(workspace, databricks), databricks)
    assert outcome.code == DONE, outcome
    assert len(databricks.issued) == 2


def test_a_token_that_ends_between_listing_and_download_is_renewed(workspace, databricks):
    databricks.file(f"{FOLDER}/crm.csv", csv_of(CONTACT))
    databricks.fail("GET /api/2.0/fs/files", 401)
    outcome = run(from_volume(workspace, databricks), databricks)
    assert outcome.code == DONE, outcome
    assert len(databricks.issued) == 2


def test_a_personal_token_that_ended_is_tried_once(workspace, databricks):
    auth = {"host": databricks.host, "token": "${env:DBX_TOKEN}"}
    outcome = run(from_volume(workspace, databricks, auth=auth), databricks, DBX_TOKEN="dapi-old")
    assert outcome.code == USER
    assert "dapi-old" not in outcome.err
    assert len(databricks.requests) == 1


# Files of a volume.


def test_a_pattern_with_the_day_finds_files_over_many_pages(workspace, databricks):
    for day in range(20, 29):
        databricks.file(f"{FOLDER}/mkt_202405{day}_a.csv", csv_of((str(day), *CONTACT[1:])))
    databricks.file(f"{FOLDER}/mkt_20240528_b.csv", csv_of(ANOTHER))
    databricks.file(f"{FOLDER}/_mkt_20240528_c.csv", csv_of(ANOTHER))
    outcome = run(from_volume(workspace, databricks, "mkt_{data_carga:%Y%m%d}_*.csv"), databricks)
    assert outcome.code == DONE, outcome
    assert ids(workspace.rows()) == ["2", "28"]
    assert len(databricks.seen("GET /api/2.0/fs/directories")) > 3


def test_a_folder_is_read_with_the_folders_in_it(workspace, databricks):
    databricks.file(f"{FOLDER}/dia/a.csv", csv_of(CONTACT))
    databricks.file(f"{FOLDER}/dia/mais/b c%ç.csv", csv_of(ANOTHER))
    outcome = run(from_volume(workspace, databricks, "dia/"), databricks)
    assert outcome.code == DONE, outcome
    assert ids(workspace.rows()) == ["1", "2"]


def test_only_the_newest_is_taken_when_asked(workspace, databricks):
    os.utime(databricks.file(f"{FOLDER}/a.csv", csv_of(CONTACT)), (2_000_000_000, 2_000_000_000))
    databricks.file(f"{FOLDER}/b.csv", csv_of(ANOTHER))
    assert run(from_volume(workspace, databricks, "*.csv", take="newest"), databricks).code == DONE
    assert ids(workspace.rows()) == ["1"]


def test_an_unchanged_file_is_not_downloaded_again(workspace, databricks):
    place = databricks.file(f"{FOLDER}/crm.csv", csv_of(CONTACT))
    from_volume(workspace, databricks)
    assert run(workspace, databricks).code == DONE
    assert run(workspace, databricks).code == DONE
    assert len(databricks.seen("GET /api/2.0/fs/files")) == 1
    place.write_text(csv_of(ANOTHER))
    os.utime(place, (2_000_000_000, 2_000_000_000))
    assert run(workspace, databricks).code == DONE
    assert ids(workspace.rows()) == ["2"]


def test_a_transfer_that_is_cut_is_resumed(workspace, databricks):
    rows = [(str(i), *CONTACT[1:]) for i in range(20_000)]
    databricks.file(f"{FOLDER}/crm.csv", csv_of(*rows))
    databricks.cut = 300_000
    outcome = run(from_volume(workspace, databricks), databricks)
    assert outcome.code == DONE, outcome
    assert len(workspace.rows()) == 20_000
    assert len(databricks.seen("GET /api/2.0/fs/files")) == 2


def test_a_file_that_is_not_there_is_told_with_what_is(workspace, databricks):
    databricks.file(f"{FOLDER}/crn.csv", csv_of(CONTACT))
    outcome = run(from_volume(workspace, databricks), databricks)
    assert outcome.code == USER
    assert f"nothing at {databricks.host}/Volumes/{FOLDER}/crm.csv" in outcome.err
    assert "'crn.csv'" in outcome.err


def test_an_empty_file_is_no_delivery(workspace, databricks):
    databricks.file(f"{FOLDER}/crm.csv", "")
    outcome = run(from_volume(workspace, databricks), databricks)
    assert outcome.code == USER
    assert "is empty" in outcome.err


def test_a_missing_permission_names_what_to_ask_for(workspace, databricks):
    databricks.fail("HEAD /api/2.0/fs/files", 403, body={"error_code": "PERMISSION_DENIED", "message": "User does not "
                                                         "have READ VOLUME on Volume 'main.marketing.entrada'."})
    outcome = run(from_volume(workspace, databricks), databricks)
    assert outcome.code == USER
    assert "READ VOLUME on main.marketing.entrada" in outcome.err


@pytest.mark.parametrize("status, headers", [(429, {"Retry-After": "1"}), (503, {}), (500, {})])
def test_a_busy_workspace_is_asked_again(workspace, databricks, status, headers):
    databricks.file(f"{FOLDER}/crm.csv", csv_of(CONTACT))
    databricks.fail("HEAD /api/2.0/fs/files", status, headers=headers)
    databricks.fail("GET /api/2.0/fs/files", status, headers=headers)
    outcome = run(from_volume(workspace, databricks), databricks)
    assert outcome.code == DONE, outcome


@pytest.mark.slow
def test_a_workspace_that_stays_ill_is_a_temporary_failure(workspace, databricks):
    databricks.fail("HEAD /api/2.0/fs/files", 503, times=100)
    outcome = run(from_volume(workspace, databricks), databricks)
    assert outcome.code == TEMPORARY
    assert not workspace.table.exists() or workspace.version() is None


# Secrets.


def test_a_secret_of_a_scope_is_used_and_never_shown(workspace, databricks):
    databricks.secrets[("loader", "token")] = databricks.token
    databricks.file(f"{FOLDER}/crm.csv", csv_of(CONTACT))
    auth = {"host": databricks.host, "token": "${databricks:loader/token}"}
    outcome = run(from_volume(workspace, databricks, auth=auth), databricks, DATABRICKS_HOST=databricks.host,
                  DATABRICKS_CLIENT_ID=databricks.client_id, DATABRICKS_CLIENT_SECRET=databricks.client_secret)
    assert outcome.code == DONE, outcome
    assert databricks.token not in outcome.out + outcome.err


def test_a_secret_that_is_not_there_is_named(workspace, databricks):
    auth = {"host": databricks.host, "token": "${databricks:loader/tokn}"}
    outcome = run(from_volume(workspace, databricks, auth=auth), databricks, DATABRICKS_HOST=databricks.host,
                  DATABRICKS_TOKEN=databricks.token)
    assert outcome.code == USER
    assert "${databricks:loader/tokn}" in outcome.err and "RESOURCE_DOES_NOT_EXIST" in outcome.err


# Tables on S3, by temporary credentials.


@pytest.fixture
def s3(tmp_path, databricks):
    server = S3(tmp_path / "s3", databricks)
    yield server
    server.stop()


def from_table(workspace, databricks, s3, **settings):
    workspace.sources.clear()
    return workspace.source("ofertas", canal="Ofertas", dias=5, location="uc://main.marketing.ofertas",
                            format=settings.pop("format", "delta"), auth={**databricks.auth, "endpoint": s3.host, "region": "sa-east-1"})


def test_the_keys_that_the_catalog_gives_open_the_table(workspace, databricks, s3):
    write_deltalake(str(s3.folder / "lake/ofertas"), contacts("1", "2"))
    databricks.register("main.marketing.ofertas", "s3://lake/ofertas")
    outcome = run(from_table(workspace, databricks, s3), databricks)
    assert outcome.code == DONE, outcome
    assert ids(workspace.rows()) == ["1", "2"]
    everything = outcome.out + outcome.err
    for key in databricks.keys:
        assert key["secret_access_key"] not in everything and key["session_token"] not in everything


def test_keys_are_renewed_before_they_end(workspace, databricks, s3):
    write_deltalake(str(s3.folder / "lake/ofertas"), contacts("1"))
    databricks.register("main.marketing.ofertas", "s3://lake/ofertas")
    databricks.keys_live = 0.2
    outcome = run(from_table(workspace, databricks, s3), databricks)
    assert outcome.code == DONE, outcome
    assert len(databricks.keys) > 1


def test_a_parquet_table_on_s3_is_brought_here(workspace, databricks, s3):
    import pyarrow.parquet
    (s3.folder / "lake/ofertas").mkdir(parents=True)
    pyarrow.parquet.write_table(contacts("5"), s3.folder / "lake/ofertas/part-0.parquet")
    databricks.register("main.marketing.ofertas", "s3://lake/ofertas", data_source_format="PARQUET")
    outcome = run(from_table(workspace, databricks, s3, format="parquet"), databricks)
    assert outcome.code == DONE, outcome
    assert ids(workspace.rows()) == ["5"]


def test_a_missing_permission_on_the_table_names_what_to_ask_for(workspace, databricks, s3):
    databricks.register("main.marketing.ofertas", "s3://lake/ofertas")
    databricks.fail("POST /api/2.1/unity-catalog/temporary-table-credentials", 403,
                    body={"error_code": "PERMISSION_DENIED", "message": "no EXTERNAL USE SCHEMA"})
    outcome = run(from_table(workspace, databricks, s3), databricks)
    assert outcome.code == USER
    assert "EXTERNAL USE SCHEMA on main.marketing" in outcome.err


def test_what_is_missing_is_named_by_the_workspace_too(workspace, databricks, s3):
    databricks.register("main.marketing.outra", "s3://lake/outra")
    outcome = run(from_table(workspace, databricks, s3), databricks)
    assert outcome.code == USER
    assert "there is no table 'ofertas' in main.marketing" in outcome.err


def test_a_view_has_no_files(workspace, databricks, s3):
    databricks.register("main.marketing.ofertas", "", table_type="VIEW", data_source_format="")
    outcome = run(from_table(workspace, databricks, s3), databricks)
    assert outcome.code == USER
    assert "is a VIEW" in outcome.err


def test_our_table_is_published_to_s3_by_the_keys_of_the_catalog_and_registered(workspace, databricks, s3):
    databricks.register("main.marketing.outra", "s3://lake/outra")
    workspace.file("ofertas.csv", csv_of(CONTACT))
    workspace.sources["ofertas"] = {"canal": "Ofertas", "location": "./ofertas.csv", "format": "csv", "dias": 5}
    save(workspace, table="uc://main.marketing.quarentena_global", catalog={
        "create": True, "location": "s3://lake/quarentena_global",
        "auth": {**databricks.auth, "endpoint": s3.host, "region": "sa-east-1"}})
    outcome = run(workspace, databricks)
    assert outcome.code == DONE, outcome
    assert ids(rows_of(s3.folder / "lake/quarentena_global")) == ["1"]
    table = databricks.tables["main.marketing.quarentena_global"]
    assert table["storage_location"] == "s3://lake/quarentena_global"
    assert [c["name"] for c in table["columns"]][:2] == ["id_cliente", "canal"]
    shown = workspace.command("show", "--json", env=databricks.environment)
    assert CONTACT[1] in shown.out, shown
