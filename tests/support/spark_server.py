"""A Spark Connect server with Delta Lake, started for a suite: about ten seconds and a gigabyte."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def spark_home(python):
    found = subprocess.run([python, "-c", "import pyspark, os; print(os.path.dirname(pyspark.__file__))"],
                           capture_output=True, text=True, check=True)
    return found.stdout.strip()


class SparkServer:
    """`with SparkServer(folder) as spark`: spark.address is its connection string. Its tables without a location
    lie in folder/warehouse; kill() and start() are for tests that take it away and bring it back, on the same port."""

    def __init__(self, folder, settings=None, token="", python=sys.executable, memory="2g"):
        self.folder = pathlib.Path(folder)
        self.settings = settings or {}
        self.memory = memory
        self.python = python
        self.port = free_port()
        self.token = token
        self.address = f"sc://127.0.0.1:{self.port}" + (f"/;token={token}" if token else "")
        self.log = self.folder / "spark.log"
        self.process = None

    def command(self, home):
        jars = pathlib.Path(os.environ["QUARENTENA_CACHE"]).expanduser() / "spark-jars"
        settings = {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.ui.enabled": "false",
            "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.connect.grpc.binding.port": self.port,
            **({"spark.connect.authenticate.token": self.token} if self.token else {}),
            "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
            "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
            "spark.sql.catalogImplementation": "in-memory",
            "spark.sql.warehouse.dir": self.folder / "warehouse",
            "spark.sql.shuffle.partitions": 2,
            "spark.databricks.delta.snapshotPartitions": 2,
            "spark.local.dir": self.folder / "local",
            **self.settings,
        }
        confs = [word for key, value in settings.items() for word in ("--conf", f"{key}={value}")]
        return [f"{home}/bin/spark-submit", "--class", "org.apache.spark.sql.connect.service.SparkConnectServer",
                "--master", "local[2]", "--driver-memory", self.memory,
                "--driver-class-path", ":".join(str(jar) for jar in sorted(jars.glob("*.jar"))),
                *confs, "spark-internal"]

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        home = spark_home(self.python)
        environment = {**os.environ, "SPARK_HOME": home, "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": self.python}
        with open(self.log, "ab") as log:
            # Its own process group: the shell script that starts Java goes with it.
            self.process = subprocess.Popen(self.command(home), stdout=log, stderr=log, env=environment,
                                            cwd=self.folder, start_new_session=True)
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.2)
        self.kill()
        raise RuntimeError("Spark did not start:\n" + self.log.read_text(errors="replace")[-3000:])

    def keep_events(self):
        """Spark then tells what it does, line by line; before start()."""
        (self.folder / "events").mkdir(parents=True)
        self.settings |= {"spark.eventLog.enabled": "true", "spark.eventLog.dir": f"file:{self.folder}/events",
                          "spark.eventLog.rolling.enabled": "false", "spark.eventLog.compress": "false"}
        return self

    def events(self, *kinds):
        for log in sorted((self.folder / "events").iterdir()):
            for line in log.read_text().splitlines():
                if any(f'{kind}"' in line[:160] for kind in kinds):
                    yield json.loads(line)

    def kill(self, how=signal.SIGKILL):
        if self.process is None:
            return
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)
        self.process.wait(timeout=60)
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()
