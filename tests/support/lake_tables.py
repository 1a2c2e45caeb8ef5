"""The same days twice: the embedded engine's into a folder, Spark's into a table on an object store."""

import json
import shutil
import tempfile
from pathlib import Path
from urllib.parse import unquote

import yaml

from engine_pair import told
from product import Workspace, rows_of

TABLE = "quarentena_global"


def configure(workspace, **keys):
    path = workspace.folder / "quarentena.yml"
    config = {**yaml.safe_load(path.read_text()), **keys}
    path.write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True))


class LakePair:
    """`keys` are of the second one's quarentena.yml, `environment` is its run's."""

    def __init__(self, workspace, lake, environment, **keys):
        self.lake, self.environment = lake, {**lake.environment(), **environment}
        self.here, self.there = workspace, Workspace(workspace.folder.with_name(workspace.folder.name + "-lake"))
        shutil.rmtree(self.there.folder)
        shutil.copytree(workspace.folder, self.there.folder)
        configure(self.there, table=lake.url(TABLE), **keys)

    def run(self, *arguments, change=None, **options):
        """On both; they say the same and leave the same. `change(workspace)` comes before. The second's outcome."""
        for workspace in (self.here, self.there):
            if change:
                change(workspace)
        duck = self.here.run("--json", *arguments, **options)
        spark = self.there.run("--json", "--engine", "spark", *arguments, env=self.environment, **{"timeout": 1200, **options})
        assert spark.code == duck.code, f"{duck}\n=== on Spark\n{spark}"
        assert told(spark) == told(duck)
        self.same_rows()
        return spark

    def same_rows(self):
        """And in the store nothing but the table: what the log names, and the log."""
        keys = self.lake.keys(TABLE + "/")
        if not keys:
            return
        with tempfile.TemporaryDirectory() as folder:
            table = self.lake.copy(TABLE, folder)
            assert rows_of(table) == self.here.rows()
            named = self.named(folder)
        data = {key for key in keys if "/_delta_log/" not in key}
        assert data == named, f"not in the log: {sorted(data - named)}; not there: {sorted(named - data)}"

    @staticmethod
    def named(folder):
        """Every file that a commit of the table ever added."""
        actions = [json.loads(line) for path in Path(folder, "_delta_log").glob("*.json") for line in path.read_text().splitlines()]
        return {f"{TABLE}/{unquote(one['add']['path'])}" for one in actions if "add" in one}
