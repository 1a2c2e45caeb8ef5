"""What a SharePoint of the tests holds: sites with libraries of folders and files, as Graph tells of them."""

import base64
import functools
import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import quote

import numpy

HOST = "contoso.sharepoint.com"


def guid():
    raw = secrets.token_hex(16)
    return "-".join([raw[:8], raw[8:12], raw[12:16], raw[16:20], raw[20:]])


@functools.lru_cache(maxsize=8)  # SharePoint keeps it too: it is not made anew for each question
def quick_xor_hash(content):
    """By its definition: byte i at bit 11 * i of 160, the length over the last 64 bits."""
    padded = numpy.frombuffer(content + bytes(-len(content) % 160), dtype=numpy.uint8).reshape(-1, 160)
    bits = 0
    for i, byte in enumerate(numpy.bitwise_xor.reduce(padded, axis=0) if len(padded) else []):
        shifted = int(byte) << (i * 11 % 160)
        bits ^= (shifted & ((1 << 160) - 1)) | (shifted >> 160)
    return base64.b64encode((bits ^ (len(content) << 96)).to_bytes(20, "little")).decode()


@dataclass
class Item:
    name: str
    content: bytes = None  # None: a folder
    children: list = field(default_factory=list)
    id: str = field(default_factory=lambda: "01" + secrets.token_hex(16).upper())
    guid: str = field(default_factory=lambda: secrets.token_hex(16).upper())
    properties_version: int = 1
    content_version: int = 1
    modified: float = field(default_factory=lambda: time.time() - 86400)
    notebook: bool = False
    size_told: int = None  # another size than the content has
    hash_told: bool = True

    @property
    def etag(self):
        return f'"{{{self.guid}}},{self.properties_version}"'

    @property
    def ctag(self):
        return f'"c:{{{self.guid}}},{self.content_version}"'

    def child(self, name):
        return next((child for child in self.children if child.name.lower() == name.lower()), None)

    def at(self, path):
        item = self
        for part in filter(None, path.split("/")):
            item = item and item.child(part)
        return item

    def walk(self):
        yield self
        for child in self.children:
            yield from child.walk()

    def save(self, content):
        """As an upload does."""
        self.content, self.modified = content, time.time()
        self.properties_version += 1
        self.content_version += 1

    def annotate(self):
        """As a change of any property does: the content's tag stays."""
        self.properties_version += 1

    def json(self):
        out = {"id": self.id, "name": self.name, "eTag": self.etag, "webUrl": "https://" + HOST + "/" + quote(self.name),
               "lastModifiedDateTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.modified)),
               "size": sum(len(item.content or b"") for item in self.walk())}
        if self.notebook:
            return {**out, "package": {"type": "oneNote"}, "folder": {"childCount": 0}}
        if self.content is None:
            return {**out, "folder": {"childCount": len(self.children)}}
        hashes = {"quickXorHash": quick_xor_hash(self.content)} if self.hash_told else {}
        out["size"] = len(self.content) if self.size_told is None else self.size_told
        return {**out, "cTag": self.ctag, "file": {"mimeType": "application/octet-stream", "hashes": hashes}}


@dataclass
class Drive:
    name: str
    url_name: str
    root: Item = field(default_factory=lambda: Item("root"))
    id: str = field(default_factory=lambda: "b!" + secrets.token_urlsafe(48))

    def put(self, path, content):
        *folders, name = path.split("/")
        folder = self.root
        for part in folders:
            if not folder.child(part):
                folder.children.append(Item(part))
            folder = folder.child(part)
        folder.children.append(Item(name, content))
        return folder.children[-1]


@dataclass
class Site:
    path: str  # "sites/marketing"; empty: the root site
    drives: list = field(default_factory=list)
    readable: bool = True  # the application was granted it
    id: str = field(default_factory=lambda: f"{HOST},{guid()},{guid()}")

    def library(self, name, url_name=None):
        self.drives.append(Drive(name, url_name or name))
        return self.drives[-1]
