import os
import shutil
import subprocess

import pytest


@pytest.fixture
def without_privileges():
    """Root reads and writes everything; a command prefix that takes that from it."""
    if os.geteuid() != 0:
        return []
    dropped = "-dac_override,-dac_read_search"
    return ["setpriv", f"--bounding-set={dropped}", f"--inh-caps={dropped}"]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 3 MiB, to be filled."""
    mount = tmp_path / "disk"
    mount.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", mount]).returncode != 0:
        pytest.skip("mounting a small tmpfs needs root; the tests with a file size limit cover the rest")
    yield mount
    subprocess.run(["umount", mount], check=True)
    shutil.rmtree(mount)
