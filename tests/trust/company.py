"""A company for a month: six canais, what each source knows on each day, and how it writes that down.

What a delivery means is told apart from how it is written: `rows` are facts for the model (model.py), `write` makes
the file that the binary reads."""

import csv
import io
import json
import random
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import write_deltalake

FIRST = date(2024, 5, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(30)]
SAO_PAULO = timezone(timedelta(hours=-3))  # no summer time in 2024


@dataclass(frozen=True)
class Contact:
    client: str
    email: str | None
    phone: str | None
    subject: str | None
    sent: date | None


@dataclass(frozen=True)
class Row:
    """A delivered row: the contact, and whether the source's `where` keeps it on the day of the delivery."""
    contact: Contact
    counts: bool = True
    base: date | None = None     # CRM: data_base
    removed: date | None = None  # Fraude: data_exclus


def days_back(day, most):
    return [day - timedelta(days=n) for n in range(most + 1)]


class Canal:
    """One source. `per_day` contacts are made every day; a delivery holds those of `reach` days, today's included."""
    name = canal = ""
    dias = 0
    keeps = "snapshot"
    per_day, reach = 5, 10
    file = ""

    def __init__(self, seed=7):
        self.seed = seed

    def settings(self):
        return {}

    def made_on(self, day):
        """The contacts of a day, the same ones whenever they are asked for."""
        chance = random.Random(f"{self.name} {self.seed} {day}")
        made = []
        for n in range(self.per_day):
            client = f"{chance.randrange(self.per_day * self.reach):05}"
            email = None if chance.random() < 0.1 else f"{self.name}.{client}.{n}@exemplo.com"
            phone = None if chance.random() < 0.1 else f"119{chance.randrange(10**8):08}"
            made.append(Contact(client, email, phone, chance.choice(["Oferta", "Pesquisa", None]), day))
        return made

    def rows(self, day):
        return [Row(contact) for back in reversed(days_back(day, self.reach)) for contact in self.made_on(back)]

    def path(self, folder, day):
        return folder / self.file

    def write(self, path, rows, day):
        raise NotImplementedError


def iso(day):
    return "" if day is None else day.isoformat()


def write_csv(path, header, lines, separator=","):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    path.write_text(text.getvalue(), encoding="utf-8")


class Crm(Canal):
    """A spreadsheet that also holds the base of the day before."""
    name, canal, dias, reach, file = "crm", "CRM", 30, 34, "crm.xlsx"
    columns = ["id_cliente", "email", "telefone", "assunto", "data_envio", "data_base"]

    def settings(self):
        return {"format": "xlsx", "where": "data_base = data_carga",
                "freshness": {"deadline": "07:00"}}

    def rows(self, day):
        eve = day - timedelta(days=1)
        return [replace(row, base=day) for row in super().rows(day)] + [
            Row(Contact(f"8{n:04}", "ontem@exemplo.com", None, "Base de ontem", eve), counts=False, base=eve)
            for n in range(6)]

    def write(self, path, rows, day, columns=None, cell=lambda value: value):
        book = openpyxl.Workbook()
        book.active.append(columns or self.columns)
        for row in rows:
            c = row.contact
            book.active.append([c.client, c.email, c.phone, c.subject, cell(c.sent), cell(row.base)])
        book.save(path)


class Marketing(Canal):
    name, canal, dias, reach, per_day, file = "marketing", "Marketing", 7, 9, 12, "marketing.csv"
    columns = ["id_cliente", "email", "telefone", "subject", "data_envio"]

    def settings(self):
        return {"format": {"csv": {"separator": ";"}}, "columns": {"assunto": "subject"}, "where": "email IS NOT NULL"}

    def rows(self, day):
        tomorrow = Row(Contact("77777", "amanha@exemplo.com", None, "Ainda não", day + timedelta(days=1)))
        return [replace(row, counts=row.contact.email is not None) for row in super().rows(day)] + [tomorrow]

    def write(self, path, rows, day, columns=None, date_text=iso):
        write_csv(path, columns or self.columns, (
            [c.client, c.email or "", c.phone or "", c.subject or "", date_text(c.sent)]
            for c in (row.contact for row in rows)), ";")


