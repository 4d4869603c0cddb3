"""The committed splits: whole displays on one side, every photo once."""

from collections import Counter
from pathlib import Path

from datasets.splits import FILE, FOLDS, SHARES, SPLITS, _assign, make_splits, read_folds, read_splits


def test_committed_file_has_the_stated_shares() -> None:
    count = Counter(read_splits().values())
    assert set(count) == set(SPLITS)
    assert {name: count[name] for name in SHARES} == SHARES
    assert set(read_folds().values()) == set(range(FOLDS))
    assert len(FILE.read_text().splitlines()) == 1 + sum(count.values())


def test_a_display_stays_on_one_side() -> None:
    groups = {f"display {number}": [f"{number}-{view}" for view in range(1 + number % 3)] for number in range(120)}
    rows = _assign(sorted(groups), groups)
    side = {photo: (split, fold) for photo, split, fold in rows}
    assert len(side) == sum(map(len, groups.values()))
    assert all(len({side[photo] for photo in members}) == 1 for members in groups.values())


def test_same_seed_gives_the_same_splits(tmp_path: Path) -> None:
    (tmp_path / "same_display.csv").write_text("group,image\n1,p1.jpg\n1,p2.jpg\n")
    tags = "".join(f"p{number}.jpg,cooler,{number % 3},ok,\n" for number in range(1, 232))
    (tmp_path / "scene_tags.csv").write_text("image,scene,shelf_rows,quality,note\n" + tags)
    first = make_splits(tmp_path)
    assert first == make_splits(tmp_path)
    assert first != make_splits(tmp_path, seed=1)
    split = {photo: name for photo, name, _ in first}
    assert split["p1"] == split["p2"]
