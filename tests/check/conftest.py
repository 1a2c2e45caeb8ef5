import datetime as dt

import pyarrow as pa
import pytest
import yaml
from deltalake import write_deltalake

from product import Workspace

CANAIS = ["CRM", "Marketing", "Restritos", "Fraude"]


class Company(Workspace):
    """A published table with the rows a test wants, and whoever asks about them."""

    def configure(self, **settings):
        sources = {canal.lower(): {"canal": canal, "location": f"./{canal}.csv", "format": "csv",
                                   "dias": "until_removed" if canal == "Fraude" else 30} for canal in CANAIS}
        self.file("quarentena.yml", yaml.safe_dump(
            {"version": 1, "table": "./data/quarentena_global", "staging": "./data/staging", "sources": sources, **settings}))
        return self

    def publish(self, day, rows):
        """`rows`: (id_cliente, canal, email, telefone, data_envio, saida_prevista); the day's rows are replaced."""
        day = dt.date.fromisoformat(day)
        date = lambda text: dt.date.fromisoformat(text) if text else None
        columns = {
            "id_cliente": [row[0] for row in rows], "canal": [row[1] for row in rows],
            "email": [row[2] for row in rows], "telefone": [row[3] for row in rows], "assunto": [None] * len(rows),
            "data_envio": [date(row[4]) for row in rows],
            "qtd_dias": [(day - date(row[4])).days if row[4] else None for row in rows],
            "saida_prevista": [date(row[5]) for row in rows], "data_carga": [day] * len(rows)}
        types = {"data_envio": pa.date32(), "saida_prevista": pa.date32(), "data_carga": pa.date32(), "qtd_dias": pa.int32()}
        table = pa.table({name: pa.array(values, types.get(name, pa.string())) for name, values in columns.items()})
        there = self.version() is not None
        write_deltalake(str(self.table), table, partition_by=["data_carga", "canal"], mode="overwrite" if there else "append",
                        predicate=f"data_carga = '{day}'" if there else None)
        return self

    def check(self, *arguments, **options):
        return self.command("check", *arguments, **options)

    def standings(self, *arguments, **options):
        """{what was asked: its standing}"""
        outcome = self.check(*arguments, "--json", **options)
        assert outcome.code in (0, 10, 11), outcome
        return {answer["value"]: answer["standing"] for answer in outcome.json()["answers"]}

    def split(self, file, *arguments):
        """The summary, and the three files' bytes."""
        outcome = self.check("--audience", self.folder / file, "--out", self.folder / "out", "--json", *arguments)
        summary = outcome.json()
        assert outcome.code == (10 if summary["blocked"] else 11 if summary["unknown"] else 0), outcome
        return summary, {name: open(path, "rb").read() for name, path in summary["files"].items()}

    def indexes(self):
        return sorted((self.folder / "data/staging/index").glob("*/*.index"))


@pytest.fixture
def company(tmp_path):
    return Company(tmp_path / "company").configure()
