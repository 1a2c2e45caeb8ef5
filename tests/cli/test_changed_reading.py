"""A sender renames a column or sends another format, and quarentena.yml follows: what was kept before is still read as it
was when it came, so nobody is released and no day is lost."""

import json

import pytest

from product import DEGRADED, DONE, csv_of

DAYS = ["2024-05-27", "2024-05-28", "2024-05-29", "2024-05-30"]
RENAMED = {"columns": {"data_envio": "enviado_em"}}


def contacts(*ids, sent="2024-05-26", column="data_envio"):
    return csv_of(*((str(i), f"{i}@exemplo.com", "11999999999", "Oferta", sent) for i in ids),
                  header=f"id_cliente,email,telefone,assunto,{column}")


def clients(workspace, day):
    return [row[0] for row in workspace.rows() if row[8] == day]


def as_csv(*ids):
    return "m.csv", contacts(*ids), {}


def with_another_column(*ids):
    return "m.csv", contacts(*ids, column="enviado_em"), RENAMED


def with_another_where(*ids):
    text = contacts(*ids).replace("assunto,data", "assunto,ativo,data").replace("Oferta,", "Oferta,s,")
    return "m.csv", text, {"where": "ativo = 's'"}


def as_json(*ids):
    lines = [json.dumps({"id_cliente": str(i), "email": "", "telefone": "", "assunto": "Oferta",
                         "contato": {"quando": "2024-05-26"}}) + "\n" for i in ids]
    return "m.json", "".join(lines), {"format": "json", "location": "./m.json", "columns": {"data_envio": "contato.quando"}}


@pytest.fixture(params=[with_another_column, with_another_where, as_json])
def changed(request, workspace):
    """The first day as it was; on the second it comes in another way, and is understood."""
    for day, how, ids in ((DAYS[0], as_csv, (1, 2)), (DAYS[1], request.param, (1, 2, 3))):
        name, text, settings = how(*ids)
        workspace.source("m", **settings).file(name, text)
        assert (outcome := workspace.run(data_carga=day)).code == DONE, outcome
    assert clients(workspace, DAYS[1]) == ["1", "2", "3"]
    return workspace


def test_the_past_can_still_be_computed_explained_and_searched_for_late_rows(changed):
    before, version = changed.rows(), changed.version()
    again = changed.command("backfill", "--from", DAYS[0], "--to", DAYS[1], "--json")
    assert again.code == DONE and [day["status"] for day in again.json()["days"]] == ["unchanged"] * 2, again
    assert (changed.rows(), changed.version()) == (before, version)
    assert again.json()["late"]["canais"] == [{"canal": "Marketing", "clients": 1, "client_days": 1}]
    told = changed.command("explain", "1", "--as-of", DAYS[0], "--json").json()["canais"][0]
    assert (told["because"], told["rows"][0]["file"]) == ("in_force", "m.csv")
    shorter = changed.command("simulate", "--set", "m.dias=1", "--from", DAYS[0], "--to", DAYS[1], "--json")
    assert [day["canais"][0]["leave"] for day in shorter.json()["days"]] == [0, 3], shorter


@pytest.mark.parametrize("how", [with_another_column, with_another_where, as_json])
def test_the_state_before_is_carried_when_the_first_of_the_new_kind_does_not_come(workspace, how):
    name, text, _ = as_csv(1, 2)
    workspace.source("m").file(name, text)
    assert workspace.run(data_carga=DAYS[0]).code == DONE
    name, text, settings = how(1, 2, 3)
    workspace.source("m", **settings)
    (workspace.folder / "m.csv").unlink()
    for day in DAYS[1:3]:
        assert (outcome := workspace.run(data_carga=day)).code == DEGRADED, outcome
        assert clients(workspace, day) == ["1", "2"]
        version = workspace.version()
        assert workspace.run(data_carga=day).code == DEGRADED and workspace.version() == version
    workspace.file(name, text)
    assert (outcome := workspace.run(data_carga=DAYS[3])).code == DONE, outcome
    assert clients(workspace, DAYS[3]) == ["1", "2", "3"]


def test_events_of_before_count_on_beside_those_of_another_kind(workspace):
    def came(day, **more):
        workspace.file(f"m_{day}.csv", contacts(int(day[-2:]), sent=day, **more))
        return workspace.run(data_carga=day)

    events = {"keeps": "events", "location": "./m_{data_carga:%Y-%m-%d}.csv"}
    workspace.source("m", **events)
    assert came(DAYS[0]).code == DONE
    assert came(DAYS[1], column="enviado_em").code == DEGRADED
    workspace.source("m", **events, **RENAMED)
    assert (outcome := workspace.run(data_carga=DAYS[1])).code == DONE, outcome
    assert came(DAYS[2], column="enviado_em").code == DONE
    assert [clients(workspace, day) for day in DAYS[:3]] == [["27"], ["27", "28"], ["27", "28", "29"]]
