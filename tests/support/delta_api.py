"""The Delta API of a Unity Catalog as published (api/delta.yaml and api/all.yaml of the open-source project): the commits
of catalog-managed tables, by `delta/v1` and by the older `delta/preview/commits`."""

import json

MOST_UNPUBLISHED = 10


class Refused(Exception):
    def __init__(self, status, kind, message):
        self.status, self.kind, self.message = status, kind, message


class Commits:
    """What the catalog knows of one table's log."""

    def __init__(self):
        self.latest, self.waiting = 0, {}  # waiting: version -> commit, not in the log yet
        self.names = {}

    def add(self, commit):
        version = commit["version"]
        if version <= self.latest:
            if self.names.get(version) == commit["file-name"]:
                return
            raise Refused(409, "CommitVersionConflictException", f"version {version} is taken")
        if version != self.latest + 1:
            raise Refused(400, "InvalidParameterValueException", f"the next version is {self.latest + 1}")
        if len(self.waiting) >= MOST_UNPUBLISHED:
            raise Refused(429, "ResourceExhaustedException", "too many unbackfilled commits")
        self.latest, self.waiting[version], self.names[version] = version, commit, commit["file-name"]

    def backfilled(self, version):
        if version > self.latest:
            raise Refused(400, "InvalidParameterValueException", "backfilled beyond the last commit")
        self.waiting = {v: c for v, c in self.waiting.items() if v > version}


def answer(handler, rest):
    """`rest` is what follows `/api/2.1/unity-catalog/delta/`."""
    state = handler.state
    version = rest.split("/")[0]
    if version != state.delta_api:
        return handler.error(404, "ENDPOINT_NOT_FOUND", f"No API found for '{handler.command} {handler.where}'")
    try:
        with state.lock:
            body = json.loads(handler.sent) if handler.sent else {}
            reply = v1(state, handler.command, rest, body) if version == "v1" else preview(state, handler.command, body)
        if handler.command == "POST" and state.lose_answers:
            state.lose_answers -= 1
            return handler.answer(503, {"error": {"message": "busy", "type": "InternalServerErrorException", "code": 503}})
        return handler.answer(200, reply)
    except Refused as no:
        if version == "v1":
            return handler.answer(no.status, {"error": {"message": no.message, "type": no.kind, "code": no.status}})
        return handler.error(no.status, no.kind.upper(), no.message)


def v1(state, method, rest, body):
    _, _, catalog, _, schema, _, name = rest.split("/")
    table = state.tables[f"{catalog}.{schema}.{name}"]
    commits = state.commits.setdefault(table["table_id"], Commits())
    if method == "POST":
        for each in body["requirements"]:
            if each != {"type": "assert-table-uuid", "uuid": table["table_id"]}:
                raise Refused(409, "UpdateRequirementConflictException", "another table")
        updates = {each["action"]: each for each in body["updates"]}
        published = updates.pop("set-latest-backfilled-version", None)
        if published:
            commits.backfilled(published["latest-published-version"])
        for each in updates.values():
            commits.add(each["commit"])
    return {"metadata": {"table-uuid": table["table_id"], "location": table["storage_location"]},
            "commits": sorted(commits.waiting.values(), key=lambda c: -c["version"]),
            "latest-table-version": commits.latest}


def preview(state, method, body):
    table = next((t for t in state.tables.values() if t["table_id"] == body.get("table_id")), None)
    if table is None:
        raise Refused(404, "TABLE_NOT_FOUND", "no such table")
    if body.get("table_uri") != table["storage_location"]:
        raise Refused(400, "INVALID_ARGUMENT", "table_uri is not the table's")
    commits = state.commits.setdefault(table["table_id"], Commits())
    if method == "POST":
        if "latest_backfilled_version" in body:
            commits.backfilled(body["latest_backfilled_version"])
        commits.add({k.replace("_", "-"): v for k, v in body["commit_info"].items()})
        return {}
    found = sorted(v for v in commits.waiting if v >= body["start_version"])[:2]
    return {"commits": [{k.replace("-", "_"): v for k, v in commits.waiting[v].items()} for v in reversed(found)],
            "latest_table_version": commits.latest}
