"""sftp:// against real servers: what arrives is whole, and what goes wrong leaves the table as it was. What every
transport must do (cuts, stalls, killed processes, unchanged files) is in tests/transports."""

import os
import socket
import threading
import time

import pytest

from fault_proxy import Fault
from ssh_servers import PASSWORD, Sshd, fingerprint, keygen
from product import CONTACT, DONE, TEMPORARY, USER, csv_of

FAST = {"settle": "0s"}


def contacts(first, last):
    """Rows that do not compress to nothing, so that a file has the size its rows suggest."""
    return csv_of(*((str(i), f"pessoa{i}@exemplo.com", f"119{i:08d}", f"Assunto {i * 7919 % 100003}", "2024-05-27")
                    for i in range(first, last)))


def ids(workspace):
    return sorted(row[0] for row in workspace.rows())


def refused(workspace, code, *words, **options):
    """The run ends with `code`, says the words, and there is no table; a table that was there stays the same."""
    before = workspace.version()
    outcome = workspace.run(**options)
    assert outcome.code == code, outcome
    for word in words:
        assert word in outcome.err, outcome
    assert PASSWORD not in str(outcome)
    assert workspace.version() == before
    return outcome


def test_a_file_arrives_with_a_key_and_a_pin(workspace, sshd):
    sshd.file("mkt.csv", csv_of(CONTACT))
    workspace.source("mkt", location=sshd.url("mkt.csv"), auth=sshd.auth(), **FAST)
    outcome = workspace.run()
    assert outcome.code == DONE, outcome
    assert ids(workspace) == ["1"]


def test_the_pin_of_any_of_the_servers_keys_will_do_and_one_of_several(workspace, sshd):
    sshd.file("mkt.csv", csv_of(CONTACT))
    other = fingerprint(keygen(workspace.folder / "other"))
    for kind in ("ecdsa", "ed25519"):
        pins = [other, fingerprint(sshd.host_keys[kind])]
        workspace.source("mkt", location=sshd.url("mkt.csv"), auth=sshd.auth(host_key=pins), **FAST)
        assert workspace.run().code == DONE


def test_a_key_with_a_passphrase_and_a_key_that_is_a_secret(workspace, sshd):
    key = keygen(workspace.folder / "locked", "ed25519", PASSWORD)
    sshd.allow(key)
    sshd.file("mkt.csv", csv_of(CONTACT))
    auth = {"user": sshd.user, "host_key": sshd.pin, "private_key": "${file:%s}" % key, "passphrase": "${env:PHRASE}"}
    workspace.source("mkt", location=sshd.url("mkt.csv"), auth=auth, **FAST)
    refused(workspace, USER, "does not open", "passphrase", env={"PHRASE": "wrong"})
    assert workspace.run(env={"PHRASE": PASSWORD}).code == DONE


def test_an_unknown_server_is_refused_with_its_fingerprint_and_the_line_to_add(workspace, sshd):
    sshd.file("mkt.csv", csv_of(CONTACT))
    auth = sshd.auth()
    del auth["host_key"]
    workspace.source("mkt", location=sshd.url("mkt.csv"), auth=auth, **FAST)
    outcome = refused(workspace, USER, "not known", "host_key: \"SHA256:")
    line = outcome.err.split("add to auth: ")[1].splitlines()[0]
    workspace.source("mkt", location=sshd.url("mkt.csv"), auth={**auth, "host_key": line.split('"')[1]}, **FAST)
    assert workspace.run().code == DONE


def test_a_changed_server_key_is_refused_before_anything_secret_is_sent(workspace, sshd):
    sshd.file("mkt.csv", csv_of(CONTACT))
    workspace.source("mkt", location=sshd.url("mkt.csv"), auth=sshd.auth(), on_failure="fail", **FAST)
    assert workspace.run().code == DONE
    sshd.change_keys()
    accepted = sshd.logged("Accepted publickey")
    sshd.file("mkt.csv", csv_of(CONTACT, ("2", *CONTACT[1:])))
    refused(workspace, USER, "key changed", sshd.pin)
    assert sshd.logged("Accepted publickey") == accepted
    assert ids(workspace) == ["1"]


def test_known_hosts_knows_the_server_or_refuses_it(workspace, sshd):
    sshd.file("mkt.csv", csv_of(CONTACT))
    known = workspace.file("known_hosts", "")
    auth = sshd.auth(known_hosts="known_hosts")
    del auth["host_key"]
    workspace.source("mkt", location=sshd.url("mkt.csv"), auth=auth, on_failure="fail", **FAST)
    outcome = refused(workspace, USER, "is not in", "add the line: ")
    known.write_text(outcome.err.split("add the line: ")[1].splitlines()[0] + "\n")
    assert workspace.run().code == DONE
    sshd.change_keys()
    refused(workspace, USER, "key changed")


