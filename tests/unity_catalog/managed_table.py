"""Writes a catalog-managed Delta table as another engine would: files, commits staged beside the log, and nothing that
the catalog did not ratify. The catalog is spoken with by `api(method, path, body)`, below /api/2.1/unity-catalog."""

import json
import time
import uuid
from pathlib import Path

import pyarrow.parquet

READER = ["catalogManaged", "v2Checkpoint", "vacuumProtocolCheck"]
WRITER = [*READER, "inCommitTimestamp"]
TYPES = {"string": "string", "date32[day]": "date", "int32": "integer"}


def fields_of(schema):
    return [{"name": f.name, "type": TYPES[str(f.type)], "nullable": True, "metadata": {}} for f in schema]


class ManagedTable:
    def __init__(self, api, full_name, folder, table_id):
        self.api, self.full_name, self.folder, self.table_id = api, full_name, Path(folder), table_id
        self.version = -1
        catalog, schema, name = full_name.split(".")
        self.path = f"/delta/v1/catalogs/{catalog}/schemas/{schema}/tables/{name}"

    @classmethod
    def created(cls, api, full_name, schema, partition_columns=()):
        """By the published flow: a staging table, version 0 in its place, the table."""
        catalog, parent, name = full_name.split(".")
        below = f"/delta/v1/catalogs/{catalog}/schemas/{parent}"
        staging = api("POST", f"{below}/staging-tables", {"name": name})
        location = staging["location"]
        table = cls(api, full_name, location.removeprefix("file://"), staging["table-id"])
        fields = fields_of(schema)
        properties = {k: v for k, v in staging["required-properties"].items() if v is not None}
        table.write_version_0(fields, partition_columns, properties)
        api("POST", f"{below}/tables", {
            "name": name, "location": location, "table-type": "MANAGED",
            "columns": {"type": "struct", "fields": fields}, "partition-columns": list(partition_columns),
            "protocol": {"min-reader-version": 3, "min-writer-version": 7, "reader-features": READER,
                         "writer-features": WRITER},
            "properties": properties, "last-commit-timestamp-ms": table.now})
        return table

    @property
    def log(self):
        return self.folder / "_delta_log"

    def write_version_0(self, fields, partition_columns=(), properties=None):
        self.now = int(time.time() * 1000)
        properties = properties or {"delta.enableInCommitTimestamps": "true", "delta.checkpointPolicy": "v2",
                                    "io.unitycatalog.tableId": self.table_id}
        self.log.mkdir(parents=True, exist_ok=True)
        actions = [
            self.commit_info("CREATE TABLE"),
            {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": READER,
                          "writerFeatures": WRITER}},
            {"metaData": {"id": self.table_id, "format": {"provider": "parquet", "options": {}},
                          "schemaString": json.dumps({"type": "struct", "fields": fields}),
                          "partitionColumns": list(partition_columns), "configuration": properties,
                          "createdTime": self.now}}]
        (self.log / f"{0:020}.json").write_text("\n".join(map(json.dumps, actions)) + "\n")
        self.version = 0

    def commit_info(self, operation):
        self.now = max(int(time.time() * 1000), self.now + 1)
        return {"commitInfo": {"inCommitTimestamp": self.now, "timestamp": self.now, "operation": operation,
                               "operationParameters": {}, "txnId": str(uuid.uuid4())}}

    def stage(self, rows=None):
        """A commit that adds `rows`, written but not ratified; as the API's add-commit takes it."""
        version = self.version + 1
        actions = [self.commit_info("WRITE")]
        if rows is not None:
            data = f"part-{uuid.uuid4()}.parquet"
            pyarrow.parquet.write_table(rows, self.folder / data)
            actions.append({"add": {"path": data, "partitionValues": {}, "size": (self.folder / data).stat().st_size,
                                    "modificationTime": self.now, "dataChange": True}})
        place = self.log / "_staged_commits" / f"{version:020}.{uuid.uuid4()}.json"
        place.parent.mkdir(exist_ok=True)
        place.write_text("\n".join(map(json.dumps, actions)) + "\n")
        return {"version": version, "timestamp": self.now, "file-name": place.name, "file-size": place.stat().st_size,
                "file-modification-timestamp": int(place.stat().st_mtime * 1000)}

    def append(self, rows=None):
        """A commit that the catalog ratified and that nobody published."""
        commit = self.stage(rows)
        self.api("POST", self.path, {"requirements": [{"type": "assert-table-uuid", "uuid": self.table_id}],
                                     "updates": [{"action": "add-commit", "commit": commit}]})
        self.version = commit["version"]
        return commit

    def published(self):
        return sorted(int(p.stem) for p in self.log.glob("*.json") if p.stem.isdigit())
