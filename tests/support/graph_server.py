"""Microsoft Graph, its identity platform and SharePoint's file host, as far as they are published, for tests.

Three TLS servers on 127.0.0.1 with an authority of their own: `login` gives application tokens (secret, or an
assertion whose signature is checked), `graph` answers /v1.0, `files` hands out bytes at pre-authenticated
addresses. They refuse what the real ones refuse: no token or an old one, the token at a pre-authenticated address,
paths that are not escaped, query options nobody knows. Faults are set on the object while it runs.
"""

import base64
import hashlib
import json
import re
import secrets
import socket
import ssl
import subprocess
import threading
import time
from dataclasses import dataclass
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

from graph_library import HOST, Site, guid

TENANT = "contoso.onmicrosoft.com"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def openssl(*arguments, **options):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, **options).stdout


def make_certificate(folder, name, days=30, passphrase=None, names="IP:127.0.0.1,DNS:localhost"):
    """A self-signed certificate and its key, in two PEM files."""
    certificate, key = Path(folder) / f"{name}.crt", Path(folder) / f"{name}.key"
    hidden = ["-passout", f"pass:{passphrase}"] if passphrase else ["-nodes"]
    openssl("req", "-x509", "-newkey", "rsa:2048", "-keyout", key, "-out", certificate, "-days", days, "-subj",
            f"/CN={name}", "-addext", f"subjectAltName={names}", *hidden)
    return certificate, key


def thumbprint(certificate):
    der = openssl("x509", "-in", certificate, "-outform", "DER")
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()


@dataclass
class Seen:
    """One request and how it was answered."""
    server: str
    method: str
    path: str
    headers: dict
    status: int = 0
    sent: int = 0  # bytes of a file


class Refused(Exception):
    def __init__(self, status, code, message="", headers=None):
        super().__init__(code)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}


