#!/usr/bin/env python3
"""A month of history, the daemon that goes on with it, and the page over it: make run-dashboard. Ctrl-C ends all.
usage: start.py [ADDRESS:PORT]"""

import json
import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from history import HERE, History

BINARY = Path(os.environ.get("QUARENTENA", HERE.parents[1] / "build/quarentena"))
LISTEN = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8480"

history = History(HERE, BINARY)
history.fill(datetime.now(ZoneInfo("America/Sao_Paulo")).date(),
             told=lambda day: print(f"\rloading {day}", end="", file=sys.stderr, flush=True))
print(file=sys.stderr)
token = history.token("read", "check", "explain", "status")

service = subprocess.Popen([BINARY, "serve", "-c", history.config, "--listen", LISTEN, "--metrics", "off"],
                           stderr=subprocess.PIPE, text=True)
daemon = subprocess.Popen([BINARY, "daemon", "-c", history.config])
signal.signal(signal.SIGTERM, lambda *_: service.terminate())
signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches both by itself
for line in service.stderr:
    event = json.loads(line) if line.startswith("{") else {}
    if event.get("event") == "listening":
        print(f"\n  address  {event['api']}/\n  token    {token}\n\nCtrl-C ends it.", flush=True)
    elif event.get("status", 200) >= 500 or "event" not in event and "endpoint" not in event:
        sys.stderr.write(line)
code = service.wait()
daemon.terminate()
daemon.wait()
sys.exit(code)
