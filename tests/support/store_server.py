"""What the tests ask of every object store."""

from pathlib import Path

from pyarrow.fs import FileSelector, FileType


class StoreServer:
    """A store with one bucket (a container, where they are called so), as the tests of every store use it. Each also
    gives its `name`, `port` and `secret`; url(path), the environment() that a run needs, and what changes of that
    with_wrong_key()."""

    def __init__(self, bucket, files):
        self.bucket, self.files = bucket, files

    def put(self, key, content):
        with self.files.open_output_stream(f"{self.bucket}/{key}") as out:
            out.write(content if isinstance(content, bytes) else content.encode())

    def get(self, key):
        with self.files.open_input_stream(f"{self.bucket}/{key}") as source:
            return source.read()

    def copy(self, key, folder):
        """What is below `key`, as files in `folder`."""
        for each in self.keys(key + "/"):
            path = Path(folder) / each.removeprefix(key + "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.get(each))
        return folder

    def put_folder(self, folder, key):
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file():
                self.put(f"{key}/{path.relative_to(folder)}", path.read_bytes())

    def keys(self, prefix):
        found = self.files.get_file_info(FileSelector(f"{self.bucket}/{prefix}", recursive=True, allow_not_found=True))
        return sorted(info.path.split("/", 1)[1] for info in found if info.type == FileType.File)

    def clear(self):
        for key in self.keys(""):
            self.files.delete_file(f"{self.bucket}/{key}")

    def behind(self, proxy):
        """The endpoint that leads through it."""
        return proxy.endpoint
