"""Days on which sources fail, on Spark: the tables of tests/trust's model, its ledger, its exit codes."""

import sys
from pathlib import Path

import pytest

from engine_pair import load

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "trust"))

from company import DAYS  # noqa: E402
from faults import RECEIVED, Fault, carried, cut, fewer, missing, renamed, twice  # noqa: E402
from months import Month  # noqa: E402

pytestmark = pytest.mark.slow


def test_days_with_one_fault_and_with_two_at_once(spark, tmp_path):
    few_and_renamed = lambda canal, path, rows, day: renamed("subject", "titulo")(canal, path, rows[-30:], day)
    twice_and_cut = lambda canal, path, rows, day: cut(0.61)(canal, path, rows * 2, day)
    old_and_few = lambda canal, path, rows, day: canal.write(path, [row for row in rows if row.contact.sent < day][:9], day)
    plan = {
        2: {"crm": Fault(missing, carried("missing")), "marketing": Fault(cut(0.61), carried("truncated"))},
        3: {"crm": Fault(cut(0.61), carried("truncated")), "fraude": Fault(fewer(0.2), carried("shrunken")),
            "marketing": Fault(few_and_renamed, carried("drifted"))},
        4: {"ofertas": Fault(twice_and_cut, carried("truncated")), "recomendacao": Fault(old_and_few, carried("late")),
            "restritos": Fault(twice, RECEIVED)},
    }
    month = Month(tmp_path / "work", how=lambda workspace, **options: load(workspace, "spark", spark, **options))
    for n, day in enumerate(DAYS[:6]):
        month.live(day, plan.get(n))
    month.check_history(DAYS[:6])
    assert not month.wrong, "\n".join(month.wrong)
