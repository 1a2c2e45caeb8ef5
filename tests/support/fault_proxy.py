"""Stands between the product and a server and breaks what a test asks it to break: HttpProxy the answers of any HTTP or
HTTPS server, TcpProxy the bytes of anything else."""

import contextlib
import http.client
import select
import socket
import ssl
import struct
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SILENCE_S = 60  # longer than any client under test waits


@dataclass
class Fault:
    """What happens to one answer (or, behind TcpProxy, to one connection). What is not said stays as the server has it."""
    after: float = None  # bytes of the body that pass before `then`; below 1, that part of it; None: all
    then: str = "cut"  # "cut", "reset" (RST), "stall" (silence)
    length: object = "told"  # "chunked", "untold" (the connection's end is the body's), or a number that is a lie
    pause_s: float = 0  # between pieces of `piece` bytes
    piece: int = 64 << 10
    wait_s: float = 0  # before the server is asked
    instead: tuple = None  # (status, headers, body): the server is not asked
    whole: bool = False  # the server is not told which range is wanted
    lost: bool = False  # the server acts, and its answer is dropped


SLOW_DOWN = Fault(instead=(503, {"Content-Type": "application/xml"},
                           b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code>'
                           b"<Message>Please reduce your request rate.</Message></Error>"))
CUT_IN_HALF = Fault(after=0.5)
LOSE_THE_ANSWER = Fault(lost=True)


def end(connection, how):
    """As a server that ends a connection in order, or as one that died."""
    if how == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif isinstance(connection, ssl.SSLSocket):
        # Without TLS's own farewell a client would know of every cut.
        connection.settimeout(0.2)
        with contextlib.suppress(OSError, ValueError):
            connection.unwrap()


def drain(connection):
    """Nothing more is sent; what still comes is read. Closed with bytes unread, the kernel would send a reset, and that
    takes from the client what had arrived and was not read yet."""
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(5)
    while connection.recv(65536):
        pass


class HttpProxy:
    """`fault(request, nth)` is asked about every request and gives a Fault or None. `request` has method, path and
    headers; the Host header goes through as it came, for it may be signed. `tls`: a certificate and its key; the server
    behind speaks TLS then too."""

    def __init__(self, port, tls=None):
        self.port, self.tls = port, tls
        self.fault = lambda request, nth: None
        self.seen = []
        self.sent = {}  # path -> bytes of bodies that went to the client
        self.lock = threading.RLock()
        self.closing = threading.Event()
        proxy = self

        class Handler(_Relay):
            owner = proxy

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def get_request(self):
                connection, address = super().get_request()
                if tls:
                    connection = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
                return connection, address

            def shutdown_request(self, request):
                self.close_request(request)  # without the FIN that would come before an RST

            def handle_error(self, *_):
                pass  # clients that went away

        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
        self.http = Server(("127.0.0.1", 0), Handler)
        self.listens = self.http.server_port
        self.endpoint = f"http{'s' if tls else ''}://127.0.0.1:{self.listens}"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self):
        self.closing.set()
        self.http.shutdown()
        self.http.server_close()


class _Relay(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = SILENCE_S

    def log_message(self, *_):
        pass

    @property
    def method(self):
        return self.command

    def relay(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.owner.lock:
            self.owner.seen.append(f"{self.command} {self.path}")
            nth = len(self.owner.seen)
            fault = self.owner.fault(self, nth) or Fault()
        if fault.instead:
            status, headers, content = fault.instead
            return self.answer(status, headers, content, fault)
        time.sleep(fault.wait_s)
        status, headers, content = self.ask(body, fault)
        if fault.lost:
            self.close_connection = True
            return None
        return self.answer(status, headers, content, fault)

    def ask(self, body, fault):
        if self.owner.tls:
            server = http.client.HTTPSConnection("127.0.0.1", self.owner.port, timeout=SILENCE_S,
                                                 context=ssl._create_unverified_context())
        else:
            server = http.client.HTTPConnection("127.0.0.1", self.owner.port, timeout=SILENCE_S)
        with contextlib.closing(server):
            server.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if not (fault.whole and name.lower() in ("range", "if-range")):
                    server.putheader(name, value)
            server.endheaders(body)
            answer = server.getresponse()
            content = b"" if self.command == "HEAD" else answer.read()
        headers = {k: v for k, v in answer.getheaders() if k.lower() not in ("transfer-encoding", "connection")}
        return answer.status, headers, content

    def answer(self, status, headers, content, fault):
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() != "content-length" or self.command == "HEAD":
                self.send_header(name, value)
        if self.command != "HEAD" and status != 304:
            if fault.length == "chunked":
                self.send_header("Transfer-Encoding", "chunked")
            elif fault.length == "untold":
                self.send_header("Connection", "close")
            else:
                self.send_header("Content-Length", str(len(content) if fault.length == "told" else fault.length))
        self.end_headers()
        self.body(content, fault)

    def body(self, content, fault):
        limit = len(content) if fault.after is None else fault.after
        limit = min(int(limit * len(content) if limit < 1 else limit), len(content))
        chunked = fault.length == "chunked" and self.command != "HEAD"
        for at in range(0, limit, fault.piece):
            piece = content[at:min(at + fault.piece, limit)]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
            with self.owner.lock:
                self.owner.sent[self.path] = self.owner.sent.get(self.path, 0) + len(piece)
            time.sleep(fault.pause_s)
        broken = fault.after is not None
        if chunked and not broken:
            self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()
        if broken and fault.then == "stall":
            self.owner.closing.wait(SILENCE_S)
        if broken or fault.length not in ("told", "chunked"):
            self.close_connection = True
            end(self.connection, fault.then if broken else "cut")

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = relay


class TcpProxy:
    """Counts what the server sends; each connection takes the next of `faults`, if there is one."""

    def __init__(self, target):
        self.target = target
        self.faults = []
        self.cuts = []  # the same as faults, for who only cuts: so many bytes of a connection
        self.silent_after = None  # of every connection
        self.connections = 0
        self.carried = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def next_fault(self):
        if self.cuts:
            return Fault(after=self.cuts.pop(0))
        return self.faults.pop(0) if self.faults else Fault()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            fault = self.next_fault()
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                client.close()
                continue
            threading.Thread(target=self.carry, args=(client, server, fault), daemon=True).start()

    def carry(self, client, server, fault):
        """Both ways in one thread: a socket that another thread reads from cannot be reset."""
        passed, silent = 0, False
        with contextlib.suppress(OSError), client, server:
            while True:
                ready, _, _ = select.select([client, server], [], [])
                if client in ready:
                    if not (data := client.recv(65536)):
                        return
                    server.sendall(data)
                if server in ready:
                    if not (data := server.recv(min(fault.piece, 16384))):
                        return
                    if fault.after is not None and passed + len(data) > fault.after:
                        silent = fault.then == "stall"
                        if not silent:
                            end(client, fault.then)
                            return None if fault.then == "reset" else drain(client)
                    if silent or (self.silent_after is not None and passed > self.silent_after):
                        continue
                    client.sendall(data)
                    passed += len(data)
                    self.carried += len(data)
                    time.sleep(fault.pause_s)

    def close(self):
        self.listener.close()
