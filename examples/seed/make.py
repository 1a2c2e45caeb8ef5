#!/usr/bin/env python3
"""Writes the example's input files again, byte for byte: python examples/seed/make.py

Needs pyarrow and openpyxl (tests/requirements.txt). Six rows must reach the published table of
2024-05-28 (expected.csv); every other row here is there because it must not, and says why.
"""

import datetime as dt
import json
import shutil
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent
DATA_CARGA = dt.date(2024, 5, 28)
EPOCH_MS = 1_716_854_400_000  # 2024-05-28T00:00:00Z, so that two runs write the same bytes


def day(text):
    return dt.date.fromisoformat(text)


def write_crm():
    book = openpyxl.Workbook()
    book.properties.created = book.properties.modified = dt.datetime(2024, 5, 28)
    sheet = book.active
    sheet.title = "crm"
    today = DATA_CARGA
    for row in [
        ("id_cliente", "email", "telefone", "assunto", "data_envio", "data_base"),
        (1234567890, "cliente@exemplo.com", 999999999, "Campanha", day("2024-05-08"), today),
        # duplicate: the same line again, and an older contact of the same client
        (1234567890, "cliente@exemplo.com", 999999999, "Campanha", day("2024-05-08"), today),
        ("1234567890", "cliente@exemplo.com", "999999999", "Pesquisa", day("2024-05-02"), today),
        # expired: 31 days
        (1234567891, "saiu@exemplo.com", 999999991, "Campanha", day("2024-04-27"), today),
        # filtered: the row belongs to yesterday's base
        (1234567892, "ontem@exemplo.com", 999999992, "Campanha", day("2024-05-20"), day("2024-05-27")),
        # rejected: nobody to quarantine; a date that is none
        (None, "sem.id@exemplo.com", 999999993, "Campanha", day("2024-05-20"), today),
        (1234567894, "sem.data@exemplo.com", 999999994, "Campanha", "N/D", today),
        # future: it enters on its day
        (1234567895, "amanha@exemplo.com", 999999995, "Campanha", day("2024-05-29"), today),
    ]:
        sheet.append(row)
    book.save(HERE / "crm.xlsx")
    fix_zip_times(HERE / "crm.xlsx")


