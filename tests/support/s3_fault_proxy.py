"""An HTTP proxy in front of an S3 server that can cut, refuse and stall. The Host header goes through as it came, for
it is signed."""

import http.client
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SLOW_DOWN = (b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code>'
             b"<Message>Please reduce your request rate.</Message></Error>")


class FaultProxy:
    """`fault(handler, nth)` is asked about every request: None passes it, "slow down" answers 503, "cut" sends half of
    the answer's body, "lose" lets the server act and drops its answer, a number waits that many seconds."""

    def __init__(self, port):
        proxy = self
        self.fault = lambda handler, nth: None
        self.seen = []
        lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def relay(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with lock:
                    proxy.seen.append(f"{self.command} {self.path}")
                    nth = len(proxy.seen)
                fault = proxy.fault(self, nth)
                if fault == "slow down":
                    return self.answer(503, {"Content-Type": "application/xml"}, SLOW_DOWN)
                if isinstance(fault, (int, float)):
                    time.sleep(fault)
                upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    upstream.putheader(name, value)
                upstream.endheaders(body)
                answer = upstream.getresponse()
                content = b"" if self.command == "HEAD" else answer.read()
                upstream.close()
                if fault == "lose":
                    self.close_connection = True
                    return
                headers = {k: v for k, v in answer.getheaders() if k.lower() not in ("transfer-encoding", "connection")}
                self.answer(answer.status, headers, content, cut=fault == "cut")

            def answer(self, status, headers, content, cut=False):
                self.send_response_only(status)
                for name, value in headers.items():
                    if name.lower() != "content-length" or self.command == "HEAD":
                        self.send_header(name, value)
                if self.command != "HEAD":
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2] if cut else content)
                self.close_connection = self.close_connection or cut

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = relay

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()
