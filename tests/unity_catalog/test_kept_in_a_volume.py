"""A volume as a folder that keeps our files: src/store/remote_folder.h over the Files API as published."""

import os
import subprocess

from product import BINARY


def keep(databricks):
    return subprocess.run(
        [BINARY.resolve().parent / "src/store/store_test", "--gtest_filter=*DISABLED_KeepsWhatItIsGiven",
         "--gtest_also_run_disabled_tests"], capture_output=True, text=True, timeout=120,
        env={**os.environ, **databricks.environment, "VOLUME_HOST": databricks.host,
             "REMOTE_FOLDER": "volumes://main/marketing/kept/staging"})


def test_files_are_put_listed_brought_back_replaced_and_removed(databricks):
    (databricks.volumes / "main/marketing/kept").mkdir(parents=True)
    done = keep(databricks)
    assert done.returncode == 0 and "1 test" in done.stdout, done.stdout
    assert not [each for each in databricks.volumes.rglob("*") if each.is_file()]


def test_a_busy_workspace_and_an_ended_token_are_lived_through(databricks):
    (databricks.volumes / "main/marketing/kept").mkdir(parents=True)
    databricks.fail("PUT /api/2.0/fs/files", 503, headers={"Retry-After": "0"})
    databricks.fail("PUT /api/2.0/fs/files", 401)
    databricks.fail("GET /api/2.0/fs/directories", 429, headers={"Retry-After": "0"})
    done = keep(databricks)
    assert done.returncode == 0, done.stdout
    assert len(databricks.issued) == 2
