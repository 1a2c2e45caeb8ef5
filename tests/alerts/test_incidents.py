"""One alert for each thing that goes wrong and one when it is over, whatever happens to whoever is told."""

import os
import signal
import subprocess
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alert_servers import Webhook
from product import BINARY, DEGRADED, DONE, HELD, TEMPORARY, USER


def day(number):
    return f"2024-05-{number:02}"


def test_a_good_run_tells_nobody(watched, hook):
    watched.loaded()
    assert hook.asked == []


def test_a_carried_source_is_told_once_for_all_its_days_and_once_when_it_is_back(watched, hook):
    watched.loaded()
    (watched.folder / "crm.csv").unlink()
    for number in (28, 29, 30):
        assert watched.run(data_carga=day(number)).code == DEGRADED
    assert hook.events() == ["degraded"]
    watched.deliver("crm", ["1", "2"], sent="2024-05-30")
    assert watched.run(data_carga=day(31)).code == DONE
    assert hook.events() == ["degraded", "recovered"]
    degraded, recovered = hook.notices()
    assert degraded["incident"] == recovered["incident"] and recovered["over"] == "degraded"
    assert degraded["source"] == "crm" and degraded["data_carga"] == day(28)
    assert "carried forward" in degraded["what"] and "nobody of Marketing is released" in degraded["means"]
    assert any("sources test crm" in step for step in degraded["next"])


def test_a_held_day_tells_the_command_that_approves_it_which_then_ends_it(watched, hook):
    watched.loaded(clients=[str(n) for n in range(100)])
    watched.deliver("crm", [str(n) for n in range(70)], sent="2024-05-26")
    assert watched.run().code == HELD
    assert watched.run().code == HELD
    assert hook.events() == ["held"]
    assert "30 of 100 clients would leave Marketing early" in hook.notices()[0]["what"]
    approve = next(step for step in hook.notices()[0]["next"] if "--approve-release" in step)
    command = approve[approve.index("`quarentena ") + 12:-1].replace("...", "combinado")
    done = subprocess.run(f"{BINARY} {command}", shell=True, env={**os.environ, **watched.env}, capture_output=True, text=True)
    assert done.returncode == DONE, done
    assert hook.events() == ["held", "recovered"]


def test_a_failure_is_told_once_however_often_it_is_tried_again(watched, hook):
    watched.deliver("crm", ["1"])
    watched.source("crm", dias=30, where="no_such_column = 1")
    for _ in range(3):
        assert watched.run().code == USER
    watched.source("crm", dias=30, where="true")
    assert watched.run().code == DONE
    assert hook.events() == ["failed", "recovered"]


def test_several_troubles_of_a_run_are_one_message(watched, hook):
    watched.loaded()
    watched.deliver("ofertas", ["5"], sent="2024-05-26")
    watched.source("ofertas", canal="Ofertas", dias=30)
    assert watched.run(data_carga=day(27)).code == DONE
    for name in ("crm", "ofertas"):
        (watched.folder / f"{name}.csv").unlink()
    assert watched.run().code == DEGRADED
    assert len(hook.taken) == 1 and hook.events() == ["degraded", "degraded"]
    assert hook.taken[0]["subject"] == "quarentena: 2 degraded"


def test_while_the_server_is_down_nothing_is_lost_and_nothing_comes_twice(watched, hook):
    watched.loaded()
    port = hook.port
    hook.close()
    (watched.folder / "crm.csv").unlink()
    done = watched.run()
    assert done.code == DEGRADED and "1 wait" in done.err, done
    assert "segredo-do-caminho" not in done.err
    assert watched.run(data_carga=day(29)).code == DEGRADED
    watched.deliver("crm", ["1", "2"], sent="2024-05-29")
    assert watched.run(data_carga=day(30)).code == DONE
    listed = watched.command("alerts list")
    assert "2 wait" in listed.out and "nothing is wrong" in listed.out, listed
    up = Webhook(port=port)
    try:
        sent = watched.command("alerts send")
        assert "0 waiting" in sent.out, sent
        assert [event for event in up.events() if event != "stale"] == ["degraded", "recovered"]
        taken = len(up.taken)
        watched.command("alerts send")
        assert len(up.taken) == taken
    finally:
        up.close()


def test_a_server_that_fails_some_times_gets_each_message_once_under_one_id(watched, hook):
    watched.loaded()
    hook.statuses = [500, 502, 503, 503]
    (watched.folder / "crm.csv").unlink()
    assert watched.run().code == DEGRADED
    for _ in range(4):
        watched.run()
    assert hook.events() == ["degraded"]
    assert len({headers["Idempotency-Key"] for headers, _ in hook.asked}) == 1
    assert len({body for _, body in hook.asked}) == 1


