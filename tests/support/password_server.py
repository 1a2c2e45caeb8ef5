"""password_server.py FOLDER PORT HOST_KEY [questions] [locked] [sizeless] [boasts]: SFTP for user `parceiro`, whose
password is the first line of standard input. With `questions` it takes the password only as the answer to a question
(keyboard-interactive), as servers behind PAM do; with `locked` no file may be opened; with `sizeless` no file's size is
told, with `boasts` twice of it. Prints `try` for every password it is shown."""

import asyncio
import sys

import asyncssh

FOLDER, PORT, HOST_KEY = sys.argv[1], int(sys.argv[2]), sys.argv[3]
QUESTIONS = "questions" in sys.argv
PASSWORD = sys.stdin.readline().strip()


class Server(asyncssh.SSHServer):
    def begin_auth(self, username):
        return True

    def password_auth_supported(self):
        return not QUESTIONS

    def validate_password(self, username, password):
        print("try", flush=True)
        return username == "parceiro" and password == PASSWORD

    def kbdint_auth_supported(self):
        return QUESTIONS

    def get_kbdint_challenge(self, username, lang, submethods):
        return "", "", "", [("Password: ", False)]

    def validate_kbdint_response(self, username, responses):
        return self.validate_password(username, responses[0] if responses else "")


class Files(asyncssh.SFTPServer):
    def __init__(self, channel):
        super().__init__(channel, chroot=FOLDER.encode())

    def open(self, path, pflags, attrs):
        if "locked" in sys.argv:
            raise asyncssh.SFTPPermissionDenied("not yours")
        return super().open(path, pflags, attrs)

    def stat(self, path):
        return told(super().stat(path))

    def lstat(self, path):
        return told(super().lstat(path))

    def fstat(self, file_obj):
        return told(super().fstat(file_obj))


def told(stat):
    attributes = asyncssh.SFTPAttrs.from_local(stat)
    if "sizeless" in sys.argv:
        attributes.size = None
    if "boasts" in sys.argv:
        attributes.size *= 2
    return attributes


async def main():
    await asyncssh.create_server(Server, "127.0.0.1", PORT, server_host_keys=[HOST_KEY], sftp_factory=Files)
    await asyncio.Future()


asyncio.run(main())
