"""The example tells what really happens, and leaves nobody wrongly released."""

import os
import shutil
import subprocess
import sys

from product import BINARY, ROOT


def test_the_week_ends_well_and_says_so(tmp_path):
    folder = tmp_path / "week"
    shutil.copytree(ROOT / "examples/fault-week", folder, ignore=shutil.ignore_patterns("data"))
    done = subprocess.run([sys.executable, folder / "week.py"], capture_output=True, text=True,
                          env={**os.environ, "QUARENTENA": str(BINARY)})
    assert done.returncode == 0, done.stdout + done.stderr
    for told in ("marketing: missing", "crm: late", "fraude: truncated", "marketing: drifted", "ofertas: missing",
                 "Clients released by accident in seven days with five faults: 0."):
        assert told in done.stdout, told
