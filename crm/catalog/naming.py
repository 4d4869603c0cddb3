"""What a product is called where others of its brand are listed with it; pure."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

PACKS_ZH = {"can": "罐装", "bottle": "瓶装", "carton": "纸盒装", "box": "盒装", "pouch": "袋装"}
"""Packs by the words that catalogues have for them; another is told as it was entered."""


@dataclass(frozen=True)
class Named:
    """A product's code, its names in English and Chinese, and its pack, '' where that is not known."""

    code: str
    en: str
    zh: str
    pack: str


def told_apart(products: Collection[Named]) -> dict[str, dict[str, str]]:
    """The names by code, `en` and `zh`, no two of them alike: those that share one have their pack behind it, and their
    code where that is missing or shared too."""
    packs = {each.code: (each.pack, PACKS_ZH.get(each.pack, each.pack)) for each in products}
    english = _distinct({each.code: (each.en, packs[each.code][0]) for each in products}, " ({})", ", ")
    chinese = _distinct({each.code: (each.zh, packs[each.code][1]) for each in products}, "（{}）", "，")
    return {code: {"en": english[code], "zh": chinese[code]} for code in english}


def _distinct(names: dict[str, tuple[str, str]], form: str, comma: str) -> dict[str, str]:
    of_name, of_pack = Counter(name for name, _ in names.values()), Counter(names.values())
    made = {}
    for code, (name, pack) in names.items():
        more = [] if of_name[name] == 1 else [pack] if pack and of_pack[name, pack] == 1 else [pack, code]
        made[code] = name + (form.format(comma.join(filter(None, more))) if more else "")
    return made
