"""A new SKU from a few reference pictures: its prototype for the gallery, and what is doubtful about it.

Errors:
    ReferencesError
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from models import leave_one_out
from models.embedder import mean_vector
from models.load import Networks
from models.network_runner import FloatArray
from pipeline.enrol.references import Box, Reference, again, take_reference
from pipeline.intake.perceptual_hash import hamming
from pipeline.intake.photo_error import PhotoError
from pipeline.thresholds import REFERENCE_COPY_BITS, REFERENCES_MAX, REFERENCES_MIN

Warning_ = dict[str, Any]

# {which}: numbers of the pictures, from 1; {other}: the SKU that they may be confused with.
WARNINGS = {
    "duplicate": (
        "Pictures {which} show the same shot as an earlier one and are not counted: take another shot instead.",
        "第 {which} 张与前面的参考图是同一张照片，不计入：请另拍一张。",
    ),
    "small": (
        "Pictures {which} show the product with few pixels: go nearer.",
        "第 {which} 张中产品像素太少：请靠近拍摄。",
    ),
    "blurred": (
        "Pictures {which} are blurred: hold still and take them again.",
        "第 {which} 张模糊：请拿稳后重拍。",
    ),
    "several_fronts": (
        "Pictures {which} show several products alike in size; the one in the middle was taken: send a crop if it is "
        "another.",
        "第 {which} 张中有多个大小相近的产品，已取居中者：如不是请上传裁剪图。",
    ),
    "named_otherwise": (
        "Pictures {which}, held against the others, would be named {other}: check that they show this SKU, or give "
        "sharper ones.",
        "第 {which} 张若未录入，会被识别为 {other}：请核对是否为本 SKU，或换更清晰的图。",
    ),
    "close": (
        "Pictures {which} are nearly as like {other}: fronts of the two will often go to a person.",
        "第 {which} 张与 {other} 十分相似：两者的排面常需人工复核。",
    ),
    "unlike": (
        "Pictures {which} are unlike the others and would not be recognised: check that they show this SKU.",
        "第 {which} 张与其余参考图差异大，不会被识别：请核对是否为本 SKU。",
    ),
    "no_sister": (
        "No other SKU of the brand {other} is in the gallery: sisters in the same trade dress would be taken for this "
        "one. Enrol them too.",
        "识别库中没有 {other} 品牌的其他单品：同款包装的姊妹单品会被误认为本品，请一并录入。",
    ),
    "brand_missing": (
        "The brand on the label was not told, so nobody knows which SKUs are its sisters: give it, and enrol them too.",
        "未填写包装上的品牌，无法得知哪些是姊妹单品：请填写品牌，并录入姊妹单品。",
    ),
}


PictureFault = tuple[int, str, str, str]


class ReferencesError(ValueError):
    """The references cannot be used. `faults`: per bad picture its number from 1, a stable code of
    PhotoError, and one line that says what to do in English and in Chinese; empty where their number is wrong."""

    def __init__(self, en: str, zh: str, faults: Sequence[PictureFault] = ()) -> None:
        super().__init__(en)
        self.en, self.zh, self.faults = en, zh, tuple(faults)


def picture_fault(number: int, error: PhotoError) -> PictureFault:
    """What is wrong with the picture `number`, from 1."""
    return number, error.code, f"picture {number}: {error.en}", f"第 {number} 张：{error.zh}"


@dataclass(frozen=True)
class Enrolment:
    """What enrolling makes of the references of one SKU.

    embedding: float32 (d,) of length 1, made by the version `embedder` of the embedder.
    references: one per picture, in their order. counted: numbers, from 0, of those that are no copy of another.
    warnings: `code`, `pictures` (numbers from 1), `other` (a SKU's code or ''), and the text as `en` and `zh`.
    known: the codes that the gallery had before.
    """

    embedding: FloatArray
    embedder: str
    references: tuple[Reference, ...]
    counted: tuple[int, ...]
    warnings: tuple[Warning_, ...]
    known: frozenset[str] = frozenset()


def examine(code: str, pictures: Sequence[bytes], networks: Networks) -> Enrolment:
    """Makes the prototype of SKU `code` from REFERENCES_MIN to REFERENCES_MAX pictures, copies not counted, and has
    each tell whether it would be named right by the others. Nothing is changed. Raises ReferencesError."""
    if len(pictures) > REFERENCES_MAX:
        raise _wrong_number(len(pictures))
    references, faults = [], []
    for number, data in enumerate(pictures, start=1):
        try:
            references.append(take_reference(data, networks.detector))
        except PhotoError as error:
            faults.append(picture_fault(number, error))
    if faults:
        raise ReferencesError(
            f"{len(faults)} of {len(pictures)} pictures cannot be used: {faults[0][2]}",
            f"{len(pictures)} 张参考图中有 {len(faults)} 张不能使用：{faults[0][3]}",
            faults,
        )
    used = [number for number in range(len(references)) if not _is_copy(references, number)]
    if len(used) < REFERENCES_MIN:
        raise _wrong_number(len(pictures), len(used))
    views = networks.embedder.views([references[number].image for number in used])
    warnings = _about_pictures(references, used)
    warnings += _about_confusion(used, leave_one_out.doubts(networks.gallery, code, views))
    version = networks.embedder.manifest.version
    known = frozenset(networks.gallery.codes)
    return Enrolment(mean_vector(views), version, tuple(references), tuple(used), tuple(warnings), known)


def _wrong_number(given: int, differing: int | None = None) -> ReferencesError:
    en, zh = f"{given} reference pictures", f"参考图 {given} 张"
    if differing not in (None, given):
        en, zh = f"{en}, of which {differing} differ", f"{zh}，其中不同的仅 {differing} 张"
    return ReferencesError(
        f"{en}: give {REFERENCES_MIN} to {REFERENCES_MAX} different shots",
        f"{zh}：请提供 {REFERENCES_MIN} 至 {REFERENCES_MAX} 张不同的照片",
    )


def about_sisters(examined: Enrolment, brand: str, sisters: Collection[str]) -> list[Warning_]:
    """A warning where the gallery has none of the other SKUs with the same brand on their labels; brand: '' where it is
    not told."""
    if not brand:
        return [_warning("brand_missing", ())]
    return [] if examined.known & set(sisters) else [_warning("no_sister", (), other=brand)]


def _is_copy(references: Sequence[Reference], number: int) -> bool:
    mine = references[number].perceptual_hash
    return any(hamming(mine, each.perceptual_hash) <= REFERENCE_COPY_BITS for each in references[:number])


def _about_pictures(references: Sequence[Reference], used: Sequence[int]) -> list[Warning_]:
    about = {
        "duplicate": [number for number in range(len(references)) if number not in used],
        "small": [number for number in used if references[number].is_small],
        "blurred": [number for number in used if references[number].is_blurred],
        "several_fronts": [number for number in used if references[number].several_fronts],
    }
    warnings = [_warning(code, numbers) for code, numbers in about.items() if numbers]
    return warnings


def _about_confusion(used: Sequence[int], doubts: Sequence[leave_one_out.Doubt]) -> list[Warning_]:
    """One warning per kind and other SKU."""
    groups: dict[tuple[str, str], list[int]] = {}
    for doubt in doubts:
        groups.setdefault((doubt.kind, doubt.other), []).append(used[doubt.reference])
    return [_warning(kind, numbers, other=other) for (kind, other), numbers in groups.items()]


def _warning(code: str, numbers: Sequence[int], other: str = "") -> Warning_:
    pictures = [number + 1 for number in numbers]
    which = ", ".join(map(str, pictures))
    en, zh = (text.format(which=which, other=other) for text in WARNINGS[code])
    return {"code": code, "pictures": pictures, "other": other, "en": en, "zh": zh}


def prototype(pictures: Sequence[tuple[bytes, Box]], networks: Networks) -> FloatArray:
    """The embedding of an earlier enrolment, made anew from its counted pictures and their boxes by the embedder that
    serves now. float32 (d,). A picture that is refused by now is left out; PhotoError where none is left."""
    fronts, refused = [], None
    for data, box in pictures:
        try:
            fronts.append(again(data, box))
        except PhotoError as error:
            refused = error
    if refused is not None and not fronts:
        raise refused
    return networks.embedder.prototype(fronts)


__all__ = ["WARNINGS", "Enrolment", "ReferencesError", "about_sisters", "examine", "prototype"]
