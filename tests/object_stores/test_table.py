"""The published table on an object store: the same rows as on a disk, one winner for each version, nothing half done."""

import threading
from urllib.parse import unquote

import yaml

from fault_proxy import LOSE_THE_ANSWER
from product import CONTACT, DONE, USER, Workspace, csv_of
from s3_server import KEY, SECRET

TABLE = "quarentena_global"


def publish_to(store, workspace, auth=None):
    path = workspace.folder / "quarentena.yml"
    config = yaml.safe_load(path.read_text())
    config["table"] = {"location": store.url(TABLE), "auth": auth} if auth else store.url(TABLE)
    path.write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True))


def ids(table):
    return sorted(table.to_pyarrow_table(columns=["id_cliente"]).column(0).to_pylist())


def data_files(store):
    return [key for key in store.keys(TABLE + "/") if key.endswith(".parquet")]


def test_the_example_is_published_there_as_to_a_disk_and_every_verb_reads_it(store, seed, delta):
    assert seed.run().code == DONE
    expected = {(row[0], row[1]) for row in seed.rows()}
    publish_to(store, seed)
    assert (first := seed.run(env=store.environment())).code == DONE, first
    table = delta(store).to_pyarrow_table().to_pylist()
    assert {(row["id_cliente"], row["canal"]) for row in table} == expected
    again = seed.run(env=store.environment())
    assert again.code == DONE and "published already" in again.out, again
    shown = seed.command("show", "--json", env=store.environment())
    assert shown.code == DONE and all(id_cliente in shown.out for id_cliente, _ in expected), shown
    count = seed.command("sql", "SELECT count(*) FROM quarentena_global", "--csv", env=store.environment())
    assert count.code == DONE and count.out.split()[-1] == str(len(expected)), count
    history = seed.command("sql", "FROM quarentena_global_history", "--csv", env=store.environment())
    assert len(history.out.splitlines()) == 2
    assert "published" in seed.command("runs list", env=store.environment()).out


def test_a_canal_may_have_a_name_that_no_path_takes(store, workspace):
    workspace.source("mkt", canal="Recomendação 50%/dia", dias=30).file("mkt.csv", csv_of(CONTACT))
    publish_to(store, workspace)
    for day in ("2024-05-28", "2024-05-29"):
        assert (outcome := workspace.run(data_carga=day, env=store.environment())).code == DONE, outcome
    checked = workspace.command("check", "--id", CONTACT[0], "--on", "2024-05-29", env=store.environment())
    assert checked.code == 10 and "Recomendação 50%/dia" in checked.out, checked


def test_rejects_are_kept_beside_the_table_and_read_through_sql(store, workspace):
    workspace.source("mkt").file("mkt.csv", csv_of(CONTACT, ("", *CONTACT[1:])))
    publish_to(store, workspace)
    assert (outcome := workspace.run(env=store.environment())).code == DONE, outcome
    assert len(store.keys("quarentena_global_rejects/")) == 1
    rejects = workspace.command("sql", "FROM rejects", "--csv", env=store.environment())
    assert rejects.code == DONE and len(rejects.out.splitlines()) == 2, rejects


def test_a_commit_whose_answer_was_lost_is_not_taken_for_another_writers(store, proxy, workspace, delta):
    workspace.source("mkt").file("mkt.csv", csv_of(CONTACT))
    publish_to(store, workspace)
    lost = []

    def lose_the_first_commit(request, nth):
        if request.method == "PUT" and unquote(request.path).endswith("_delta_log/00000000000000000000.json") and not lost:
            lost.append(nth)
            return LOSE_THE_ANSWER

    proxy.fault = lose_the_first_commit
    outcome = workspace.run(env=store.environment(store.behind(proxy)))
    assert outcome.code == DONE and lost, outcome
    assert ids(delta(store)) == ["1"] and len(data_files(store)) == 1


def test_the_tables_own_auth_is_used_and_not_the_environments(s3, workspace, delta):
    workspace.source("mkt").file("mkt.csv", csv_of(CONTACT))
    keys = {"access_key_id": "${env:LAKE_ID}", "secret_access_key": "${env:LAKE_KEY}", "region": "us-east-1",
            "endpoint": s3.endpoint}
    publish_to(s3, workspace, keys)
    wrong = s3.environment(AWS_SECRET_ACCESS_KEY="errado", LAKE_ID=KEY, LAKE_KEY=SECRET)
    assert (outcome := workspace.run(env=wrong)).code == DONE, outcome
    assert ids(delta(s3)) == ["1"]
    shown = workspace.command("show", "--json", env=wrong)
    assert shown.code == DONE and '"1"' in shown.out, shown
    refused = workspace.run("--force", env={**s3.environment(), "LAKE_ID": KEY, "LAKE_KEY": "errado"})
    assert refused.code == USER and "SignatureDoesNotMatch" in refused.err and SECRET not in refused.err, refused


def test_a_run_that_may_not_commit_leaves_no_file_behind(store, workspace):
    workspace.source("mkt").file("mkt.csv", csv_of(CONTACT))
    publish_to(store, workspace)
    outcome = workspace.run(env=store.environment(**store.with_wrong_key()))
    assert outcome.code == USER and "hint:" in outcome.err, outcome
    assert store.keys("quarentena_global/") == []


def test_writers_that_race_for_the_same_table_all_land_once(store, tmp_path, delta):
    writers = 4
    workspaces, outcomes = [], [None] * writers
    for n in range(writers):
        work = Workspace(tmp_path / f"w{n}").source(f"s{n}", canal=f"C{n}")
        work.file(f"s{n}.csv", csv_of((str(n), *CONTACT[1:])))
        publish_to(store, work)
        workspaces.append(work)

    def write(n):
        # Its own day, so that nobody's load replaces another's.
        outcomes[n] = [workspaces[n].run("--force", "--only", f"s{n}", env=store.environment()) for _ in range(3)]

    threads = [threading.Thread(target=write, args=(n,)) for n in range(writers)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert all(outcome.code == DONE for each in outcomes for outcome in each), outcomes
    assert ids(delta(store)) == [str(n) for n in range(writers)]
    commits = [key for key in store.keys("quarentena_global/_delta_log") if key.endswith(".json")]
    assert len(commits) == writers * 3, "every commit is in the log once"
