#!/usr/bin/env python3
"""The same load in Spark with Delta Lake, the workbook through pandas: spark_pipeline.py DIR TABLE DATA_CARGA

SPARK_JARS names the folder with Delta Lake's jars (scripts/setup puts them in the cache).
"""

import datetime as dt
import glob
import os
import sys
import tempfile

import pandas as pd
from pyspark.sql import SparkSession, Window, functions as F

folder, table, data_carga = sys.argv[1:4]
TEXTS = ["id_cliente", "email", "telefone", "assunto"]
ISO = r"\A\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?\z"

work = tempfile.TemporaryDirectory(prefix="spark")
spark = (
    SparkSession.builder.master("local[*]")
    .config("spark.jars", ",".join(sorted(glob.glob(os.environ["SPARK_JARS"] + "/*.jar"))))
    .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
    .config("spark.driver.memory", "6g")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.local.dir", work.name)
    .config("spark.sql.warehouse.dir", work.name)
    .config("spark.sql.shuffle.partitions", "8")
    .config("spark.sql.execution.arrow.pyspark.enabled", "true")
    .config("spark.ui.enabled", "false")
    .config("spark.ui.showConsoleProgress", "false")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")


def text_date(column):
    return F.when(F.col(column).rlike(ISO), F.expr(f"try_cast(substr({column}, 1, 10) AS DATE)"))


def cell(value):
    if value is None or value != value:
        return None
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def crm():
    sheet = pd.read_excel(f"{folder}/crm.xlsx", engine="calamine", dtype=object, keep_default_na=False, na_values=[""])
    names = [*TEXTS, "data_envio", "data_base"]
    sheet = pd.DataFrame({name: [cell(value) for value in sheet[name]] for name in names})
    rows = spark.createDataFrame(sheet, ", ".join(f"{name} string" for name in names))
    return rows.where(text_date("data_base") == F.lit(data_carga)).withColumn("data_envio", text_date("data_envio"))


def marketing():
    rows = spark.read.options(header=True, sep=";", quote='"', escape='"', multiLine=True).schema(
        "id_cliente string, email string, telefone string, subject string, data_envio string").csv(f"{folder}/marketing.csv")
    return (rows.where(F.trim("email") != "").withColumnRenamed("subject", "assunto")
            .withColumn("data_envio", text_date("data_envio")))


def restritos():
    rows = spark.read.schema(
        "id_cliente string, contatos struct<email:string,numero_telefone:string,data_solicitacao:string>, "
        "motivos struct<descricao:string>").json(f"{folder}/restritos.json")
    return rows.select("id_cliente", "contatos.email", F.col("contatos.numero_telefone").alias("telefone"),
                       F.col("motivos.descricao").alias("assunto"), text_date("contatos.data_solicitacao").alias("data_envio"))


def fraude():
    rows = spark.read.format("delta").load(f"{folder}/fraude").where("data_exclus IS NULL")
    return rows.withColumn("assunto", F.lit("suspeita de fraude")).withColumnRenamed("dt_inclus", "data_envio")


def quarantine(rows, canal, dias):
    rows = rows.select(*[F.nullif(F.trim(name), F.lit("")).alias(name) for name in TEXTS],
                       F.col("data_envio").cast("date").alias("data_envio")).where("id_cliente IS NOT NULL")
    rows = rows.withColumn("canal", F.lit(canal))
    if dias is None:
        return rows.withColumn("qtd_dias", F.lit(None).cast("int")).withColumn("saida_prevista", F.lit(None).cast("date"))
    rows = rows.withColumn("qtd_dias", F.datediff(F.lit(data_carga), "data_envio"))
    return rows.withColumn("saida_prevista", F.date_add("data_envio", dias)).where(F.col("qtd_dias").between(0, dias))


all_canals = quarantine(crm(), "CRM", 30)
for rows, canal, dias in [
    (marketing(), "Marketing", 7),
    (spark.read.parquet(f"{folder}/recomendacao"), "Recomendacao", 15),
    (restritos(), "Restritos", 90),
    (spark.read.format("delta").load(f"{folder}/ofertas"), "Ofertas", 5),
    (fraude(), "Fraude", None),
]:
    all_canals = all_canals.unionByName(quarantine(rows, canal, dias))
best = Window.partitionBy("id_cliente", "canal").orderBy(
    F.desc_nulls_last("data_envio"), *[F.asc_nulls_last(name) for name in TEXTS[1:]])
published = (all_canals.withColumn("place", F.row_number().over(best)).where("place = 1")
             .withColumn("data_carga", F.lit(data_carga).cast("date"))
             .select("id_cliente", "canal", "email", "telefone", "assunto", "data_envio", "qtd_dias", "saida_prevista", "data_carga"))
published.write.format("delta").mode("append").partitionBy("data_carga", "canal").save(table)
spark.stop()
