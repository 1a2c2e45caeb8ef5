"""Answers are those of a plain SQL anti-join over the table, for random tables and audiences."""

import datetime as dt
import random

import duckdb
import pytest
from deltalake import DeltaTable

DAY = dt.date(2024, 5, 28)
CANAIS = ["CRM", "Marketing", "Restritos", "Fraude"]


def draw_rows(draw, people):
    """Few people with few e-mails and phones, so that they share them."""
    rows = []
    for canal in CANAIS:
        for person in draw.sample(range(people), draw.randrange(people)):
            sent = DAY - dt.timedelta(draw.randrange(30))
            ends = None if canal == "Fraude" else sent + dt.timedelta(30)
            email = draw.choice([None, f"p{draw.randrange(people)}@exemplo.com"])
            phone = draw.choice([None, f"119{draw.randrange(people):08}"])
            rows.append((f"{person:04}", canal, email, phone, str(sent), ends and str(ends)))
    return rows


def blocked_by_sql(company, canais, person):
    """The ids that the table's rows block: their own, and those of rows that share an e-mail or a phone."""
    published = DeltaTable(str(company.table)).to_pyarrow_dataset().to_table()
    query = f"""
        WITH rows AS (FROM published WHERE data_carga = DATE '{DAY}'),
             holding AS (FROM rows WHERE canal IN (SELECT unnest($canais))),
             other AS (FROM holding WHERE canal IN (SELECT unnest($person)))
        SELECT id_cliente FROM holding
        UNION SELECT r.id_cliente FROM rows r JOIN other o ON r.email = o.email
        UNION SELECT r.id_cliente FROM rows r JOIN other o ON r.telefone = o.telefone"""
    return {row[0] for row in duckdb.execute(query, {"canais": canais, "person": person}).fetchall()}


@pytest.mark.parametrize("seed", range(8))
def test_random_audiences(company, seed):
    draw = random.Random(seed)
    people = draw.choice([3, 40, 400])
    only = draw.sample(CANAIS, draw.randrange(1, 5))
    person = draw.sample(CANAIS, draw.randrange(1, 5)) if seed % 2 else []
    company.publish(str(DAY), draw_rows(draw, people) or [("x", "CRM", None, None, str(DAY), None)])
    settings = {"blocks": {"SMS": {"only": only}}}
    company.configure(check={**settings, **({"person": person} if person else {})})
    audience = [f"{draw.randrange(2 * people):04}" for _ in range(3 * people)]
    company.file("a.csv", "id_cliente,n\n" + "".join(f"{id_},{n}\n" for n, id_ in enumerate(audience)))
    for canal, canais in (("CRM", CANAIS), ("SMS", only)):
        expected = blocked_by_sql(company, canais, person)
        _, files = company.split("a.csv", "--canal", canal, "--on", str(DAY))
        lines = {name: content.decode().splitlines()[1:] for name, content in files.items()}
        assert [line.split(",")[0] for line in lines["allowed"]] == [id_ for id_ in audience if id_ not in expected]
        assert [line.split(",")[0] for line in lines["blocked"]] == [id_ for id_ in audience if id_ in expected]
        assert not lines["unknown"]


@pytest.mark.parametrize("column, write", [(2, str.upper), (3, lambda phone: f"+55 {phone[:2]} {phone[2:7]}-{phone[7:]}")])
def test_random_contacts(company, column, write):
    draw = random.Random(column)
    rows = draw_rows(draw, 200)
    company.publish(str(DAY), rows)
    held = {row[column] for row in rows if row[column]}
    everybody = [[None, None, f"p{n}@exemplo.com", f"119{n:08}"][column] for n in range(400)]
    key = ["", "", "email", "telefone"][column]
    company.file("a.csv", f"{key}\n" + "".join(write(text) + "\n" for text in everybody))
    _, files = company.split("a.csv", "--key", key, "--on", str(DAY))
    expected = [write(text) for text in everybody if text in held]
    assert [line.split(",")[0] for line in files["blocked"].decode().splitlines()[1:]] == expected