def test_a_wrong_password_is_tried_once(workspace, password_server):
    password_server.file("mkt.csv", csv_of(CONTACT))
    auth = {"user": "parceiro", "password": "${env:SENHA}", "host_key": password_server.pin}
    workspace.source("mkt", location=f"sftp://127.0.0.1:{password_server.port}/mkt.csv", auth=auth, **FAST)
    refused(workspace, USER, "refused", env={"SENHA": "errada"})
    assert password_server.tries() == 1
    assert workspace.run(env={"SENHA": PASSWORD}).code == DONE
    assert password_server.tries() == 2


@pytest.mark.parametrize("password_server", [["questions"]], indirect=True)
def test_a_server_that_asks_for_the_password_is_answered_once(workspace, password_server):
    password_server.file("mkt.csv", csv_of(CONTACT))
    auth = {"user": "parceiro", "password": "${env:SENHA}", "host_key": password_server.pin}
    workspace.source("mkt", location=f"sftp://127.0.0.1:{password_server.port}/mkt.csv", auth=auth, **FAST)
    refused(workspace, USER, "refused", env={"SENHA": "errada"})
    assert password_server.tries() == 1
    assert workspace.run(env={"SENHA": PASSWORD}).code == DONE


def test_a_key_the_server_does_not_know_is_refused(workspace, sshd):
    sshd.file("mkt.csv", csv_of(CONTACT))
    key = keygen(workspace.folder / "stranger")
    workspace.source("mkt", location=sshd.url("mkt.csv"), auth=sshd.auth(key_file=str(key)), **FAST)
    refused(workspace, USER, "user or key refused")


def test_a_refused_rsa_key_says_why(workspace, sshd):
    sshd.file("mkt.csv", csv_of(CONTACT))
    key = keygen(workspace.folder / "rsa", "rsa")
    workspace.source("mkt", location=sshd.url("mkt.csv"), auth=sshd.auth(key_file=str(key)), **FAST)
    refused(workspace, USER, "RSA", "ed25519")


@pytest.mark.parametrize("password_server, code", [(["sizeless"], USER), (["boasts"], TEMPORARY)],
                         indirect=["password_server"])
def test_a_file_whose_size_is_not_told_or_is_a_lie_is_not_taken(workspace, password_server, code):
    password_server.file("mkt.csv", contacts(0, 1000))
    auth = {"user": "parceiro", "password": "${env:SENHA}", "host_key": password_server.pin}
    workspace.source("mkt", location=f"sftp://127.0.0.1:{password_server.port}/mkt.csv", auth=auth, **FAST)
    refused(workspace, code, "mkt.csv", env={"SENHA": PASSWORD})


def test_a_missing_file_says_so_and_a_pattern_says_what_is_there(workspace, sshd):
    workspace.source("mkt", location=sshd.url("mkt.csv"), auth=sshd.auth(), **FAST)
    refused(workspace, USER, "nothing at sftp://", "mkt.csv")
    sshd.file("outro.csv", csv_of(CONTACT))
    workspace.source("mkt", location=sshd.url("mkt_*.csv"), auth=sshd.auth(), **FAST)
    refused(workspace, USER, "nothing at sftp://", "outro.csv")
    workspace.source("mkt", location=sshd.url("nao_ha/mkt_*.csv"), auth=sshd.auth(), **FAST)
    refused(workspace, USER, "nothing at sftp://", "nao_ha")


@pytest.mark.parametrize("password_server", [["locked"]], indirect=True)
def test_a_file_without_permission_says_so(workspace, password_server):
    password_server.file("mkt.csv", csv_of(CONTACT))
    auth = {"user": "parceiro", "password": "${env:SENHA}", "host_key": password_server.pin}
    workspace.source("mkt", location=f"sftp://127.0.0.1:{password_server.port}/mkt.csv", auth=auth, **FAST)
    refused(workspace, USER, "no permission", "parceiro", env={"SENHA": PASSWORD})


def test_an_empty_file_is_not_a_delivery(workspace, sshd):
    sshd.file("mkt.csv", "")
    workspace.source("mkt", location=sshd.url("mkt.csv"), auth=sshd.auth(), **FAST)
    refused(workspace, USER, "is empty (0 bytes)")


