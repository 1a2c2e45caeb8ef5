"""Azurite, Microsoft's own emulator of Azure's blobs: it verifies signatures, and of racing conditional writes one wins."""

import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

from pyarrow.fs import AzureFileSystem

from ports import free_port, when_it_listens
from store_server import StoreServer

CONTAINER = "campanhas"
ACCOUNT = "contamkt"
KEY = "c2VncmVkby1tYXJjYWRvLWFkbHM="


class Server(StoreServer):
    name, secret = "adls", KEY

    def __init__(self, port):
        self.port = port
        self.endpoint = f"http://127.0.0.1:{port}/{ACCOUNT}"
        super().__init__(CONTAINER, AzureFileSystem(
            ACCOUNT, account_key=KEY, blob_storage_authority=f"127.0.0.1:{port}", blob_storage_scheme="http",
            dfs_storage_authority=f"127.0.0.1:{port}", dfs_storage_scheme="http"))

    def url(self, path, place=CONTAINER):
        return f"abfss://{place}@{ACCOUNT}.dfs.core.windows.net/{path}"

    def behind(self, proxy):
        return f"{proxy.endpoint}/{ACCOUNT}"

    def environment(self, endpoint=None, **more):
        return {"AZURE_STORAGE_ACCOUNT_KEY": KEY, "AZURE_STORAGE_ENDPOINT": endpoint or self.endpoint, **more}

    def clear(self):
        """With the empty blobs that its own client leaves for folders."""
        self.files.delete_dir(CONTAINER)
        self.files.create_dir(CONTAINER)

    def with_wrong_key(self):
        return {"AZURE_STORAGE_ACCOUNT_KEY": "b3V0cmEgY2hhdmU="}


@contextmanager
def azurite(folder):
    binary = Path(os.environ["QUARENTENA_CACHE"]) / "npm/azurite/node_modules/.bin/azurite-blob"
    assert binary.exists(), "azurite is not here: scripts/setup --tests installs it"
    port = free_port()
    process = subprocess.Popen(
        [binary, "--location", folder, "--blobHost", "127.0.0.1", "--blobPort", str(port), "--silent",
         "--disableTelemetry", "--skipApiVersionCheck"],
        env={**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        when_it_listens(port)
        server = Server(port)
        server.files.create_dir(CONTAINER)
        yield server
    finally:
        process.terminate()
        process.wait(10)
