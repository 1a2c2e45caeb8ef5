"""Thirty days of six sources for each thing that goes wrong: every day's table is exactly the model's, the ledger says
what happened, and nobody is released or held wrongly but where the ledger declares it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from company import DAYS, FraudeCsv, company
from faults import FAULTS, RECEIVED, Fault, carried, cut, fewer, missing, renamed, twice
from months import Month, bad_days

pytestmark = pytest.mark.slow
CLOCKS = {name: {"freshness": {"newest_within": 0}} for name in ("marketing", "recomendacao", "restritos")}


def month_of(folder, plan, more=None):
    month = Month(folder, more)
    for day in DAYS:
        month.live(day, plan.get(day))
    month.check_history()
    return month


@pytest.fixture(scope="session")
def months(request, tmp_path_factory):
    """Two at a time, those that were selected."""
    wanted = [item.callspec.params["fault"] for item in request.session.items
              if getattr(item, "callspec", None) and "fault" in item.callspec.params]
    with ThreadPoolExecutor(2) as pool:
        yield {name: pool.submit(month_of, tmp_path_factory.mktemp("month") / "work", bad_days(FAULTS[name]),
                                 CLOCKS if "clock" in name else None) for name in wanted}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_month_with(fault, months):
    month = months[fault].result()
    assert not month.wrong, "\n".join(month.wrong)


def test_a_month_with_every_source_down_for_ten_days(tmp_path):
    down = Fault(missing, carried("missing"))
    month = Month(tmp_path / "work", canais=company(fraude=FraudeCsv))
    gone = {"marketing": 3, "fraude": 4, "recomendacao": 8, "ofertas": 9, "crm": 14, "restritos": 16}
    for n, day in enumerate(DAYS):
        month.live(day, {source: down for source, first in gone.items() if first <= n < first + 10})
    month.check_history()
    assert not month.wrong, "\n".join(month.wrong)


def test_a_month_with_two_faults_at_once(tmp_path):
    """In two sources on a day, and two in one source: the first in the order of docs/concepts/trust.md is told."""
    few_and_renamed = lambda canal, path, rows, day: renamed("subject", "titulo")(canal, path, rows[-30:], day)
    twice_and_cut = lambda canal, path, rows, day: cut(0.61)(canal, path, rows * 2, day)
    old_and_few = lambda canal, path, rows, day: canal.write(
        path, [row for row in rows if row.contact.sent < day][:9], day)
    plan = {
        5: {"crm": Fault(missing, carried("missing")), "marketing": Fault(cut(0.61), carried("truncated"))},
        6: {"crm": Fault(cut(0.61), carried("truncated")), "fraude": Fault(fewer(0.2), carried("shrunken"))},
        10: {"marketing": Fault(few_and_renamed, carried("drifted"))},
        11: {"marketing": Fault(few_and_renamed, carried("drifted")),
             "ofertas": Fault(twice_and_cut, carried("truncated"))},
        12: {"recomendacao": Fault(old_and_few, carried("late")), "restritos": Fault(twice, RECEIVED)},
        18: {"ofertas": Fault(missing, carried("missing")), "restritos": Fault(twice_and_cut, carried("truncated"))},
    }
    month = Month(tmp_path / "work")
    for n, day in enumerate(DAYS):
        month.live(day, plan.get(n))
    month.check_history()
    assert not month.wrong, "\n".join(month.wrong)


def test_a_month_in_which_late_files_come_and_the_day_is_run_again(tmp_path):
    month = Month(tmp_path / "work")
    for n, day in enumerate(DAYS):
        if n % 4 == 3:
            month.live(day, {source: Fault(missing, carried("missing")) for source in ("crm", "marketing", "ofertas")})
        month.live(day)
    month.check_history()
    assert not month.wrong, "\n".join(month.wrong)


def test_a_month_with_our_own_clock_a_day_fast(tmp_path):
    """On the eleventh day the run believes that it is the twelfth; then both days are run as they should be."""
    stay = lambda canal, path, rows, day: None
    month = Month(tmp_path / "work", CLOCKS)
    for n, day in enumerate(DAYS):
        if n == 11:
            continue
        if n == 10:
            month.deliver(day, {})
            taken = {name: Fault(stay, RECEIVED, lambda rows, later, name=name: next(
                c for c in month.canais if c.name == name).rows(DAYS[10])) for name in ("marketing", "fraude")}
            late = {name: Fault(stay, carried("late")) for name in ("crm", "recomendacao", "restritos")}
            month.run(DAYS[11], {**taken, **late, "ofertas": Fault(stay, carried("missing"))})
        month.live(day)
        if n == 10:
            month.live(DAYS[11])
    month.check_history()
    assert not month.wrong, "\n".join(month.wrong)


def test_a_delta_table_that_is_gone_is_carried_forward(tmp_path):
    month = Month(tmp_path / "work")
    month.live(DAYS[0])
    month.live(DAYS[1], {"fraude": Fault(missing, carried("missing"))})
    assert not month.wrong, "\n".join(month.wrong)
