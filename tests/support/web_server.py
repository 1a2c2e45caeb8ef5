"""HTTPS servers on 127.0.0.1 with a private authority, which answer what a test tells them to."""

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Authority:
    """Signs certificates; `ca_file` is what a client trusts to accept them."""

    def __init__(self, folder, name="quarentena test authority"):
        self.folder, self.name = folder, name
        folder.mkdir(parents=True, exist_ok=True)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._certificate(name, self.key.public_key(), x509.BasicConstraints(ca=True, path_length=None))
        self.ca_file = folder / "ca.pem"
        self.ca_file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def _certificate(self, name, public_key, constraints, host=None):
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = (x509.CertificateBuilder()
                   .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
                   .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, self.name)]))
                   .public_key(public_key).serial_number(x509.random_serial_number())
                   .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
                   .add_extension(constraints, critical=True))
        if host:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def issue(self, name, host=None, password=None):
        """The paths of a new certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._certificate(name, key.public_key(), x509.BasicConstraints(ca=False, path_length=None), host)
        paths = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        locked = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked))
        return paths

    def served(self, listening, client_authority=None):
        """The socket, with TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE  # as nginx has it, unlike Python
        context.load_cert_chain(*self.issue(f"server-{listening.getsockname()[1]}", host="127.0.0.1"))
        if client_authority:
            context.load_verify_locations(client_authority.ca_file)
            context.verify_mode = ssl.CERT_REQUIRED
        return context.wrap_socket(listening, server_side=True, do_handshake_on_connect=False)


class WebServer:
    """`route("/a", answer)`: answer(request) -> (status, headers, body). Keeps every request it was asked."""

    def __init__(self, authority, client_authority=None):
        self.routes, self.asked = {}, []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # or a head and its body are 40 ms apart

            def do_GET(self):
                outer.asked.append(self)
                status, headers, body = outer.routes.get(self.path, lambda _: (404, {}, b"no"))(self)
                length = headers.pop("Content-Length", str(len(body)))
                self.send_response(status)
                for name, value in {"Content-Length": length, **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                for piece in [body] if isinstance(body, bytes) else body:  # or what gives its pieces as it likes
                    self.wfile.write(piece)
                if int(length) > len(body):  # cut
                    self.close_connection = True

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, _):
                """Clients that refuse our certificate, or have none, are what some tests want. Lingers as nginx does:
                a connection that is closed on bytes nobody read is reset, which may overtake the alert that says why."""
                with contextlib.suppress(OSError):
                    request.shutdown(socket.SHUT_WR)
                    request.settimeout(2)
                    while request.recv(1 << 16):
                        pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.socket = authority.served(self.server.socket, client_authority)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path):
        return f"https://127.0.0.1:{self.server.server_port}{path}"

    def route(self, path, answer):
        self.routes[path] = answer
        return self.url(path)

    def file(self, path, content, etag=None):
        """An honest file: conditional requests and ranges are understood."""

        def answer(request):
            headers = {"ETag": etag} if etag else {}
            if etag and request.headers.get("If-None-Match") == etag:
                return 304, headers, b""
            start = request.headers.get("Range")
            if start and request.headers.get("If-Range") == etag:
                at = int(start.removeprefix("bytes=").rstrip("-"))
                return 206, {**headers, "Content-Range": f"bytes {at}-{len(content) - 1}/{len(content)}"}, content[at:]
            return 200, headers, content

        return self.route(path, answer)

    def close(self):
        self.server.shutdown()
        self.server.server_close()
