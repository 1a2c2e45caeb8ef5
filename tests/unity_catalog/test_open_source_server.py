"""Tables of the open-source Unity Catalog, resolved, read, published and registered for real."""

import datetime

import pyarrow as pa
import pyarrow.parquet
import pytest
import yaml
from deltalake import write_deltalake

from product import DATA_CARGA, DONE, USER, rows_of

YESTERDAY = datetime.date(2024, 5, 27)


def contacts(*ids):
    return pa.table({"id_cliente": list(ids), "email": [f"{i}@exemplo.com" for i in ids],
                     "telefone": ["11999999999"] * len(ids), "assunto": ["Oferta"] * len(ids),
                     "data_envio": [YESTERDAY] * len(ids)})


def ids(rows):
    return [row[0] for row in rows]


def from_table(workspace, uc, table="main.marketing.ofertas", **settings):
    settings = {"location": f"uc://{table}", "auth": {"host": uc.host}, **settings}
    workspace.sources["ofertas"] = {"canal": "Ofertas", "dias": 5, **settings}
    return workspace


def save(workspace, **settings):
    config = {"version": 1, "timezone": "America/Sao_Paulo", "table": "./data/quarentena_global",
              "staging": "./data/staging", "sources": workspace.sources, **settings}
    workspace.file("quarentena.yml", yaml.safe_dump(config, sort_keys=False))
    return workspace


def test_a_delta_table_is_read_where_the_catalog_says_it_is(workspace, uc):
    write_deltalake(str(uc.external / "ofertas"), contacts("1", "2"))
    uc.register("main.marketing.ofertas", uc.external / "ofertas")
    outcome = save(from_table(workspace, uc)).run()
    assert outcome.code == DONE, outcome
    assert ids(workspace.rows()) == ["1", "2"]


def test_a_parquet_table_is_read_too(workspace, uc):
    (uc.external / "parquet").mkdir()
    pyarrow.parquet.write_table(contacts("3"), uc.external / "parquet/part-0.parquet")
    uc.register("main.marketing.ofertas", uc.external / "parquet", "PARQUET")
    outcome = save(from_table(workspace, uc, format="parquet")).run()
    assert outcome.code == DONE, outcome
    assert ids(workspace.rows()) == ["3"]


def test_a_version_of_the_past_can_be_asked_for(workspace, uc):
    place = str(uc.external / "ofertas")
    write_deltalake(place, contacts("1"))
    write_deltalake(place, contacts("2"), mode="overwrite")
    uc.register("main.marketing.ofertas", place)
    assert save(from_table(workspace, uc, format={"delta": {"version": 0}})).run().code == DONE
    assert ids(workspace.rows()) == ["1"]


def test_a_table_of_another_format_is_told_from_the_configured_one(workspace, uc):
    (uc.external / "parquet").mkdir()
    pyarrow.parquet.write_table(contacts("3"), uc.external / "parquet/part-0.parquet")
    uc.register("main.marketing.ofertas", uc.external / "parquet", "PARQUET")
    outcome = save(from_table(workspace, uc)).run()
    assert outcome.code == USER
    assert "main.marketing.ofertas is a table of PARQUET, not of DELTA" in outcome.err
    assert "format: parquet" in outcome.err


@pytest.mark.parametrize("table, said", [
    ("nada.marketing.ofertas", "there is no catalog 'nada'"),
    ("main.nada.ofertas", "there is no schema 'nada' in catalog 'main'"),
    ("main.marketing.ofertas", "there is no table 'ofertas' in main.marketing"),
])
def test_what_is_missing_is_named(workspace, uc, table, said):
    write_deltalake(str(uc.external / "outra"), contacts("1"))
    uc.register("main.marketing.outra", uc.external / "outra")
    outcome = save(from_table(workspace, uc, table)).run()
    assert outcome.code == USER
    assert said in outcome.err