class Recomendacao(Canal):
    """Moments with a zone: a contact late in São Paulo's evening is of the next day in UTC."""
    name, canal, dias, reach, file = "recomendacao", "Recomendacao", 15, 17, "recomendacao.parquet"
    columns = ["id_cliente", "email", "telefone", "assunto", "data_envio"]

    def settings(self):
        return {"format": "parquet", "freshness": {"newest_within": 0}}

    def write(self, path, rows, day, columns=None, zone="America/Sao_Paulo", moments=None):
        contacts = [row.contact for row in rows]
        sent = [datetime.combine(c.sent, time(22, 30), SAO_PAULO) for c in contacts]
        values = [[c.client for c in contacts], [c.email for c in contacts], [c.phone for c in contacts],
                  [c.subject for c in contacts]]
        arrays = [pa.array(column, pa.string()) for column in values]
        arrays.append(moments(sent) if moments else pa.array(sent, pa.timestamp("us", zone)))
        pq.write_table(pa.table(arrays, names=columns or self.columns), path)


class Ofertas(Canal):
    """A file a day, which holds the contacts of that day and of the evening before."""
    name, canal, dias, keeps, per_day, reach = "ofertas", "Ofertas", 5, "events", 9, 7
    columns = ["id_cliente", "email", "telefone", "assunto", "data_envio"]

    def settings(self):
        return {"location": "./ofertas_{data_carga:%Y%m%d}.csv", "format": "csv", "keeps": "events"}

    def path(self, folder, day):
        return folder / f"ofertas_{day:%Y%m%d}.csv"

    def rows(self, day):
        return [Row(c) for c in self.made_on(day)] + [Row(c) for c in self.made_on(day - timedelta(days=1))[:2]]

    def write(self, path, rows, day, columns=None, date_text=iso):
        write_csv(path, columns or self.columns, (
            [c.client, c.email or "", c.phone or "", c.subject or "", date_text(c.sent)]
            for c in (row.contact for row in rows)))


class Fraude(Canal):
    """Until removed: a client is struck out with data_exclus, and some weeks later gone."""
    name, canal, dias, file = "fraude", "Fraude", None, "fraude"
    columns = ["id_cliente", "email", "telefone", "dt_inclus", "data_exclus"]
    schema = pa.schema([("id_cliente", pa.string()), ("email", pa.string()), ("telefone", pa.string()),
                        ("dt_inclus", pa.date32()), ("data_exclus", pa.date32())])

    def settings(self):
        return {"format": "delta", "where": "data_exclus IS NULL", "dias": "until_removed",
                "columns": {"data_envio": "dt_inclus", "assunto": {"value": "suspeita de fraude"}}}

    def rows(self, day):
        rows = []
        for n in range(60):
            chance = random.Random(f"fraude {self.seed} {n}")
            found = FIRST + timedelta(days=chance.randrange(-40, 30))
            removed = found + timedelta(days=chance.randrange(3, 90))
            if found > day or day > removed + timedelta(days=12):
                continue
            out = removed if removed <= day else None
            contact = Contact(f"{n:04}", f"fraude.{n}@exemplo.com", None, "suspeita de fraude", found)
            rows.append(Row(contact, counts=out is None, removed=out))
        return rows

    def table(self, rows):
        return pa.table([[r.contact.client for r in rows], [r.contact.email for r in rows],
                         [r.contact.phone for r in rows], [r.contact.sent for r in rows],
                         [r.removed for r in rows]], schema=self.schema)

    def write(self, path, rows, day, change=lambda table: table):
        write_deltalake(str(path), change(self.table(rows)), mode="overwrite", schema_mode="overwrite")


class FraudeCsv(Fraude):
    file = "fraude.csv"

    def settings(self):
        return {**super().settings(), "format": "csv"}

    def write(self, path, rows, day):
        write_csv(path, self.columns, ([r.contact.client, r.contact.email, "", iso(r.contact.sent), iso(r.removed)]
                                       for r in rows))


class Restritos(Canal):
    name, canal, dias, reach, per_day, file = "restritos", "Restritos", 90, 94, 2, "restritos.json"

    def settings(self):
        return {"format": "json", "columns": {
            "email": "contatos.email", "telefone": "contatos.numero_telefone", "assunto": "motivos.descricao",
            "data_envio": "contatos.data_solicitacao"}}

    def write(self, path, rows, day, renamed="data_solicitacao", date_value=iso):
        lines = [json.dumps({"id_cliente": c.client,
                             "contatos": {"email": c.email, "numero_telefone": c.phone, renamed: date_value(c.sent)},
                             "motivos": {"descricao": c.subject}}, ensure_ascii=False) + "\n"
                 for c in (row.contact for row in rows)]
        path.write_text("".join(lines), encoding="utf-8")


CANAIS = [Crm, Marketing, Recomendacao, Ofertas, Fraude, Restritos]


def company(seed=7, fraude=Fraude):
    return [(fraude if canal is Fraude else canal)(seed) for canal in CANAIS]
