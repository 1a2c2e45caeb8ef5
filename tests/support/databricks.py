"""A Databricks workspace by its published REST API (docs.databricks.com/api): OAuth for machines, Unity Catalog's
tables and temporary credentials, the Files API, secrets; and the S3 that those credentials open. It refuses what
Databricks refuses, and fails on demand."""

import base64
import email.utils
import json
import mmap
import re
import secrets
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.sax.saxutils import escape, unescape

import delta_api

PAGE = 2  # entries a page of a listing, so that every test pages


class Fault:
    """The next `times` requests that begin with `start` ("GET /api/2.0/fs") are answered with this."""

    def __init__(self, start, status, times=1, headers=None, body=None):
        self.start, self.status, self.left, self.headers, self.body = start, status, times, headers or {}, body


class Server:
    def __init__(self, handler, authority=None):
        self.requests = []  # "GET /path"
        self.faults = []
        self.lock = threading.Lock()
        owner = self

        class Bound(handler):
            server_state = owner

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Bound)
        self.http.daemon_threads = True
        if authority:
            self.http.socket = authority.served(self.http.socket)
        self.host = f"http{'s' if authority else ''}://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def fail(self, *args, **kwargs):
        self.faults.append(Fault(*args, **kwargs))

    def seen(self, start):
        return [each for each in self.requests if each.startswith(start)]

    def stop(self):
        self.http.shutdown()
        self.http.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or a head and its body are 40 ms apart

    def log_message(self, *_):
        pass

    @property
    def state(self):
        return self.server_state

    def handle_any(self):
        size = int(self.headers.get("Content-Length") or 0)
        self.sent = self.rfile.read(size) if size else b""
        url = urllib.parse.urlsplit(self.path)
        self.where = urllib.parse.unquote(url.path)
        self.query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        line = f"{self.command} {self.where}"
        with self.state.lock:
            self.state.requests.append(line)
            fault = next((f for f in self.state.faults if f.left and line.startswith(f.start)), None)
            if fault:
                fault.left -= 1
        if fault:
            return self.answer(fault.status, fault.body or {"error_code": "FAULT", "message": "on demand"}, fault.headers)
        return self.route()

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = handle_any

    def answer(self, status, body=b"", headers=None):
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers = {"Content-Type": "application/json", **(headers or {})}
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if "Content-Length" not in (headers or {}):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def error(self, status, code, message):
        self.answer(status, {"error_code": code, "message": message})

    def file(self, content, headers=None):
        """With Range, and cut off after `cut` bytes when the test asks for it."""
        headers = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes", **(headers or {})}
        asked = self.headers.get("Range")
        status, begin, end = 200, 0, len(content)
        if asked and asked.startswith("bytes="):
            first, _, last = asked[6:].partition("-")
            begin = int(first) if first else len(content) - int(last)
            end = min(int(last) + 1, len(content)) if last and first else len(content)
            status = 206
            headers["Content-Range"] = f"bytes {begin}-{end - 1}/{len(content)}"
        body = content[begin:end]
        if self.command == "GET" and self.state.cut and len(body) > self.state.cut:
            cut, self.state.cut = self.state.cut, None
            self.answer(status, body[:cut], {**headers, "Content-Length": str(len(body))})
            self.close_connection = True
            self.connection.close()
            return
        self.answer(status, body, {**headers, "Content-Length": str(len(body))})


