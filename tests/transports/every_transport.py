"""Every way for files to arrive, one entry each: how its server starts, how a file gets there, what a source says about
it. The suite beside this file asks the same of all of them; a new transport is a class here and a name in ALL.

A fault belongs to a file's name, so that many cases can run at once against one server."""

import os
import threading
import time
from urllib.parse import parse_qs, quote, unquote, urlsplit

from azurite import azurite
from databricks import S3, Databricks
from fault_proxy import HttpProxy, TcpProxy
from gcs_server import gcs_server
from graph_server import HOST, GraphServer
from s3_server import s3_server
from ssh_servers import Sshd, fingerprint, keygen
from web_server import Authority, WebServer


class Transport:
    name = None
    folders = True  # takes folders and patterns
    patterns = True
    tells_size = True  # before the file: a listing or a head says how long it is, so a lie about it is noticed
    over_http = True
    ca_file = None  # the authority of a server that speaks TLS
    remembers = True  # a new process goes on where a killed one was, also within 8 MiB
    ending = ".csv"
    format = "csv"

    def put(self, name, content):
        """Places a file, or a new version of it; `name` may have folders in it."""
        raise NotImplementedError

    def source(self, name):
        """`location` and `auth`, and what else a source says, of a name, a folder (`a/`) or a pattern."""
        raise NotImplementedError

    env = {}  # with the secrets

    def with_wrong_credential(self, source):
        """The source and the environment of somebody with the wrong secret."""
        raise NotImplementedError

    def tries(self, name):
        """How often somebody asked to be let in, for this file."""
        raise NotImplementedError

    def faults(self, name, *faults):
        """The next deliveries of that file are broken so, one after the other."""
        self.broken[name] = list(faults)

    def sent(self, name):
        """Bytes of that file that left the server."""
        raise NotImplementedError

    @property
    def over_tls(self):
        return self.ca_file is not None

    def forget_authority(self, fetch):
        """The source says nothing of the authority any more."""
        fetch.settings.get("auth", {}).pop("ca_file", None)
        fetch.save()

    def close(self):
        pass


class HttpTransport(Transport):
    """`delivers(request)`: the name of the file whose bytes are asked for, or None."""

    def stand_before(self, port, tls=None):
        self.broken, self.counts = {}, {}
        self.proxy = HttpProxy(port, tls)
        self.proxy.fault = self.next_fault

    def next_fault(self, request, nth):
        name = self.delivers(request)
        if name is None:
            return None
        self.counts.setdefault(name, []).append(request.path)
        waiting = self.broken.get(name)
        # The last one stays: a server that is broken for good.
        if waiting and waiting[0] == "always":
            return waiting[1]
        return waiting.pop(0) if waiting else None

    def delivers(self, request):
        return last_part(request.path) if request.method == "GET" else None

    def asked(self, name):
        return len(self.counts.get(name, []))

    def sent(self, name):
        return sum(self.proxy.sent.get(path, 0) for path in set(self.counts.get(name, [])))

    def close(self):
        self.proxy.close()


def last_part(path):
    return unquote(urlsplit(path).path).rsplit("/", 1)[-1]


class Https(HttpTransport):
    """A web server with a private authority that asks for a bearer token. It has no list of its files."""
    name = "https"
    folders = patterns = tells_size = False

    def __init__(self, folder):
        self.authority = Authority(folder / "authority")
        self.ca_file = self.authority.ca_file
        self.web = WebServer(self.authority)
        self.stand_before(self.web.server.server_port, self.authority.issue("proxy", host="127.0.0.1"))
        self.env = {"TOKEN": "marked-token"}
        self.versions = 0

    def put(self, name, content):
        self.versions += 1
        path = "/" + quote(name)
        self.web.file(path, content, etag=f'"{self.versions}"')
        honest = self.web.routes[path]

        def guarded(request):
            if request.headers.get("Authorization") != "Bearer marked-token":
                return 401, {}, b"no"
            return honest(request)

        self.web.route(path, guarded)

    def source(self, name):
        return {"location": f"{self.proxy.endpoint}/{name}",
                "auth": {"token": "${env:TOKEN}", "ca_file": str(self.authority.ca_file)}}

    def with_wrong_credential(self, source):
        return source, {"TOKEN": "marked-wrong"}

    def tries(self, name):
        return self.asked(name)

    def close(self):
        super().close()
        self.web.close()


class SharePoint(HttpTransport):
    """Graph's protocol; the bytes come from another host, at an address that is a secret itself."""
    name = "sharepoint"

    def __init__(self, folder):
        self.graph = GraphServer(folder / "graph")
        self.ca_file = self.graph.ca_file
        self.drive = self.graph.site("sites/marketing").library("Documents", "Shared Documents")
        self.stand_before(self.graph._servers["files"].server_port, (self.graph.ca_file, self.graph._key))
        direct = self.graph.address
        self.graph.address = lambda name: (
            f"https://localhost:{self.proxy.listens}" if name == "files" else direct(name))
        self.env = self.graph.env

    def put(self, name, content):
        there = self.drive.root.at(name)
        there.save(content) if there else self.drive.put(name, content)

    def delivers(self, request):
        item = self.graph.addresses.get(urlsplit(request.path).query)
        return item and item.name

    def source(self, name):
        return {"location": f"sharepoint://{HOST}/sites/marketing/Shared Documents/{name}", "auth": self.graph.auth}

    def with_wrong_credential(self, source):
        return source, {"GRAPH_SECRET": "marked-wrong"}

    def tries(self, name):
        return len([seen for seen in self.graph.requests("login") if seen.status == 401])

    def close(self):
        super().close()
        self.graph.close()


