#!/usr/bin/env python3
"""The table and the counts that generate.py's sources must become, in SQL as plain as the rules:
oracle.py DIR [--data-carga D] writes DIR/expected.parquet and DIR/expected_counts.json.

It shares no reader with the product where another one exists (openpyxl for the workbook), takes
every row through a visible classification, and is slow on purpose.
"""

import argparse
import json
from pathlib import Path

import duckdb
import openpyxl
import pyarrow as pa
from deltalake import DeltaTable

CANALS = {"crm": "CRM", "marketing": "Marketing", "recomendacao": "Recomendacao", "restritos": "Restritos",
          "ofertas": "Ofertas", "fraude": "Fraude"}
DIAS = {"crm": 30, "marketing": 7, "recomendacao": 15, "restritos": 90, "ofertas": 5, "fraude": None}
OUTCOMES = ["quarantined", "expired", "future", "filtered", "duplicate", "rejected"]

ISO = r"^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$"


def text_date(column):
    return f"CASE WHEN regexp_matches({column}, '{ISO}') THEN try_cast({column}[1:10] AS DATE) END"


def workbook(path):
    rows = openpyxl.load_workbook(path, read_only=True).active.iter_rows(values_only=True)
    names = next(rows)
    columns = [[] for _ in names]
    for row in rows:
        for column, value in zip(columns, row):
            column.append(value.isoformat(sep=" ") if hasattr(value, "isoformat") else None if value is None else str(value))
    return pa.table({name: pa.array(column, pa.string()) for name, column in zip(names, columns)})


def delta(path):
    return DeltaTable(path).to_pyarrow_dataset()


def read_sources(db, folder, data_carga):
    """One view per source: id_cliente, email, telefone, assunto, data_envio, and whether it counts."""
    db.register("crm_sheet", workbook(folder / "crm.xlsx"))
    db.register("ofertas_delta", delta(str(folder / "ofertas")))
    db.register("fraude_delta", delta(str(folder / "fraude")))
    db.execute(f"""
    CREATE VIEW crm AS SELECT id_cliente, email, telefone, assunto, {text_date('data_envio')} AS data_envio,
      coalesce({text_date('data_base')} = DATE '{data_carga}', false) AS counts FROM crm_sheet;
    CREATE VIEW marketing AS SELECT id_cliente, email, telefone, subject AS assunto, {text_date('data_envio')} AS data_envio,
      coalesce(trim(email), '') <> '' AS counts
      FROM read_csv('{folder}/marketing.csv', delim=';', quote='"', escape='"', header=true, all_varchar=true,
        auto_detect=false, columns={{'id_cliente': 'VARCHAR', 'email': 'VARCHAR', 'telefone': 'VARCHAR',
        'subject': 'VARCHAR', 'data_envio': 'VARCHAR'}});
    CREATE VIEW recomendacao AS SELECT id_cliente, email, telefone, assunto, data_envio, true AS counts
      FROM read_parquet('{folder}/recomendacao/*.parquet');
    CREATE VIEW restritos AS SELECT id_cliente, contatos.email AS email, contatos.numero_telefone AS telefone,
      motivos.descricao AS assunto, {text_date('contatos.data_solicitacao')} AS data_envio, true AS counts
      FROM read_json('{folder}/restritos.json', format='newline_delimited', columns={{'id_cliente': 'VARCHAR',
        'contatos': 'STRUCT(email VARCHAR, numero_telefone VARCHAR, data_solicitacao VARCHAR)',
        'motivos': 'STRUCT(descricao VARCHAR)'}});
    CREATE VIEW ofertas AS SELECT id_cliente, email, telefone, assunto, data_envio, true AS counts FROM ofertas_delta;
    CREATE VIEW fraude AS SELECT id_cliente, email, telefone, 'suspeita de fraude' AS assunto, dt_inclus AS data_envio,
      data_exclus IS NULL AS counts FROM fraude_delta;
    """)


def classify(db, source, data_carga):
    """The table `classified`: every delivered row with its outcome, the first that applies."""
    dias = DIAS[source]
    dated = dias is not None
    db.execute(f"""CREATE OR REPLACE TABLE delivered AS SELECT nullif(trim(id_cliente), '') AS id_cliente,
        nullif(trim(email), '') AS email, nullif(trim(telefone), '') AS telefone, nullif(trim(assunto), '') AS assunto,
        data_envio::DATE AS data_envio, counts FROM {source}""")
    db.execute(f"""CREATE OR REPLACE TABLE judged AS SELECT *, CASE
        WHEN NOT counts THEN 'filtered'
        WHEN id_cliente IS NULL THEN 'rejected'
        {f'''WHEN data_envio IS NULL THEN 'rejected'
        WHEN data_envio > DATE '{data_carga}' THEN 'future'
        WHEN DATE '{data_carga}' - data_envio > {dias} THEN 'expired' ''' if dated else ''}
        ELSE 'candidate' END AS judgement FROM delivered""")
    db.execute("""CREATE OR REPLACE TABLE classified AS SELECT *, CASE WHEN judgement <> 'candidate' THEN judgement
        WHEN row_number() OVER (PARTITION BY judgement, id_cliente ORDER BY data_envio DESC NULLS LAST,
          email NULLS LAST, telefone NULLS LAST, assunto NULLS LAST) = 1 THEN 'quarantined'
        ELSE 'duplicate' END AS outcome FROM judged""")


def oracle(folder, data_carga="2024-05-28"):
    folder = Path(folder)
    db = duckdb.connect()
    db.execute("SET enable_progress_bar = false")
    read_sources(db, folder, data_carga)
    db.execute("""CREATE TABLE expected (id_cliente VARCHAR, canal VARCHAR, email VARCHAR, telefone VARCHAR, assunto VARCHAR,
        data_envio DATE, qtd_dias INTEGER, saida_prevista DATE, data_carga DATE)""")
    counts = {}
    for source, canal in CANALS.items():
        dias = DIAS[source]
        classify(db, source, data_carga)
        found = dict(db.execute("SELECT outcome, count(*) FROM classified GROUP BY 1").fetchall())
        counts[source] = {"read": sum(found.values()), **{outcome: found.get(outcome, 0) for outcome in OUTCOMES}}
        period = "NULL, NULL" if dias is None else f"DATE '{data_carga}' - data_envio, data_envio + {dias}"
        db.execute(f"""INSERT INTO expected SELECT id_cliente, '{canal}', email, telefone, assunto, data_envio, {period},
            DATE '{data_carga}' FROM classified WHERE outcome = 'quarantined'""")
    db.execute(f"COPY (FROM expected ORDER BY canal, id_cliente) TO '{folder}/expected.parquet'")
    (folder / "expected_counts.json").write_text(json.dumps(counts, indent=1) + "\n")
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--data-carga", default="2024-05-28")
    arguments = parser.parse_args()
    print(json.dumps(oracle(arguments.folder, arguments.data_carga), indent=1))


if __name__ == "__main__":
    main()