def test_the_tables_that_are_there_are_named(workspace, uc):
    write_deltalake(str(uc.external / "outra"), contacts("1"))
    uc.register("main.marketing.ofertas_2024", uc.external / "outra")
    outcome = save(from_table(workspace, uc)).run()
    assert "ofertas_2024" in outcome.err


def published_to(workspace, uc, **catalog):
    workspace.file("ofertas.csv", "id_cliente,email,telefone,assunto,data_envio\n7,a@b.c,1,x,2024-05-27\n")
    workspace.sources["ofertas"] = {"canal": "Ofertas", "location": "./ofertas.csv", "format": "csv", "dias": 5}
    return save(workspace, table="uc://main.marketing.quarentena_global",
                catalog={"auth": {"host": uc.host}, **catalog})


def test_our_table_is_published_and_registered_as_external(workspace, uc):
    place = uc.external / "quarentena global"
    published_to(workspace, uc, create=True, location=str(place))
    outcome = workspace.run()
    assert outcome.code == DONE, outcome
    assert ids(rows_of(place)) == ["7"]
    table = uc.table("main.marketing.quarentena_global")
    assert (table["table_type"], table["data_source_format"]) == ("EXTERNAL", "DELTA")
    assert table["storage_location"] == f"file://{uc.external}/quarentena%20global"
    columns = {column["name"]: column for column in table["columns"]}
    assert list(columns) == ["id_cliente", "canal", "email", "telefone", "assunto", "data_envio", "qtd_dias",
                             "saida_prevista", "data_carga"]
    assert columns["qtd_dias"]["type_text"] == "int"
    assert columns["data_carga"]["partition_index"] == 0
    assert columns["canal"]["partition_index"] == 1


def test_a_registered_table_is_used_by_name_alone(workspace, uc):
    place = uc.external / "quarentena_global"
    published_to(workspace, uc, create=True, location=str(place))
    assert workspace.run().code == DONE
    published_to(workspace, uc)
    assert "published already" in workspace.run().out
    assert "a@b.c" in workspace.command("show", "--json").out
    assert workspace.command("sql", "SELECT count(*) AS n FROM quarentena_global", "--json").json()[0]["n"] in (1, "1")


def test_catalog_and_schema_are_made_when_told_to(workspace, uc):
    published_to(workspace, uc, create=True, location=str(uc.external / "quarentena_global"))
    config = (workspace.folder / "quarentena.yml").read_text().replace("uc://main.marketing.", "uc://nova.contatos.")
    workspace.file("quarentena.yml", config)
    outcome = workspace.run()
    assert outcome.code == DONE, outcome
    assert uc.table("nova.contatos.quarentena_global")["table_type"] == "EXTERNAL"


def test_nothing_is_made_in_the_catalog_unless_told_to(workspace, uc):
    outcome = published_to(workspace, uc).run()
    assert outcome.code == USER
    assert "there is no table 'quarentena_global' in main.marketing" in outcome.err
    assert "create: true" in outcome.err
    assert "tables" not in uc.call("GET", "/tables?catalog_name=main&schema_name=marketing")


def test_a_dry_run_registers_nothing(workspace, uc):
    published_to(workspace, uc, create=True, location=str(uc.external / "quarentena_global"))
    assert workspace.run("--dry-run").code == DONE
    assert "tables" not in uc.call("GET", "/tables?catalog_name=main&schema_name=marketing")


def test_a_table_that_was_published_but_not_registered_is_registered_by_the_next_run(workspace, uc):
    place = uc.external / "quarentena_global"
    published_to(workspace, uc, create=True, location=str(place))
    save(workspace, table=str(place))
    assert workspace.run().code == DONE
    published_to(workspace, uc, create=True, location=str(place))
    outcome = workspace.run()
    assert outcome.code == DONE, outcome
    assert uc.table("main.marketing.quarentena_global")["storage_location"] == f"file://{place}"
    assert DATA_CARGA in str(rows_of(place))