class StoredObjects(HttpTransport):
    """`start(folder)` gives the store's server."""
    remembers = False

    def __init__(self, folder):
        root = folder / self.name
        root.mkdir()
        self.running = type(self).start(root)
        self.server = self.running.__enter__()
        self.stand_before(self.server.port)
        self.env = self.server.environment(self.server.behind(self.proxy))

    def put(self, name, content):
        self.server.put(name, content)

    def delivers(self, request):
        # One byte is what tells how long an object is.
        is_object = request.method == "GET" and not {"list-type", "comp"} & set(parse_qs(urlsplit(request.path).query))
        return last_part(request.path) if is_object and request.headers.get("Range") != "bytes=0-0" else None

    def source(self, name):
        return {"location": self.server.url(name)}

    def with_wrong_credential(self, source):
        return source, self.server.with_wrong_key()

    def tries(self, name):
        return len([line for line in self.proxy.seen if last_part(line.split()[1]) == name])

    def close(self):
        super().close()
        self.running.__exit__(None, None, None)


class S3Objects(StoredObjects):
    name, start = "s3", s3_server


class AdlsObjects(StoredObjects):
    name, start = "abfss", azurite


class GcsObjects(StoredObjects):
    name, start = "gs", gcs_server


class Volumes(HttpTransport):
    """The Files API of Databricks."""
    name = "volumes"
    volume = "main/marketing/entrada"

    def __init__(self, folder):
        self.databricks = Databricks(folder / "databricks")
        self.stand_before(int(self.databricks.host.rsplit(":", 1)[1]))
        self.env = self.databricks.environment
        self.versions = 0

    def put(self, name, content):
        # Not of this minute: what just changed may change again within its date's second, and is not resumed.
        self.versions += 1
        os.utime(self.databricks.file(f"{self.volume}/{name}", content), (time.time() - 3600 + self.versions,) * 2)

    def delivers(self, request):
        return last_part(request.path) if request.method == "GET" and "/fs/files/" in request.path else None

    def source(self, name):
        return {"location": f"volumes://{self.volume}/{name}", "auth": {**self.databricks.auth, "host": self.proxy.endpoint}}

    def with_wrong_credential(self, source):
        return source, {"DBX_SECRET": "marked-wrong"}

    def tries(self, name):
        return len([line for line in self.proxy.seen if line == "POST /oidc/v1/token"])

    def close(self):
        super().close()
        self.databricks.stop()


class CatalogTables(HttpTransport):
    """Parquet tables of Unity Catalog on S3. Each table is a folder; a file is alone in the table of its name."""
    name = "uc"
    patterns = remembers = False
    ending = ".parquet"
    format = "parquet"

    def __init__(self, folder):
        self.databricks = Databricks(folder / "databricks")
        self.s3 = S3(folder / "s3", self.databricks, opens_to="all")  # many processes sign in at once
        (self.s3.folder / "lake").mkdir(parents=True)
        self.stand_before(int(self.s3.host.rsplit(":", 1)[1]))
        self.env = self.databricks.environment
        self.lock = threading.Lock()
        self.tables = {}

    def table(self, place):
        with self.lock:
            return self.tables.setdefault(place.strip("/"), f"t{len(self.tables)}")

    def put(self, name, content):
        table = self.table(name.split("/")[0])
        path = self.s3.folder / "lake" / table / "/".join(name.split("/")[1:] or [name])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        full_name = f"main.marketing.{table}"
        if full_name not in self.databricks.tables:
            self.databricks.register(full_name, f"s3://lake/{table}", data_source_format="PARQUET")

    delivers = StoredObjects.delivers

    def source(self, name):
        return {"location": f"uc://main.marketing.{self.table(name)}",
                "auth": {**self.databricks.auth, "endpoint": self.proxy.endpoint, "region": "sa-east-1"}}

    def with_wrong_credential(self, source):
        return source, {"DBX_SECRET": "marked-wrong"}

    def tries(self, name):
        return len(self.databricks.seen("POST /oidc/v1/token"))

    def close(self):
        super().close()
        self.s3.stop()
        self.databricks.stop()


class Sftp(Transport):
    """Debian's sshd. Each name has a proxy of its own, for nobody sees names on an encrypted wire."""
    name = "sftp"
    over_http = False

    def __init__(self, folder):
        self.sshd = Sshd(folder / "sshd")
        self.stranger = keygen(folder / "stranger")
        # All of the server's keys: whichever it shows first, one connection is enough.
        self.pins = [fingerprint(key) for key in self.sshd.host_keys.values()]
        self.proxies = {}

    def proxy(self, name):
        if name not in self.proxies:
            self.proxies[name] = TcpProxy(self.sshd.port)
        return self.proxies[name]

    def put(self, name, content):
        self.sshd.file(name, content)

    def source(self, name):
        return {"location": self.sshd.url(name, self.proxy(name).port), "auth": self.sshd.auth(host_key=self.pins),
                "settle": "0s"}

    def with_wrong_credential(self, source):
        return {**source, "auth": self.sshd.auth(host_key=self.pins, key_file=str(self.stranger))}, {}

    def tries(self, name):
        return self.proxy(name).connections

    def faults(self, name, *faults):
        proxy = self.proxy(name)
        proxy.faults = [faults[1]] * 50 if faults and faults[0] == "always" else list(faults)

    def sent(self, name):
        return self.proxy(name).carried

    def close(self):
        for proxy in self.proxies.values():
            proxy.close()
        self.sshd.stop()


ALL = {each.name: each for each in (SharePoint, Sftp, S3Objects, AdlsObjects, GcsObjects, Https, Volumes,
                                    CatalogTables)}
