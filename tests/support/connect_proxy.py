"""The proxy of an office: CONNECT to wherever a client says, counted."""

import contextlib
import select
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class ConnectProxy:
    def __init__(self):
        self.asked = []  # "host:port"
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_CONNECT(self):
                owner.asked.append(self.path)
                host, _, port = self.path.rpartition(":")
                with contextlib.suppress(OSError), socket.create_connection((host, int(port))) as server:
                    self.send_response(200)
                    self.end_headers()
                    self.carry(server)
                self.close_connection = True

            def carry(self, server):
                other = {self.connection: server, server: self.connection}
                while True:
                    for side in select.select(list(other), [], [])[0]:
                        if not (data := side.recv(65536)):
                            return
                        other[side].sendall(data)

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()
