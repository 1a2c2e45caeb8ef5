"""A bucket as a folder that keeps our files: src/store/remote_folder.h over a real S3 server."""

import os
import subprocess

from product import BINARY
from s3_server import BUCKET


def test_files_are_put_listed_brought_back_replaced_and_removed(s3):
    done = subprocess.run(
        [BINARY.resolve().parent / "src/store/store_test", "--gtest_filter=*DISABLED_KeepsWhatItIsGiven",
         "--gtest_also_run_disabled_tests"], capture_output=True, text=True, timeout=120,
        env={**os.environ, **s3.environment(), "REMOTE_FOLDER": f"s3://{BUCKET}/kept/staging/"})
    assert done.returncode == 0 and "1 test" in done.stdout, done.stdout
