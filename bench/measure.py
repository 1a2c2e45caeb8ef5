#!/usr/bin/env python3
"""What a command costs, with all it starts: measure.py REPORT.json COMMAND...

A process of its own and as small as can be: Linux counts the memory of whoever starts a command into
the command's peak. Orphans (Spark's JVM) come to us and are counted too.
"""

import ctypes
import json
import os
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36


def main():
    report, command = sys.argv[1], sys.argv[2:]
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    start = time.perf_counter()
    process = subprocess.Popen(command)
    wall = cpu = peak = code = 0
    while True:
        try:
            pid, status, usage = os.wait4(-1, 0)
        except ChildProcessError:
            break
        if pid == process.pid:
            wall, code = time.perf_counter() - start, os.waitstatus_to_exitcode(status)
            process.returncode = code
        cpu += usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss / 1024)
    with open(report, "w") as file:
        json.dump({"wall_s": wall, "cpu_s": cpu, "peak_mib": peak}, file)
    sys.exit(code if code >= 0 else 128 - code)


main()
