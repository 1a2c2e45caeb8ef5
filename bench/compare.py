#!/usr/bin/env python3
"""Is this Delta table what the oracle expects? compare.py EXPECTED.parquet TABLE; exit 0 when it is."""

import sys

import duckdb
from deltalake import DeltaTable

TYPES = [
    ("id_cliente", "string"), ("canal", "string"), ("email", "string"), ("telefone", "string"), ("assunto", "string"),
    ("data_envio", "date"), ("qtd_dias", "integer"), ("saida_prevista", "date"), ("data_carga", "date"),
]


def differences(expected, table):
    """A list of sentences, empty when rows (as multisets), columns, types and partitions are the same."""
    delta = DeltaTable(str(table))
    found = []
    types = [(field.name, field.type.type) for field in delta.schema().fields]
    if types != TYPES:
        found.append(f"the columns are {types}, not {TYPES}")
        return found
    if delta.metadata().partition_columns != ["data_carga", "canal"]:
        found.append(f"the table is partitioned by {delta.metadata().partition_columns}")
    db = duckdb.connect()
    db.register("delta", delta.to_pyarrow_dataset())
    columns = ", ".join(name for name, _ in TYPES)
    db.execute(f"CREATE TABLE expected AS SELECT {columns} FROM read_parquet('{expected}')")
    db.execute(f"CREATE TABLE actual AS SELECT {columns} FROM delta")
    for what, left, right in (("missing", "expected", "actual"), ("not expected", "actual", "expected")):
        rows = db.execute(f"FROM {left} EXCEPT ALL FROM {right} ORDER BY canal, id_cliente").fetchall()
        if rows:
            found.append(f"{len(rows)} rows are {what}, first: {rows[:3]}")
    return found


if __name__ == "__main__":
    sentences = differences(*sys.argv[1:3])
    print("\n".join(sentences) or "equal")
    sys.exit(1 if sentences else 0)
