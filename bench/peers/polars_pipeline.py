#!/usr/bin/env python3
"""The same load in Polars, with fastexcel (calamine) and deltalake: polars_pipeline.py DIR TABLE DATA_CARGA"""

import datetime as dt
import sys

import fastexcel
import polars as pl
from polars import col

folder, table, data_carga = sys.argv[1], sys.argv[2], dt.date.fromisoformat(sys.argv[3])
TEXTS = ["id_cliente", "email", "telefone", "assunto"]
ISO = r"^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$"


def text_date(column):
    return pl.when(column.str.contains(ISO)).then(column.str.slice(0, 10)).str.to_date("%Y-%m-%d", strict=False)


def trimmed(name):
    text = col(name).str.strip_chars(" ")
    return pl.when(text != "").then(text).alias(name)


def quarantine(rows, canal, dias):
    rows = rows.select(*[trimmed(name) for name in TEXTS], "data_envio").filter(col("id_cliente").is_not_null())
    if dias is not None:
        rows = rows.filter(col("data_envio").is_between(data_carga - dt.timedelta(days=dias), data_carga))
    # Only clients that still have several rows on their latest day need a sort.
    rows = rows.unique()
    latest = col("data_envio").max().over("id_cliente")
    rows = rows.filter((col("data_envio") == latest) | latest.is_null()).with_columns(rivals=pl.len().over("id_cliente"))
    alone = rows.filter(col("rivals") == 1)
    tied = rows.filter(col("rivals") > 1).sort(TEXTS[1:], nulls_last=True).unique("id_cliente", keep="first", maintain_order=True)
    days = (pl.lit(data_carga) - col("data_envio")).dt.total_days().cast(pl.Int32) if dias is not None else pl.lit(None, pl.Int32)
    leaves = col("data_envio").dt.offset_by(f"{dias}d") if dias is not None else pl.lit(None, pl.Date)
    return pl.concat([alone, tied]).select(
        "id_cliente", pl.lit(canal).alias("canal"), "email", "telefone", "assunto", "data_envio",
        days.alias("qtd_dias"), leaves.alias("saida_prevista"), pl.lit(data_carga).alias("data_carga"))


def crm():
    types = {name: "string" for name in [*TEXTS, "data_envio"]} | {"data_base": "date"}
    sheet = fastexcel.read_excel(f"{folder}/crm.xlsx").load_sheet(0, dtypes=types).to_polars().lazy()
    return sheet.filter(col("data_base") == data_carga).with_columns(text_date(col("data_envio")).alias("data_envio"))


def marketing():
    schema = {name: pl.String for name in ["id_cliente", "email", "telefone", "subject", "data_envio"]}
    rows = pl.scan_csv(f"{folder}/marketing.csv", separator=";", quote_char='"', schema=schema).rename({"subject": "assunto"})
    return rows.filter(trimmed("email").is_not_null()).with_columns(text_date(col("data_envio")).alias("data_envio"))


def restritos():
    contact = pl.Struct({"email": pl.String, "numero_telefone": pl.String, "data_solicitacao": pl.String})
    schema = {"id_cliente": pl.String, "contatos": contact, "motivos": pl.Struct({"descricao": pl.String})}
    return pl.scan_ndjson(f"{folder}/restritos.json", schema=schema).select(
        "id_cliente", email=col("contatos").struct["email"], telefone=col("contatos").struct["numero_telefone"],
        assunto=col("motivos").struct["descricao"], data_envio=text_date(col("contatos").struct["data_solicitacao"]))


def fraude():
    return pl.scan_delta(f"{folder}/fraude").filter(col("data_exclus").is_null()).select(
        "id_cliente", "email", "telefone", assunto=pl.lit("suspeita de fraude"), data_envio=col("dt_inclus"))


canals = [
    quarantine(crm(), "CRM", 30),
    quarantine(marketing(), "Marketing", 7),
    quarantine(pl.scan_parquet(f"{folder}/recomendacao/*.parquet"), "Recomendacao", 15),
    quarantine(restritos(), "Restritos", 90),
    quarantine(pl.scan_delta(f"{folder}/ofertas"), "Ofertas", 5),
    quarantine(fraude(), "Fraude", None),
]
pl.concat(pl.collect_all(canals)).write_delta(
    table, mode="append", delta_write_options={"partition_by": ["data_carga", "canal"]})
