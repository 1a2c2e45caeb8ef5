"""Delta tables whose rows only the table tells (elsewhere, partitioned, with deletion vectors): what they delivered counts
on when they are gone, vacuumed, damaged, or do not let us in."""

import datetime
import shutil

import pyarrow as pa
import pyarrow.parquet
import pytest
import yaml
from deltalake import write_deltalake

from product import DEGRADED, DONE, ROOT, Workspace
from s3_server import BUCKET, s3_server
from uc_server import UcServer

KINDS = ROOT / "tests/delta_kinds/tables"
FIRST = datetime.date(2024, 5, 27)


def day(n):
    return (FIRST + datetime.timedelta(n)).isoformat()


def contacts(*ids):
    return pa.table({"id_cliente": list(ids), "email": [f"{i}@exemplo.com" for i in ids], "uf": ["SP"] * len(ids),
                     "cpf": ["11144477735"] * len(ids), "telefone": ["11999999999"] * len(ids),
                     "assunto": ["Oferta"] * len(ids), "data_envio": [FIRST] * len(ids)})


class Source:
    """A workspace with one source, a table that `take_away` removes."""

    def __init__(self, workspace, take_away, env=None, **settings):
        self.workspace, self.take_away, self.env = workspace, take_away, env or {}
        workspace.source("fraude", canal="Fraude", dias=30, format="delta", **settings)

    def run(self, n, *arguments, **env):
        return self.workspace.run(*arguments, data_carga=day(n), env={**self.env, **env})

    def clients(self, n):
        return [row[0] for row in self.workspace.rows() if row[8] == day(n)]

    def command(self, verb, *arguments):
        return self.workspace.command(verb, *arguments, env=self.env)

    def fonte(self, n):
        answer = self.command("sql", "--json", "SELECT status, decision, in_force_since::VARCHAR AS since FROM fontes "
                              f"WHERE data_carga = '{day(n)}'")
        assert answer.code == DONE, answer
        (row,) = answer.json()
        return row["status"], row["decision"], row["since"]


@pytest.fixture
def s3(tmp_path):
    with s3_server(tmp_path / "s3") as server:
        yield server


@pytest.fixture
def uc(tmp_path):
    server = UcServer(tmp_path / "uc")
    server.catalog("main", "marketing")
    yield server
    server.stop()


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "s3").mkdir(exist_ok=True)
    return Workspace(tmp_path / "work")


def partitioned(workspace, **settings):
    place = workspace.folder / "fraude"
    write_deltalake(str(place), contacts("1", "2", "3"), partition_by=["uf"])
    return Source(workspace, lambda: shutil.rmtree(place), location="./fraude", **settings)


def deletion_vectors(workspace):
    place = workspace.folder / "fraude"
    shutil.copytree(KINDS / "deletion_vectors/table", place)
    return Source(workspace, lambda: shutil.rmtree(place), location="./fraude",
                  columns={name: {"value": "x"} for name in ("email", "telefone", "assunto")})


def on_s3(workspace, s3, **settings):
    write_deltalake(str(s3.folder / "fraude"), contacts("1", "2", "3"))
    return Source(workspace, lambda: shutil.rmtree(s3.folder / "fraude"), s3.environment(),
                  location=f"s3://{BUCKET}/fraude/", **settings)


def in_a_catalog(workspace, uc, s3):
    place = uc.external / "fraude"
    write_deltalake(str(place), contacts("1", "2", "3"), partition_by=["uf"])
    uc.register("main.marketing.fraude", place)
    return Source(workspace, lambda: uc.stop(), location="uc://main.marketing.fraude", auth={"host": uc.host})


@pytest.fixture(params=["partitioned", "deletion vectors", "s3", "uc"])
def source(request, workspace):
    made = {"partitioned": lambda: partitioned(workspace), "deletion vectors": lambda: deletion_vectors(workspace)}
    if request.param in made:
        return made[request.param]()
    s3 = request.getfixturevalue("s3")
    return on_s3(workspace, s3) if request.param == "s3" else in_a_catalog(
        workspace, request.getfixturevalue("uc"), s3)