def fix_zip_times(path):
    """A zip remembers when each entry was written; openpyxl also stamps the core properties on saving."""
    with zipfile.ZipFile(path) as source:
        entries = [(name, source.read(name)) for name in source.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in entries:
            if name == "docProps/core.xml":
                content = without_modified(content)
            target.writestr(zipfile.ZipInfo(name, (2024, 5, 28, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)


def without_modified(core):
    start, end = core.index(b"<dcterms:modified"), core.index(b"</dcterms:modified>")
    return core[:start] + core[end + len(b"</dcterms:modified>"):]


def write_marketing():
    (HERE / "marketing.csv").write_text(
        "id_cliente;email;telefone;subject;data_envio\n"
        "2345678901;marketing@exemplo.com;988888888;Email boas vindas;2024-05-24\n"
        # duplicate: an older message to the same client
        "2345678901;marketing@exemplo.com;988888888;Newsletter;2024-05-22\n"
        # expired: 8 days; its subject holds the separator, quotes and a line break
        '2345678902;saiu@exemplo.com;988888881;"Promoção; ""só hoje""\ne amanhã";2024-05-20\n'
        # filtered: no e-mail to protect
        "2345678903;;988888882;Email boas vindas;2024-05-24\n"
        # rejected: this source writes ISO dates, and nothing is guessed
        "2345678904;outra.data@exemplo.com;988888883;Email boas vindas;24/05/2024\n",
        encoding="utf-8",
    )


def write_restritos():
    def record(client, email, phone, sent, reason):
        return {
            "id_cliente": client,
            "contatos": {"email": email, "numero_telefone": phone, "data_solicitacao": sent},
            "motivos": {"descricao": reason},
        }

    records = [
        record("4888888800", "restritos@exemplo.com", "944444443", "2024-03-01", "Reclamação"),
        # duplicate: an older request of the same client
        record("4888888800", "restritos@exemplo.com", "944444443", "2024-02-29", "Ouvidoria"),
        # expired: 91 days
        record("4888888801", "saiu@exemplo.com", "944444441", "2024-02-27", "Reclamação"),
        # rejected: without contatos there is no date
        {"id_cliente": "4888888802", "contatos": None, "motivos": {"descricao": "Procon"}},
    ]
    lines = [json.dumps(r, ensure_ascii=False) + "\n" for r in records]
    (HERE / "restritos.json").write_text("".join(lines), encoding="utf-8")


CONTACT = pa.schema(
    [(name, pa.string()) for name in ("id_cliente", "email", "telefone", "assunto")]
    + [("data_envio", pa.date32())]
)


def contacts(*rows):
    return pa.Table.from_pylist([dict(zip(CONTACT.names, row)) for row in rows], CONTACT)


def write_recomendacao():
    folder = fresh(HERE / "recomendacao")
    pq.write_table(
        contacts(
            ("3456789012", "recomendacao@exemplo.com", "977777777", "Novo Produto", day("2024-05-18")),
            # expired: 16 days
            ("3456789013", "saiu@exemplo.com", "977777771", "Novo Produto", day("2024-05-12")),
            # future: it enters on its day
            ("3456789014", "amanha@exemplo.com", "977777772", "Novo Produto", day("2024-06-01")),
        ),
        folder / "part-00000.snappy.parquet",
    )


def write_ofertas():
    """Version 0 is overwritten by version 1: whoever reads every parquet in the folder reads a lie."""
    table = DeltaTable(HERE / "ofertas", CONTACT, "0fe47a50-0000-4000-8000-000000000001")
    table.commit(
        "WRITE",
        table.add("part-00000", contacts(
            ("1001001002", "obsoleto@exemplo.com", "955555551", "Promoção", day("2024-05-27")),
        )),
    )
    table.commit(
        "WRITE",
        table.remove("part-00000"),
        table.add("part-00001", contacts(
            # duplicate: same client, same day; the smaller telefone stays
            ("1001001001", "ofertas@exemplo.com", "955555558", "Promoção", day("2024-05-26")),
            ("1001001001", "ofertas@exemplo.com", "955555557", "Promoção", day("2024-05-26")),
        )),
    )
    table.commit(
        "WRITE",
        table.add("part-00002", contacts(
            # expired: 6 days
            ("1001001003", "saiu@exemplo.com", "955555552", "Promoção", day("2024-05-22")),
        )),
    )


def write_fraude():
    schema = pa.schema(
        [(name, pa.string()) for name in ("id_cliente", "email", "telefone")]
        + [("dt_inclus", pa.date32()), ("data_exclus", pa.date32())]
    )
    rows = [
        ("4567890123", "fraude@exemplo.com", "966666666", day("2024-04-01"), None),
        # filtered: the suspicion was lifted
        ("4567890124", "inocente@exemplo.com", "966666661", day("2024-03-01"), day("2024-04-15")),
    ]
    table = DeltaTable(HERE / "fraude", schema, "f4a0de00-0000-4000-8000-000000000002")
    table.commit("WRITE", table.add(
        "part-00000", pa.Table.from_pylist([dict(zip(schema.names, row)) for row in rows], schema)))


class DeltaTable:
    """The least of the Delta protocol that two versions need. A library would write the same actions,
    but with its own clock and random names, and these files are committed."""

    def __init__(self, folder, schema, table_id):
        self.folder, self.version = fresh(folder), 0
        (self.folder / "_delta_log").mkdir()
        names = {pa.string(): "string", pa.date32(): "date"}
        fields = [{"name": f.name, "type": names[f.type], "nullable": True, "metadata": {}} for f in schema]
        self.head = [
            {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}},
            {"metaData": {
                "id": table_id,
                "format": {"provider": "parquet", "options": {}},
                "schemaString": json.dumps({"type": "struct", "fields": fields}, separators=(",", ":")),
                "partitionColumns": [],
                "configuration": {},
                "createdTime": EPOCH_MS,
            }},
        ]

    def add(self, name, rows):
        path = self.folder / f"{name}.snappy.parquet"
        pq.write_table(rows, path)
        return {"add": {
            "path": path.name, "partitionValues": {}, "size": path.stat().st_size, "modificationTime": EPOCH_MS,
            "dataChange": True, "stats": json.dumps({"numRecords": rows.num_rows}),
        }}

    def remove(self, name):
        return {"remove": {
            "path": f"{name}.snappy.parquet", "deletionTimestamp": EPOCH_MS + self.version, "dataChange": True}}

    def commit(self, operation, *actions):
        info = {"commitInfo": {"timestamp": EPOCH_MS + self.version, "operation": operation, "engineInfo": "seed"}}
        lines = [info, *(self.head if self.version == 0 else []), *actions]
        text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
        (self.folder / "_delta_log" / f"{self.version:020d}.json").write_text(text, encoding="utf-8")
        self.version += 1


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def main():
    write_crm()
    write_marketing()
    write_restritos()
    write_recomendacao()
    write_ofertas()
    write_fraude()


if __name__ == "__main__":
    main()
