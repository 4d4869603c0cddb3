"""Where things stand in a folder in YOLO layout: class names, splits, the labels that belong to photos.

Errors:
    DatasetError
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from datasets.unused import unused
from models.photo_files import looks_like_photo, photos_below

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
            file = folder / "classes.txt"
            return _each_once(file, [line.strip() for line in read_text(file).splitlines() if line.strip()])
    raise DatasetError(f"{directory / 'data.yaml'} is missing: a YOLO folder needs data.yaml with `names`")


def _names_of(file: Path) -> list[str]:
    names = _config(file).get("names")
    if isinstance(names, dict):
        if set(names) != set(map(str, range(len(names)))):
            raise DatasetError(f"{file}: the ids in `names` are not 0 to {len(names) - 1}: number them without gaps")
        names = [names[str(number)] for number in range(len(names))]
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name.strip() for name in names):
        raise DatasetError(f"{file} has no list `names` of class names")
    return _each_once(file, [name.strip() for name in names])


def _each_once(file: Path, names: list[str]) -> list[str]:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DatasetError(f"{file}: the class {twice[0]!r} stands there twice: give each class a name of its own")
    return names


def _config(file: Path) -> dict[str, Any]:
    """The file with every scalar as it is written: YAML would take a brand called `no` or `7.5` for something else."""
    if not file.is_file():
        return {}
    try:
        found = yaml.load(read_text(file), yaml.BaseLoader)
    except yaml.YAMLError as error:
        raise DatasetError(f"{file} is not valid YAML with `names`: {' '.join(str(error).split())}") from error
    return found if isinstance(found, dict) else {}


def _splits(directory: Path) -> dict[str, list[Path]]:
    """Split → its folders of photos and photos, as `data.yaml` says, else the sub-folders `SPLIT/images` and
    `images/SPLIT`. What `data.yaml` names and is not there stays in, for whoever asks for the split."""
    config = _config(directory / "data.yaml")
    bases = directory / str(config.get("path") or "."), directory
    found: dict[str, list[Path]] = {}
    for key in [key for key in _SPLIT_KEYS if config.get(key)]:
        given = config[key] if isinstance(config[key], list) else [config[key]]
        found[key] = [_place(str(one), bases) for one in given]
    beside = [(entry.name, entry / "images") for entry in _subfolders(directory)]
    for name, folder in [*beside, *((entry.name, entry) for entry in _subfolders(directory / "images"))]:
        key = name if name in found else _SAME.get(name, name)
        if folder.is_dir() and not any(place.exists() for place in found.get(key, [])):
            found.pop(key, None)
            found[name] = [folder]
    return found


def _place(given: str, bases: tuple[Path, ...]) -> Path:
    """Roboflow writes `../train/images` for the folder `train/images` beside its data.yaml."""
    inside = given
    while inside.startswith("../"):
        inside = inside[3:]
    tried = [Path(os.path.normpath(base / one)) for one in (inside, given) for base in bases]
    return next((place for place in tried if place.exists()), tried[0])


def _listed(file: Path, base: Path) -> list[Path]:
    """The photos that a list file names, one a line, from its own folder or from the data set's `path`."""
    found: dict[Path, int] = {}
    for number, line in enumerate(read_text(file).splitlines(), 1):
        if not line.strip():
            continue
        tried = [Path(os.path.normpath(start / line.strip())) for start in (file.parent, base)]
        photo = next((place for place in tried if place.is_file()), None)
        if photo is None:
            raise DatasetError(f"{file}:{number}: {line.strip()} is missing: restore it or remove the line")
        if photo in found:
            unused(f"{file}:{number} repeats line {found[photo]}: the photo counts once")
        found.setdefault(photo, number)
    return list(found)


def _subfolders(directory: Path) -> list[Path]:
    return sorted(entry for entry in directory.iterdir() if entry.is_dir()) if directory.is_dir() else []


def images_of(directory: Path, split: str | None) -> list[Path]:
    """The folders of photos, and photos, of a split; without a split `directory/images` and all splits beside it.

    Raises DatasetError when there is no such split, or what it names is missing.
    """
    if not directory.is_dir():
        raise DatasetError(f"{directory} is no folder: give one with images/, labels/ and data.yaml")
    read_names(directory)  # a wrong data.yaml explains a missing split
    splits, base = _splits(directory), directory / str(_config(directory / "data.yaml").get("path") or ".")
    if split is None:
        places = _all_places(directory, splits)
    else:
        name = split if split in splits else _SAME.get(split, split)
        if name not in splits:
            choice = f"choose one of {', '.join(sorted(splits))}" if splits else "there is none, leave --split out"
            raise DatasetError(f"{directory} has no split {split!r}: {choice}")
        places = splits[name]
    for place in places:
        if not place.exists() and splits:
            raise DatasetError(f"{place} is missing: data.yaml names it, restore it or name another place")
    each = (_listed(place, base) if place.is_file() and not looks_like_photo(place) else [place] for place in places)
    return list(dict.fromkeys(found for some in each for found in some))


def _all_places(directory: Path, splits: Mapping[str, list[Path]]) -> list[Path]:
    images = directory / "images"
    for name, places in splits.items():
        for place in places:
            if not place.exists():
                unused(f"{directory / 'data.yaml'} names {place} for {name}, which is not there")
    there = [place for places in splits.values() for place in places if place.exists()]
    if (images.is_dir() and photos_below(images)) or not there:
        return [images, *(place for place in there if not place.is_relative_to(images))]
    return there


def labels_folder(directory: Path, images: Path, labels: str = "labels") -> Path:
    """The folder `labels` parallel to `images`: the last part of that name replaced; beside the photos without one."""
    above = len(directory.parts) if images.is_relative_to(directory) else 0
    places = [place for place, part in enumerate(images.parts) if part == "images" and place >= above]
    if not places:
        return images
    return Path(*images.parts[: places[-1]], labels, *images.parts[places[-1] + 1 :])


def read_text(file: Path) -> str:
    """UTF-8 text. Raises DatasetError."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{file} is no text that can be read ({error}): restore or remove it") from error
