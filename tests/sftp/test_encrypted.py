"""Deliveries encrypted with PGP: opened with the key of `auth`, and nothing of it stays behind or is shown."""

import gzip
import os
import tempfile

import pytest

from pgp_partner import Partner
from product import CONTACT, DONE, USER, csv_of
from ssh_servers import PASSWORD
from test_sftp import FAST, ids, refused

pytestmark = pytest.mark.slow  # every message starts a gpg and an agent


@pytest.fixture(scope="module")
def partner():
    one = Partner()
    one.ours = one.key("nos", PASSWORD)
    one.open = one.key("aberta")
    yield one
    one.close()


def with_key(workspace, sshd, partner, name, **auth):
    key = workspace.file("keys/pgp.asc", partner.ours)
    workspace.source("mkt", location=sshd.url(name), auth=sshd.auth(pgp_key_file="keys/pgp.asc", **auth), **FAST)
    return key


def leftovers():
    return [name for name in os.listdir(tempfile.gettempdir()) if name.startswith("quarentena-gpg.")]


PHRASE = {"pgp_passphrase": "${env:FRASE}"}


def test_a_message_is_opened_binary_armored_compressed_and_signed(workspace, sshd, partner):
    clear = csv_of(CONTACT).encode()
    for name, content in {
        "a.csv.pgp": partner.message("nos", clear),
        "b.csv.asc": partner.message("nos", clear, "--armor"),
        "c.csv.gz.gpg": partner.message("nos", gzip.compress(clear)),
        "d.csv.gpg": partner.message("nos", clear, "--sign", "--local-user", "aberta"),
    }.items():
        sshd.file(name, content)
        with_key(workspace, sshd, partner, name, **PHRASE)
        outcome = workspace.run(env={"FRASE": PASSWORD})
        assert outcome.code == DONE, (name, outcome)
        assert ids(workspace) == ["1"]
    assert leftovers() == []


def test_a_key_that_is_a_secret_without_passphrase(workspace, sshd, partner):
    sshd.file("a.csv.pgp", partner.message("aberta", csv_of(CONTACT).encode()))
    workspace.source("mkt", location=sshd.url("a.csv.pgp"), auth=sshd.auth(pgp_key="${env:CHAVE}"), **FAST)
    assert workspace.run(env={"CHAVE": partner.open}).code == DONE


def test_an_unchanged_message_is_not_opened_again(workspace, sshd, partner):
    sshd.file("a.csv.pgp", partner.message("nos", csv_of(CONTACT).encode()))
    with_key(workspace, sshd, partner, "a.csv.pgp", **PHRASE)
    assert workspace.run(env={"FRASE": PASSWORD}).code == DONE
    # A passphrase that opens nothing is not asked.
    assert workspace.run(env={"FRASE": "errada"}).code == DONE


def test_without_a_key_or_with_the_wrong_one_it_says_what_to_give(workspace, sshd, partner):
    sshd.file("a.csv.pgp", partner.message("aberta", csv_of(CONTACT).encode()))
    workspace.source("mkt", location=sshd.url("a.csv.pgp"), auth=sshd.auth(), **FAST)
    refused(workspace, USER, "no PGP key is given", "pgp_key_file")
    with_key(workspace, sshd, partner, "a.csv.pgp", **PHRASE)
    refused(workspace, USER, "encrypted for the key", env={"FRASE": PASSWORD})
    workspace.file("keys/pgp.asc", "not a key")
    refused(workspace, USER, "no private key", env={"FRASE": PASSWORD})


def test_a_wrong_passphrase_says_so_and_the_bytes_need_not_come_again(workspace, sshd, proxy, partner):
    rows = csv_of(*((str(i), os.urandom(9).hex(), *CONTACT[2:]) for i in range(20000))).encode()
    message = partner.message("nos", rows)
    sshd.file("a.csv.pgp", message)
    workspace.file("keys/pgp.asc", partner.ours)
    workspace.source("mkt", location=sshd.url("a.csv.pgp", proxy.port),
                     auth=sshd.auth(pgp_key_file="keys/pgp.asc", **PHRASE), **FAST)
    refused(workspace, USER, "does not open", "pgp_passphrase", env={"FRASE": "errada"})
    before = proxy.carried
    assert workspace.run(env={"FRASE": PASSWORD}).code == DONE
    assert proxy.carried - before < len(message) / 2
    assert leftovers() == []


def test_a_cut_a_damaged_and_an_unencrypted_message_are_refused(workspace, sshd, partner):
    whole = partner.message("nos", csv_of(*((str(i), *CONTACT[1:]) for i in range(5000))).encode(), "--compress-algo",
                            "none")
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 1
    for content, words in ((whole[: len(whole) // 2], "damaged or cut"), (whole[:-1], "damaged or cut"),
                           (bytes(damaged), "damaged or cut"), (csv_of(CONTACT).encode(), "not a PGP message")):
        sshd.file("a.csv.pgp", content)
        with_key(workspace, sshd, partner, "a.csv.pgp", **PHRASE)
        refused(workspace, USER, words, env={"FRASE": PASSWORD})
    assert workspace.version() is None
