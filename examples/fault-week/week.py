#!/usr/bin/env python3
"""One bad week, told day by day with the commands that are run: make run-fault-week

Needs Python alone. The inputs are written into data/entrada as the week goes on; data/ is made anew each time and
stays, so that you can look around in it afterwards. Ends with 1 where the story is not what it should be."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
BINARY = Path(os.environ.get("QUARENTENA", HERE.parents[1] / "build/quarentena"))
INPUTS = HERE / "data/entrada"
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = (date(2024, 5, 20) + timedelta(days=n) for n in range(7))
HEADER = "id_cliente,email,telefone,assunto,data_envio"
DONE, DEGRADED, HELD = 0, 3, 4
wrong = []


def line(client, sent, subject, *more):
    return ",".join([str(client), f"cliente{client}@exemplo.com", "", subject, sent.isoformat(), *more])


def write(name, lines, header=HEADER):
    (INPUTS / name).write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")


def days_until(day, most):
    """The days up to `day` of which the file still tells, oldest first."""
    return [day - timedelta(days=n) for n in range(most, -1, -1)]


def crm(day):
    """One call a day, for the 30 days back."""
    write("crm.csv", [line(1000 + sent.toordinal() % 1000, sent, "Pesquisa", day.isoformat()) for sent in days_until(day, 30)],
          HEADER + ",data_base")


def marketing(day, header=HEADER):
    """Three newsletters a day, for a week back."""
    write("marketing.csv", [line(2000 + 3 * (sent.toordinal() % 100) + n, sent, "Newsletter")
                            for sent in days_until(day, 7) for n in range(3)], header)


def ofertas(day):
    """Only the day's own."""
    write(f"ofertas_{day:%Y%m%d}.csv", [line(3000 + 4 * (day.toordinal() % 100) + n, day, "Oferta") for n in range(4)])


def fraude(day, clients=40):
    write("fraude.csv", [line(4000 + n, MONDAY - timedelta(days=30 + n), "suspeita de fraude") for n in range(clients)])


def everything(day):
    for source in (crm, marketing, ofertas, fraude):
        source(day)


def say(text=""):
    print(text, flush=True)


def quarentena(verb, *arguments):
    return subprocess.run([BINARY, verb, *arguments, "-c", HERE / "quarentena.yml"], capture_output=True, text=True)


def run(day, expected, *options):
    """Runs the day and shows what it says of its sources."""
    say(f"  $ quarentena run --data-carga {day} {shlex.join(options)}".rstrip())
    done = quarentena("run", "--data-carga", str(day), "--quiet", *options)
    told = [done.stdout.splitlines()[0], *done.stderr.splitlines()] if done.stdout else done.stderr.splitlines()
    for each in told:
        say(f"    {each.replace(str(HERE) + '/', '')}")
    meaning = {DONE: "done", DEGRADED: "published, degraded", HELD: "held: a person must decide"}
    say(f"    exit code {done.returncode} ({meaning.get(done.returncode, 'not what was expected')}); {who(day)}")
    if done.returncode != expected:
        wrong.append(f"{day}: exit code {done.returncode} instead of {expected}")


def ask(query):
    answer = quarentena("sql", query, "--json")
    return json.loads(answer.stdout) if answer.returncode == 0 else []


def who(day):
    counts = {row["canal"]: int(row["n"]) for row in
              ask(f"SELECT canal, count(*) AS n FROM quarentena_global WHERE data_carga = '{day}' GROUP BY ALL ORDER BY ALL")}
    return "in quarantine: " + (", ".join(f"{canal} {n}" for canal, n in counts.items()) or "nobody yet on this day")


def heading(day, text):
    say(f"\n{day:%A}, {day}. {text}")


def monday():
    heading(MONDAY, "Everything comes as it should.")
    everything(MONDAY)
    run(MONDAY, DONE)


