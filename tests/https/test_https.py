"""Plain files of a web server: https://."""

import base64

import pytest
from product import CONTACT, DONE, MACHINE, TEMPORARY, USER, csv_of
from web_server import Authority, WebServer

CSV = csv_of(CONTACT).encode()
TOKEN = {"TOKEN": "marked-token-1", "PASSWORD": "marked-password-1"}


def loads(workspace, **options):
    done = workspace.run(env=TOKEN, **options)
    assert done.code == DONE, done
    assert [row[0] for row in workspace.rows()] == ["1"]
    return done


def is_refused(workspace, code, *words):
    done = workspace.run(env=TOKEN)
    assert done.code == code, done
    for word in words:
        assert word in done.err, done
    assert "marked-" not in done.out + done.err
    assert workspace.version() is None
    return done


def test_a_file_is_loaded(workspace, web, authority):
    loads(workspace.remote(web.file("/pasta/contatos.csv", CSV), authority))


def test_the_authority_may_come_from_the_environment(workspace, web, authority):
    workspace.remote(web.file("/a.csv", CSV), None)
    done = workspace.run(env={"QUARENTENA_CA_FILE": str(authority.ca_file)})
    assert done.code == DONE, done


def test_spaces_and_accents_are_encoded(workspace, web, authority):
    web.file("/pasta%20nova/promo%C3%A7%C3%A3o.csv", CSV)
    loads(workspace.remote(web.url("/pasta nova/promoção.csv"), authority))


def test_the_day_of_the_load_is_filled_in(workspace, web, authority):
    web.file("/c_20240528.csv?ano=2024", CSV)
    loads(workspace.remote(web.url("/c_{data_carga:%Y%m%d}.csv?ano=2024"), authority))


def test_an_unknown_authority_is_refused(workspace, web, tmp_path):
    stranger = Authority(tmp_path / "stranger", "a stranger")
    workspace.remote(web.file("/a.csv", CSV), stranger)
    is_refused(workspace, USER, "certificate is refused", "QUARENTENA_CA_FILE")
    assert web.asked == []


def test_a_bearer_token_is_sent(workspace, web, authority):
    loads(workspace.remote(web.file("/a.csv", CSV), authority, token="${env:TOKEN}"))
    assert web.asked[0].headers["Authorization"] == "Bearer marked-token-1"


def test_user_and_password_are_sent(workspace, web, authority):
    loads(workspace.remote(web.file("/a.csv", CSV), authority, user="carga", password="${env:PASSWORD}"))
    assert web.asked[0].headers["Authorization"] == "Basic " + base64.b64encode(b"carga:marked-password-1").decode()


def test_a_wrong_password_is_tried_once(workspace, web, authority):
    workspace.remote(web.route("/a.csv", lambda _: (401, {}, b"no")), authority, user="carga", password="${env:PASSWORD}")
    is_refused(workspace, USER, "answers 401")
    assert len(web.asked) == 1


def test_a_missing_file_is_named_without_its_query(workspace, web, authority):
    workspace.remote(web.url("/a.csv?ano=2024"), authority)
    done = is_refused(workspace, USER, "answers 404", "/a.csv")
    assert "ano=2024: " not in done.err


def test_a_signature_as_a_secret_is_the_query(workspace, web, authority):
    web.file("/a.csv?sv=1&sig=marked-sas", CSV)
    workspace.remote(web.url("/a.csv"), authority, sas_token="${env:SAS}")
    done = workspace.run(env={"SAS": "?sv=1&sig=marked-sas"})
    assert done.code == DONE, done
    assert "marked-sas" not in done.out + done.err


def test_credentials_do_not_follow_a_redirect_to_another_host(workspace, web, other, authority):
    target = other.file("/b.csv?sig=marked-sig", CSV)
    workspace.remote(web.route("/a.csv", lambda _: (302, {"Location": target}, b"")), authority, token="${env:TOKEN}")
    loads(workspace)
    assert "Authorization" in web.asked[0].headers
    assert "Authorization" not in other.asked[0].headers


def test_an_unchanged_file_is_not_brought_again(workspace, web, authority):
    workspace.remote(web.file("/a.csv", CSV, etag='"1"'), authority)
    loads(workspace)
    loads(workspace)
    assert web.asked[1].headers["If-None-Match"] == '"1"'


