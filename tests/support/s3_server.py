"""versitygw, a real S3 server that verifies signatures."""

import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

from pyarrow.fs import S3FileSystem

from ports import free_port, when_it_listens
from store_server import StoreServer

KEY, SECRET = "AKIATESTE", "segredo-marcado-5f1c"
BUCKET = "campanhas"


def gateway_binary():
    cached = Path(os.environ["QUARENTENA_CACHE"]) / "go/bin/versitygw"
    found = str(cached) if cached.exists() else shutil.which("versitygw")
    assert found, "versitygw is not here: scripts/setup --tests installs it"
    return found


class Server(StoreServer):
    name, secret = "s3", SECRET

    def __init__(self, folder, port, authority=None):
        self.folder = Path(folder) / BUCKET
        self.port, self.authority = port, authority
        scheme = "https" if authority else "http"
        self.endpoint = f"{scheme}://127.0.0.1:{port}"
        super().__init__(BUCKET, S3FileSystem(
            access_key=KEY, secret_key=SECRET, region="us-east-1", scheme=scheme,
            endpoint_override=f"127.0.0.1:{port}", allow_bucket_creation=True,
            tls_ca_file_path=str(authority.ca_file) if authority else None))

    def url(self, path, place=BUCKET):
        return f"s3://{place}/{path}"

    def clear(self):
        for path in self.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def environment(self, endpoint=None, **more):
        """A machine with nothing of AWS but these keys."""
        if self.authority:
            more = {"AWS_CA_BUNDLE": str(self.authority.ca_file), **more}
        return {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1",
                "AWS_ENDPOINT_URL_S3": endpoint or self.endpoint, "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", **more}

    def with_wrong_key(self):
        return {"AWS_SECRET_ACCESS_KEY": "errado"}


@contextmanager
def s3_server(folder, authority=None):
    """Over https where an `authority` (web_server.py) is given, as AWS always is."""
    port = free_port()
    tls = []
    if authority:
        certificate, key = authority.issue(f"s3-{port}", host="127.0.0.1")
        tls = ["--cert", str(certificate), "--key", str(key)]
    process = subprocess.Popen([gateway_binary(), "--port", f"127.0.0.1:{port}", *tls, "posix", str(folder)],
                               env={**os.environ, "ROOT_ACCESS_KEY": KEY, "ROOT_SECRET_KEY": SECRET},
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        when_it_listens(port)
        server = Server(folder, port, authority)
        server.files.create_dir(BUCKET)
        yield server
    finally:
        process.terminate()
        process.wait(10)
