"""What is read from the demo's photos against their exact truth: counts whose interval leaves the truth out."""

import json
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from datasets.render import DEMO_SKUS
from pipeline.interval import OPEN
from pipeline.vocabulary import SKU_PREFIX, path_text

DEMO = Path(__file__).resolve().parents[1] / "datasets" / "demo"
ZERO = {"low": 0, "best": 0, "high": 0}


@cache
def truths() -> tuple[dict[str, Any], ...]:
    """The truth of each photo of the demo, in their order: `photo`, `task`, `intent`, `products`, `coolers`."""
    return tuple(json.loads((DEMO / "truth.json").read_text(encoding="utf-8")))


def differences(truth: Mapping[str, Any], facts: Mapping[str, Any]) -> list[str]:
    """A text for each count of a photo whose interval does not hold the truth, such as '5–7 fronts, 8 stand there'.
    facts: by path."""
    standing = Counter(product["sku"] for product in truth["products"])
    own, others = (sum(standing[sku.code] for sku in DEMO_SKUS if sku.own is mine) for mine in (True, False))
    compared = [
        ("fronts", facts["facings.total"], standing.total()),
        ("own fronts", facts["facings.own"], own),
        ("competitors' fronts", facts["facings.competitor"], others),
        ("new fronts", facts["facings.new"], sum(standing[sku.code] for sku in DEMO_SKUS if sku.is_new)),
        ("coolers", facts["cooler.count"], len(truth["coolers"])),
        *((f"× {sku.code}", facts.get(path_of(sku.code), ZERO), standing[sku.code]) for sku in DEMO_SKUS),
    ]
    return [
        f"{_interval(fact)} {what}, {true} stand there"
        for what, fact, true in compared
        if not fact["low"] <= true <= fact["high"]
    ]


def path_of(code: str) -> str:
    """The path of the count of a SKU's fronts."""
    return path_text((*SKU_PREFIX, code))


def _interval(fact: Mapping[str, float]) -> str:
    low, high = f"{fact['low']:.0f}", f"{fact['high']:.0f}" if fact["high"] < OPEN else "∞"
    return low if low == high else f"{low}–{high}"
