"""The open-source Unity Catalog server that `scripts/setup --tests` installs, for files of this machine."""

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from ports import free_port

BINARY = Path(os.environ.get("QUARENTENA_CACHE", Path.home() / ".cache/quarentena")) / "uc-server/bin/uc-server"
API = "/api/2.1/unity-catalog"

CONFIG = """
host: 127.0.0.1
port: {port}
backend: {{engine: sqlite, path: {folder}/uc.db}}
encryption: {{active: {{id: dev, key: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=}}}}
local_storage: {{allowed-roots: [{folder}/data]}}
managed_storage_root: file://{folder}/data/managed
ui: {{serve: false}}
"""


class UcServer:
    """Everything under `<folder>/data/external` may be registered as external tables."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.data = self.folder / "data"
        self.external = self.data / "external"
        for needed in (self.external, self.data / "managed"):
            needed.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.host = f"http://127.0.0.1:{self.port}"
        config = self.folder / "uc.yaml"
        config.write_text(CONFIG.format(port=self.port, folder=self.folder))
        subprocess.run([BINARY, "migrate", "--config", config], check=True, capture_output=True)
        self.log = open(self.folder / "uc.log", "wb")
        self.process = subprocess.Popen([BINARY, "serve", "--config", config], stdout=self.log, stderr=self.log)
        self._wait()
        self._allow_external()

    def _wait(self):
        for _ in range(200):
            try:
                self.call("GET", "/catalogs")
                return
            except (urllib.error.URLError, ConnectionError):
                assert self.process.poll() is None, (self.folder / "uc.log").read_text()
                time.sleep(0.05)
        raise AssertionError("uc-server does not answer: " + (self.folder / "uc.log").read_text())

    def _allow_external(self):
        self.call("POST", "/credentials", {"name": "local", "purpose": "STORAGE",
                                           "aws_iam_role": {"role_arn": "arn:aws:iam::123456789012:role/none"}})
        self.call("POST", "/external-locations", {"name": "external", "url": f"file://{self.external}",
                                                  "credential_name": "local"})

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.host + API + path, method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else {}

    def catalog(self, name="main", *schemas):
        self.call("POST", "/catalogs", {"name": name})
        for schema in schemas:
            self.call("POST", "/schemas", {"name": schema, "catalog_name": name})

    def register(self, full_name, location, source_format="DELTA", **more):
        catalog, schema, name = full_name.split(".")
        return self.call("POST", "/tables", {
            "catalog_name": catalog, "schema_name": schema, "name": name, "table_type": "EXTERNAL",
            "data_source_format": source_format, "storage_location": f"file://{location}", "columns": [], **more})

    def table(self, full_name):
        return self.call("GET", f"/tables/{full_name}")

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.log.close()
