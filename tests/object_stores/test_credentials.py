"""Credentials as the tools of AWS find them, against fakes of STS, ECS and IMDS that follow the published protocols and
hand out the one key that the S3 server knows."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from product import CONTACT, DONE, USER, csv_of
from s3_server import BUCKET, KEY, SECRET

LATER = "2099-01-01T00:00:00Z"
DOCUMENT = {"AccessKeyId": KEY, "SecretAccessKey": SECRET, "Expiration": LATER}


class Amazon(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self):
        self.server.seen.append(self.path)
        if self.path == "/container":
            known = self.headers.get("Authorization") == "token-do-container"
            return self.reply(200, json.dumps(DOCUMENT)) if known else self.reply(403, "")
        if self.headers.get("X-aws-ec2-metadata-token") != "token-da-maquina":
            return self.reply(401, "")
        roles = "/latest/meta-data/iam/security-credentials/"
        self.reply(200, "papel" if self.path == roles else json.dumps(DOCUMENT))

    def do_PUT(self):
        self.server.seen.append(self.path)
        asked = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds")
        self.reply(200, "token-da-maquina") if asked else self.reply(400, "")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.seen.append(body)
        signed = re.match(r"AWS4-HMAC-SHA256 Credential=AKIABASE/\d{8}/us-east-1/sts/aws4_request, ",
                          self.headers.get("Authorization", ""))
        if "Action=AssumeRoleWithWebIdentity" in body:
            allowed = "WebIdentityToken=token-da-web" in body
        else:
            allowed = signed is not None
        if not allowed:
            return self.reply(403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>")
        self.reply(200, f"<R><Credentials><AccessKeyId>{KEY}</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey>"
                        f"<Expiration>{LATER}</Expiration></Credentials></R>")


@pytest.fixture
def amazon():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Amazon)
    server.daemon_threads, server.seen = True, []
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def run(s3, workspace, auth=None, **environment):
    """Without the keys that the server's own environment gives."""
    s3.put("mkt.csv", csv_of(CONTACT))
    workspace.source("mkt", location=f"s3://{BUCKET}/mkt.csv", **({"auth": auth} if auth else {}))
    return workspace.run(env=s3.environment(AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="", **environment))


def test_a_profile_that_assumes_a_role_with_another_profiles_keys(s3, workspace, amazon):
    config = workspace.file("aws/config", "[profile carga]\nrole_arn = arn:aws:iam::1:role/carga\nsource_profile = base\n")
    keys = workspace.file("aws/credentials", "[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = x\n")
    outcome = run(s3, workspace, AWS_PROFILE="carga", AWS_CONFIG_FILE=str(config),
                  AWS_SHARED_CREDENTIALS_FILE=str(keys), AWS_ENDPOINT_URL_STS=amazon.url)
    assert outcome.code == DONE, outcome
    assert "RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fcarga" in amazon.seen[0]


def test_a_web_identity(s3, workspace, amazon):
    token = workspace.file("token", "token-da-web\n")
    outcome = run(s3, workspace, AWS_WEB_IDENTITY_TOKEN_FILE=str(token), AWS_ROLE_ARN="arn:aws:iam::1:role/x",
                  AWS_ENDPOINT_URL_STS=amazon.url)
    assert outcome.code == DONE, outcome


def test_a_credential_process(s3, workspace):
    document = workspace.file("keys.json", json.dumps({"Version": 1, **DOCUMENT}))
    config = workspace.file("aws/config", f"[default]\ncredential_process = cat {document}\n")
    outcome = run(s3, workspace, AWS_CONFIG_FILE=str(config))
    assert outcome.code == DONE, outcome


def test_the_container_and_the_instance(s3, workspace, amazon):
    outcome = run(s3, workspace, AWS_CONTAINER_CREDENTIALS_FULL_URI=amazon.url + "/container",
                  AWS_CONTAINER_AUTHORIZATION_TOKEN="token-do-container")
    assert outcome.code == DONE, outcome
    outcome = run(s3, workspace, AWS_EC2_METADATA_DISABLED="", AWS_EC2_METADATA_SERVICE_ENDPOINT=amazon.url)
    assert outcome.code == DONE, outcome
    assert amazon.seen[1] == "/latest/api/token"


def test_a_refused_role_and_no_credentials_at_all_are_told(s3, workspace, amazon):
    refused = run(s3, workspace, auth={"access_key_id": "AKIAOUTRO", "secret_access_key": "${env:X}",
                                       "role_arn": "arn:aws:iam::1:role/x"}, X="y", AWS_ENDPOINT_URL_STS=amazon.url)
    assert refused.code == USER and "AccessDenied" in refused.err, refused
    assert len(amazon.seen) == 1
    none = run(s3, workspace)
    assert none.code == USER and "no credentials of AWS" in none.err and "anonymous" in none.err, none
