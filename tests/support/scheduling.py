"""The daemon in tests: started, listened to, ended."""

import os
import re
import signal
import subprocess
import threading
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import yaml

from product import BINARY, CONTACT, csv_of


class Daemon:
    """`quarentena daemon`, with what it says as it says it."""

    def __init__(self, workspace, *arguments, env=None, prefix=()):
        self.process = subprocess.Popen(
            [*map(str, prefix), str(BINARY), "daemon", "-c", str(workspace.folder / "quarentena.yml"), *arguments],
            env={**os.environ, **(env or {})}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.lines = []
        self.reader = threading.Thread(target=lambda: self.lines.extend(iter(self.process.stderr.readline, "")))
        self.reader.start()

    def said(self, pattern):
        return [line for line in self.lines if re.search(pattern, line)]

    def done(self):
        """When the loads were due that it ended, of those it began: one that it stopped is another's."""
        begun, done = None, []
        for line in self.lines:
            if match := re.search(r": begins \(due at (.*)\)", line):
                begun = match[1]
            elif re.search(r": exit code", line):
                done.append(begun)
        return done

    def until(self, pattern, times=1, timeout=60):
        end = time.monotonic() + timeout
        while len(self.said(pattern)) < times:
            assert time.monotonic() < end, f"not {times} of {pattern!r}:\n{''.join(self.lines)}"
            assert self.process.poll() is None or len(self.said(pattern)) >= times, "".join(self.lines)
            time.sleep(0.02)
        return self.said(pattern)

    def kill(self):
        self.process.kill()
        return self.ended()

    def stop(self, timeout=60):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.ended(timeout)

    def ended(self, timeout=60):
        code = self.process.wait(timeout)
        self.reader.join()
        return code


def scheduled(workspace, **schedule):
    """Adds a `schedule` to the workspace's configuration."""
    file = workspace.folder / "quarentena.yml"
    config = yaml.safe_load(file.read_text())
    config["schedule"] = schedule
    file.write_text(yaml.safe_dump(config, sort_keys=False))
    return workspace


def today():
    return datetime.now(ZoneInfo("America/Sao_Paulo")).date().isoformat()


def contacts(day):
    return csv_of((*CONTACT[:4], day))