class GraphServer:
    def __init__(self, folder, certificate=None):
        """`certificate`: what make_certificate gives, to save making one."""
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ca_file, self._key = certificate or make_certificate(self.folder, "server")
        self.client_id = guid()
        self.client_secret = "S~" + secrets.token_urlsafe(24)
        self.certificates = {}  # thumbprint -> public key (PEM file)
        self.sites = []
        self.seen = []
        self.tokens = {}  # token -> the moment it ends
        self.token_life_s = 3600
        self.addresses = {}  # query of a pre-authenticated address -> item
        self.page_size = 200
        # Faults.
        self.answers = []  # (server, part of a path, status, headers): each is given once, in this order
        self.cuts = []  # so many bytes of an answer's file, then the connection breaks; one an answer
        self.expired_after = None  # addresses end when so many bytes were sent; then None again
        self.alter = None  # of a file's bytes on their way
        self.next_link = None  # in place of the right one
        self.ignores_range = False
        self.page_instead = False  # an HTML page with status 200 in a file's place
        self.on_content = None  # called when a file's address is asked for
        self._lock = threading.Lock()
        self._servers = {name: self._start(name) for name in ("login", "graph", "files")}

    def _start(self, name):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE  # as nginx has it, unlike Python
        context.load_cert_chain(self.ca_file, self._key)
        owner = self

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def get_request(self):
                connection, address = super().get_request()
                # The handshake happens in the connection's own thread, at its first read.
                return context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

            def handle_error(self, request, client_address):
                pass  # a client that went away

        class Handler(_Handler):
            graph, server_name = owner, name

        server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return server

    def close(self):
        for server in self._servers.values():
            server.shutdown()
            server.server_close()

    def address(self, name):
        # Files are on another host than Graph, as with Microsoft.
        return f"https://{'localhost' if name == 'files' else '127.0.0.1'}:{self._servers[name].server_port}"

    @property
    def auth(self):
        """What goes under `auth`; the secret is in the environment."""
        return {"tenant": TENANT, "client_id": self.client_id, "client_secret": "${env:GRAPH_SECRET}",
                "authority": self.address("login"), "endpoint": self.address("graph")}

    @property
    def env(self):
        return {"QUARENTENA_CA_FILE": str(self.ca_file), "GRAPH_SECRET": self.client_secret}

    def site(self, path):
        self.sites.append(Site(path))
        return self.sites[-1]

    def register(self, certificate):
        """As uploading it to the application does."""
        public = self.folder / f"{secrets.token_hex(4)}.pub"
        public.write_bytes(openssl("x509", "-in", certificate, "-pubkey", "-noout"))
        self.certificates[thumbprint(certificate)] = public

    def revoke_tokens(self):
        self.tokens = {token: 0 for token in self.tokens}

    def requests(self, server, part=""):
        return [seen for seen in self.seen if seen.server == server and part in unquote(seen.path)]

    def forget(self):
        self.seen = []

    # login

    def sign_in(self, path, headers, body):
        if headers.get("content-type", "").split(";")[0] != "application/x-www-form-urlencoded":
            raise Refused(400, "invalid_request", "AADSTS900144")
        form = {key: values[0] for key, values in parse_qs(body.decode(), strict_parsing=True).items()}
        match = re.fullmatch(r"/([^/]+)/oauth2/v2\.0/token", path)
        if not match:
            raise Refused(404, "not_found")
        if match[1] != TENANT:
            raise Refused(400, "invalid_request", "AADSTS90002")
        if form.get("grant_type") != "client_credentials":
            raise Refused(400, "unsupported_grant_type", "AADSTS70003")
        if form.get("client_id") != self.client_id:
            raise Refused(400, "unauthorized_client", "AADSTS700016")
        if form.get("scope") != self.address("graph") + "/.default":
            raise Refused(400, "invalid_scope", "AADSTS1002012")
        if "client_assertion" in form:
            self._check_assertion(form, self.address("login") + path)
        elif "client_secret" not in form:
            raise Refused(401, "invalid_client", "AADSTS7000218")
        elif form["client_secret"] != self.client_secret:
            raise Refused(401, "invalid_client", "AADSTS7000215")
        return {"token_type": "Bearer", "expires_in": self.token_life_s, "ext_expires_in": self.token_life_s,
                "access_token": self.issue_token()}

    def issue_token(self):
        token = "eyJ" + secrets.token_urlsafe(200)
        self.tokens[token] = time.time() + self.token_life_s
        return token

    def _check_assertion(self, form, audience):
        if form.get("client_assertion_type") != ASSERTION:
            raise Refused(400, "invalid_request", "AADSTS90014")
        head, claims, signature = form["client_assertion"].split(".")

        def decoded(text):
            return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

        header, body = json.loads(decoded(head)), json.loads(decoded(claims))
        public = self.certificates.get(header.get("x5t#S256"))
        if header.get("typ") != "JWT" or header.get("alg") not in ("PS256", "RS256") or not public:
            raise Refused(401, "invalid_client", "AADSTS700027")
        if header["alg"] == "PS256":
            padding = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]
        else:
            padding = []
        (self.folder / "signature").write_bytes(decoded(signature))
        checked = subprocess.run(
            ["openssl", "dgst", "-sha256", *padding, "-verify", public, "-signature", self.folder / "signature"],
            input=f"{head}.{claims}".encode(), capture_output=True)
        if checked.returncode != 0:
            raise Refused(401, "invalid_client", "AADSTS700027")
        if body.get("aud") != audience:
            raise Refused(401, "invalid_client", "AADSTS700023")
        if not body.get("iss") == body.get("sub") == self.client_id or not body.get("jti"):
            raise Refused(401, "invalid_client", "AADSTS700021")
        if not body["nbf"] - 300 <= time.time() < body["exp"] <= time.time() + 86400:
            raise Refused(401, "invalid_client", "AADSTS700024")

    # graph

    def resource(self, target, headers):
        """The answer's (status, headers, JSON)."""
        path, _, query = target.partition("?")
        if not path.startswith("/v1.0/"):
            raise Refused(400, "BadRequest", "Invalid version: " + path.split("/")[1])
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not token:
            raise Refused(401, "InvalidAuthenticationToken", "Access token is empty.")
        if self.tokens.get(token, 0) <= time.time():
            raise Refused(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
        if re.search(r"%(?![0-9A-Fa-f]{2})|[^\x21-\x7e]", path):
            raise Refused(400, "BadRequest", "Bad Request - Error in query syntax.")
        options = {key: values[0] for key, values in parse_qs(query, strict_parsing=bool(query)).items()}
        if set(options) - {"$select", "$top", "$skiptoken"}:
            raise Refused(400, "BadRequest", "Unknown query option")
        return self._routed(path[len("/v1.0"):], options, headers)

    def _routed(self, path, options, headers):
        if match := re.fullmatch(r"/sites/([^/:]+)(?::/([^:]+))?", path):
            return 200, {}, self._selected(self._site_json(self._site(unquote(match[1]), match[2])), options)
        if match := re.fullmatch(r"/sites/([^/:]+)/drives", path):
            site = self._site(unquote(match[1]), None)
            drives = [{"id": drive.id, "name": drive.name, "driveType": "documentLibrary",
                       "webUrl": f"https://{HOST}/{site.path}/{quote(drive.url_name)}"} for drive in site.drives]
            return 200, {}, self._page(path, drives, options)
        if match := re.fullmatch(r"/drives/([^/:]+)/(?:root|root:/([^:]+):?|items/([^/:]+))(?:/(children|content))?", path):
            drive, place, identity, what = match.groups()
            return self._item_answer(path, self._item(unquote(drive), place, identity), what, options, headers)
        raise Refused(400, "BadRequest", "Resource not found for the segment")

    def _site(self, host_or_id, place):
        for site in self.sites:
            same_path = unquote(place or "").strip("/").lower() == site.path.lower()
            if host_or_id == site.id or (host_or_id == HOST and same_path):
                if not site.readable:
                    raise Refused(403, "accessDenied", "Access denied")
                return site
        raise Refused(404, "itemNotFound", "Requested site could not be found")

    @staticmethod
    def _site_json(site):
        return {"id": site.id, "name": site.path.split("/")[-1], "webUrl": f"https://{HOST}/{site.path}"}

    def _item(self, drive_id, place, identity):
        drive = next((drive for site in self.sites for drive in site.drives if drive.id == drive_id and site.readable), None)
        if not drive:
            raise Refused(404, "itemNotFound", "The resource could not be found.")
        if identity:
            item = next((item for item in drive.root.walk() if item.id == unquote(identity)), None)
        else:
            item = drive.root.at(unquote(place or ""))
        if not item:
            raise Refused(404, "itemNotFound", "The resource could not be found.")
        return item

    def _item_answer(self, path, item, what, options, headers):
        if what == "children":
            if item.content is not None:
                raise Refused(400, "invalidRequest", "The resource is not a folder")
            return 200, {}, self._page(path, [child.json() for child in item.children], options)
        if headers.get("if-none-match") in (item.etag, item.ctag):
            return 304, {}, None
        if what is None:
            return 200, {}, self._selected(item.json(), options)
        if item.content is None:
            raise Refused(400, "notAFile", "You cannot get content for a folder")
        if self.on_content:
            self.on_content(item)
        query = f"UniqueId={item.guid}&Translate=false&tempauth=v1.{secrets.token_urlsafe(60)}&ApiVersion=2.0"
        self.addresses[query] = item
        return 302, {"Location": self.address("files") + "/sites/x/_layouts/15/download.aspx?" + query}, None

    def _page(self, path, values, options):
        start = int(options.get("$skiptoken", "0"))
        end = start + min(int(options.get("$top", "200")), self.page_size)
        page = {"value": [self._selected(value, options) for value in values[start:end]]}
        if end < len(values):
            kept = "".join(f"&{key}={quote(options[key])}" for key in ("$select", "$top") if key in options)
            page["@odata.nextLink"] = self.next_link or f"{self.address('graph')}/v1.0{path}?$skiptoken={end}{kept}"
        return page

    @staticmethod
    def _selected(value, options):
        wanted = options.get("$select")
        return value if not wanted else {key: value[key] for key in wanted.split(",") if key in value}

    def fault(self, server, path):
        with self._lock:
            for i, (where, part, status, headers) in enumerate(self.answers):
                if where == server and part in unquote(path):
                    del self.answers[i]
                    return status, headers
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or a head and its body are 40 ms apart
    timeout = 60

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self._answer()

    def do_POST(self):
        self._answer()

    def _answer(self):
        headers = {key.lower(): value for key, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        self.record = Seen(self.server_name, self.command, self.path, headers)
        self.graph.seen.append(self.record)
        fault = self.graph.fault(self.server_name, self.path)
        if fault:
            return self._send(fault[0], fault[1], b"")
        try:
            if self.server_name == "login":
                self._json(200, {}, self.graph.sign_in(self.path, headers, body))
            elif self.server_name == "graph":
                if self.command != "GET":
                    raise Refused(405, "Request_BadRequest", "read only")
                self._json(*self.graph.resource(self.path, headers))
            else:
                self._file(headers)
        except Refused as refused:
            self._refuse(refused)

    def _refuse(self, refused):
        if self.server_name == "login":
            number = int(re.sub(r"\D", "", refused.message) or 0)
            # As the real one, it repeats what it was sent.
            self._json(refused.status, {}, {"error": refused.code, "error_description": f"{refused.message}: client_secret={self.graph.client_secret}",
                                            "error_codes": [number], "trace_id": guid(), "correlation_id": guid()})
        elif self.server_name == "graph":
            self._json(refused.status, refused.headers, {"error": {"code": refused.code, "message": refused.message,
                                                                   "innerError": {"request-id": guid()}}})
        else:
            self._send(refused.status, {"Content-Type": "text/html"}, b"<html>401 UNAUTHORIZED</html>")

    def _json(self, status, headers, value):
        body = b"" if value is None else json.dumps(value).encode()
        self._send(status, {**headers, "Content-Type": "application/json;odata.metadata=minimal;charset=utf-8"}, body)

    def _send(self, status, headers, body):
        self.record.status = status
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def _file(self, headers):
        graph = self.graph
        target = urlsplit(self.path)
        item = graph.addresses.get(target.query)
        if "authorization" in headers or not item:
            raise Refused(401, "invalid_request")
        if graph.page_instead:
            return self._send(200, {"Content-Type": "text/html; charset=utf-8"}, b"<!DOCTYPE html><title>Sign in</title>")
        content = graph.alter(item.content) if graph.alter else item.content
        start, status = 0, 200
        match = re.fullmatch(r"bytes=(\d+)-", headers.get("range", ""))
        if match and not graph.ignores_range and headers.get("if-range", item.etag) == item.etag:
            start, status = int(match[1]), 206
            if start >= len(content):
                return self._send(416, {"Content-Range": f"bytes */{len(content)}"}, b"")
        self.record.status = status
        self.send_response(status)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("ETag", item.etag)
        self.send_header("Last-Modified", formatdate(item.modified, usegmt=True))
        self.send_header("Accept-Ranges", "bytes")
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self._bytes(content[start:])

    def _bytes(self, content):
        graph = self.graph
        with graph._lock:
            limit = graph.cuts.pop(0) if graph.cuts else None
        end = len(content) if limit is None else min(limit, len(content))
        view, size = memoryview(content), 65536 if limit else 1 << 20  # or a large file is measured with our loop
        for at in range(0, end, size):
            block = view[at:min(at + size, end)]
            self.wfile.write(block)
            self.record.sent += len(block)
        if graph.expired_after is not None and self.record.sent >= graph.expired_after:
            graph.expired_after = None
            graph.addresses.clear()
        if end < len(content):
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