def test_all_files_of_a_pattern_or_only_the_newest(workspace, sshd):
    for number, age in ((1, 300), (2, 100), (3, 200)):
        path = sshd.file(f"mkt_20240528_{number}.csv", csv_of((str(number), *CONTACT[1:])))
        os.utime(path, (time.time() - age,) * 2)
    sshd.file("mkt_20240527_1.csv", csv_of(("9", *CONTACT[1:])))
    sshd.file(".mkt_20240528_4.csv", "half")
    (sshd.folder / "mkt_20240528_5.csv").mkdir()
    location = sshd.url("mkt_{data_carga:%Y%m%d}*.csv")
    workspace.source("mkt", location=location, auth=sshd.auth(), **FAST)
    outcome = workspace.run()
    assert outcome.code == DONE, outcome
    assert ids(workspace) == ["1", "2", "3"]
    workspace.source("mkt", location=location, auth=sshd.auth(), take="newest", **FAST)
    outcome = workspace.run()
    assert outcome.code == DONE, outcome
    assert ids(workspace) == ["2"]


def test_folders_and_patterns_of_folders(workspace, sshd):
    sshd.file("loja a/2024/b ç.csv", csv_of(("1", *CONTACT[1:])))
    sshd.file("loja b/2024/b ç.csv", csv_of(("2", *CONTACT[1:])))
    sshd.file("outra/2024/b ç.csv", csv_of(("3", *CONTACT[1:])))
    workspace.source("mkt", location=sshd.url("loja */2024/b ç.csv"), auth=sshd.auth(), **FAST)
    outcome = workspace.run()
    assert outcome.code == DONE, outcome
    assert ids(workspace) == ["1", "2"]
    for folder in ("", "/"):
        workspace.source("mkt", location=sshd.url("outra" + folder), auth=sshd.auth(), **FAST)
        assert workspace.run().code == DONE
        assert ids(workspace) == ["3"]


def test_a_file_that_is_still_being_written_is_not_taken(workspace, sshd):
    path = sshd.file("mkt.csv", contacts(0, 1000))
    workspace.source("mkt", location=sshd.url("mkt.csv"), auth=sshd.auth(), settle="2s")
    done = threading.Event()

    def write():
        with open(path, "a") as out:
            while not done.wait(0.1):
                out.write(contacts(1000, 1001).split("\n", 1)[1])
                out.flush()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        refused(workspace, TEMPORARY, "being written", "bytes, then")
    finally:
        done.set()
        writer.join()
    outcome = workspace.run()
    assert outcome.code == DONE, outcome


def test_a_server_that_is_restarted_in_the_middle_is_waited_for(workspace, sshd, proxy):
    sshd.file("mkt.csv", contacts(0, 60000))
    proxy.cuts = [500_000]
    workspace.source("mkt", location=sshd.url("mkt.csv", proxy.port), auth=sshd.auth(), **FAST)
    outcome = {}
    run = threading.Thread(target=lambda: outcome.update(run=workspace.run()))
    run.start()
    deadline = time.monotonic() + 20
    while proxy.carried < 300_000 and time.monotonic() < deadline:
        time.sleep(0.005)
    sshd.stop()
    time.sleep(0.5)
    sshd.start()
    run.join()
    assert outcome["run"].code == DONE, outcome["run"]
    assert len(workspace.rows()) == 60000


@pytest.mark.parametrize("after", [0, 30, 200, 900, 1250, 1450, 1550, 1700])
def test_a_connection_that_ends_before_the_file_comes_is_made_again(workspace, sshd, proxy, after):
    """At the banner, in the exchange of keys, while signing in. The first connection finds that the pin is of the
    server's other key; the second one, which asks for that key, is the one that ends."""
    sshd.file("a.csv", csv_of(CONTACT))
    proxy.faults = [Fault(), Fault(after=after)]
    workspace.source("mkt", location=sshd.url("a.csv", port=proxy.port), auth=sshd.auth(), **FAST)
    outcome = workspace.run()
    assert outcome.code == DONE and proxy.connections > 2, outcome
    assert len(workspace.rows()) == 1


def test_a_server_with_too_many_connections_is_waited_for(workspace, tmp_path):
    sshd = Sshd(tmp_path / "busy", "MaxStartups 1")
    sshd.file("a.csv", csv_of(CONTACT))
    workspace.source("mkt", location=sshd.url("a.csv"), auth=sshd.auth(), **FAST)
    with sshd.guest() as guest:  # who does not sign in, and takes the only place there is
        threading.Timer(1.5, lambda: guest.shutdown(socket.SHUT_RDWR)).start()
        refused_before = sshd.logged("MaxStartups")
        outcome = workspace.run()
    assert outcome.code == DONE, outcome
    assert sshd.logged("MaxStartups") > refused_before
    sshd.stop()


@pytest.mark.slow
def test_a_server_that_is_gone_is_tried_five_times_and_then_later(workspace, sshd):
    sshd.file("mkt.csv", csv_of(CONTACT))
    workspace.source("mkt", location=sshd.url("mkt.csv"), auth=sshd.auth(), **FAST)
    sshd.stop()
    refused(workspace, TEMPORARY, "5 ")
