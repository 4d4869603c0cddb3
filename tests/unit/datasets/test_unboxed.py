"""Unboxed fronts: how the file is read, and that the committed one fits the splits."""

from pathlib import Path

from datasets.splits import read_splits
from datasets.unboxed import unboxed_fronts


def test_rows_are_gathered_by_photo(tmp_path: Path) -> None:
    file = tmp_path / "unboxed.csv"
    file.write_text(
        "photo,x1,y1,x2,y2,kind\n"
        "b_jpg,0.1000,0.2000,0.3000,0.4000,front\n"
        "a_jpg,0.0000,0.0000,1.0000,0.5000,region\n"
        "b_jpg,0.5000,0.6000,0.7000,0.8000,behind\n"
    )
    assert unboxed_fronts(file) == {
        "b_jpg": [((0.1, 0.2, 0.3, 0.4), "front"), ((0.5, 0.6, 0.7, 0.8), "behind")],
        "a_jpg": [((0.0, 0.0, 1.0, 0.5), "region")],
    }


def test_committed_boxes_lie_in_photos_of_the_splits() -> None:
    found = unboxed_fronts()
    assert set(found) <= set(read_splits())
    assert {kind for rows in found.values() for _, kind in rows} == {"front", "behind", "region"}
    for photo, rows in found.items():
        assert len(set(rows)) == len(rows), photo
        for (x1, y1, x2, y2), _ in rows:
            assert 0 <= x1 < x2 <= 1, photo
            assert 0 <= y1 < y2 <= 1, photo
