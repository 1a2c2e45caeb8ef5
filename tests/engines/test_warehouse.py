"""A Databricks SQL warehouse as the engine: statements that stand alone, with ansi mode on."""

import pytest

from engine_pair import DATES
from lake_tables import LakePair, configure
from product import DEGRADED, DONE, USER, Workspace, csv_of, rows_of, seed_copy

pytestmark = pytest.mark.slow
NEXT = "2024-05-29"


def pair_of(workspace, lake, databricks):
    return LakePair(workspace, lake, databricks.environment, engine={"warehouse": databricks.warehouse})


def test_the_example(databricks, lake, tmp_path):
    pair = pair_of(seed_copy(tmp_path / "seed"), lake, databricks)
    assert pair.run().code == DONE
    assert pair.run(data_carga=NEXT, change=lambda w: (w.folder / "marketing.csv").unlink()).code == DEGRADED


def test_what_cannot_be_read_is_null_though_ansi_mode_is_on(databricks, lake, tmp_path):
    formats = {"dmy": ["%d/%m/%Y"], "zone": ["%Y-%m-%d %H:%M:%S %z", "%d/%m/%Y"], "twelve": ["%m/%d/%Y %I:%M %p"], "yearday": ["%Y%j"]}
    texts = ["28/05/2024", "31/02/2024", "2024-05-28 02:59:59 +0000", "05/28/2024 12:30 AM", "05/28/2024 13:05 PM", "2024149", "2024366", "", "hoje"]
    workspace = Workspace(tmp_path / "day").source("iso", canal="iso", rejects="100%")
    workspace.file("iso.csv", csv_of(*((str(n), "a@exemplo.com", "1", "s", text) for n, text in enumerate(DATES))))
    for name, dates in formats.items():
        workspace.source(name, canal=name, dates=dates, dias=30, rejects="100%")
        workspace.file(f"{name}.csv", csv_of(*((str(n), "a@exemplo.com", "1", "s", text) for n, text in enumerate(texts))))
    workspace.source("cast", canal="cast", where="CAST(email AS INTEGER) > 5 AND \"telefone\" <> 'd''água' -- fim")
    workspace.file("cast.csv", csv_of(("1", "10", "1", "", "2024-05-28"), ("2", "", "1", "", "2024-05-28"), ("3", "dez", "1", "", "2024-05-28"),
                                      ("4", "6", "d'água", "", "2024-05-28"), ("5", "7", "", "", "2024-05-28")))
    assert pair_of(workspace, lake, databricks).run().code == DONE


def test_a_table_of_the_catalog_passes_its_files_through_a_volume(databricks, tmp_path):
    workspace = seed_copy(tmp_path / "seed")
    assert workspace.run().code == DONE
    expected = workspace.rows()
    other = seed_copy(tmp_path / "catalog")
    databricks.register("main.marketing.outra", f"file://{tmp_path}/outra")  # so that there is such a catalog
    (databricks.volumes / "main/marketing/quarentena").mkdir(parents=True)
    auth = {"host": databricks.host, "token": "${env:DATABRICKS_TOKEN}"}
    configure(other, table="uc://main.marketing.quarentena_global",
              catalog={"create": True, "location": f"file://{tmp_path}/managed", "auth": auth},
              staging={"location": "volumes://main/marketing/quarentena/staging", "auth": auth},
              engine={"warehouse": f"/sql/1.0/warehouses/{databricks.warehouse}"})
    outcome = other.run("--engine", "spark", env={**databricks.environment, "XDG_CACHE_HOME": str(tmp_path / "cache")})
    assert outcome.code == DONE, outcome
    assert rows_of(tmp_path / "managed") == expected
    assert not list((databricks.volumes / "main/marketing/quarentena/staging/spark").rglob("*.parquet"))


def test_what_a_warehouse_cannot_do_is_said(databricks, lake, tmp_path):
    workspace = Workspace(tmp_path / "day").source("m")
    workspace.file("m.csv", csv_of(("1", "a", "1", "s", "2024-05-28")))
    configure(workspace, engine={"warehouse": databricks.warehouse})
    local = workspace.run(env=databricks.environment)
    assert local.code == USER and "does not see" in local.err, local
    configure(workspace, engine={"warehouse": "0000000000000000"}, table=lake.url("quarentena_global"))
    absent = workspace.run(env={**lake.environment(), **databricks.environment})
    assert absent.code == USER and "0000000000000000" in absent.err, absent
