"""A Databricks SQL warehouse by its published API (docs.databricks.com/api/workspace/statementexecution). It really
executes: each statement in a session of its own on a Spark Connect server, as a warehouse keeps nothing between them,
with ansi mode on, as there. What it cannot show: the warehouse's own permissions, and how long it takes to wake up."""

import json
import os
import re
import secrets
import signal
import subprocess
import threading

import pyarrow as pa

from databricks import Databricks, DatabricksHandler

STATEMENTS = "/api/2.0/sql/statements"


class Statement:
    """On a session of its own, which ends with it."""

    def __init__(self, sql, address):
        self.id, self.sql, self.answer = secrets.token_hex(8), sql, None
        self.client = subprocess.Popen([os.environ["SPARK_CLIENT"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self.run, args=(address,), daemon=True).start()

    def ask(self, **request):
        self.client.stdin.write(json.dumps(request) + "\n")
        self.client.stdin.flush()
        return json.loads(self.client.stdout.readline())

    def run(self, address):
        opened = self.ask(do="open", address=address)
        self.answer = opened if "error" in opened else self.ask(do="query", sql=self.sql)
        self.client.stdin.close()
        self.client.wait(60)

    def cancel(self):
        self.client.send_signal(signal.SIGINT)

    def chunks(self):
        """Of one row, or nearly: so that there are several."""
        rows = self.answer["rows"]
        return [rows[:1], rows[1:]] if len(rows) > 1 else [rows] if rows else []

    def status(self):
        if self.answer is None:
            return {"state": "RUNNING"}
        if "rows" in self.answer:
            return {"state": "SUCCEEDED"}
        error = self.answer["error"]
        if error["kind"] == "machine":
            return {"state": "CANCELED"}
        message = error["what"][error["what"].find("["):]
        state = re.search(r"SQLSTATE: (\w{5})", message)
        return {"state": "FAILED", "sql_state": state[1] if state else "",
                "error": {"error_code": "BAD_REQUEST", "message": message}}


class Handler(DatabricksHandler):
    def route(self):
        if self.where.startswith("/external/"):
            return self.external(*self.where.removeprefix("/external/").split("/"))
        given = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        of_sql = self.where.startswith("/api/2.0/sql/")
        if not of_sql or given not in self.state.tokens:
            return super().route()
        if self.where.startswith("/api/2.0/sql/warehouses/"):
            known = self.where.endswith("/" + self.state.warehouse)
            return self.answer(200, {"id": self.state.warehouse}) if known else self.error(404, "RESOURCE_DOES_NOT_EXIST", "no such warehouse")
        if self.command == "POST" and self.where == STATEMENTS:
            return self.submit(json.loads(self.sent))
        name, *rest = self.where.removeprefix(STATEMENTS + "/").split("/")
        statement = self.state.statements[name]
        if rest == ["cancel"]:
            statement.cancel()
            return self.answer(200, {})
        if rest[:2] == ["result", "chunks"]:
            return self.answer(200, self.links(statement, int(rest[2])))
        return self.answer(200, self.described(statement))

    def submit(self, asked):
        assert asked["warehouse_id"] == self.state.warehouse and asked["disposition"] == "EXTERNAL_LINKS" and asked["format"] == "ARROW_STREAM"
        # Where a cluster would have the volume mounted.
        sql = asked["statement"].replace("/Volumes/", f"file:{self.state.volumes}/")
        statement = Statement(sql, self.state.spark.address)
        self.state.statements[statement.id] = statement
        self.answer(200, self.described(statement))

    def described(self, statement):
        out = {"statement_id": statement.id, "status": statement.status()}
        if out["status"]["state"] == "SUCCEEDED":
            chunks = statement.chunks()
            out["manifest"] = {"total_row_count": sum(map(len, chunks)), "total_chunk_count": len(chunks), "truncated": False}
            out["result"] = self.links(statement, 0) if chunks else {}
        return out

    def links(self, statement, at):
        chunks = statement.chunks()
        link = {"chunk_index": at, "row_offset": sum(map(len, chunks[:at])), "row_count": len(chunks[at]),
                "external_link": f"{self.state.host}/external/{statement.id}/{at}?signature=s1gned"}
        if at + 1 < len(chunks):
            link["next_chunk_index"] = at + 1
        return {"external_links": [link]}

    def external(self, name, chunk):
        """A store's signed address: who also brings a token is refused."""
        if self.headers.get("Authorization") or self.query != {"signature": "s1gned"}:
            return self.answer(400, b"two ways in")
        rows = self.state.statements[name].chunks()[int(chunk)]
        table = pa.table({f"c{at}": pa.array(values, pa.string()) for at, values in enumerate(zip(*rows))})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        self.answer(200, sink.getvalue().to_pybytes())


class Workspace(Databricks):
    """A workspace with one warehouse, `warehouse`, whose statements run on `spark`."""

    handler = Handler

    def __init__(self, folder, spark):
        self.spark, self.warehouse, self.statements = spark, "a1b2c3d4e5f60718", {}
        super().__init__(folder)

    @property
    def environment(self):
        return {"DATABRICKS_HOST": self.host, "DATABRICKS_TOKEN": self.token}
