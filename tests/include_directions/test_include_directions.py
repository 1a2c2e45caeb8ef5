"""src/README.md draws the map; the code must follow it."""

import re
from pathlib import Path

SRC = Path(__file__).resolve().parents[2] / "src"
# Headers of third parties that may stand in a header of ours: the Result type is everywhere.
VOCABULARY = {"tl/expected.hpp"}


def the_map():
    """folder -> folders it may include, as the table in src/README.md says."""
    rows = re.findall(r"^\| `(\w+)/` \|[^|]*\|([^|]*)\|$", (SRC / "README.md").read_text(), re.MULTILINE)
    return {folder: {name for name in re.split(r"[,\s]+", allowed) if name} for folder, allowed in rows}


def sources(*endings):
    return sorted(path for path in SRC.rglob("*") if path.suffix in endings)


def includes(path, pattern):
    return re.findall(rf"^\s*#\s*include\s+{pattern}", path.read_text(), re.MULTILINE)


def test_every_folder_is_on_the_map():
    folders = {path.name for path in SRC.iterdir() if path.is_dir()}
    assert folders == set(the_map())


def test_folders_include_only_what_the_map_lets_them():
    allowed = the_map()
    wrong = []
    for path in sources(".h", ".cpp"):
        folder = path.relative_to(SRC).parts[0]
        for included in includes(path, r'"([^"]+)"'):
            other = included.split("/")[0]
            if other in allowed and other != folder and other not in allowed[folder]:
                wrong.append(f"{path.relative_to(SRC)} includes {included}")
    assert not wrong, "\n".join(wrong)


def test_the_map_has_no_circles():
    allowed = the_map()
    seen = set()
    while rest := {folder: needs - seen for folder, needs in allowed.items() if folder not in seen}:
        free = {folder for folder, needs in rest.items() if not needs}
        assert free, f"these include each other: {sorted(rest)}"
        seen |= free


def test_third_parties_stay_out_of_headers_that_other_folders_see():
    """A folder's inner headers may name its own library; its public ones would hand it to everybody. What only tests
    include is not public."""
    shipped = [path for path in sources(".h", ".cpp") if not re.search(r"_test\.|for_tests|test_", path.name)]
    public = {included for path in shipped for included in includes(path, r'"([^"]+)"')
              if included.split("/")[0] != path.relative_to(SRC).parts[0]}
    wrong = []
    for name in sorted(public):
        header = SRC / name
        if header.exists():
            for third in includes(header, r"<([^>]+)>"):
                if "." in third and third not in VOCABULARY:
                    wrong.append(f"{name} includes <{third}>")
    assert not wrong, "\n".join(wrong)
