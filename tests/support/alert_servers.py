"""Who is told: a webhook that keeps what it is posted and fails when told to, and a mail server that wants STARTTLS and
a sign-in."""

import email
import email.policy
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from ports import free_port


class Webhook:
    """Answers with `statuses`, one each, then 200. A message is `taken` when it was answered so."""

    def __init__(self, statuses=(), port=None):
        self.asked, self.taken, self.statuses = [], [], list(statuses)
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                owner.asked.append((dict(self.headers), body))
                status = owner.statuses.pop(0) if owner.statuses else 200
                if status == 200:
                    owner.taken.append(json.loads(body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port or 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/services/segredo-do-caminho"

    def notices(self):
        return [notice for message in self.taken for notice in message["notices"]]

    def events(self):
        return [notice["event"] for notice in self.notices()]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class MailServer:
    USER, PASSWORD = "quarentena", "senha-marcada-5d2e"

    def __init__(self, authority, starttls=True):
        self.mails, self.signed_in = [], []
        self.port = free_port()
        context = None
        if starttls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*authority.issue(f"mail-{self.port}", host="127.0.0.1"))
        self.controller = Controller(
            self, hostname="127.0.0.1", port=self.port, tls_context=context, require_starttls=starttls,
            auth_required=starttls, auth_require_tls=True, authenticator=self._sign_in)
        self.controller.start()

    def _sign_in(self, server, session, envelope, mechanism, data):
        self.signed_in.append((data.login.decode(), data.password.decode(), session.ssl is not None))
        return AuthResult(success=self.signed_in[-1][:2] == (self.USER, self.PASSWORD), handled=False)  # it answers 535

    async def handle_DATA(self, server, session, envelope):
        self.mails.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=email.policy.default)))
        return "250 OK"

    def close(self):
        self.controller.stop()
