"""Staging on an object store: what was delivered, and what each run did, outlive the machine."""

import shutil

import yaml

from product import CONTACT, DONE, csv_of

DEGRADED = 3


def stage_on(store, workspace):
    path = workspace.folder / "quarentena.yml"
    config = yaml.safe_load(path.read_text())
    config["staging"] = store.url("staging")
    path.write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True))


def test_another_machine_carries_a_source_forward_from_what_this_one_kept(store, workspace, tmp_path):
    workspace.source("mkt").file("mkt.csv", csv_of(CONTACT))
    stage_on(store, workspace)
    here = store.environment() | {"XDG_CACHE_HOME": str(tmp_path / "here")}
    assert (outcome := workspace.run(env=here)).code == DONE, outcome
    kept = store.keys("staging/deliveries/mkt/")
    assert sum(key.endswith("/manifest.json") for key in kept) == 1 and len(kept) == 2, kept

    shutil.rmtree(tmp_path / "here")
    (workspace.folder / "mkt.csv").unlink()
    there = store.environment() | {"XDG_CACHE_HOME": str(tmp_path / "there")}
    outcome = workspace.run(env=there, data_carga="2024-05-29")
    assert outcome.code == DEGRADED and "carried" in outcome.err, outcome
    runs = workspace.command("runs", "list", env=there)
    assert runs.out.count("published") == 2, runs
    assert store.keys("staging/deliveries/mkt/") == kept


def test_what_changed_there_is_noticed(store, workspace, tmp_path):
    workspace.source("mkt").file("mkt.csv", csv_of(CONTACT))
    stage_on(store, workspace)
    assert workspace.run(env=store.environment() | {"XDG_CACHE_HOME": str(tmp_path / "here")}).code == DONE
    key = next(key for key in store.keys("staging/deliveries/mkt/") if key.endswith("mkt.csv"))
    store.put(key, csv_of(("2", *CONTACT[1:])).encode())
    (workspace.folder / "mkt.csv").unlink()
    outcome = workspace.run(data_carga="2024-05-29",
                            env=store.environment() | {"XDG_CACHE_HOME": str(tmp_path / "there")})
    assert outcome.code not in (DONE, DEGRADED) and "SHA-256" in outcome.err, outcome


def test_a_delivery_of_several_parts_is_kept_whole(store, workspace, tmp_path):
    rows = [(str(n), f"pessoa{n}@exemplo.com.br", "11999999999", "Oferta de um assunto bem comprido", "2024-05-27")
            for n in range(250_000)]
    content = csv_of(*rows)
    assert len(content) > 2 * (8 << 20)
    workspace.source("mkt").file("mkt.csv", content)
    stage_on(store, workspace)
    assert (outcome := workspace.run(env=store.environment() | {"XDG_CACHE_HOME": str(tmp_path / "here")})).code == DONE, outcome
    [kept] = [key for key in store.keys("staging/deliveries/mkt/") if key.endswith("mkt.csv")]
    assert store.get(kept) == content.encode()
