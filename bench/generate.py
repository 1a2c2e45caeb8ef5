#!/usr/bin/env python3
"""The six sources at any size, with the dirt that real ones have: generate.py --rows N --out DIR [--seed S]

The same arguments give the same rows: numpy's PCG64 draws integers, DuckDB spells them out as text, and
each format's usual writer (csv, json, parquet, deltalake, xlsxwriter) puts them on disk. DIR also gets
the quarentena.yml that loads them.
"""

import argparse
import datetime as dt
import shutil
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import xlsxwriter
from deltalake import DeltaTable, write_deltalake

XLSX_ROWS = 1_048_575
SHARES = {"crm": 0.10, "marketing": 0.35, "recomendacao": 0.25, "restritos": 0.05, "ofertas": 0.20, "fraude": 0.05}
DIAS = {"crm": 30, "marketing": 7, "recomendacao": 15, "restritos": 90, "ofertas": 5, "fraude": None}

NAMES = "ana bruna caio davi elisa fabio gabi heitor iara joao kelly laura maria nuno olga paulo rita saulo tiago vera".split()
SURNAMES = "almeida barros costa dias esteves farias gomes lima melo nunes prado queiroz rocha silva teles viana".split()
DOMAINS = "exemplo.com exemplo.com.br correio.exemplo.br mail.exemplo.net".split()
AREA_CODES = [11, 21, 31, 41, 51, 61, 71, 81, 85, 92]
SUBJECTS = {
    "crm": ["Campanha", "Pesquisa de satisfação", "Renovação & upgrade", "Pós-venda <VIP>", "Visita\nagendada", "Aniversário"],
    "marketing": ["Email boas vindas", "Só hoje; aproveite", 'Plano "Família"', "Novidades\nConfira", "Cupom 🔥", "Água, luz e gás",
                  '"A"; "B"\nfim', "Newsletter"],
    "recomendacao": ["Novo Produto", "Recomendado para você", "Seguro residência", "Cartão sem anuidade"],
    "restritos": ["Reclamação", 'Cliente "VIP"', "Ouvidoria\\2ª instância", "Bloqueio 🚫", "Exclusão (LGPD)", "Linha 1\nLinha 2"],
    "ofertas": ["Promoção", "Combo internet + TV", "Cashback em dobro", "Troca com troco"],
    "fraude": ["-"],
}
NO_DATES = ["N/D", "2024-02-30", "2024-13-01", "31/05/2024", "ontem", "20240528"]