def test_a_killed_run_is_told_by_the_next_one(watched, hook):
    watched.deliver("crm", ["1"])
    os.mkfifo(watched.folder / "espera")  # nobody writes to it, so the run waits
    watched.source("crm", dias=30)
    watched.source("lenta", canal="Ofertas", location="https://127.0.0.1:1/x.csv", dias=3,
                   auth={"token": f"${{cmd:cat {watched.folder / 'espera'}}}"})
    process = subprocess.Popen([BINARY, "run", "--data-carga", day(28), "-c", watched.folder / "quarentena.yml"],
                               env={**os.environ, **watched.env}, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 20
    while not list(watched.folder.glob("data/staging/runs/*/run_results.json")) and time.monotonic() < until:
        time.sleep(0.02)
    assert watched.command("runs list", "--json").json()[0]["status"] == "running"
    process.send_signal(signal.SIGKILL)
    process.wait()
    os.close(os.open(watched.folder / "espera", os.O_WRONLY | os.O_NONBLOCK))  # lets go of the cat that outlives it
    assert watched.command("runs list", "--json").json()[0]["status"] == "killed"
    del watched.sources["lenta"]
    watched.source("crm", dias=30)
    assert watched.run().code == DONE
    assert hook.events() == ["failed", "recovered"]
    assert "killed" in hook.notices()[0]["what"]
    assert [run["status"] for run in watched.command("runs list", "--json").json()] == ["published", "killed"]


def test_a_source_past_its_deadline_is_told_once_and_the_run_that_carries_it_says_no_more(watched, hook):
    now = datetime.now(ZoneInfo("America/Sao_Paulo"))
    today, yesterday = now.date().isoformat(), (now - timedelta(days=1)).date().isoformat()
    watched.deliver("crm", ["1"], sent=yesterday)
    watched.source("crm", dias=30, freshness={"deadline": "00:00"})
    assert watched.run(data_carga=yesterday).code == DONE
    watched.command("alerts send")
    assert hook.events() == [], "it is there, though no run has loaded it"
    (watched.folder / "crm.csv").unlink()
    (watched.folder / "data/staging/alerts/memory.json").unlink()
    for _ in range(2):
        watched.command("alerts send")
    assert hook.events() == ["late"]
    assert watched.run(data_carga=today).code == DEGRADED
    assert hook.events() == ["late"]
    watched.deliver("crm", ["1"], sent=yesterday)
    assert watched.run(data_carga=today).code == DONE
    assert hook.events() == ["late", "recovered"]


def test_an_old_table_is_told_once_and_so_is_a_new_load(watched, hook):
    watched.loaded()
    for _ in range(3):
        done = watched.command("alerts send")
        assert done.code == DONE, done
    assert hook.events() == ["stale"]
    assert "`check` and `serve` answer unknown" in hook.notices()[0]["means"]
    today = datetime.now(ZoneInfo("America/Sao_Paulo")).date().isoformat()
    assert watched.run(data_carga=today).code == DONE
    watched.command("alerts send")
    assert hook.events() == ["stale", "recovered"]


def test_more_than_the_rate_waits_and_goes_as_one(watched, hook):
    watched.more["alerts"]["per_hour"] = 1
    watched.loaded()
    (watched.folder / "crm.csv").unlink()
    watched.run()
    watched.deliver("crm", ["1", "2"], sent="2024-05-28")
    done = watched.run()
    assert len(hook.taken) == 1 and "1 wait" in done.err, done


def test_a_channel_is_told_of_what_it_asks_for(watched, hook):
    watched.more["alerts"]["channels"]["plantao"]["on"] = ["held", "failed"]
    watched.loaded()
    (watched.folder / "crm.csv").unlink()
    assert watched.run().code == DEGRADED
    assert hook.asked == []


def test_a_backfill_that_changes_nothing_tells_nobody(watched, hook):
    watched.loaded()
    assert watched.command("backfill", "--from", day(27), "--to", day(27)).code == DONE
    assert hook.asked == []


def test_the_test_message_checks_every_channel(watched, hook):
    watched.more["alerts"]["channels"]["fechado"] = {"webhook": {"url": "${env:CLOSED_URL}"}}
    watched.loaded()
    done = watched.command("alerts test", env={"CLOSED_URL": "http://127.0.0.1:1/segredo-do-caminho"})
    assert done.code == TEMPORARY, done
    assert "✓ plantao" in done.out and "✗ fechado" in done.out and "segredo-do-caminho" not in done.out + done.err
    assert "this is a test" in hook.notices()[0]["what"]


def test_alerts_without_channels_say_what_to_write(watched):
    watched.more.clear()
    watched.deliver("crm", ["1"])
    watched.source("crm")
    done = watched.command("alerts test")
    assert done.code == USER and "docs/guides/alerts.md" in done.err, done


def test_slack_and_teams_get_their_shapes(watched, hook):
    for shape in ("slack", "teams"):
        watched.more["alerts"]["channels"][shape] = {"webhook": {"url": "${env:HOOK_URL}", "shape": shape}}
    watched.loaded()
    (watched.folder / "crm.csv").unlink()
    assert watched.run().code == DEGRADED
    generic, slack, teams = hook.taken
    assert generic["schema"] == "quarentena/alert/1"
    assert slack["text"].startswith("quarentena: degraded: crm") and slack["blocks"][0]["type"] == "section"
    assert teams["attachments"][0]["content"]["type"] == "AdaptiveCard"
