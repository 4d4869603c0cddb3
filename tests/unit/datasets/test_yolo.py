"""Folders in YOLO layout: what is read, and what is refused with the file's name."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.field import CLASSES, detection_photos, evaluation_photos, write_yolo
from datasets.yolo import DatasetError, LabelledPhoto, read_names, read_split


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part in ("images", "labels", "val/images", "val/labels"):
        (tmp_path / part).mkdir(parents=True)
    for place in (tmp_path, tmp_path / "val"):
        cv2.imwrite(str(place / "images" / "a.jpg"), np.full((40, 60, 3), 90, np.uint8))
        (place / "labels" / "a.txt").write_text("1 0.5 0.5 0.2 0.4\n0 0.1 0.1 0.1 0.1\n")
    (tmp_path / "data.yaml").write_text("names: [cola, cooler]\nval: val/images\n")
    return tmp_path


def test_boxes_are_corners_in_fractions(folder: Path) -> None:
    (photo,) = read_split(folder)
    assert photo.classes.tolist() == [1, 0]
    np.testing.assert_allclose(photo.boxes[0], [0.4, 0.3, 0.6, 0.7])


def test_every_class_but_cooler_is_a_product(folder: Path) -> None:
    (photo,) = detection_photos(folder)
    assert [CLASSES[label] for label in photo.classes] == ["cooler", "product"]


def test_names_may_be_numbered(folder: Path) -> None:
    (folder / "data.yaml").write_text("names:\n  1: b\n  0: a\n")
    assert read_names(folder) == ["a", "b"]


def test_split_of_data_yaml(folder: Path) -> None:
    assert evaluation_photos(folder, "val")[0].path == folder / "val" / "images" / "a.jpg"
    with pytest.raises(DatasetError, match="no split 'nowhere'"):
        evaluation_photos(folder, "nowhere")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("2 0.5 0.5 0.2 0.2", "class 2 is not in data.yaml"),
        ("-1 0.5 0.5 0.2 0.2", "class -1 is not in data.yaml"),
        ("0 0.95 0.5 0.2 0.2", "outside the picture"),
        ("0 0.5 0.5 0 0.2", "is empty"),
        ("0 0.5 0.5 0.2", "expected `class cx cy w h`"),
        ("zero 0.5 0.5 0.2 0.2", "expected `class cx cy w h`"),
    ],
)
def test_bad_label_is_named_with_its_line(folder: Path, line: str, complaint: str) -> None:
    (folder / "labels" / "a.txt").write_text(f"0 0.5 0.5 0.2 0.2\n{line}\n")
    with pytest.raises(DatasetError, match=rf"a\.txt:2: .*{complaint}"):
        read_split(folder)


def test_missing_label_is_not_an_empty_one(folder: Path) -> None:
    (folder / "labels" / "a.txt").write_text("")
    assert len(read_split(folder)[0].boxes) == 0
    (folder / "labels" / "a.txt").unlink()
    with pytest.raises(DatasetError, match=r"a\.txt is missing"):
        read_split(folder)


def test_what_is_written_is_read_again(folder: Path, tmp_path: Path) -> None:
    source = folder / "images" / "a.jpg"
    written = LabelledPhoto(source, np.array([[0.1, 0.2, 0.5, 0.9]]), np.array([1]))
    write_yolo([written], tmp_path / "copy")
    (again,) = detection_photos(tmp_path / "copy")
    np.testing.assert_allclose(again.boxes, written.boxes, atol=1e-6)
    assert again.classes.tolist() == [1]
