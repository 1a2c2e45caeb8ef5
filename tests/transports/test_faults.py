"""Servers that cut, dawdle, fall silent, die and lie: the whole file or a typed error, never part of one."""

import random

import pytest

from fault_proxy import Fault
from product import DONE, TEMPORARY, USER

pytestmark = pytest.mark.slow

SIZE = 640 << 10
STEP = 64 << 10
CONTENT = random.Random(3).randbytes(SIZE)
PAGE = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Who are you?</body></html>\n"
QUICK = {"stall_timeout": "1s"}


def broken(transport, fetching, name, *faults, content=CONTENT, **settings):
    """What became of a delivery of `content` that was broken like this."""
    name += transport.ending
    transport.put(name, content)
    transport.faults(name, *faults)
    fetch = fetching(name, **settings)
    fetch.go()
    return fetch


def arrives(fetch, content=CONTENT):
    assert list(fetch.files.values()) == [content], fetch.name


def is_refused(fetch, *codes):
    """With a typed error, and nothing that a later load could take for the file."""
    assert fetch.outcome.code in codes, f"{fetch.name}: {fetch.outcome}"
    assert fetch.said.startswith("source 'crm': ") and fetch.kept() == [], fetch.name


def lengths(transport):
    return ("told", "chunked", "untold") if transport.over_http else ("told",)


def test_cut_at_every_64_kib_the_whole_file_arrives_or_none(transport, fetching, all_at_once):
    cases = [(at, length, then) for length in lengths(transport) for at in range(STEP, SIZE, STEP)
             for then in ("cut", "reset") if then == "cut" or at % (4 * STEP) == 0]

    def cut(case):
        at, length, then = case
        return broken(transport, fetching, f"corte_{at}_{length}_{then}", Fault(after=at, then=then, length=length))

    for (_, length, _), fetch in zip(cases, all_at_once(cut, cases)):
        if length == "told":
            arrives(fetch)
        elif fetch.outcome.code == DONE:
            arrives(fetch)
        else:
            is_refused(fetch, TEMPORARY, USER)


def test_a_cut_file_goes_on_from_where_it_was(transport, fetching):
    # What libssh2 asked for ahead, up to 2 MiB, is lost with its connection: of a small file that may be all.
    content = CONTENT * 16
    fetch = broken(transport, fetching, "retomado", Fault(after=len(content) * 3 // 4), content=content)
    arrives(fetch, content)
    assert transport.sent(fetch.name) < len(content) * 1.5


def test_cut_each_time_it_is_given_up_and_is_whole_another_day(transport, fetching):
    # Below what counts as progress, so that the tries are counted.
    fetch = broken(transport, fetching, "sempre_cortado", "always", Fault(after=20_000))
    is_refused(fetch, TEMPORARY)
    transport.faults(fetch.name)
    fetch.go()
    arrives(fetch)


def test_a_slow_server_is_waited_for_as_long_as_bytes_come(transport, fetching):
    slow = Fault(after=None, piece=32 << 10, pause_s=0.12)
    arrives(broken(transport, fetching, "devagar", slow, **QUICK))


def test_a_server_that_falls_silent_is_left_and_asked_again(transport, fetching, all_at_once):
    def stall(at):
        return broken(transport, fetching, f"mudo_{at}", Fault(after=at, then="stall"), **QUICK)

    for fetch in all_at_once(stall, (0, STEP, SIZE // 2, SIZE - 1)):
        arrives(fetch)


def html_page(**headers):
    return Fault(instead=(200, {"Content-Type": "text/html; charset=utf-8", **headers}, PAGE))


LIES = {
    "more_than_there_is": Fault(length=SIZE + 1),
    "less_than_there_is": Fault(length=SIZE - STEP),
    "an_empty_answer": Fault(instead=(200, {"Content-Type": "text/csv"}, b"")),
    "a_sign_in_page": html_page(),
    "a_sign_in_page_of_no_length": Fault(instead=html_page().instead, length="chunked"),
}


def test_a_server_that_lies_once_or_always_is_not_believed(transport, fetching, all_at_once):
    if not transport.over_http:
        pytest.skip("speaks no HTTP")

    def lie(case):
        name, always = case
        return broken(transport, fetching, f"{name}_{always}", *(["always"] if always else []), LIES[name])

    cases = [(name, always) for name in LIES for always in (False, True)
             # Nobody can know of bytes that nobody speaks of.
             if transport.tells_size or name != "less_than_there_is"]
    for (_, always), fetch in zip(cases, all_at_once(lie, cases)):
        if always or fetch.outcome.code != DONE:
            is_refused(fetch, TEMPORARY, USER)
        else:
            arrives(fetch)


def test_the_whole_file_in_answer_to_a_range_is_not_put_behind_what_was_there(transport, fetching):
    if not transport.over_http:
        pytest.skip("speaks no HTTP")
    for always in (False, True):
        fetch = broken(transport, fetching, f"intervalo_{always}", Fault(after=SIZE // 2),
                       *([Fault(whole=True)] * (9 if always else 1)))
        arrives(fetch) if fetch.outcome.code == DONE else is_refused(fetch, TEMPORARY, USER)
