"""Writes tables/<kind>/: one small Delta table of each kind that a source may be, with what its rows
must read as (expected.json). The tables are committed, so the tests need neither Spark nor Python.

    python -m venv v && v/bin/pip install pyspark==4.2.1
    v/bin/python make_tables.py JARS      # a folder with io.delta:delta-spark_4.2_2.13:4.4.0's jars
    v/bin/python make_tables.py JARS deletion_vectors      # only that one
"""

import glob
import json
import os
import shutil
import sys
import tempfile

from pyspark.sql import SparkSession

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tables")


def session(jars):
    delta = ":".join(glob.glob(os.path.join(jars, "delta-*.jar")))
    return (
        SparkSession.builder.master("local[1]")
        .config("spark.driver.extraClassPath", delta)
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.warehouse.dir", tempfile.mkdtemp())
        .getOrCreate()
    )


def one_row_a_line(expected):
    rows = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in expected["rows"])
    columns = json.dumps(expected["columns"], ensure_ascii=False)
    plain = json.dumps(expected["plain_parquet"])
    return f'{{\n "plain_parquet": {plain},\n "columns": {columns},\n "rows": [\n  {rows}\n ]\n}}\n'


class Table:
    def __init__(self, spark, kind):
        self.spark, self.kind = spark, kind
        self.path = os.path.join(HERE, kind)
        shutil.rmtree(self.path, ignore_errors=True)
        os.makedirs(self.path)
        self.name = f"delta.`{self.path}/table`"

    def sql(self, text):
        return self.spark.sql(text.replace("TABLE_HERE", self.name))

    def create(self, columns, partitioned="", **properties):
        texts = [f"'{key.replace('_', '.')}' = '{value}'" for key, value in properties.items()]
        props = f"TBLPROPERTIES ({', '.join(texts)})" if texts else ""
        by = f"PARTITIONED BY ({partitioned})" if partitioned else ""
        self.sql(f"CREATE TABLE TABLE_HERE ({columns}) USING delta {by} {props}")

    def insert(self, *rows):
        self.sql(f"INSERT INTO TABLE_HERE VALUES {', '.join(rows)}")

    def finish(self, plain_parquet):
        frame = self.spark.read.format("delta").load(f"{self.path}/table")
        texts = frame.selectExpr(*[f"CAST(`{name}` AS STRING) AS `{name}`" for name in frame.columns])
        rows = sorted((list(row) for row in texts.collect()), key=lambda row: [v or "" for v in row])
        expected = {"plain_parquet": plain_parquet, "columns": frame.columns, "rows": rows}
        with open(f"{self.path}/expected.json", "w", encoding="utf-8") as out:
            out.write(one_row_a_line(expected))
        for crc in glob.glob(f"{self.path}/table/**/.*.crc", recursive=True):
            os.remove(crc)
        for crc in glob.glob(f"{self.path}/table/_delta_log/*.crc"):
            os.remove(crc)
        for crc in glob.glob(f"{self.path}/table/_delta_log/**/.*.crc", recursive=True):
            os.remove(crc)


CLIENTS = "id_cliente STRING, canal STRING, data_envio DATE, n INT"


def client(number, canal="'CRM'", n=None):
    return f"('{number:05d}', {canal}, DATE '2024-05-{number % 28 + 1:02d}', {number if n is None else n})"


def plain(table):
    table.create(CLIENTS, "canal")
    table.insert(client(1), client(2, "'Ofertas'"))
    table.insert(client(3))
    table.finish(True)


def deletion_vectors(table):
    table.create(CLIENTS, delta_enableDeletionVectors="true")
    table.insert(*[client(number) for number in range(40)])
    table.sql("DELETE FROM TABLE_HERE WHERE n % 3 = 0")
    table.sql("DELETE FROM TABLE_HERE WHERE n = 7")
    table.insert(client(50))
    table.finish(False)


def column_mapping_name(table):
    table.create(CLIENTS, "canal", delta_columnMapping_mode="name")
    table.insert(client(1), client(2, "NULL"))
    table.sql("ALTER TABLE TABLE_HERE RENAME COLUMN id_cliente TO `código do cliente`")
    table.sql("ALTER TABLE TABLE_HERE RENAME COLUMN canal TO meio")
    table.sql("ALTER TABLE TABLE_HERE DROP COLUMN n")
    table.sql("ALTER TABLE TABLE_HERE ADD COLUMN n STRING")
    table.insert("('00003', 'CRM', DATE '2024-05-03', 'new')")
    table.finish(False)