def tuesday():
    heading(TUESDAY, "The marketing file is not there in the morning.")
    everything(TUESDAY)
    (INPUTS / "marketing.csv").unlink()
    say("  A script would now publish an empty Marketing, and everybody in it could be written to again. Here Monday's\n"
        "  delivery stays in force, a day older:")
    run(TUESDAY, DEGRADED)
    say("  At noon it comes. The day is run again, and replaced:")
    marketing(TUESDAY)
    run(TUESDAY, DONE)


def wednesday():
    heading(WEDNESDAY, "CRM sends Tuesday's file once more.")
    everything(WEDNESDAY)
    crm(TUESDAY)
    say("  It is whole, and no row of it is of today (`where: data_base = data_carga`):")
    run(WEDNESDAY, DEGRADED)


def thursday():
    heading(THURSDAY, "The fraud list is cut off in the middle of a line.")
    everything(THURSDAY)
    path = INPUTS / "fraude.csv"
    path.write_bytes(path.read_bytes()[:-700])
    say("  Whoever is on the missing half would be free again. The list of Wednesday stays in force:")
    run(THURSDAY, DEGRADED)


def friday():
    heading(FRIDAY, "Marketing renames a column: data_envio is now enviado_em.")
    everything(FRIDAY)
    marketing(FRIDAY, HEADER.replace("data_envio", "enviado_em"))
    run(FRIDAY, DEGRADED)


def saturday():
    heading(SATURDAY, "Nobody has mended it yet, and the day's ofertas are missing too.")
    everything(SATURDAY)
    marketing(SATURDAY, HEADER.replace("data_envio", "enviado_em"))
    (INPUTS / f"ofertas_{SATURDAY:%Y%m%d}.csv").unlink()
    say("  Marketing is still Thursday's: those whose seven days are over leave, nobody else does. Ofertas holds events:\n"
        "  the files of the five days before go on counting.")
    run(SATURDAY, DEGRADED)


def sunday():
    heading(SUNDAY, "All files are right again, but the fraud list holds 26 clients instead of 40.")
    everything(SUNDAY)
    fraude(SUNDAY, clients=26)
    say("  It may be right. But 14 releases at once are for a person to decide, so nothing is published:")
    run(SUNDAY, HELD)
    say("  The fraud team confirms it. Who approved, how many and why goes into the ledger:")
    run(SUNDAY, DONE, "--approve-release", "Fraude=14", "--reason", "lista revista")


def what_the_ledger_says():
    say("\nThe whole week, in the source ledger:")
    query = "SELECT data_carga, source, status, decision, in_force_since, reason FROM fontes WHERE decision <> 'accepted'"
    say(f'  $ quarentena sql "{query} ORDER BY ALL"')
    for row in ask(query + " ORDER BY ALL"):
        say(f"    {row['data_carga']} {row['source']:<10} {row['status']:<10} {row['decision']:<8} "
            f"in force: {row['in_force_since']}   {row['reason'][:110].replace(str(HERE) + '/', '')}")
    early = ask("""SELECT y.data_carga + 1 AS day, canal, id_cliente FROM quarentena_global y
        ANTI JOIN quarentena_global t ON t.data_carga = y.data_carga + 1 AND t.canal = y.canal AND t.id_cliente = y.id_cliente
        WHERE y.data_carga < '2024-05-26' AND (y.saida_prevista IS NULL OR y.saida_prevista > y.data_carga)""")
    by_accident = [row for row in early if row["canal"] != "Fraude" or row["day"] != SUNDAY.isoformat()]
    say(f"\nClients released by accident in seven days with five faults: {len(by_accident)}.")
    if by_accident:
        wrong.append(f"released: {by_accident}")
    say("Look around: quarentena sql \"FROM fontes\" -c examples/fault-week/quarentena.yml; docs/concepts/trust.md explains.")


shutil.rmtree(HERE / "data", ignore_errors=True)
INPUTS.mkdir(parents=True)
for part in (monday, tuesday, wednesday, thursday, friday, saturday, sunday, what_the_ledger_says):
    part()
for problem in wrong:
    print(f"not as it should be: {problem}", file=sys.stderr)
sys.exit(1 if wrong else 0)