def test_a_table_that_is_gone_for_three_days_is_carried_and_can_be_asked_about(source):
    assert (outcome := source.run(0)).code == DONE, outcome
    clients = source.clients(0)
    assert len(clients) >= 3
    source.take_away()
    for n in (1, 2, 3):
        assert (outcome := source.run(n)).code == DEGRADED, outcome
        assert source.clients(n) == clients
        assert source.fonte(n)[1:] == ("carried", day(0))
    explained = source.command("explain", clients[0], "--as-of", day(3), "--json").json()["canais"][0]
    assert (explained["because"], explained["rows"][0]["outcome"]) == ("in_force", "quarantined")
    assert explained["rows"][0]["file"].startswith("version-")

    before = source.workspace.rows()
    again = source.command("backfill", "--from", day(0), "--to", day(3), "--json")
    assert again.code in (DONE, DEGRADED), again
    assert [each["changes"] for each in again.json()["days"]] == [[], [], [], []]
    assert source.workspace.rows() == before
    what_if = source.command("simulate", "--set", "fraude.dias=60", "--from", day(0), "--to", day(3))
    assert what_if.code == DONE, what_if


def test_the_same_table_again_is_unchanged_and_read_once(workspace, s3):
    source = on_s3(workspace, s3)
    assert source.run(0).code == DONE
    data = [key for key in s3.keys("fraude") if key.endswith(".parquet")]
    assert data
    for key in data:  # what is kept is read, not the table
        (s3.folder / key).unlink()
    assert (outcome := source.run(1)).code == DONE, outcome
    assert source.fonte(1) == ("unchanged", "accepted", day(1))
    assert source.clients(1) == ["1", "2", "3"]
    version = workspace.version()
    assert source.run(1).code == DONE
    assert workspace.version() == version


@pytest.mark.parametrize("where", ["s3", "here"])
def test_a_version_that_vacuum_removed_is_still_in_force(workspace, s3, where):
    source = on_s3(workspace, s3) if where == "s3" else partitioned(workspace)
    place = s3.folder / "fraude" if where == "s3" else workspace.folder / "fraude"
    assert source.run(0).code == DONE
    old = [path for path in place.rglob("*.parquet") if "_delta_log" not in path.parts]
    drifted = contacts("9").rename_columns(["cliente", "email", "uf", "cpf", "telefone", "assunto", "data_envio"])
    write_deltalake(str(place), drifted, mode="overwrite", schema_mode="overwrite")
    for path in old:
        path.unlink()
    assert (outcome := source.run(1)).code == DEGRADED, outcome
    assert source.fonte(1) == ("drifted", "carried", day(0))
    assert source.clients(1) == ["1", "2", "3"]


def test_a_table_whose_files_are_damaged_is_carried(workspace, s3):
    source = on_s3(workspace, s3)
    assert source.run(0).code == DONE
    write_deltalake(str(s3.folder / "fraude"), contacts("9"), mode="overwrite")
    for path in (s3.folder / "fraude").glob("*.parquet"):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert (outcome := source.run(1)).code == DEGRADED, outcome
    assert source.fonte(1)[1:] == ("carried", day(0))
    assert source.clients(1) == ["1", "2", "3"]


def test_a_source_that_refuses_our_credentials_could_not_be_asked_and_is_carried(workspace, s3):
    source = on_s3(workspace, s3)
    assert source.run(0).code == DONE
    outcome = source.run(1, AWS_SECRET_ACCESS_KEY="segredo-antigo-77")
    assert outcome.code == DEGRADED, outcome
    assert source.fonte(1) == ("failed", "carried", day(0))
    assert source.clients(1) == ["1", "2", "3"]
    assert "segredo-antigo-77" not in outcome.out + outcome.err


def test_only_the_columns_that_are_read_are_kept(workspace, s3):
    source = on_s3(workspace, s3, where="uf = 'SP'")
    assert source.run(0).code == DONE
    (kept,) = (workspace.folder / "data/staging/deliveries/fraude").glob("*/files/*.parquet")
    assert set(pyarrow.parquet.read_schema(kept).names) == {
        "id_cliente", "email", "telefone", "assunto", "data_envio", "uf"}
    assert kept.stat().st_mode & 0o077 == 0


def test_a_dry_run_keeps_nothing(workspace, s3):
    source = on_s3(workspace, s3)
    assert source.run(0, "--dry-run").code == DONE
    assert not (workspace.folder / "data/staging/deliveries").exists()


def test_a_mapping_to_a_column_that_was_not_kept_needs_the_table(workspace, s3):
    source = on_s3(workspace, s3)
    assert source.run(0).code == DONE
    config = yaml.safe_load((workspace.folder / "quarentena.yml").read_text())
    config["sources"]["fraude"]["columns"] = {"assunto": "cpf"}
    (workspace.folder / "quarentena.yml").write_text(yaml.safe_dump(config))
    assert (outcome := source.run(1)).code == DONE, outcome
    assert source.fonte(1) == ("received", "accepted", day(1))
    source.take_away()
    assert source.run(2).code == DEGRADED
    assert [row[4] for row in workspace.rows() if row[8] == day(2)] == ["11144477735"] * 3
