"""What looks like data and is not used gets a line; what stands twice counts once."""

import warnings
from pathlib import Path

import pytest

from datasets.field import evaluation_photos
from datasets.unused import UnusedData, told_once
from datasets.yolo import DatasetError, read_labels, read_names
from tests.unit.datasets.test_yolo_layouts import place, stems


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two photos, `a` and `b`, of one split."""
    for name in ("a", "b"):
        place(tmp_path, name)
    config(tmp_path, "names: [product]")
    return tmp_path


def config(folder: Path, *lines: str) -> None:
    (folder / "data.yaml").write_text("\n".join(lines))


def test_a_repeated_row_counts_once_and_is_told_with_its_lines(folder: Path) -> None:
    file = folder / "labels" / "a.txt"
    file.write_bytes(
        b"\xef\xbb\xbf0 0.5 0.5 0.2 0.4\r\n1 0.5 0.5 0.2 0.4\r\n\r\n0 0.50 0.5 0.2 0.400\r\n1 0.5 0.5 0.2 0.4\r\n"
    )
    with pytest.warns(UnusedData) as said:
        boxes, classes = read_labels(file, 2)
    assert (len(boxes), classes.tolist()) == (2, [0, 1])
    assert [str(each.message) for each in said] == [f"{file}: each box counts once; repeated by line 4, 5"]


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("0 0.5 0.5 0.2 0.4 0.93", "remove the sixth column"),
        ("0 0.1 0.1 0.2 0.1 0.2 0.2", "export boxes"),
        ("0 " + "0.123456 0.654321 " * 40, "…': an outline stands there"),
        ("0 0,5 0,5 0,2 0,4", "no commas"),
        ("0 nan 0.5 0.2 0.2", "outside the picture"),
        ("0 0.5 0.5 -0.2 0.2", "is empty"),
    ],
)
def test_rows_of_another_kind_are_refused_with_what_to_do(folder: Path, line: str, hint: str) -> None:
    file = folder / "labels" / "a.txt"
    file.write_text(line)
    with pytest.raises(DatasetError) as refused:
        read_labels(file, 1)
    assert str(refused.value).startswith(f"{file}:1: ")
    assert hint in str(refused.value)
    assert len(str(refused.value)) < len(str(file)) + 200


def test_a_split_may_be_a_list_of_photos(folder: Path) -> None:
    config(folder, "path: .", "val: lists/val.txt", "train: [lists/train.txt, more/images]", "names: [product]")
    place(folder / "more", "c")
    (folder / "lists").mkdir()
    (folder / "lists" / "val.txt").write_text("./images/b.jpg\n\n")  # from `path`
    (folder / "lists" / "train.txt").write_text(f"../images/a.jpg\n{folder}/images/b.jpg\n")  # from the file; anywhere
    assert stems(folder, "val") == ["b"]
    assert stems(folder, "train") == ["a", "b", "c"]
    assert stems(folder) == ["a", "b", "c"]


def test_the_path_of_data_yaml_is_where_splits_and_lists_begin(folder: Path) -> None:
    (folder / "set").mkdir()
    config(folder / "set", "path: ..", "val: val.txt", "test: images", "names: [product]")
    (folder / "val.txt").write_text("images/a.jpg\n")
    assert stems(folder / "set", "val") == ["a"]
    assert stems(folder / "set", "test") == ["a", "b"]


def test_a_listed_photo_that_is_missing_is_named_and_one_listed_twice_counts_once(folder: Path) -> None:
    config(folder, "val: val.txt", "names: [product]")
    file = folder / "val.txt"
    file.write_text("images/a.jpg\nimages/gone.jpg\n")
    with pytest.raises(DatasetError, match=r"val\.txt:2: images/gone\.jpg is missing"):
        stems(folder, "val")
    file.write_text("images/a.jpg\n./images/a.jpg\n")
    with pytest.warns(UnusedData, match=r"val\.txt:2 repeats line 1"):
        assert stems(folder, "val") == ["a"]


def test_a_split_that_is_not_there_is_named(folder: Path) -> None:
    config(folder, "val: gone/images", "names: [product]")
    with pytest.raises(DatasetError, match=r"gone/images is missing: data\.yaml names it"):
        stems(folder, "val")
    with pytest.warns(UnusedData, match="gone/images for val, which is not there"):
        assert stems(folder) == ["a", "b"]


def test_photos_in_sub_folders_are_read_with_their_own_labels(folder: Path) -> None:
    for shop, label in (("north", "0 0.5 0.5 0.2 0.4\n"), ("south", "")):
        (folder / "images" / shop).mkdir()
        (folder / "labels" / shop).mkdir()
        (folder / "images" / shop / "a.jpg").write_bytes((folder / "images" / "a.jpg").read_bytes())
        (folder / "labels" / shop / "a.txt").write_text(label)
    found = {
        photo.path.relative_to(folder / "images").as_posix(): len(photo.boxes)
        for photo in evaluation_photos(folder, None)
    }
    assert found == {"a.jpg": 1, "b.jpg": 1, "north/a.jpg": 1, "south/a.jpg": 0}


def test_photos_beside_the_images_folder_are_not_left_out_without_a_split(folder: Path) -> None:
    place(folder / "val", "c")
    config(folder, "val: val/images", "names: [product]")
    assert stems(folder) == ["a", "b", "c"]


def test_formats_that_are_not_read_and_labels_without_a_photo_are_named(folder: Path) -> None:
    (folder / "images" / "IMG_1.HEIC").write_bytes(b"\0\0\0\x18ftypheic" + bytes(30))
    for name in ("IMG_1", "old", "._a", "classes"):
        (folder / "labels" / f"{name}.txt").write_text("")
    (folder / "images" / "a.jpg").rename(folder / "images" / "a.jfif")
    (folder / "images" / "._a.jpg").write_bytes(b"left by a system")
    with told_once() as said:
        assert stems(folder) == ["a", "b"]
    assert said == [
        f"{folder / 'images' / 'IMG_1.HEIC'} is not used: HEIC is not supported, save it as JPEG, PNG or WebP",
        f"{folder / 'labels'}: no photo belongs to old.txt",
    ]


@pytest.mark.parametrize(
    ("names", "read"),
    [
        ("[no, cooler]", ["no", "cooler"]),
        ("[7.5, 007, 1_0, null, ~, on, 2026-01-01]", ["7.5", "007", "1_0", "null", "~", "on", "2026-01-01"]),
        ("{0: no, '1': yes}", ["no", "yes"]),
        ("{'1': b, '0': a}", ["a", "b"]),
    ],
)
def test_names_are_read_as_they_are_written(folder: Path, names: str, read: list[str]) -> None:
    config(folder, f"names: {names}")
    assert read_names(folder) == read


@pytest.mark.parametrize("names", ["[cola, cola]", "{0: cola, 1: cola}", "['', cola]", "[[a], b]", "{a: cola}", "cola"])
def test_names_that_cannot_be_told_apart_are_refused(folder: Path, names: str) -> None:
    config(folder, f"names: {names}")
    with pytest.raises(DatasetError):
        read_names(folder)


def test_a_word_is_said_once_and_other_warnings_stay(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "labels" / "old.txt").touch()

    def twice() -> list[str]:
        with told_once() as said:
            for _ in range(2):
                stems(folder)
            warnings.warn("another", DeprecationWarning, stacklevel=1)
        return said

    with pytest.warns(DeprecationWarning, match="another"):
        said = twice()
    assert said == [f"{folder / 'labels'}: no photo belongs to old.txt"]
    assert capsys.readouterr().err == f"shelfproof: {said[0]}\n"