class DatabricksHandler(Handler):
    def route(self):
        if self.where == "/oidc/v1/token":
            return self.token()
        given = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if given not in self.state.tokens:
            return self.error(401, "UNAUTHENTICATED", "the access token is not valid")
        for start, method in (("/api/2.1/unity-catalog/", self.catalog), ("/api/2.0/fs/files/", self.files),
                              ("/api/2.0/fs/directories/", self.directories),
                              ("/api/2.0/secrets/get", self.secret)):
            if self.where.startswith(start):
                return method(self.where.removeprefix(start))
        return self.error(404, "ENDPOINT_NOT_FOUND", f"No API found for '{self.command} {self.where}'")

    def token(self):
        wanted = base64.b64encode(f"{self.state.client_id}:{self.state.client_secret}".encode()).decode()
        form = dict(urllib.parse.parse_qsl(self.sent.decode()))
        if self.headers.get("Authorization") != f"Basic {wanted}":
            return self.answer(401, {"error": "invalid_client", "error_description": "Client authentication failed"})
        if form != {"grant_type": "client_credentials", "scope": "all-apis"}:
            return self.answer(400, {"error": "invalid_request"})
        token = "oauth-" + secrets.token_hex(16)
        self.state.tokens.add(token)
        self.state.issued.append(token)
        self.answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": "all-apis"})

    def catalog(self, rest):
        kind, _, name = rest.partition("/")
        tables = self.state.tables
        if kind == "delta":
            return delta_api.answer(self, name)
        if kind == "tables" and name:
            parts = name.split(".")
            if parts[0] not in {t.split(".")[0] for t in tables}:
                return self.error(404, "CATALOG_DOES_NOT_EXIST", f"Catalog '{parts[0]}' does not exist.")
            if name not in tables:
                return self.error(404, "TABLE_DOES_NOT_EXIST", f"Table '{name}' does not exist.")
            return self.answer(200, tables[name])
        if kind == "catalogs" and name:
            known = {t.split(".")[0] for t in tables}
            return self.answer(200, {"name": name}) if name in known else self.error(
                404, "CATALOG_DOES_NOT_EXIST", f"Catalog '{name}' does not exist.")
        if kind == "schemas" and name:
            known = {t.rpartition(".")[0] for t in tables}
            return self.answer(200, {"full_name": name}) if name in known else self.error(
                404, "SCHEMA_DOES_NOT_EXIST", f"Schema '{name}' does not exist.")
        if kind == "temporary-table-credentials":
            asked = json.loads(self.sent)
            table = next((t for t in tables.values() if t["table_id"] == asked["table_id"]), None)
            if table is None or asked["operation"] not in ("READ", "READ_WRITE"):
                return self.error(400, "INVALID_PARAMETER_VALUE", "no such table, or no such operation")
            return self.credentials(table["storage_location"])
        if kind == "temporary-path-credentials":
            asked = json.loads(self.sent)
            if asked["operation"] not in ("PATH_READ", "PATH_READ_WRITE", "PATH_CREATE_TABLE"):
                return self.error(400, "INVALID_PARAMETER_VALUE", "no such operation")
            return self.credentials(asked["url"])
        if kind == "tables" and self.command == "POST":
            asked = json.loads(self.sent)
            full = f"{asked['catalog_name']}.{asked['schema_name']}.{asked['name']}"
            if full in tables:
                return self.error(409, "TABLE_ALREADY_EXISTS", f"Table '{full}' already exists")
            if (asked["table_type"], asked["data_source_format"]) != ("EXTERNAL", "DELTA"):
                return self.error(400, "INVALID_PARAMETER_VALUE", "only external Delta tables")
            self.state.register(full, asked["storage_location"], columns=asked["columns"])
            return self.answer(200, tables[full])
        if kind in ("catalogs", "schemas", "tables"):
            return self.answer(200, {kind: []})
        return self.error(404, "ENDPOINT_NOT_FOUND", rest)

    def credentials(self, url):
        key = {"access_key_id": "ASIA" + secrets.token_hex(8).upper(), "secret_access_key": secrets.token_hex(20),
               "session_token": secrets.token_hex(32), "access_point": ""}
        self.state.keys.append(key)
        self.answer(200, {"aws_temp_credentials": key, "url": url,
                          "expiration_time": int((time.time() + self.state.keys_live) * 1000)})

    def in_volume(self, path):
        return self.state.volumes / Path(path).relative_to("Volumes")

    def files(self, path):
        place = self.in_volume(path)
        if self.command == "PUT":
            return self.put_file(place, path)
        if not place.is_file():
            return self.error(404, "NOT_FOUND", f"The file being accessed is not found: /{path}")
        if self.command == "DELETE":
            place.unlink()
            return self.answer(204)
        changed = email.utils.formatdate(place.stat().st_mtime, usegmt=True)
        if self.command == "HEAD":
            return self.answer(200, headers={"Last-Modified": changed, "Content-Length": str(place.stat().st_size)})
        content = b""
        if place.stat().st_size:
            with open(place, "rb") as opened:
                content = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        self.file(memoryview(content), {"Last-Modified": changed})

    def put_file(self, place, path):
        if not place.parent.is_dir():
            return self.error(404, "NOT_FOUND", f"The parent directory does not exist: /{path}")
        if place.exists() and self.query.get("overwrite") != "true":
            return self.error(409, "ALREADY_EXISTS", f"The file being created already exists: /{path}")
        place.write_bytes(self.sent)
        self.answer(204)

    def directories(self, path):
        place = self.in_volume(path)
        if self.command == "PUT" and len(Path(path).parts) > 4:
            place.mkdir(parents=True, exist_ok=True)
            return self.answer(204)
        if not place.is_dir() or len(Path(path).parts) < 4:
            return self.error(404, "NOT_FOUND", f"The directory being accessed is not found: /{path}")
        entries = []
        for each in sorted(place.iterdir()):
            entry = {"path": f"/{path.rstrip('/')}/{each.name}", "name": each.name, "is_directory": each.is_dir()}
            if each.is_file():
                entry.update(file_size=each.stat().st_size, last_modified=int(each.stat().st_mtime) * 1000)
            entries.append(entry)
        begin = int(self.query.get("page_token", "0"))
        answer = {"contents": entries[begin:begin + PAGE]}
        if begin + PAGE < len(entries):
            answer["next_page_token"] = str(begin + PAGE)
        self.answer(200, answer if entries else {})

    def secret(self, _):
        held = self.state.secrets.get((self.query.get("scope"), self.query.get("key")))
        if held is None:
            return self.error(404, "RESOURCE_DOES_NOT_EXIST", "No such scope or key")
        self.answer(200, {"key": self.query["key"], "value": base64.b64encode(held.encode()).decode()})


