"""Scene tags and SKU labels beside photos: read as they stand, absent without complaint, wrong with one."""

from pathlib import Path

import numpy as np
import pytest

from datasets.tags import scene_tags, sku_labels
from datasets.yolo import DatasetError, LabelledPhoto


def test_tags_are_by_file_name(tmp_path: Path) -> None:
    assert scene_tags(tmp_path) == {}
    (tmp_path / "scene_tags.csv").write_text("image,scene,shelf_rows,quality,note\na.jpg,rack,3,dark,\n")
    assert scene_tags(tmp_path) == {"a.jpg": {"scene": "rack", "quality": "dark"}}


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    (tmp_path / "scene_tags.csv").write_text("image,scene\na.jpg,rack\n")
    with pytest.raises(DatasetError, match="no column 'quality'"):
        scene_tags(tmp_path)


def test_skus_are_those_of_the_catalogue_and_coolers_have_none(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "data.yaml").write_text("names: [cola-new, lemon, Cooler]\n")
    (tmp_path / "catalog.csv").write_text("label,code,name\ncola-new,cola,Cola\n")
    (tmp_path / "labels" / "a.txt").write_text("1 .5 .5 .1 .1\n2 .5 .5 .9 .9\n0 .2 .2 .1 .1\n")
    photo = LabelledPhoto(tmp_path / "images" / "a.jpg", np.zeros((4, 4)), np.array([0, 1, 0, 1]))
    assert sku_labels(tmp_path, [photo]) == [["lemon", None, "cola", None]]