def column_mapping_id(table):
    table.create(CLIENTS, delta_columnMapping_mode="id")
    table.insert(client(1), client(2))
    table.sql("ALTER TABLE TABLE_HERE RENAME COLUMN id_cliente TO x")
    table.sql("ALTER TABLE TABLE_HERE RENAME COLUMN canal TO id_cliente")
    table.insert(client(3, "'Ofertas'"))
    table.finish(False)


def partitioned_null(table):
    table.create(CLIENTS + ", dia DATE", "canal, dia")
    rows = [client(1), client(2, "NULL"), client(3, "''")]
    table.insert(*[row[:-1] + ", DATE '2024-05-28')" for row in rows], client(4)[:-1] + ", NULL)")
    table.finish(True)


def special_characters(table):
    table.create(CLIENTS, "canal")
    names = ["Ação/1 %", "a=b:c", "dois  espaços", "50%25", "x'y\"z", "#?&+", "a\\b", "🙂"]
    texts = ["'" + name.replace("\\", "\\\\").replace("'", "\\'") + "'" for name in names]
    table.insert(*[client(number, text) for number, text in enumerate(texts)])
    table.finish(True)


def v2_checkpoint(table):
    table.create(CLIENTS, "canal", delta_checkpointPolicy="v2", delta_checkpointInterval="3")
    for number in range(5):
        table.insert(client(number, f"'C{number % 2}'"))
    table.sql("DELETE FROM TABLE_HERE WHERE n = 1")
    table.finish(True)


def no_stats(table):
    table.spark.conf.set("spark.databricks.delta.stats.collect", "false")
    table.create(CLIENTS)
    table.insert(client(1), client(2))
    table.insert(client(3))
    table.spark.conf.set("spark.databricks.delta.stats.collect", "true")
    table.finish(True)


def schema_change(table):
    table.create("id_cliente STRING, canal STRING")
    table.insert("('00001', 'CRM')")
    table.sql("ALTER TABLE TABLE_HERE ADD COLUMN data_envio DATE FIRST")
    table.sql("ALTER TABLE TABLE_HERE ADD COLUMN n INT AFTER id_cliente")
    table.insert("(DATE '2024-05-02', '00002', 2, 'CRM')")
    table.finish(True)


def type_widening(table):
    table.create(CLIENTS + ", valor FLOAT, c SMALLINT", delta_enableTypeWidening="true")
    table.insert(client(1)[:-1] + ", 1.5, 1)")
    table.sql("ALTER TABLE TABLE_HERE CHANGE COLUMN n TYPE BIGINT")
    table.sql("ALTER TABLE TABLE_HERE CHANGE COLUMN valor TYPE DOUBLE")
    table.sql("ALTER TABLE TABLE_HERE CHANGE COLUMN c TYPE INT")
    table.insert(client(2, n=5000000000)[:-1] + ", 1e300, 70000)")
    table.finish(False)


def everything(table):
    table.create(
        CLIENTS,
        "canal",
        delta_columnMapping_mode="name",
        delta_enableDeletionVectors="true",
        delta_enableTypeWidening="true",
        delta_checkpointPolicy="v2",
        delta_checkpointInterval="4",
        delta_enableInCommitTimestamps="true",
    )
    table.insert(*[client(number, "'Ação/1 %'") for number in range(10)])
    table.insert(*[client(number, "NULL") for number in range(10, 15)])
    table.sql("ALTER TABLE TABLE_HERE RENAME COLUMN canal TO `o canal`")
    table.sql("ALTER TABLE TABLE_HERE CHANGE COLUMN n TYPE BIGINT")
    table.sql("DELETE FROM TABLE_HERE WHERE n IN (2, 12)")
    table.insert(client(20, "'x=y'", 5000000000))
    table.finish(False)


KINDS = [
    plain, deletion_vectors, column_mapping_name, column_mapping_id, partitioned_null,
    special_characters, v2_checkpoint, no_stats, schema_change, type_widening, everything,
]

if __name__ == "__main__":
    spark = session(sys.argv[1])
    for kind in KINDS:
        if len(sys.argv) < 3 or kind.__name__ in sys.argv[2:]:
            kind(Table(spark, kind.__name__))
            print(kind.__name__)