class Databricks(Server):
    handler = DatabricksHandler

    def __init__(self, folder, authority=None):
        """Over https where an `authority` (web_server.py) is given, as the real one always is."""
        self.volumes = Path(folder) / "volumes"
        self.volumes.mkdir(parents=True)
        self.client_id, self.client_secret = "marketing-loader", "s3cr3t-" + secrets.token_hex(8)
        self.token = "dapi" + secrets.token_hex(16)
        self.tokens, self.issued, self.keys, self.keys_live = {self.token}, [], [], 3600
        self.tables, self.secrets, self.cut = {}, {}, None
        self.delta_api, self.commits, self.lose_answers = "v1", {}, 0
        super().__init__(self.handler, authority)

    @property
    def auth(self):
        """What `auth` of a source says; the values are in `environment`."""
        return {"host": self.host, "client_id": self.client_id, "client_secret": "${env:DBX_SECRET}"}

    @property
    def environment(self):
        return {"DBX_SECRET": self.client_secret, "DBX_TOKEN": self.token}

    def file(self, path, content):
        place = self.volumes / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
        return place

    def register(self, full_name, location, **more):
        catalog, schema, name = full_name.split(".")
        self.tables[full_name] = {"name": name, "catalog_name": catalog, "schema_name": schema, "full_name": full_name,
                                  "table_type": "EXTERNAL", "data_source_format": "DELTA", "properties": {},
                                  "storage_location": location, "table_id": secrets.token_hex(16), **more}


class S3Handler(Handler):
    def route(self):
        bucket, _, key = self.where.lstrip("/").partition("/")
        if not self.is_let_in():
            return self.refuse(403, "ExpiredToken")
        place = self.state.folder / bucket / key
        if self.command == "POST" and "delete" in self.query:
            for each in re.findall("<Key>(.*?)</Key>", self.sent.decode()):
                (self.state.folder / bucket / unescape(each)).unlink(missing_ok=True)
            return self.answer(200, b"<DeleteResult></DeleteResult>", {"Content-Type": "application/xml"})
        if self.command == "PUT":
            return self.put(place)
        if self.command == "DELETE":
            place.unlink(missing_ok=True)
            return self.answer(204)
        if not key or "list-type" in self.query:
            return self.listing(self.state.folder / bucket)
        if not place.is_file():
            return self.refuse(404, "NoSuchKey")
        self.file(place.read_bytes(), {"ETag": f'"{place.stat().st_mtime_ns:x}"', "Last-Modified":
                                       email.utils.formatdate(place.stat().st_mtime, usegmt=True)})

    def is_let_in(self):
        given, token = self.headers.get("Authorization") or "", self.headers.get("x-amz-security-token")
        return any(f"Credential={key['access_key_id']}/" in given and token == key["session_token"]
                   for key in self.state.good_keys())

    def put(self, place):
        if self.headers.get("If-None-Match") == "*" and place.exists():
            return self.refuse(412, "PreconditionFailed")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(self.sent)
        self.answer(200, headers={"ETag": f'"{place.stat().st_mtime_ns:x}"'})

    def refuse(self, status, code):
        self.answer(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode(),
                    {"Content-Type": "application/xml"})

    def listing(self, root):
        prefix, after = self.query.get("prefix", ""), self.query.get("start-after", "")
        found = []
        for each in sorted(root.rglob("*")):
            key = str(each.relative_to(root))
            if each.is_file() and key.startswith(prefix) and key > after:
                found.append(f"<Contents><Key>{escape(key)}</Key><Size>{each.stat().st_size}</Size>"
                             f"<LastModified>2024-05-28T06:00:00.000Z</LastModified><ETag>\"{each.stat().st_mtime_ns:x}\""
                             "</ETag></Contents>")
        self.answer(200, ("<ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>%d</KeyCount>%s</ListBucketResult>"
                          % (len(found), "".join(found))).encode(), {"Content-Type": "application/xml"})


class S3(Server):
    """Opens to the keys that `databricks` issued last, and to no others, or to all that it ever issued."""

    def __init__(self, folder, databricks, opens_to="last"):
        self.folder, self.cut = Path(folder), None
        self.good_keys = lambda: databricks.keys[-1:] if opens_to == "last" else databricks.keys
        super().__init__(S3Handler)
