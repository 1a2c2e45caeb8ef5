"""The built binary as a user meets it: commands, a folder with a quarentena.yml, the table read by others."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml
from deltalake import DeltaTable

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("QUARENTENA", ROOT / "build/quarentena"))
SEED = ROOT / "examples/seed"
DATA_CARGA = "2024-05-28"
COLUMNS = ["id_cliente", "canal", "email", "telefone", "assunto", "data_envio", "qtd_dias", "saida_prevista", "data_carga"]

# The exit codes of docs/cli.md that a load can end with.
DONE, USER, MACHINE, DEGRADED, HELD, TEMPORARY = 0, 1, 2, 3, 4, 5


@dataclass
class Outcome:
    code: int
    out: str
    err: str

    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def quarentena(*arguments, cwd=None, env=None, stdin="", stdout=subprocess.PIPE, preexec=None, prefix=(), timeout=300):
    """`prefix` is a command that starts ours, such as setpriv."""
    done = subprocess.run(
        [*map(str, prefix), str(BINARY), *map(str, arguments)], cwd=cwd, env={**os.environ, **(env or {})}, input=stdin,
        stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=timeout, preexec_fn=preexec)
    return Outcome(done.returncode, done.stdout or "", done.stderr)


class Workspace:
    """A folder with a quarentena.yml and whatever its sources deliver."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.sources = {}

    @property
    def table(self):
        return self.folder / "data/quarentena_global"

    def file(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content) if isinstance(content, bytes) else path.write_text(content, encoding="utf-8")
        return path

    def source(self, name, **settings):
        """A source of quarentena.yml; what is not said is a CSV of the canal Marketing named after it."""
        self.sources[name] = {"canal": "Marketing", "location": f"./{name}.csv", "format": "csv", "dias": 7, **settings}
        config = {"version": 1, "timezone": "America/Sao_Paulo", "table": "./data/quarentena_global",
                  "staging": "./data/staging", "sources": self.sources}
        self.file("quarentena.yml", yaml.safe_dump(config, sort_keys=False, allow_unicode=True))
        return self

    def command(self, verb, *arguments, **options):
        return quarentena(*verb.split(), *arguments, "-c", self.folder / "quarentena.yml", **options)

    def run(self, *arguments, data_carga=DATA_CARGA, **options):
        return self.command("run", "--data-carga", data_carga, *arguments, **options)

    def rows(self):
        return rows_of(self.table)

    def version(self):
        """None when there is no table."""
        return DeltaTable(str(self.table)).version() if (self.table / "_delta_log").exists() else None


def seed_copy(folder):
    """The example, to be broken at will."""
    shutil.copytree(SEED, folder, ignore=shutil.ignore_patterns("data", "__pycache__"))
    return Workspace(folder)


def rows_of(table):
    """The published rows as `deltalake` reads them, dates as text, in key order."""
    data = DeltaTable(str(table)).to_pyarrow_dataset().to_table().to_pylist()
    rows = [tuple(None if row[name] is None else str(row[name]) for name in COLUMNS) for row in data]
    return sorted(rows, key=lambda row: (row[8], row[1], row[0]))


def csv_of(*rows, header="id_cliente,email,telefone,assunto,data_envio"):
    return "\n".join([header, *(",".join(row) for row in rows)]) + "\n"


# One contact that is in quarantine on DATA_CARGA.
CONTACT = ("1", "a@exemplo.com", "11999999999", "Oferta", "2024-05-27")
