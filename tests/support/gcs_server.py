"""Google Cloud Storage over fake-gcs-server, which keeps the objects, lists them and hands out their ranges as Google
does. What it lacks of the XML API stands before it, from the published protocol: objects put whole and in parts, the
condition on it (x-goog-if-generation-match, decided by fake-gcs-server's own JSON API), tokens of the metadata server,
and NoSuchBucket."""

import http.client
import json
import os
import re
import secrets
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

from ports import free_port, when_it_listens
from store_server import StoreServer

BUCKET = "campanhas"
TOKEN = "/computeMetadata/v1/instance/service-accounts/default/token"
ERROR = "<?xml version='1.0' encoding='UTF-8'?><Error><Code>{}</Code><Message>{}</Message></Error>"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or a head and its body are 40 ms apart

    def log_message(self, *_):
        pass

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        if url.path.endswith(TOKEN):
            return self.token(self.owner.secret if url.path == TOKEN else "ya29.outra")
        if self.headers.get("Authorization") != f"Bearer {self.owner.secret}":
            return self.refuse(401, "AuthenticationRequired", "Authentication required.")
        bucket, _, key = unquote(url.path).lstrip("/").partition("/")
        if bucket != BUCKET:
            return self.refuse(404, "NoSuchBucket", "The specified bucket does not exist.")
        query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        if self.command in ("GET", "HEAD") or (self.command == "DELETE" and "uploadId" not in query):
            return self.answer(*self.owner.ask(self.command, self.path, body, dict(self.headers)))
        return self.in_parts(key, query, body) if "uploads" in query or "uploadId" in query else self.keep(key, body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any

    def token(self, token):
        if self.headers.get("Metadata-Flavor") != "Google":
            return self.refuse(403, "Forbidden", "")
        told = {"access_token": token, "expires_in": 3600, "token_type": "Bearer"}
        self.answer(200, {"Content-Type": "application/json"}, json.dumps(told).encode())

    def keep(self, key, content):
        generation = self.headers.get("x-goog-if-generation-match")
        status, kept = self.owner.keep(key, content, generation)
        if status == 412:
            return self.refuse(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold.")
        self.answer(status, {"ETag": f'"{kept.get("etag", "")}"', "x-goog-generation": kept.get("generation", "0")}, b"")

    def in_parts(self, key, query, body):
        parts = self.owner.parts
        if "uploads" in query:
            upload = secrets.token_hex(16)
            parts[upload] = {}
            return self.answer(200, {}, f"<InitiateMultipartUploadResult><Bucket>{BUCKET}</Bucket><Key>{key}</Key>"
                                        f"<UploadId>{upload}</UploadId></InitiateMultipartUploadResult>".encode())
        upload = query["uploadId"]
        if upload not in parts:
            return self.refuse(404, "NoSuchUpload", "The requested upload was not found.")
        if self.command == "PUT":
            parts[upload][int(query["partNumber"])] = body
            return self.answer(200, {"ETag": f'"{query["partNumber"]}"'}, b"")
        sent = parts.pop(upload)
        if self.command == "DELETE":
            return self.answer(204, {}, b"")
        wanted = [int(number) for number in re.findall(rb"<PartNumber>(\d+)</PartNumber>", body)]
        _, kept = self.owner.keep(key, b"".join(sent[number] for number in wanted))
        self.answer(200, {}, f"<CompleteMultipartUploadResult><Bucket>{BUCKET}</Bucket><Key>{key}</Key>"
                             f"<ETag>&quot;{kept['etag']}&quot;</ETag></CompleteMultipartUploadResult>".encode())

    def refuse(self, status, code, message):
        self.answer(status, {"Content-Type": "application/xml"}, ERROR.format(code, message).encode())

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date"):
                self.send_header(name, value)
        length = headers.get("Content-Length") if self.command == "HEAD" else None
        self.send_header("Content-Length", length or str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class Server(StoreServer):
    name = "gcs"

    def __init__(self, port):
        self.behind_port, self.parts = port, {}
        self.secret = "ya29." + secrets.token_urlsafe(24)  # the token that opens it
        self._call("POST", "/storage/v1/b?project=p", json.dumps({"name": BUCKET}).encode())
        handler = type("Handler", (_Handler,), {"owner": self})
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.http.daemon_threads = True
        self.port = self.http.server_port
        self.endpoint = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        super().__init__(BUCKET, None)

    def ask(self, method, path, body=b"", headers=None):
        """(status, headers, body) of fake-gcs-server."""
        connection = http.client.HTTPConnection("127.0.0.1", self.behind_port, timeout=60)
        headers = {name: value for name, value in (headers or {}).items() if name.lower() not in ("host", "authorization")}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders()), content

    def _call(self, method, path, body=b""):
        status, _, content = self.ask(method, path, body, {"Content-Type": "application/octet-stream"})
        return status, json.loads(content or b"{}")

    def keep(self, key, content, generation=None):
        condition = f"&ifGenerationMatch={generation}" if generation is not None else ""
        return self._call("POST", f"/upload/storage/v1/b/{BUCKET}/o?uploadType=media&name={quote(key, safe='')}{condition}",
                          content)

    def put(self, key, content):
        status, _ = self.keep(key, content if isinstance(content, bytes) else content.encode())
        assert status == 200, (key, status)

    def keys(self, prefix):
        _, listed = self._call("GET", f"/storage/v1/b/{BUCKET}/o?prefix={quote(prefix, safe='')}")
        return sorted(item["name"] for item in listed.get("items", []))

    def clear(self):
        for key in self.keys(""):
            self._call("DELETE", f"/storage/v1/b/{BUCKET}/o/{quote(key, safe='')}")

    def url(self, path, place=BUCKET):
        return f"gs://{place}/{path}"

    def environment(self, endpoint=None, **more):
        """A machine of Google's."""
        return {"GOOGLE_STORAGE_ENDPOINT": endpoint or self.endpoint, "GCE_METADATA_HOST": f"127.0.0.1:{self.port}",
                "HOME": "/nonexistent", **more}

    def with_wrong_key(self):
        return {"GCE_METADATA_HOST": f"127.0.0.1:{self.port}/other"}

    def get(self, key):
        status, _, content = self.ask("GET", f"/storage/v1/b/{BUCKET}/o/{quote(key, safe='')}?alt=media")
        assert status == 200, (key, status)
        return content


@contextmanager
def gcs_server(_):
    binary = Path(os.environ["QUARENTENA_CACHE"]) / "go/bin/fake-gcs-server"
    assert binary.exists(), "fake-gcs-server is not here: scripts/setup --tests installs it"
    port = free_port()
    process = subprocess.Popen([binary, "-backend", "memory", "-scheme", "http", "-host", "127.0.0.1", "-port", str(port),
                                "-public-host", f"127.0.0.1:{port}", "-log-level", "error"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        when_it_listens(port)
        server = Server(port)
        yield server
        server.http.shutdown()
    finally:
        process.terminate()
        process.wait(10)
