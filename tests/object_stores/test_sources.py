"""Sources on S3: what is there comes whole, what is not there or refused is told by its name."""

import hashlib
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fault_proxy import CUT_IN_HALF, SLOW_DOWN
from product import CONTACT, DONE, SEED, TEMPORARY, USER, csv_of
from s3_server import BUCKET, KEY, SECRET

ROWS = csv_of(CONTACT)


def test_every_format_comes_from_a_bucket_as_from_a_folder(s3, seed):
    assert seed.run().code == DONE
    local = seed.rows()
    (seed.folder / "data").rename(seed.folder / "data_local")
    s3.put_folder(SEED, "entrada")
    config = (seed.folder / "quarentena.yml").read_text()
    config = config.replace("location: ./", f"location: s3://{BUCKET}/entrada/")
    seed.file("quarentena.yml", config)
    outcome = seed.run(env=s3.environment())
    assert outcome.code == DONE, outcome
    assert seed.rows() == local


def test_a_pattern_takes_what_it_matches_and_a_prefix_takes_all_but_hidden_objects(s3, workspace):
    s3.put("mkt/dia_20240528_a.csv", csv_of(("1", *CONTACT[1:])))
    s3.put("mkt/dia_20240528_b.csv", csv_of(("2", *CONTACT[1:])))
    s3.put("mkt/dia_20240527_a.csv", csv_of(("3", *CONTACT[1:])))
    s3.put("mkt/_temporary/x.csv", csv_of(("4", *CONTACT[1:])))
    workspace.source("dia", location=f"s3://{BUCKET}/mkt/dia_{{data_carga:%Y%m%d}}_*.csv", canal="A")
    workspace.source("tudo", location=f"s3://{BUCKET}/mkt/", canal="B")
    outcome = workspace.run(env=s3.environment())
    assert outcome.code == DONE, outcome
    assert [(row[1], row[0]) for row in workspace.rows()] == [
        ("A", "1"), ("A", "2"), ("B", "1"), ("B", "2"), ("B", "3")]


def test_an_unchanged_object_is_not_fetched_again(s3, proxy, workspace):
    s3.put("mkt.csv", ROWS)
    workspace.source("mkt", location=f"s3://{BUCKET}/mkt.csv")
    assert workspace.run(env=s3.environment(proxy.endpoint)).code == DONE
    before = len(proxy.seen)
    outcome = workspace.run(env=s3.environment(proxy.endpoint))
    assert outcome.code == DONE, outcome
    assert len(proxy.seen) - before == 1, "asked whether it changed, and no more"


def test_a_large_object_whose_ranges_are_cut_and_refused_comes_whole(s3, proxy, workspace):
    rows = [(str(n), f"pessoa{n}@exemplo.com.br", "11999999999", "Oferta de um assunto bem comprido", "2024-05-27")
            for n in range(250_000)]
    content = csv_of(*rows).encode()
    assert len(content) > 2 * (8 << 20)
    s3.put("grande.csv", content)
    proxy.fault = lambda request, nth: {2: CUT_IN_HALF, 3: SLOW_DOWN, 4: CUT_IN_HALF}.get(nth)
    workspace.source("grande", location=f"s3://{BUCKET}/grande.csv")
    outcome = workspace.run("--json", env=s3.environment(proxy.endpoint))
    assert outcome.code == DONE, outcome
    source = outcome.json()["sources"][0]
    assert source["counts"]["quarantined"] == len(rows)
    assert source["files"][0]["sha256"] == hashlib.sha256(content).hexdigest(), "made of ranges that came in any order"


def test_a_server_that_stays_busy_is_given_up_as_temporary(s3, proxy, workspace):
    proxy.fault = lambda request, nth: SLOW_DOWN
    workspace.source("mkt", location=f"s3://{BUCKET}/mkt.csv")
    outcome = workspace.run(env=s3.environment(proxy.endpoint))
    assert outcome.code == TEMPORARY, outcome
    # The code stands in the answer's body, which a busy server may not get to send.
    assert "SlowDown" in outcome.err or "503" in outcome.err
    assert 3 <= len(proxy.seen) <= 12


@pytest.mark.parametrize("key, secret, said", [
    (KEY, "errado", "SignatureDoesNotMatch"), ("AKIAOUTRO", SECRET, "access key")])
def test_wrong_keys_are_tried_once_and_shown_to_be_wrong(s3, proxy, workspace, key, secret, said):
    s3.put("mkt.csv", ROWS)
    workspace.source("mkt", location=f"s3://{BUCKET}/mkt.csv",
                     auth={"access_key_id": key, "secret_access_key": "${env:MINHA}"})
    outcome = workspace.run(env=s3.environment(proxy.endpoint, MINHA=secret))
    assert outcome.code == USER, outcome
    assert said in outcome.err and f"s3://{BUCKET}/mkt.csv" in outcome.err and "hint:" in outcome.err
    assert len(proxy.seen) == 1
    assert SECRET not in outcome.err and "Signature=" not in outcome.err


@pytest.mark.parametrize("location, said", [
    ("s3://nao-existe/mkt.csv", "NoSuchBucket"), (f"s3://{BUCKET}/nada.csv", "nothing at"),
    (f"s3://{BUCKET}/nada/", "nothing at"), (f"s3://{BUCKET}/n*.csv", "nothing at")])
def test_what_is_not_there_is_named(s3, workspace, location, said):
    workspace.source("mkt", location=location)
    outcome = workspace.run(env=s3.environment())
    assert outcome.code == USER, outcome
    assert said in outcome.err and "source 'mkt'" in outcome.err


def test_an_empty_object_is_not_a_delivery(s3, workspace):
    s3.put("mkt.csv", b"")
    workspace.source("mkt", location=f"s3://{BUCKET}/mkt.csv")
    outcome = workspace.run(env=s3.environment())
    assert outcome.code != DONE and "is empty (0 bytes)" in outcome.err, outcome


def test_a_partitioned_parquet_prefix_keeps_its_hive_columns(s3, workspace):
    sink = io.BytesIO()
    columns = ["id_cliente", "email", "telefone", "assunto"]
    pq.write_table(pa.table({name: [value] for name, value in zip(columns, CONTACT)}), sink)
    s3.put("rec/data_envio=2024-05-27/part-0.parquet", sink.getvalue())
    workspace.source("rec", location=f"s3://{BUCKET}/rec/", format="parquet")
    outcome = workspace.run(env=s3.environment())
    assert outcome.code == DONE, outcome
    assert workspace.rows()[0][5] == "2024-05-27"
