"""The shapes in which YOLO folders come: one split or several, Roboflow's paths, names by list, by id or by file."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.field import CLASSES, detection_photos, evaluation_photos
from datasets.yolo import DatasetError, read_names


def place(folder: Path, name: str, label: str = "0 0.5 0.5 0.2 0.4\n") -> None:
    """A photo in `folder`/images and its label in `folder`/labels."""
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(folder / "images" / f"{name}.jpg"), np.full((40, 60, 3), 90, np.uint8))
    (folder / "labels" / f"{name}.txt").write_text(label)


def stems(folder: Path, split: str | None = None) -> list[str]:
    return sorted(photo.stem for photo in evaluation_photos(folder, split))


@pytest.fixture
def roboflow(tmp_path: Path) -> Path:
    """As Roboflow exports: train, valid and test folders, paths that lead out of the folder and in again."""
    for split in ("train", "valid", "test"):
        place(tmp_path / split, split)
    lines = "train: ../train/images\nval: ../valid/images\ntest: ../test/images\nnc: 1\nnames: ['product']\n"
    (tmp_path / "data.yaml").write_text(lines)
    return tmp_path


ROBOFLOW = [("train", "train"), ("val", "valid"), ("valid", "valid"), ("test", "test")]


@pytest.mark.parametrize(("split", "stem"), ROBOFLOW)
def test_roboflow_paths_are_found(roboflow: Path, split: str, stem: str) -> None:
    assert stems(roboflow, split) == [stem]


def test_without_a_split_all_of_them_are_taken(roboflow: Path) -> None:
    assert stems(roboflow) == ["test", "train", "valid"]


def test_without_a_split_and_without_paths_the_sub_folders_are_taken(roboflow: Path) -> None:
    (roboflow / "data.yaml").write_text("names: [product]\n")
    assert stems(roboflow) == ["test", "train", "valid"]


def test_a_neighbouring_set_of_the_same_name_is_not_taken_for_the_split(roboflow: Path) -> None:
    inner = roboflow / "inner"
    place(inner / "train", "ours")
    (inner / "data.yaml").write_text("train: ../train/images\nnames: [product]\n")
    assert stems(inner, "train") == ["ours"]


def test_splits_below_images(tmp_path: Path) -> None:
    for split in ("train", "val"):
        for part in ("images", "labels"):
            (tmp_path / part / split).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "images" / split / f"{split}.png"), np.zeros((40, 40, 3), np.uint8))
        (tmp_path / "labels" / split / f"{split}.txt").write_text("0 0.5 0.5 0.2 0.4\n")
    (tmp_path / "data.yaml").write_text("path: .\ntrain: images/train\nval: images/val\nnames: [product]\n")
    assert stems(tmp_path, "val") == ["val"]
    assert stems(tmp_path) == ["train", "val"]


def test_a_split_may_be_an_absolute_path_or_several(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place(tmp_path / "a", "one")
    place(tmp_path / "elsewhere" / "images" / "b", "two")  # only the last `images` stands beside `labels`
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "data.yaml").write_text(
        f"test: [{tmp_path}/a/images, {tmp_path}/elsewhere/images/b/images]\nnames: [product]\n"
    )
    assert stems(tmp_path / "set", "test") == ["one", "two"]
    monkeypatch.chdir(tmp_path / "set")
    assert stems(Path("."), "test") == ["one", "two"]


def test_path_of_data_yaml_is_where_the_splits_are(tmp_path: Path) -> None:
    place(tmp_path / "photos" / "val", "a")
    (tmp_path / "data.yaml").write_text("path: photos\nval: val/images\nnames: [product]\n")
    assert stems(tmp_path, "val") == ["a"]


def test_one_split_of_a_set_is_named_by_the_data_yaml_above(roboflow: Path) -> None:
    assert stems(roboflow / "test") == ["test"]


def test_names_beside_the_photos_when_there_is_no_data_yaml(tmp_path: Path) -> None:
    place(tmp_path, "a", "1 0.5 0.5 0.9 0.9\n")
    (tmp_path / "classes.txt").write_text("product\nCooler\n")
    (photo,) = detection_photos(tmp_path)
    assert [CLASSES[label] for label in photo.classes] == ["cooler"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("{0: product, 1: cooler}", ["product", "cooler"]),
        ("{'1': b, '0': a}", ["a", "b"]),
        ("[7, 330]", ["7", "330"]),
        ("{10: k, 2: c, 0: a, 1: b, 3: d, 4: e, 5: f, 6: g, 7: h, 8: i, 9: j}", list("abcdefghijk")),
    ],
)
def test_names_by_id_or_as_a_list(tmp_path: Path, names: str, expected: list[str]) -> None:
    (tmp_path / "data.yaml").write_text(f"names: {names}\n")
    assert read_names(tmp_path) == expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("names: {0: a, 2: c}", "0 to 1"),
        ("names: {0: a, x: c}", "0 to 1"),
        ("names: [a, b", "not valid YAML"),
        ("- a\n- b\n", "no list `names`"),
        ("nc: 2", "no list `names`"),
        ("names: []", "no list `names`"),
    ],
)
@pytest.mark.parametrize("split", [None, "val"])
def test_a_wrong_data_yaml_is_one_line(tmp_path: Path, text: str, complaint: str, split: str | None) -> None:
    place(tmp_path, "a")
    (tmp_path / "data.yaml").write_text(text)
    with pytest.raises(DatasetError, match=complaint) as caught:
        evaluation_photos(tmp_path, split)
    assert "\n" not in str(caught.value)
    assert "data.yaml" in str(caught.value)


@pytest.mark.parametrize("split", [None, "val"])
def test_a_folder_that_is_missing_or_without_names_is_named(tmp_path: Path, split: str | None) -> None:
    with pytest.raises(DatasetError, match=r"nowhere is no folder"):
        evaluation_photos(tmp_path / "nowhere", split)
    place(tmp_path / "set", "a")
    with pytest.raises(DatasetError, match=r"data\.yaml is missing"):
        evaluation_photos(tmp_path / "set", split)


def test_an_unknown_split_says_which_there_are(roboflow: Path) -> None:
    with pytest.raises(DatasetError, match="no split 'later': choose one of test, train, val"):
        evaluation_photos(roboflow, "later")


@pytest.mark.parametrize("line", ["0 nan 0.5 0.2 0.2", "0 0.5 0.5 nan nan", "0 0.5 0.5 inf 0.2"])
def test_a_label_that_is_no_number_is_refused(tmp_path: Path, line: str) -> None:
    place(tmp_path, "a", line)
    (tmp_path / "data.yaml").write_text("names: [product]\n")
    with pytest.raises(DatasetError, match=r"a\.txt:1"):
        evaluation_photos(tmp_path, None)


def test_a_label_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    place(tmp_path, "a")
    (tmp_path / "labels" / "a.txt").write_bytes(b"\xff\xfe0 0.5")
    (tmp_path / "data.yaml").write_text("names: [product]\n")
    with pytest.raises(DatasetError, match=r"a\.txt is no text"):
        evaluation_photos(tmp_path, None)


def test_the_field_sets_name_does_not_hide_photos_of_another_set(tmp_path: Path) -> None:
    other = tmp_path / "drinks_pepsico_vn"
    place(other / "test", "not-of-the-field-set")
    (other / "data.yaml").write_text("names: [product]\ntest: test/images\n")
    assert stems(other, "test") == ["not-of-the-field-set"]