def draw(source, rows, clients, seed):
    """Everything random about `rows` rows, as integers: SQL turns them into text."""
    rng = np.random.Generator(np.random.PCG64([seed, list(SHARES).index(source)]))
    client = rng.integers(0, clients, rows)
    popular = rng.random(rows) < 0.08
    client[popular] = rng.integers(0, max(4, clients // 100), popular.sum())
    columns = {
        "client": client,
        "age": draw_ages(rng, rows, DIAS[source]),
        "email_kind": rng.choice(4, rows, p=[0.90, 0.06, 0.03, 0.01]),  # usual, another, NULL, empty
        "phone_kind": rng.choice(4, rows, p=[0.88, 0.06, 0.05, 0.01]),  # usual, another, NULL, with blanks
        "subject": rng.integers(0, len(SUBJECTS[source]), rows),
        "campaign": rng.integers(0, 300, rows),
        "no_id": rng.random(rows) < 0.004,
        "no_subject": rng.random(rows) < 0.01,
        "no_date": np.where(rng.random(rows) < 0.012, rng.integers(1, len(NO_DATES) + 2, rows), 0),
        "spelling": rng.integers(0, 10_000, rows),
        "luck": rng.random(rows),
    }
    repeat(rng, columns, ["client", "age"], 0.05)  # same client and day: only the texts tell them apart
    repeat(rng, columns, list(columns), 0.03)      # the whole row again
    return pa.table({"row_number": np.arange(rows), **columns})


def draw_ages(rng, rows, dias):
    """Days since the contact, crowded at both ends of the period, where mistakes are made."""
    if dias is None:
        return rng.integers(0, 1500, rows)
    kind = rng.choice(6, rows, p=[0.60, 0.05, 0.05, 0.03, 0.255, 0.015])
    choices = [
        rng.integers(0, dias + 1, rows),
        np.full(rows, dias),
        np.full(rows, dias + 1),
        np.zeros(rows, np.int64),
        rng.integers(dias + 2, 3 * dias + 60, rows),
        -rng.integers(1, 10, rows),
    ]
    return np.choose(kind, choices)


def repeat(rng, columns, names, share):
    rows = len(columns["client"])
    later = np.nonzero(rng.random(rows) < share)[0]
    later = later[later > 0]
    earlier = (later * rng.random(len(later))).astype(np.int64)
    for name in names:
        columns[name][later] = columns[name][earlier]


def sql_list(values):
    return "[" + ", ".join("'" + str(v).replace("'", "''") + "'" for v in values) + "]"


def pick(values, index):
    return f"({sql_list(values)})[({index}) % {len(values)} + 1]"


def spell_out(db, source, data_carga):
    """The view `contact`: one row per delivered record, data_envio NULL where `no_date` says so."""
    db.execute(f"""
    CREATE OR REPLACE TABLE contact AS SELECT row_number, no_date, spelling, luck,
      CASE WHEN NOT no_id THEN lpad(((client * 3266489917 + 7654321) % 10000000000)::VARCHAR, 10, '0') END AS id_cliente,
      CASE email_kind WHEN 2 THEN NULL WHEN 3 THEN '' ELSE
        {pick(NAMES, 'client')} || CASE email_kind WHEN 0 THEN '.' ELSE '_' END || {pick(SURNAMES, 'client // 7')}
        || (client % 100000) || '@' || {pick(DOMAINS, 'client + email_kind')} END AS email,
      CASE WHEN phone_kind <> 2 THEN CASE phone_kind WHEN 3 THEN ' ' ELSE '' END || {pick(AREA_CODES, 'client')} || '9'
        || lpad(((client * 69621 + phone_kind * 777) % 100000000)::VARCHAR, 8, '0') END AS telefone,
      CASE WHEN NOT no_subject THEN {pick(SUBJECTS[source], 'subject')}
        || CASE WHEN campaign < 100 THEN ' nº ' || campaign ELSE '' END END AS assunto,
      CASE WHEN no_date = 0 THEN DATE '{data_carga}' - age::INTEGER END AS data_envio
    FROM drawn ORDER BY row_number""")


# Text sources write dates as text: mostly a day, some with a time, some that are no date at all.
TEXT_DATE = f"""CASE WHEN no_date = 0 AND spelling % 50 = 0 THEN strftime(data_envio, '%Y-%m-%d 23:30:00')
  WHEN no_date = 0 THEN strftime(data_envio, '%Y-%m-%d')
  WHEN no_date <= {len(NO_DATES)} THEN ({sql_list(NO_DATES)})[no_date] END"""
CONTACT = "id_cliente, email, telefone, assunto, data_envio"


def write_crm(db, out, data_carga):
    """What people do to a spreadsheet: ids as numbers or text, dates as dates, with a time, or as text."""
    book = xlsxwriter.Workbook(out / "crm.xlsx", {"strings_to_numbers": False})
    book.set_properties({"created": dt.datetime(2024, 1, 1)})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    minute = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
    sheet = book.add_worksheet("crm")
    sheet.write_row(0, 0, ["id_cliente", "email", "telefone", "assunto", "data_envio", "data_base"])
    origin = dt.date(1899, 12, 30)
    rows = db.execute(f"""SELECT id_cliente, email, telefone, assunto,
          date_diff('day', DATE '{origin}', data_envio) AS serial, {TEXT_DATE} AS text, spelling,
          date_diff('day', DATE '{origin}', DATE '{data_carga}')
            - CASE WHEN luck < 0.93 THEN 0 ELSE 1 + spelling % 3 END AS base
        FROM contact ORDER BY row_number""")
    line = 0
    while chunk := rows.fetchmany(50_000):
        for client, email, phone, subject, serial, text, spelling, base in chunk:
            line += 1
            if client is not None:
                if spelling % 10 < 4 and client[0] != "0":
                    sheet.write_number(line, 0, int(client))
                else:
                    sheet.write_string(line, 0, client)
            if email:
                sheet.write_string(line, 1, email)
            if phone is not None:
                if spelling % 10 < 7 and phone[0] != " ":
                    sheet.write_number(line, 2, int(phone))
                else:
                    sheet.write_string(line, 2, phone)
            if subject is not None:
                sheet.write_string(line, 3, subject)
            if serial is not None and spelling % 100 != 50:
                timed = spelling % 50 == 1
                sheet.write_number(line, 4, serial + (0.4375 if timed else 0), minute if timed else day)
            elif text is not None:
                sheet.write_string(line, 4, text)
            sheet.write_number(line, 5, base, day)
    book.close()


def write_marketing(db, out, _):
    db.execute(f"""COPY (SELECT id_cliente, email, telefone, assunto AS subject, {TEXT_DATE} AS data_envio
        FROM contact ORDER BY row_number) TO '{out}/marketing.csv' (FORMAT csv, DELIMITER ';', HEADER)""")


def write_restritos(db, out, _):
    """no_date beyond the list: the record has no contatos at all, so no e-mail and no phone either."""
    db.execute(f"""COPY (SELECT id_cliente,
          CASE WHEN no_date <= {len(NO_DATES)} THEN {{'email': email, 'numero_telefone': telefone, 'data_solicitacao': {TEXT_DATE}}}
          END AS contatos,
          CASE WHEN assunto IS NOT NULL OR spelling % 2 = 0 THEN {{'descricao': assunto}} END AS motivos
        FROM contact ORDER BY row_number) TO '{out}/restritos.json' (FORMAT json)""")


def write_recomendacao(db, out, _):
    (out / "recomendacao").mkdir()
    rows = db.execute("SELECT count(*) FROM contact").fetchone()[0]
    parts = 2 if rows < 1_000_000 else 4
    for part in range(parts):
        db.execute(f"""COPY (SELECT {CONTACT} FROM contact WHERE row_number * {parts} // {rows} = {part} ORDER BY row_number)
            TO '{out}/recomendacao/part-{part:05d}.snappy.parquet' (FORMAT parquet, COMPRESSION snappy)""")


def write_ofertas(db, out, _):
    """A stale version, an overwrite, a checkpoint, two appends: reading every file in the folder is wrong."""
    table, rows = str(out / "ofertas"), arrow(db, f"SELECT {CONTACT} FROM contact ORDER BY row_number")
    first, second = int(len(rows) * 0.6), int(len(rows) * 0.9)
    write_deltalake(table, rows.slice(0, max(1, len(rows) // 20)), mode="overwrite")
    write_deltalake(table, rows.slice(0, first), mode="overwrite")
    DeltaTable(table).create_checkpoint()
    write_deltalake(table, rows.slice(first, second - first), mode="append")
    write_deltalake(table, rows.slice(second), mode="append")


def write_fraude(db, out, data_carga):
    rows = arrow(db, f"""SELECT id_cliente, email, telefone, data_envio AS dt_inclus,
        CASE WHEN luck < 0.25 THEN DATE '{data_carga}' - (spelling % 30)::INTEGER END AS data_exclus
        FROM contact ORDER BY row_number""")
    half = max(1, len(rows) // 2)
    write_deltalake(str(out / "fraude"), rows.slice(0, half), mode="append")
    write_deltalake(str(out / "fraude"), rows.slice(half), mode="append")


def arrow(db, sql):
    return db.execute(sql).to_arrow_table()


WRITERS = {
    "crm": write_crm,
    "marketing": write_marketing,
    "recomendacao": write_recomendacao,
    "restritos": write_restritos,
    "ofertas": write_ofertas,
    "fraude": write_fraude,
}

CONFIG = """version: 1
timezone: America/Sao_Paulo
table: ./data/quarentena_global
staging: ./data/staging
sources:
  crm: { canal: CRM, location: ./crm.xlsx, format: xlsx, where: data_base = data_carga, dias: 30 }
  marketing:
    canal: Marketing
    location: ./marketing.csv
    format: { csv: { separator: ";", header: true } }
    columns: { assunto: subject }
    where: email IS NOT NULL
    dias: 7
  recomendacao: { canal: Recomendacao, location: ./recomendacao, format: parquet, dias: 15 }
  restritos:
    canal: Restritos
    location: ./restritos.json
    format: json
    columns:
      email: contatos.email
      telefone: contatos.numero_telefone
      assunto: motivos.descricao
      data_envio: contatos.data_solicitacao
    dias: 90
  ofertas: { canal: Ofertas, location: ./ofertas, format: delta, dias: 5 }
  fraude:
    canal: Fraude
    location: ./fraude
    format: delta
    columns: { data_envio: dt_inclus, assunto: { value: suspeita de fraude } }
    where: data_exclus IS NULL
    dias: until_removed
"""


def generate(rows, out, data_carga="2024-05-28", seed=1):
    out = Path(out)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    db = duckdb.connect()
    db.execute("SET enable_progress_bar = false")
    clients = max(20, rows // 3)
    for source, share in SHARES.items():
        count = max(1, round(rows * share))
        if source == "crm":
            count = min(count, XLSX_ROWS)
        db.register("drawn", draw(source, count, clients, seed))
        spell_out(db, source, data_carga)
        db.unregister("drawn")
        WRITERS[source](db, out, data_carga)
    (out / "quarentena.yml").write_text(CONFIG)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--data-carga", default="2024-05-28")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    generate(arguments.rows, arguments.out, arguments.data_carga, arguments.seed)


if __name__ == "__main__":
    main()
