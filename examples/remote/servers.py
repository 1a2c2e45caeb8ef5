"""The six sources of examples/seed, each behind a server as a company would have it, all on this machine."""

import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from graph_server import HOST, GraphServer, make_certificate  # noqa: E402
from product import SEED, Workspace  # noqa: E402
from s3_server import BUCKET, s3_server  # noqa: E402
from ssh_servers import Sshd  # noqa: E402
from uc_server import UcServer  # noqa: E402
from web_server import Authority, WebServer  # noqa: E402


def copy(source, target):
    for path in sorted(Path(source).rglob("*")):
        if path.is_file():
            place = target / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())


@contextmanager
def remote_seed(folder):
    """A Workspace whose six sources come from SharePoint (a server of Graph's protocol), SFTP (sshd), S3 (versitygw:
    json and a Delta table), Unity Catalog and a web server, and the environment that it needs."""
    folder = Path(folder)
    with ExitStack() as started:
        authority = Authority(folder / "authority")
        graph = GraphServer(folder / "graph", make_certificate(folder, "graph"))
        started.callback(graph.close)
        graph.site("sites/marketing").library("Documentos").put("crm/crm_data.xlsx", (SEED / "crm.xlsx").read_bytes())

        sshd = Sshd(folder / "sshd")
        started.callback(sshd.stop)
        sshd.file("mkt_20240528.csv", (SEED / "marketing.csv").read_bytes())

        (folder / "s3").mkdir()
        s3 = started.enter_context(s3_server(folder / "s3"))
        s3.put("restritos/2024-05-28.json", (SEED / "restritos.json").read_bytes())
        s3.put_folder(SEED / "ofertas", "ofertas")

        catalog = UcServer(folder / "uc")
        started.callback(catalog.stop)
        catalog.catalog("main", "marketing")
        copy(SEED / "fraude", catalog.external / "fraude")
        catalog.register("main.marketing.fraude_data", catalog.external / "fraude")

        web = WebServer(authority)
        started.callback(web.close)
        part = next((SEED / "recomendacao").glob("*.parquet"))
        address = web.file("/recomendacao/2024-05-28.parquet", part.read_bytes(), etag='"v1"')

        workspace = Workspace(folder / "work")
        workspace.source("crm", canal="CRM", format="xlsx", dias=30, where="data_base = data_carga",
                         location=f"sharepoint://{HOST}/sites/marketing/Documentos/crm/crm_data.xlsx",
                         auth={**graph.auth, "ca_file": str(graph.ca_file)})
        workspace.source("marketing", format={"csv": {"separator": ";"}}, columns={"assunto": "subject"},
                         where="email IS NOT NULL", settle="100ms", auth=sshd.auth(),
                         location=sshd.url("mkt_{data_carga:%Y%m%d}*.csv"))
        workspace.source("recomendacao", canal="Recomendacao", format="parquet", dias=15,
                         location=address.replace("2024-05-28", "{data_carga:%Y-%m-%d}"),
                         auth={"ca_file": str(authority.ca_file)})
        workspace.source("restritos", canal="Restritos", format="json", dias=90,
                         location=f"s3://{BUCKET}/restritos/{{data_carga:%Y-%m-%d}}*.json",
                         columns={"email": "contatos.email", "telefone": "contatos.numero_telefone",
                                  "assunto": "motivos.descricao", "data_envio": "contatos.data_solicitacao"})
        workspace.source("ofertas", canal="Ofertas", format="delta", dias=5, location=f"s3://{BUCKET}/ofertas")
        workspace.source("fraude", canal="Fraude", format="delta", dias="until_removed", where="data_exclus IS NULL",
                         location="uc://main.marketing.fraude_data", auth={"host": catalog.host},
                         columns={"data_envio": "dt_inclus", "assunto": {"value": "suspeita de fraude"}})
        yield workspace, {"GRAPH_SECRET": graph.client_secret, **s3.environment()}
