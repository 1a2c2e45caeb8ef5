#!/usr/bin/env python3
"""The same load in DuckDB, with its excel extension and deltalake: duckdb_pipeline.py DIR TABLE DATA_CARGA"""

import glob
import importlib.util
import os
import sys

import duckdb
from deltalake import DeltaTable, write_deltalake

folder, table, data_carga = sys.argv[1:4]
db = duckdb.connect(config={"preserve_insertion_order": "false"})
extensions = os.path.dirname(importlib.util.find_spec("duckdb_extension_excel").origin)
db.execute(f"LOAD '{glob.glob(extensions + '/extensions/v' + duckdb.__version__ + '/*.duckdb_extension')[0]}'")
db.execute(r"""
CREATE MACRO text_date(s) AS CASE WHEN regexp_matches(s, '^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$')
  THEN try_cast(s[1:10] AS DATE) END;
CREATE MACRO cell_date(s) AS CASE WHEN regexp_matches(s, '^\d{5}(\.\d+)?$')
  THEN DATE '1899-12-30' + floor(s::DOUBLE)::INTEGER ELSE text_date(s) END;
""")


def live_files(delta_table):
    return [uri.removeprefix("file://") for uri in DeltaTable(delta_table).file_uris()]


SOURCES = {
    "CRM": (30, f"""SELECT id_cliente, email, telefone, assunto, cell_date(data_envio) AS data_envio
        FROM read_xlsx('{folder}/crm.xlsx', header=true, all_varchar=true) WHERE cell_date(data_base) = DATE '{data_carga}'"""),
    "Marketing": (7, f"""SELECT id_cliente, email, telefone, subject AS assunto, text_date(data_envio) AS data_envio
        FROM read_csv('{folder}/marketing.csv', delim=';', quote='"', escape='"', header=true, auto_detect=false,
          columns={{'id_cliente': 'VARCHAR', 'email': 'VARCHAR', 'telefone': 'VARCHAR', 'subject': 'VARCHAR', 'data_envio': 'VARCHAR'}})
        WHERE trim(email) <> ''"""),
    "Recomendacao": (15, f"FROM read_parquet('{folder}/recomendacao/*.parquet')"),
    "Restritos": (90, f"""SELECT id_cliente, contatos.email AS email, contatos.numero_telefone AS telefone,
          motivos.descricao AS assunto, text_date(contatos.data_solicitacao) AS data_envio
        FROM read_json('{folder}/restritos.json', format='newline_delimited', columns={{'id_cliente': 'VARCHAR',
          'contatos': 'STRUCT(email VARCHAR, numero_telefone VARCHAR, data_solicitacao VARCHAR)',
          'motivos': 'STRUCT(descricao VARCHAR)'}})"""),
    "Ofertas": (5, f"FROM read_parquet({live_files(folder + '/ofertas')})"),
    "Fraude": (None, f"""SELECT id_cliente, email, telefone, 'suspeita de fraude' AS assunto, dt_inclus AS data_envio
        FROM read_parquet({live_files(folder + '/fraude')}) WHERE data_exclus IS NULL"""),
}


def quarantine(canal, dias, source):
    window, days, leaves = "", "NULL::INTEGER", "NULL::DATE"
    if dias is not None:
        window = f"AND data_envio BETWEEN DATE '{data_carga}' - {dias} AND DATE '{data_carga}'"
        days, leaves = f"(DATE '{data_carga}' - data_envio)::INTEGER", f"data_envio + {dias}"
    return f"""SELECT id_cliente, '{canal}' AS canal, email, telefone, assunto, data_envio, {days} AS qtd_dias,
          {leaves} AS saida_prevista, DATE '{data_carga}' AS data_carga
        FROM (SELECT nullif(trim(id_cliente), '') AS id_cliente, nullif(trim(email), '') AS email,
            nullif(trim(telefone), '') AS telefone, nullif(trim(assunto), '') AS assunto, data_envio::DATE AS data_envio
          FROM ({source}))
        WHERE id_cliente IS NOT NULL {window}
        QUALIFY row_number() OVER (PARTITION BY id_cliente ORDER BY data_envio DESC NULLS LAST, email NULLS LAST,
          telefone NULLS LAST, assunto NULLS LAST) = 1"""


rows = db.sql(" UNION ALL ".join(quarantine(canal, dias, source) for canal, (dias, source) in SOURCES.items()))
write_deltalake(table, rows.to_arrow_reader(122_880), mode="append", partition_by=["data_carga", "canal"])
