import pytest
import yaml
from alert_servers import MailServer, Webhook
from product import Workspace, csv_of
from web_server import Authority

DAY = "2024-05-28"


class Watched(Workspace):
    """A workspace whose runs are watched by a webhook, unless a test says others."""

    def __init__(self, folder, hook):
        super().__init__(folder)
        self.hook = hook
        self.more = {"alerts": {"channels": {"plantao": {"webhook": {"url": "${env:HOOK_URL}"}}}}}
        self.env = {"HOOK_URL": hook.url}

    def source(self, name, **settings):
        super().source(name, **settings)
        return self.configure()

    def configure(self):
        path = self.folder / "quarentena.yml"
        path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **self.more}, sort_keys=False, allow_unicode=True))
        return self

    def command(self, verb, *arguments, **options):
        return super().command(verb, *arguments, env={**self.env, **options.pop("env", {})}, **options)

    def deliver(self, name, clients, sent=DAY):
        self.file(f"{name}.csv", csv_of(*((client, f"{client}@exemplo.com", "", "Oferta", sent) for client in clients)))

    def loaded(self, clients=("1", "2"), data_carga="2024-05-27"):
        """A source that delivered the day before."""
        self.deliver("crm", clients, sent="2024-05-26")
        self.source("crm", dias=30)
        done = self.run(data_carga=data_carga)
        assert done.code == 0, done
        return self


@pytest.fixture
def hook():
    server = Webhook()
    yield server
    server.close()


@pytest.fixture
def watched(tmp_path, hook):
    return Watched(tmp_path / "work", hook)


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "authority")


@pytest.fixture
def mail(authority):
    server = MailServer(authority)
    yield server
    server.close()
