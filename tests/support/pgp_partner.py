"""Who delivers messages encrypted with PGP."""

import shutil
import subprocess
import tempfile


class Partner:
    """A gpg of its own, as whoever delivers has it."""

    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="gpg.")

    def gpg(self, *arguments, input=b"", passphrase=""):
        return subprocess.run(
            ["gpg", "--homedir", self.home, "--batch", "--quiet", "--yes", "--pinentry-mode", "loopback",
             "--passphrase", passphrase, "--trust-model", "always", *arguments],
            input=input, capture_output=True, check=True).stdout

    def key(self, name, passphrase=""):
        """The private key of a new pair, armored."""
        self.gpg("--quick-generate-key", name, "rsa2048", "encr,sign", "never", passphrase=passphrase)
        return self.gpg("--armor", "--export-secret-keys", name, passphrase=passphrase).decode()

    def message(self, name, content, *more):
        return self.gpg("--recipient", name, *more, "--encrypt", input=content)

    def close(self):
        subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "all"], check=False)
        shutil.rmtree(self.home, ignore_errors=True)
