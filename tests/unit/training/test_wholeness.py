from pathlib import Path

import pytest

from tests.unit.pipeline.photos import encode, noise
from training.wholeness import HARMS, ODDITIES, cut, damaged, whole


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    files = [tmp_path / f"{seed}.jpg" for seed in (1, 2)]
    for seed, file in enumerate(files):
        file.write_bytes(encode(noise(160, 120, seed), quality=90))
    return files


def test_whole_photos_are_read_and_cut_ones_refused(photos: list[Path]) -> None:
    lines = list(whole(photos))
    assert [line["whole"] for line in lines] == list(ODDITIES)
    assert {(line["refused"], line["flagged"], line["other_pixels"]) for line in lines} == {(0, 0, 0)}
    assert [(line["files"] > 40, line["taken"]) for line in cut(photos)] == [(True, 0), (True, 0)]


def test_damage_is_refused_or_taken(photos: list[Path]) -> None:
    lines = list(damaged(photos, 0.0))
    assert [line["damaged"] for line in lines] == [*HARMS, *HARMS]
    assert all(line["refused"] + line["taken"] == 2 and line["told"] <= line["changed"] for line in lines)
