"""The published table on S3: the same rows as on a disk, one winner for each version, nothing half done."""

import threading

import yaml
from deltalake import DeltaTable

from fault_proxy import LOSE_THE_ANSWER
from product import CONTACT, DONE, USER, Workspace, csv_of
from s3_server import BUCKET, KEY, SECRET

TABLE = f"s3://{BUCKET}/quarentena_global"


def publish_to_s3(workspace, table=TABLE):
    path = workspace.folder / "quarentena.yml"
    config = yaml.safe_load(path.read_text())
    config["table"] = table
    path.write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True))


def delta(s3):
    return DeltaTable(TABLE, storage_options={
        "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": s3.endpoint, "AWS_ALLOW_HTTP": "true"})


def ids(s3):
    return sorted(delta(s3).to_pyarrow_table(columns=["id_cliente"]).column(0).to_pylist())


def data_files(s3):
    return [key for key in s3.keys("quarentena_global/") if key.endswith(".parquet")]


def test_the_example_is_published_to_s3_as_to_a_disk_and_every_verb_reads_it(s3, seed):
    assert seed.run().code == DONE
    expected = {(row[0], row[1]) for row in seed.rows()}
    publish_to_s3(seed)
    assert (first := seed.run(env=s3.environment())).code == DONE, first
    table = delta(s3).to_pyarrow_table().to_pylist()
    assert {(row["id_cliente"], row["canal"]) for row in table} == expected
    again = seed.run(env=s3.environment())
    assert again.code == DONE and "published already" in again.out, again
    shown = seed.command("show", "--json", env=s3.environment())
    assert shown.code == DONE and all(id_cliente in shown.out for id_cliente, _ in expected), shown
    count = seed.command("sql", "SELECT count(*) FROM quarentena_global", "--csv", env=s3.environment())
    assert count.code == DONE and count.out.split()[-1] == str(len(expected)), count
    history = seed.command("sql", "FROM quarentena_global_history", "--csv", env=s3.environment())
    assert len(history.out.splitlines()) == 2
    assert "published" in seed.command("runs list", env=s3.environment()).out


def test_rejects_are_kept_beside_the_table_and_read_through_sql(s3, workspace):
    workspace.source("mkt").file("mkt.csv", csv_of(CONTACT, ("", *CONTACT[1:])))
    publish_to_s3(workspace)
    assert (outcome := workspace.run(env=s3.environment())).code == DONE, outcome
    assert len(s3.keys("quarentena_global_rejects/")) == 1
    rejects = workspace.command("sql", "FROM rejects", "--csv", env=s3.environment())
    assert rejects.code == DONE and len(rejects.out.splitlines()) == 2, rejects


def test_a_commit_whose_answer_was_lost_is_not_taken_for_another_writers(s3, proxy, workspace):
    workspace.source("mkt").file("mkt.csv", csv_of(CONTACT))
    publish_to_s3(workspace)
    lost = []

    def lose_the_first_commit(request, nth):
        if request.method == "PUT" and request.path.endswith("_delta_log/00000000000000000000.json") and not lost:
            lost.append(nth)
            return LOSE_THE_ANSWER

    proxy.fault = lose_the_first_commit
    outcome = workspace.run(env=s3.environment(proxy.endpoint))
    assert outcome.code == DONE and lost, outcome
    assert ids(s3) == ["1"] and len(data_files(s3)) == 1


def test_the_tables_own_auth_is_used_and_not_the_environments(s3, workspace):
    workspace.source("mkt").file("mkt.csv", csv_of(CONTACT))
    keys = {"access_key_id": "${env:LAKE_ID}", "secret_access_key": "${env:LAKE_KEY}", "region": "us-east-1",
            "endpoint": s3.endpoint}
    publish_to_s3(workspace, {"location": TABLE, "auth": keys})
    wrong = s3.environment(AWS_SECRET_ACCESS_KEY="errado", LAKE_ID=KEY, LAKE_KEY=SECRET)
    assert (outcome := workspace.run(env=wrong)).code == DONE, outcome
    assert ids(s3) == ["1"]
    shown = workspace.command("show", "--json", env=wrong)
    assert shown.code == DONE and '"1"' in shown.out, shown
    refused = workspace.run("--force", env={**s3.environment(), "LAKE_ID": KEY, "LAKE_KEY": "errado"})
    assert refused.code == USER and "SignatureDoesNotMatch" in refused.err and SECRET not in refused.err, refused


def test_a_run_that_may_not_commit_leaves_no_file_behind(s3, proxy, workspace):
    workspace.source("mkt").file("mkt.csv", csv_of(CONTACT))
    publish_to_s3(workspace)
    outcome = workspace.run(env=s3.environment(AWS_SECRET_ACCESS_KEY="errado"))
    assert outcome.code == USER and "SignatureDoesNotMatch" in outcome.err, outcome
    assert s3.keys("quarentena_global/") == []


def test_writers_that_race_for_the_same_table_all_land_once(s3, tmp_path):
    writers = 4
    workspaces, outcomes = [], [None] * writers
    for n in range(writers):
        work = Workspace(tmp_path / f"w{n}").source(f"s{n}", canal=f"C{n}")
        work.file(f"s{n}.csv", csv_of((str(n), *CONTACT[1:])))
        publish_to_s3(work)
        workspaces.append(work)

    def write(n):
        # Its own day, so that nobody's load replaces another's.
        outcomes[n] = [workspaces[n].run("--force", "--only", f"s{n}", env=s3.environment()) for _ in range(3)]

    threads = [threading.Thread(target=write, args=(n,)) for n in range(writers)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert all(outcome.code == DONE for each in outcomes for outcome in each), outcomes
    assert ids(s3) == [str(n) for n in range(writers)]
    commits = [key for key in s3.keys("quarentena_global/_delta_log") if key.endswith(".json")]
    assert len(commits) == writers * 3, "every commit is in the log once"
