"""Where things stand in a folder in YOLO layout: class names, splits, the labels that belong to photos.

Errors:
    DatasetError
"""

import os
from pathlib import Path
from typing import Any

import yaml

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
_SPLIT_KEYS = ("train", "val", "valid", "test")
_SAME = {"val": "valid", "valid": "val"}  # data.yaml says the one where Roboflow's folder says the other


class DatasetError(ValueError):
    """The folder is not a usable data set; the message names the file and the mend, in one line."""


def read_names(directory: Path) -> list[str]:
    """Class names in the order of their ids, from `data.yaml` or, where there is none, `classes.txt`.

    Either may stand one folder above, as beside a set's `train` and `test`. Raises DatasetError.
    """
    for folder in (directory, directory.resolve().parent):
        if (folder / "data.yaml").is_file():
            return _names_of(folder / "data.yaml")
        if (folder / "classes.txt").is_file():
            return [line.strip() for line in read_text(folder / "classes.txt").splitlines() if line.strip()]
    raise DatasetError(f"{directory / 'data.yaml'} is missing: a YOLO folder needs data.yaml with `names`")


def _names_of(file: Path) -> list[str]:
    names = _config(file).get("names")
    if isinstance(names, dict):
        numbered = {str(key): name for key, name in names.items()}
        if set(numbered) != set(map(str, range(len(names)))):
            raise DatasetError(f"{file}: the ids in `names` are not 0 to {len(names) - 1}: number them without gaps")
        names = [numbered[str(number)] for number in range(len(names))]
    if not isinstance(names, list) or not names or not all(isinstance(name, str | int) for name in names):
        raise DatasetError(f"{file} has no list `names` of class names")
    return [str(name) for name in names]


def _config(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        found = yaml.safe_load(read_text(file))
    except yaml.YAMLError as error:
        raise DatasetError(f"{file} is not valid YAML with `names`: {' '.join(str(error).split())}") from error
    return found if isinstance(found, dict) else {}


def split_folders(directory: Path) -> dict[str, list[Path]]:
    """Split → its folders of photos, as `data.yaml` says, else the sub-folders `SPLIT/images` and `images/SPLIT`."""
    config = _config(directory / "data.yaml")
    base = directory / str(config.get("path") or ".")
    found: dict[str, list[Path]] = {}
    for key in [key for key in _SPLIT_KEYS if config.get(key)]:
        given = config[key] if isinstance(config[key], list) else [config[key]]
        folders = [_folder(str(one), (base, directory)) for one in given]
        if all(folders):
            found[key] = [folder for folder in folders if folder]
    beside = [(entry.name, entry / "images") for entry in _subfolders(directory)]
    for name, folder in [*beside, *((entry.name, entry) for entry in _subfolders(directory / "images"))]:
        if name not in found and _SAME.get(name) not in found and folder.is_dir():
            found[name] = [folder]
    return found


def _folder(given: str, bases: tuple[Path, ...]) -> Path | None:
    """Roboflow writes `../train/images` for the folder `train/images` beside its data.yaml."""
    inside = given
    while inside.startswith("../"):
        inside = inside[3:]
    tried = [Path(os.path.normpath(base / one)) for one in (inside, given) for base in bases]
    return next((folder for folder in tried if folder.is_dir()), None)


def _subfolders(directory: Path) -> list[Path]:
    return sorted(entry for entry in directory.iterdir() if entry.is_dir()) if directory.is_dir() else []


def images_of(directory: Path, split: str | None) -> list[Path]:
    """The folders of photos of a split; without a split `directory/images`, or all splits where they lie apart.

    Raises DatasetError when there is no such split.
    """
    if not directory.is_dir():
        raise DatasetError(f"{directory} is no folder: give one with images/, labels/ and data.yaml")
    read_names(directory)  # a wrong data.yaml explains a missing split
    splits = split_folders(directory)
    if split is None:
        if any(is_photo(file) for file in (directory / "images").glob("*")) or not splits:
            return [directory / "images"]
        return list(dict.fromkeys(folder for folders in splits.values() for folder in folders))
    name = split if split in splits else _SAME.get(split, split)
    if name not in splits:
        choice = f"choose one of {', '.join(sorted(splits))}" if splits else "there is none, leave --split out"
        raise DatasetError(f"{directory} has no split {split!r}: {choice}")
    return splits[name]


def labels_folder(directory: Path, images: Path, labels: str = "labels") -> Path:
    """The folder `labels` parallel to `images`: the last part of that name replaced; beside the photos without one."""
    above = len(directory.parts) if images.is_relative_to(directory) else 0
    places = [place for place, part in enumerate(images.parts) if part == "images" and place >= above]
    if not places:
        return images
    return Path(*images.parts[: places[-1]], labels, *images.parts[places[-1] + 1 :])


def is_photo(file: Path) -> bool:
    """By its name; hidden files, such as macOS writes beside each photo, are none."""
    return file.suffix.lower() in IMAGE_SUFFIXES and not file.name.startswith(".")


def read_text(file: Path) -> str:
    """UTF-8 text. Raises DatasetError."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{file} is no text that can be read ({error}): restore or remove it") from error
