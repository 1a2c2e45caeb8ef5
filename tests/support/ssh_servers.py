"""Real SSH servers on 127.0.0.1, each with keys and files of its own, ended by their process ids."""

import getpass
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from ports import free_port

HERE = Path(__file__).parent
PASSWORD = "senha-s3cr3ta-7f1c"


def wait_until(true, what, seconds=20):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"{what}: not in {seconds} s"
        time.sleep(0.02)


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as s:
            return s.recv(3) == b"SSH"
    except OSError:
        return False


def keygen(path, kind="ed25519", passphrase="", *more):
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "test", "-f", path, *more], check=True)
    return path


def fingerprint(key):
    blob = subprocess.run(["ssh-keygen", "-l", "-f", f"{key}.pub"], check=True, capture_output=True, text=True).stdout
    return blob.split()[1]


class Sshd:
    """Debian's sshd with internal-sftp. `folder` is what it serves; paths on it are absolute ones of this machine."""

    def __init__(self, home, *settings):
        """`settings`: more lines of sshd_config."""
        self.settings = settings
        self.home = Path(home)
        self.home.mkdir(mode=0o700)
        self.folder = self.home / "Export"
        self.folder.mkdir()
        self.port = free_port()
        self.user = getpass.getuser()
        self.host_keys = {kind: keygen(self.home / f"host_{kind}", kind) for kind in ("ed25519", "ecdsa")}
        self.key = keygen(self.home / "id")
        self.allowed = self.home / "authorized_keys"
        self.allow(self.key)
        self.process = None
        self.log = self.home / "log"
        self.start()

    def allow(self, key):
        with open(self.allowed, "a") as out:
            out.write(Path(f"{key}.pub").read_text())
        self.allowed.chmod(0o600)

    @property
    def pin(self):
        return fingerprint(self.host_keys["ed25519"])

    def start(self):
        root = os.getuid() == 0
        if root:
            Path("/run/sshd").mkdir(exist_ok=True)
        config = self.home / "sshd_config"
        config.write_text("\n".join([
            f"Port {self.port}", "ListenAddress 127.0.0.1", *(f"HostKey {key}" for key in self.host_keys.values()),
            f"PidFile {self.home}/pid", f"AuthorizedKeysFile {self.allowed}", "StrictModes no",
            f"UsePAM {'no' if root else 'yes'}", "PasswordAuthentication no", "KbdInteractiveAuthentication no",
            "PermitRootLogin prohibit-password", "Subsystem sftp internal-sftp", "ForceCommand internal-sftp",
            "LogLevel VERBOSE", *self.settings, ""]))
        self.process = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", config], start_new_session=True,
                                        stderr=open(self.log, "a"), stdin=subprocess.DEVNULL)
        wait_until(lambda: answers(self.port), "sshd")

    def stop(self):
        """Its connections too: they are in its session."""
        if self.process:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()
            self.process = None

    def guest(self):
        """A connection that is let in and says nothing."""
        while True:
            connection = socket.create_connection(("127.0.0.1", self.port))
            if connection.recv(3) == b"SSH":
                return connection
            connection.close()
            time.sleep(0.05)

    def change_keys(self):
        self.stop()
        for kind, key in self.host_keys.items():
            key.unlink()
            keygen(key, kind)
        self.start()

    def file(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def url(self, name, port=None):
        return f"sftp://127.0.0.1:{port or self.port}{self.folder}/{name}"

    def auth(self, **settings):
        return {"user": self.user, "key_file": str(self.key), "host_key": self.pin, **settings}

    def logged(self, text):
        return self.log.read_text().count(text)


class PasswordServer:
    """asyncssh: passwords without accounts on this machine."""

    def __init__(self, home, *mode):
        self.home = Path(home)
        self.home.mkdir()
        self.port = free_port()
        self.key = keygen(self.home / "host")
        self.pin = fingerprint(self.key)
        (self.home / "files").mkdir()
        self.log = self.home / "log"
        self.process = subprocess.Popen(
            [sys.executable, HERE / "password_server.py", self.home / "files", str(self.port), self.key, *mode],
            stdin=subprocess.PIPE, stdout=open(self.log, "w"))
        self.process.stdin.write(PASSWORD.encode() + b"\n")
        self.process.stdin.flush()
        wait_until(lambda: answers(self.port), "asyncssh")

    def stop(self):
        self.process.kill()
        self.process.wait()

    def file(self, name, content):
        (self.home / "files" / name).write_text(content)

    def tries(self):
        return self.log.read_text().count("try")
