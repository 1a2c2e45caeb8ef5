"""A month of deliveries, most of them good, loaded day by day. Needs Python alone; the same seed gives the same rows."""

import math
import random
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
HEADER = "id_cliente,email,telefone,assunto,data_envio"
DONE, DEGRADED, HELD = 0, 3, 4

# Contacts on a usual day, days in quarantine, subjects.
SOURCES = {
    "crm": (40, 30, ["Pesquisa de satisfação", "Pós-venda", "Renovação"]),
    "marketing": (230, 7, ["Newsletter", "Novidades", "Boas-vindas", "Só hoje"]),
    "recomendacao": (90, 15, ["Recomendado para você", "Seguro residência"]),
    "ofertas": (150, 5, ["Cashback em dobro", "Combo internet + TV"]),
    "restritos": (7, 90, ["Reclamação", "Ouvidoria", "Exclusão (LGPD)"]),
}
CLIENTS = 9_000


class History:
    """Deliveries into `folder`, whose quarentena.yml is the example's; `binary` loads them."""

    def __init__(self, folder, binary, seed=7):
        self.folder, self.binary, self.seed = Path(folder), binary, seed
        self.inputs = self.folder / "data/entrada"
        self.config = self.folder / "quarentena.yml"

    def begin(self):
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        self.inputs.mkdir(parents=True)
        if self.folder != HERE:
            shutil.copy(HERE / "quarentena.yml", self.config)

    def contacts(self, source, sent):
        """Who the source contacted on a day: fewer at the weekend, and in waves of two weeks."""
        usual, _, subjects = SOURCES[source]
        dice = random.Random(f"{self.seed} {source} {sent}")
        wave = 1 + 0.3 * math.sin(sent.toordinal() / 14 * 2 * math.pi + len(source))
        count = round(usual * wave * (0.35 if sent.weekday() > 4 else 1) * dice.uniform(0.9, 1.1))
        return [(dice.randrange(CLIENTS), dice.choice(subjects), sent) for _ in range(count)]

    def line(self, client, subject, sent, *more):
        number = f"{client * 7919 % 10_000_000:010d}"
        return ",".join([number, f"cliente{client}@exemplo.com.br", f"119{client:08d}", subject, str(sent), *more])

    def write(self, name, lines, header=HEADER):
        (self.inputs / name).write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")

    def deliver(self, source, day):
        if source == "fraude":
            # The list grows by some, and a few are cleared.
            start = day.toordinal()
            listed = [n for n in range(300 + (start - 738_000) % 4000) if (n * 31 + start // 9) % 61]
            return self.write("fraude.csv", [self.line(n, "suspeita de fraude", day - timedelta(days=40 + n % 300)) for n in listed])
        period = SOURCES[source][1]
        sent_days = [day] if source == "ofertas" else [day - timedelta(days=n) for n in range(period, -1, -1)]
        base = [str(day)] if source == "crm" else []
        lines = [self.line(*contact, *base) for sent in sent_days for contact in self.contacts(source, sent)]
        name = f"ofertas_{day:%Y%m%d}.csv" if source == "ofertas" else f"{source}.csv"
        return self.write(name, lines, HEADER + (",data_base" if base else ""))

    def deliver_all(self, day):
        for source in [*SOURCES, "fraude"]:
            self.deliver(source, day)

    def run(self, day, *options, expected=DONE):
        done = subprocess.run([self.binary, "run", "--data-carga", str(day), "--quiet", *options, "-c", self.config],
                              capture_output=True, text=True)
        if done.returncode != expected:
            raise RuntimeError(f"{day}: exit code {done.returncode} instead of {expected}\n{done.stdout}{done.stderr}")

    def fill(self, until, days=30, told=lambda day: None):
        """Every day up to `until`: five bad ones among them, when there are that many."""
        self.begin()
        for ago in range(days - 1, -1, -1):
            day = until - timedelta(days=ago)
            told(day)
            self.deliver_all(day)
            self.load(day, ago)

    def load(self, day, ago):
        if ago in (12, 11):  # marketing does not come for two days
            (self.inputs / "marketing.csv").unlink()
            return self.run(day, expected=DEGRADED)
        if ago == 7:  # CRM sends the file of the day before
            self.deliver("crm", day - timedelta(days=1))
            return self.run(day, expected=DEGRADED)
        if ago == 4:  # half of the fraud list is gone: held, until somebody brings the whole list
            path = self.inputs / "fraude.csv"
            lines = path.read_text().splitlines()
            path.write_text("\n".join(lines[: len(lines) // 2]) + "\n")
            self.run(day, expected=HELD)
            self.deliver("fraude", day)
            return self.run(day)
        if ago == 0:  # and today the offers are not there yet
            (self.inputs / f"ofertas_{day:%Y%m%d}.csv").unlink()
            return self.run(day, expected=DEGRADED)
        return self.run(day)

    def token(self, *scopes):
        scopes = [argument for scope in scopes for argument in ("--scope", scope)]
        return subprocess.run([self.binary, "tokens", "create", "--name", "pagina", *scopes, "--expires", "7d", "-c", self.config],
                              capture_output=True, text=True, check=True).stdout.strip()
