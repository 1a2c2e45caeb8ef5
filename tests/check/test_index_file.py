"""The index is made again whenever it is not what it should be, and answers as the table does."""

import random
import shutil
import stat

import pytest

DAY = "2024-05-28"
IDS = [f"{number:06}" for number in range(3000)]


@pytest.fixture
def loaded(company):
    company.publish(DAY, [(id_, "CRM", f"p{id_}@exemplo.com", "11987654321", "2024-05-20", "2024-06-19") for id_ in IDS[:2000]])
    company.file("ids.txt", "\n".join(IDS))
    assert_right(company)
    return company


def assert_right(company):
    asked = company.standings("--from", company.folder / "ids.txt", "--on", DAY)
    assert asked == {id_: "blocked" if number < 2000 else "free" for number, id_ in enumerate(IDS)}


def test_an_index_that_is_good_is_not_made_again(loaded):
    before = loaded.indexes()[0].stat().st_ino
    assert_right(loaded)
    assert loaded.indexes()[0].stat().st_ino == before


def test_a_new_version_of_the_table_makes_it_anew(loaded):
    loaded.publish(DAY, [("000001", "CRM", None, None, "2024-05-20", "2024-06-19")])
    assert loaded.standings("--id", "000001", "--id", "000002", "--on", DAY) == {"000001": "blocked", "000002": "free"}


@pytest.mark.parametrize("part", ["preamble", "description", "anywhere"])
def test_flipped_bits_are_never_believed(loaded, part):
    index = loaded.indexes()[0]
    good = index.read_bytes()
    draw = random.Random(part)
    ends = {"preamble": 64, "description": 600, "anywhere": len(good)}
    for _ in range(12):
        bad = bytearray(good)
        for _ in range(1 if part != "anywhere" else 40):
            bad[draw.randrange(ends[part])] ^= 1 << draw.randrange(8)
        index.write_bytes(bad)
        assert_right(loaded)


@pytest.mark.parametrize("left", [0, 10, 64, 500, 0.5, 0.99])
def test_a_cut_file_is_made_again(loaded, left):
    index = loaded.indexes()[0]
    good = index.read_bytes()
    index.write_bytes(good[: int(left if left >= 1 else left * len(good))])
    assert_right(loaded)


def test_other_kinds_of_files_are_made_again(loaded):
    index = loaded.indexes()[0]
    for content in (b"", b"id_cliente\n1\n" * 100, b"\0" * 200_000):
        index.write_bytes(content)
        assert_right(loaded)


def test_an_index_of_another_table_is_refused(loaded, tmp_path):
    other = type(loaded)(tmp_path / "other").configure().publish(DAY, [("x", "CRM", None, None, "2024-05-20", "2024-06-19")])
    assert other.standings("--id", "x", "--on", DAY) == {"x": "blocked"}
    shutil.copy(loaded.folder / "data/staging/index/key", other.folder / "data/staging/index/key")
    shutil.copy(loaded.indexes()[0], other.indexes()[0])
    assert other.standings("--id", "x", "--id", "000001", "--on", DAY) == {"x": "blocked", "000001": "free"}


def test_a_table_put_in_the_place_of_another_is_told_apart(loaded):
    shutil.rmtree(loaded.table)
    loaded.publish(DAY, [("x", "CRM", None, None, "2024-05-20", "2024-06-19")])
    assert loaded.standings("--id", "x", "--id", "000001", "--on", DAY) == {"x": "blocked", "000001": "free"}


def test_a_lost_key_makes_it_anew(loaded):
    (loaded.folder / "data/staging/index/key").unlink()
    assert_right(loaded)


def test_the_file_gives_nobody_away_and_is_its_owners(loaded):
    index = loaded.indexes()[0]
    content = index.read_bytes()
    for text in (b"000001", b"p000001@exemplo.com", b"11987654321", b"5511987654321"):
        assert text not in content
    for path in (index, index.parents[1] / "key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(index.parents[1].stat().st_mode) == 0o700


def test_old_days_do_not_pile_up(loaded):
    for day in range(1, 8):
        loaded.publish(f"2024-05-{day:02}", [("x", "CRM", None, None, "2024-04-30", "2024-05-30")])
        assert loaded.standings("--id", "x", "--on", f"2024-05-{day:02}") == {"x": "blocked"}
    assert len(loaded.indexes()) == 4


def test_a_damaged_index_is_not_believed_by_an_audience_either(loaded):
    index = loaded.indexes()[0]
    bad = bytearray(index.read_bytes())
    for at in range(70_000, len(bad), 5_000):
        bad[at] ^= 0x10
    index.write_bytes(bad)
    loaded.file("all.csv", "id_cliente\n" + "\n".join(IDS) + "\n")
    summary, _ = loaded.split("all.csv", "--on", DAY)
    assert (summary["allowed"], summary["blocked"], summary["unknown"]) == (1000, 2000, 0)
