"""What every transport promises, whatever its server is (docs/sources/README.md has the list)."""

import os
import random
import signal
import subprocess
import time

import pytest

from fault_proxy import Fault
from product import BINARY, USER

SIZE = 640 << 10
CONTENT = random.Random(1).randbytes(SIZE)
ANOTHER = random.Random(2).randbytes(SIZE)


def test_a_file_arrives_byte_for_byte(transport, fetching):
    name = "inteiro" + transport.ending
    transport.put(name, CONTENT)
    fetch = fetching(name)
    fetch.go()
    assert fetch.files == {name: CONTENT}


@pytest.mark.parametrize("stem", ["com espaço", "promoção de março", "100% + e #1", "a;b,c&d=e@f"])
def test_names_are_taken_as_they_are(transport, fetching, stem):
    if transport.name == "https" and stem[0] in "1a":
        pytest.skip("an address of the web has % and # as its own")
    name = stem + transport.ending
    transport.put(name, CONTENT[:1000])
    fetch = fetching(name)
    fetch.go()
    assert list(fetch.files.values()) == [CONTENT[:1000]]


def test_a_folder_is_all_its_files_but_the_hidden_ones(transport, fetching):
    if not transport.folders:
        pytest.skip("has no folders")
    for name in ("pasta/a", "pasta/b ç", "pasta/_temporario", "pasta/.oculto"):
        transport.put(name + transport.ending, name.encode())
    fetch = fetching("pasta/")
    fetch.go()
    assert fetch.files == {"a" + transport.ending: b"pasta/a", "b ç" + transport.ending: "pasta/b ç".encode()}


def test_a_pattern_is_what_matches_it_on_the_day(transport, fetching):
    if not transport.patterns:
        pytest.skip("has no patterns")
    for name in ("dia/mkt_20240528_1", "dia/mkt_20240528_2", "dia/mkt_20240527_1", "dia/crm_20240528_1"):
        transport.put(name + transport.ending, name.encode())
    fetch = fetching("dia/mkt_{data_carga:%Y%m%d}*" + transport.ending)
    fetch.go()
    assert sorted(fetch.files) == ["mkt_20240528_1" + transport.ending, "mkt_20240528_2" + transport.ending]


def test_an_empty_file_is_no_delivery(transport, fetching):
    name = "vazio" + transport.ending
    transport.put(name, b"")
    fetch = fetching(name)
    assert fetch.go().code == USER, fetch.outcome
    assert "is empty (0 bytes)" in fetch.said
    assert fetch.kept() == []


def test_a_file_that_is_not_there_is_missing_by_its_name(transport, fetching):
    fetch = fetching("ausente" + transport.ending)
    assert fetch.go().code == USER, fetch.outcome
    location = fetch.settings["location"].split("://")[1]
    assert location.rsplit("/")[-1].rsplit(".")[-1] in fetch.said
    assert "source 'crm'" in fetch.said and fetch.kept() == []


def test_a_wrong_credential_is_tried_once(transport, fetching):
    name = "fechado" + transport.ending
    transport.put(name, CONTENT)
    fetch = fetching(name).with_wrong_credential()
    before = transport.tries(name)
    assert fetch.go().code == USER, fetch.outcome
    assert transport.tries(name) - before == 1
    assert "marked-" not in str(fetch.outcome)


def test_an_unchanged_file_is_not_brought_again_and_a_changed_one_is(transport, fetching):
    name = "mudou" + transport.ending
    transport.put(name, CONTENT)
    fetch = fetching(name)
    fetch.go()
    assert fetch.files == {name: CONTENT}
    before = transport.sent(name)
    assert before >= SIZE
    fetch.go()
    assert fetch.files == {name: CONTENT}
    assert transport.sent(name) - before < SIZE / 8
    time.sleep(1.1)  # servers that know a version by its second
    transport.put(name, ANOTHER)
    fetch.go()
    assert fetch.files == {name: ANOTHER}


def test_a_process_killed_in_the_middle_leaves_no_half_file_and_the_next_brings_it_whole(transport, fetching):
    name = "morto" + transport.ending
    transport.put(name, CONTENT)
    transport.faults(name, Fault(after=SIZE // 2, then="stall"))
    fetch = fetching(name)
    process = subprocess.Popen([BINARY, *fetch.arguments, "-c", fetch.workspace.folder / "quarentena.yml"],
                               env={**os.environ, **fetch.env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while transport.sent(name) < SIZE // 2 - (16 << 10) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert fetch.kept() == []
    transport.faults(name)
    before = transport.sent(name)
    fetch.go()
    assert fetch.files == {name: CONTENT}
    assert transport.sent(name) - before < SIZE * 0.9 or not transport.remembers