def test_a_changed_file_is_brought(workspace, web, authority):
    workspace.remote(web.file("/a.csv", CSV, etag='"1"'), authority)
    loads(workspace)
    web.file("/a.csv", csv_of(("2", *CONTACT[1:])).encode(), etag='"2"')
    assert workspace.run().code == DONE
    assert [row[0] for row in workspace.rows()] == ["2"]


def test_a_cut_file_is_resumed(workspace, web, authority):
    rows = [(str(1000 + i), *CONTACT[1:]) for i in range(5000)]
    content = csv_of(*rows).encode()
    whole = [False]

    def answer(request):
        if request.headers.get("Range"):
            whole[0] = True
            return honest(request)
        return 200, {"ETag": '"1"', "Content-Length": str(len(content))}, content[:100_000]

    url = web.file("/a.csv", content, etag='"1"')
    honest = web.routes["/a.csv"]
    web.route("/a.csv", answer)
    done = workspace.remote(url, authority).run()
    assert done.code == DONE, done
    assert whole[0] and len(workspace.rows()) == 5000


def test_a_file_that_is_always_cut_is_temporary(workspace, web, authority):
    workspace.remote(web.route("/a.csv", lambda _: (200, {"Content-Length": "5000"}, CSV)), authority)
    is_refused(workspace, TEMPORARY, "tried 5 times")


def test_a_busy_server_is_waited_for(workspace, web, authority):
    answers = [(503, {"Retry-After": "1"}, b""), (429, {"Retry-After": "1"}, b""), (200, {}, CSV)]
    loads(workspace.remote(web.route("/a.csv", lambda _: answers.pop(0)), authority))


@pytest.mark.parametrize("page", [b"<!DOCTYPE html><title>Sign in</title>", b"\xef\xbb\xbf\r\n <HTML><body>"])
def test_a_sign_in_page_is_not_the_file(workspace, web, authority, page):
    workspace.remote(web.route("/a.csv", lambda _: (200, {"Content-Type": "text/csv"}, page)), authority)
    done = workspace.run()
    assert done.code != DONE and "a web page came instead of the file" in done.err, done
    assert workspace.version() is None


def test_an_empty_answer_is_not_a_delivery(workspace, web, authority):
    workspace.remote(web.route("/a.csv", lambda _: (200, {}, b"")), authority)
    done = workspace.run()
    assert done.code == USER and "is empty (0 bytes)" in done.err, done


@pytest.mark.parametrize("path", ["/*.csv", "/mkt_?.csv", "/pasta/", ""])
def test_a_pattern_or_folder_is_refused(workspace, web, authority, path):
    workspace.remote(web.url(path), authority)
    is_refused(workspace, USER, "takes one file")
    assert web.asked == []


def test_settings_that_https_does_not_use_are_refused(workspace, web, authority):
    workspace.remote(web.file("/a.csv", CSV), authority, region="x")
    is_refused(workspace, USER, "https:// does not use 'region'")


class TestAClientCertificate:
    @pytest.fixture
    def strict(self, authority, tmp_path):
        self.clients = Authority(tmp_path / "clients", "authority of clients")
        server = WebServer(authority, client_authority=self.clients)
        yield server
        server.close()

    def test_opens_the_door(self, workspace, strict, authority):
        certificate, key = self.clients.issue("carga", password=b"marked-phrase")
        workspace.remote(strict.file("/a.csv", CSV), authority, certificate=str(certificate), key_file=str(key),
                         passphrase="${env:PHRASE}")
        done = workspace.run(env={"PHRASE": "marked-phrase"})
        assert done.code == DONE, done

    def test_is_asked_for_when_there_is_none(self, workspace, strict, authority):
        workspace.remote(strict.file("/a.csv", CSV), authority)
        is_refused(workspace, USER, "refuses the client certificate", "none was sent")

    def test_must_open_with_its_passphrase(self, workspace, strict, authority):
        certificate, key = self.clients.issue("carga", password=b"marked-phrase")
        workspace.remote(strict.file("/a.csv", CSV), authority, certificate=str(certificate), key_file=str(key))
        is_refused(workspace, USER, "cannot use the client certificate")


def test_a_full_disk_is_the_machine(workspace, web, authority):
    # A limit on the size of files is what a full disk looks like without being one.
    import resource
    workspace.remote(web.file("/a.csv", csv_of(*[(str(i), *CONTACT[1:]) for i in range(100_000)]).encode()), authority)
    import signal

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    done = workspace.run(preexec=limit)
    assert done.code == MACHINE and "cannot write" in done.err, done
    assert workspace.version() is None
