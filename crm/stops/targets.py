"""What a stop concerns; pure. On the safe side: what may be concerned is."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, get_args

Kind = Literal["task", "sku", "model", "brand"]
KINDS: tuple[Kind, ...] = get_args(Kind)
PARTS = ("detector", "general", "embedder", "gallery", "engine")
"""What a reading records the versions of, see pipeline.read.PhotoReading.models."""

_MODEL = re.compile(rf"({'|'.join(PARTS)}):\S(.{{0,98}}\S)?")
_BUILT = re.compile(r"(.+)\+([0-9]+)(?:\.([0-9]+))?")  # a gallery with enrolments, and the last change of trials


def is_model(target: str) -> bool:
    """Whether this names a model version: 'detector:3', 'gallery:demo-4+2', 'engine:openvino 2026.4.1'."""
    return _MODEL.fullmatch(target) is not None


def model_names(models: Mapping[str, Any]) -> Iterator[str]:
    """The versions of a reading, or of a decision, where several readings may differ, as stops name them."""
    for part, versions in models.items():
        for version in versions if isinstance(versions, list) else [versions]:
            yield f"{part}:{version}"


def concerns(
    kind: str, target: str, task_id: str, rules: Mapping[str, Any], readings: Iterable[Mapping[str, Any]]
) -> bool:
    """Whether a stop of this kind and target, within the brand, concerns a display. `rules`: TaskRules.as_dict() of its
    version; `readings`: PhotoReading.as_dict() of its photos, empty for one that could not be read.

    A SKU: where the rules name it, and where at least one front may be it, whatever the rules read: there it counts, or
    is missing, in sums, shares and in other SKUs. A gallery: also those that were built on it by enrolments. An engine
    without its release: each release.
    """
    if kind == "brand":
        return True
    if kind == "task":
        return target == task_id
    if kind == "sku":
        return _is_named(target, rules) or any(_may_be_there(target, reading) for reading in readings)
    return any(_is_version(target, name) for reading in readings for name in model_names(reading.get("models", {})))


def _is_named(code: str, value: Any) -> bool:
    """Whether any text within the rules holds the code in quotes, as a path writes it; a label may, too."""
    if isinstance(value, str):
        return f'"{code}"' in value or f"'{code}'" in value
    if isinstance(value, Mapping):
        return any(_is_named(code, each) for each in value.values())
    return isinstance(value, list | tuple) and any(_is_named(code, each) for each in value)


def _may_be_there(code: str, reading: Mapping[str, Any]) -> bool:
    fronts = reading.get("facts", {}).get("facings", {}).get("sku", {}).get(code)
    return fronts is not None and fronts["high"] > 0


def _is_version(target: str, name: str) -> bool:
    """The version itself; of an engine named without its release, each release; of a gallery BASE or BASE+N also each
    BASE+M with M ≥ N, which holds all that it held, whatever trials have opened since (BASE+M.T)."""
    if target == name or (target.startswith("engine:") and name.startswith(f"{target} ")):
        return True
    base, number = _numbered(target)
    other_base, other_number = _numbered(name)
    return target.startswith("gallery:") and base == other_base and number <= other_number


def _numbered(gallery: str) -> tuple[str, tuple[int, ...]]:
    match = _BUILT.fullmatch(gallery)
    return (match[1], (int(match[2]), int(match[3] or 0))) if match else (gallery, (0, 0))
