"""Nothing of a client is in any payload, mail, trace, metric or row of the history: every column is marked, and everything
that leaves is looked through."""

import json

from alert_servers import Webhook
from deltalake import DeltaTable
from product import csv_of

MARKS = {"id_cliente": "90715533001", "email": "marcada@pessoal.example", "telefone": "11955501234",
         "assunto": "assunto-marcado", "data_envio": "2024-05-26"}
SECRET = [mark for column, mark in MARKS.items() if column != "data_envio"]
HEADER = ",".join(MARKS)
OTHERS = [(str(n), f"{n}@exemplo.com", "", "x", "2024-05-26") for n in range(60)]


def marked(**other):
    return tuple({**MARKS, **other}.values())


BROKEN = [
    csv_of(*OTHERS[:40], header=HEADER),                                              # held: the marked client leaves
    "\n".join(",".join(row) for row in [marked(), *OTHERS]) + "\n",                   # its first row is taken for a header
    csv_of(*OTHERS, marked(data_envio="marcada@pessoal.example"), header=HEADER),      # no date
    csv_of(*OTHERS, header=HEADER) + '"' + ",".join(SECRET),                          # cut in a quoted field
    csv_of(*OTHERS, marked()[:2], header=HEADER),                                     # ragged
    "",
]
SETTINGS = [{}, {"on_failure": "fail"}, {"contract": "freeze"}, {"where": "assunto::INTEGER > 0"},
            {"expectations": [{"name": "nenhuma", "sql": "count(*) < 1"}]}]


def everything_told(watched, hook, mail, collector):
    told = [body.decode() for _, body in hook.asked + collector.asked]
    told += [message.as_string() + message.get_body().get_content() for _, message in mail.mails]
    told += [path.read_text() for path in watched.folder.glob("*.prom")]
    told += [path.read_text() for path in (watched.folder / "data/staging/alerts").iterdir()]
    history = watched.folder / "data/quarentena_global_runs"
    told.append(json.dumps(DeltaTable(str(history)).to_pyarrow_table().to_pylist(), default=str))
    return told


def test_whatever_goes_wrong_no_mark_is_told(watched, hook, mail, authority):
    collector = Webhook()
    watched.more["alerts"]["per_hour"] = 1000
    watched.more["alerts"]["channels"]["dados"] = {"email": {
        "server": f"smtp://127.0.0.1:{mail.port}", "from": "q@exemplo.com.br", "to": "d@exemplo.com.br",
        "user": mail.USER, "password": "${env:SMTP_PASSWORD}", "ca_file": str(authority.ca_file)}}
    watched.more["telemetry"] = {"otlp": f"http://127.0.0.1:{collector.port}", "metrics_file": "./run.prom"}
    watched.env["SMTP_PASSWORD"] = mail.PASSWORD
    for settings in SETTINGS:
        watched.file("crm.csv", csv_of(*OTHERS, marked(), header=HEADER))
        watched.source("crm", dias=30, **settings)
        watched.run(data_carga="2024-05-27")
        for content in BROKEN:
            watched.file("crm.csv", content)
            watched.run()
    watched.command("alerts send")
    collector.close()
    told = everything_told(watched, hook, mail, collector)
    assert {"held", "failed", "degraded", "recovered"} <= set(hook.events())
    assert len(mail.mails) == len(hook.taken) and len(collector.asked) == 35
    for text in told:
        for mark in SECRET:
            assert mark not in text, text[max(0, text.find(mark) - 300):text.find(mark) + 100]
