"""Sources on object stores: what is there comes whole, what is not there or refused is told by its name."""

import hashlib
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fault_proxy import CUT_IN_HALF, SLOW_DOWN
from product import CONTACT, DONE, SEED, TEMPORARY, USER, csv_of
from s3_server import SECRET

ROWS = csv_of(CONTACT)


def test_every_format_comes_from_a_bucket_as_from_a_folder(store, seed):
    assert seed.run().code == DONE
    local = seed.rows()
    (seed.folder / "data").rename(seed.folder / "data_local")
    store.put_folder(SEED, "entrada")
    config = (seed.folder / "quarentena.yml").read_text()
    config = config.replace("location: ./", "location: " + store.url("entrada/"))
    seed.file("quarentena.yml", config)
    outcome = seed.run(env=store.environment())
    assert outcome.code == DONE, outcome
    assert seed.rows() == local


def test_a_pattern_takes_what_it_matches_and_a_prefix_takes_all_but_hidden_objects(store, workspace):
    store.put("mkt/dia_20240528_a.csv", csv_of(("1", *CONTACT[1:])))
    store.put("mkt/dia_20240528_b.csv", csv_of(("2", *CONTACT[1:])))
    store.put("mkt/dia_20240527_a.csv", csv_of(("3", *CONTACT[1:])))
    store.put("mkt/_temporary/x.csv", csv_of(("4", *CONTACT[1:])))
    workspace.source("dia", location=store.url("mkt/dia_{data_carga:%Y%m%d}_*.csv"), canal="A")
    workspace.source("tudo", location=store.url("mkt/"), canal="B")
    outcome = workspace.run(env=store.environment())
    assert outcome.code == DONE, outcome
    assert [(row[1], row[0]) for row in workspace.rows()] == [
        ("A", "1"), ("A", "2"), ("B", "1"), ("B", "2"), ("B", "3")]


def test_what_only_marks_a_folder_is_not_delivered(store, workspace):
    if store.name == "s3":
        for folder in ("dia", "vazia"):
            store.files.create_dir(f"{store.bucket}/mkt/{folder}")  # an object whose name ends in a slash
    else:
        store.put("mkt/dia", b"")
    store.put("mkt/dia/a.csv", ROWS)
    workspace.source("mkt", location=store.url("mkt/"))
    outcome = workspace.run("--json", env=store.environment())
    assert outcome.code == DONE, outcome
    [file] = outcome.json()["sources"][0]["files"]
    assert file["path"].endswith("/dia/a.csv")


def test_an_unchanged_object_is_not_fetched_again(store, proxy, workspace):
    store.put("mkt.csv", ROWS)
    workspace.source("mkt", location=store.url("mkt.csv"))
    assert workspace.run(env=store.environment(store.behind(proxy))).code == DONE
    before = len(proxy.seen)
    outcome = workspace.run(env=store.environment(store.behind(proxy)))
    assert outcome.code == DONE, outcome
    assert len(proxy.seen) - before == 1, "asked whether it changed, and no more"


def test_a_large_object_whose_ranges_are_cut_and_refused_comes_whole(store, proxy, workspace):
    rows = [(str(n), f"pessoa{n}@exemplo.com.br", "11999999999", "Oferta de um assunto bem comprido", "2024-05-27")
            for n in range(250_000)]
    content = csv_of(*rows).encode()
    assert len(content) > 2 * (8 << 20)
    store.put("grande.csv", content)
    proxy.fault = lambda request, nth: {2: CUT_IN_HALF, 3: SLOW_DOWN, 4: CUT_IN_HALF}.get(nth)
    workspace.source("grande", location=store.url("grande.csv"))
    outcome = workspace.run("--json", env=store.environment(store.behind(proxy)))
    assert outcome.code == DONE, outcome
    source = outcome.json()["sources"][0]
    assert source["counts"]["quarantined"] == len(rows)
    assert source["files"][0]["sha256"] == hashlib.sha256(content).hexdigest(), "made of ranges that came in any order"


def test_a_server_that_stays_busy_is_given_up_as_temporary(store, proxy, workspace):
    proxy.fault = lambda request, nth: SLOW_DOWN
    workspace.source("mkt", location=store.url("mkt.csv"))
    outcome = workspace.run(env=store.environment(store.behind(proxy)))
    assert outcome.code == TEMPORARY, outcome
    # The code stands in the answer's body, which a busy server may not get to send.
    assert "SlowDown" in outcome.err or "503" in outcome.err
    assert 3 <= len(proxy.seen) <= 12


def test_wrong_keys_are_tried_once_and_shown_to_be_wrong(store, proxy, workspace):
    store.put("mkt.csv", ROWS)
    workspace.source("mkt", location=store.url("mkt.csv"))
    outcome = workspace.run(env=store.environment(store.behind(proxy), **store.with_wrong_key()))
    assert outcome.code == USER, outcome
    said = {"s3": "SignatureDoesNotMatch", "adls": "AuthorizationFailure", "gcs": "AuthenticationRequired"}[store.name]
    assert said in outcome.err and store.url("mkt.csv") in outcome.err and "hint:" in outcome.err
    assert len(proxy.seen) == 1
    assert store.secret not in outcome.err and "Signature=" not in outcome.err and "RequestId" not in outcome.err


def test_a_key_id_that_nobody_knows_is_told_from_a_wrong_secret(s3, workspace):
    s3.put("mkt.csv", ROWS)
    workspace.source("mkt", location=s3.url("mkt.csv"),
                     auth={"access_key_id": "AKIAOUTRO", "secret_access_key": "${env:MINHA}"})
    outcome = workspace.run(env=s3.environment(MINHA=SECRET))
    assert outcome.code == USER and "access key" in outcome.err and SECRET not in outcome.err, outcome


@pytest.mark.parametrize("key", ["nada.csv", "nada/", "n*.csv"])
def test_what_is_not_there_is_named(store, workspace, key):
    workspace.source("mkt", location=store.url(key))
    outcome = workspace.run(env=store.environment())
    assert outcome.code == USER, outcome
    assert "nothing at" in outcome.err and "source 'mkt'" in outcome.err


@pytest.mark.parametrize("key", ["mkt.csv", "mkt/"])
def test_a_bucket_that_is_not_there_is_told_from_an_object(store, workspace, key):
    workspace.source("mkt", location=store.url(key, place="nao-existe"))
    outcome = workspace.run(env=store.environment())
    assert outcome.code == USER, outcome
    said = {"s3": "NoSuchBucket", "adls": "ContainerNotFound", "gcs": "NoSuchBucket"}[store.name]
    assert said in outcome.err and "name right, and does it exist" in outcome.err, outcome


def test_an_empty_object_is_not_a_delivery(store, workspace):
    store.put("mkt.csv", b"")
    workspace.source("mkt", location=store.url("mkt.csv"))
    outcome = workspace.run(env=store.environment())
    assert outcome.code != DONE and "is empty (0 bytes)" in outcome.err, outcome


def test_a_partitioned_parquet_prefix_keeps_its_hive_columns(store, workspace):
    sink = io.BytesIO()
    columns = ["id_cliente", "email", "telefone", "assunto"]
    pq.write_table(pa.table({name: [value] for name, value in zip(columns, CONTACT)}), sink)
    store.put("rec/data_envio=2024-05-27/part-0.parquet", sink.getvalue())
    workspace.source("rec", location=store.url("rec/"), format="parquet")
    outcome = workspace.run(env=store.environment())
    assert outcome.code == DONE, outcome
    assert workspace.rows()[0][5] == "2024-05-27"
