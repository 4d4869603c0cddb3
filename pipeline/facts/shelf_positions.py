"""Fronts by the row that they stand on: of each row, of the rows down to it, and at eye level."""

from typing import Any

import numpy as np

from pipeline.facts.certainty import Certainty, Codes
from pipeline.facts.layout import Rows
from pipeline.thresholds import EYE_LEVEL_FEW, EYE_LEVEL_FIRST
from pipeline.vocabulary import ROWS_MAX, UNLISTED

NAMES = (*(f"row{number}" for number in range(1, ROWS_MAX + 1)), *(f"top{number}" for number in range(2, ROWS_MAX + 1)))
_FIRST = np.array([*range(1, ROWS_MAX + 1), *[1] * (ROWS_MAX - 1)])[:, None]
_LAST = np.array([*range(1, ROWS_MAX + 1), *range(2, ROWS_MAX + 1)])[:, None]


def by_shelf_position(rows: Rows, there: Certainty, own: Certainty, new: Certainty, codes: Codes) -> dict[str, Any]:
    """Of each shelf position: `total`, `own`, `new` and, under `sku`, each code that may be there; none is `unlisted`.

    A front that may stand on either of two rows is on neither surely, and maybe on both.
    """
    positions, eye = rows.between(_FIRST, _LAST), _eye_level(rows)
    here = [
        np.vstack([on & seen, eyes & seen]).astype(np.int64)
        for on, eyes, seen in zip(positions.levels, eye.levels, there.levels, strict=True)
    ]
    parts = {"total": there, "own": own, "new": new}
    weights = [np.column_stack(levels) for levels in zip(*(part.levels for part in parts.values()), strict=True)]
    low, best, high = (level @ weight for level, weight in zip(here, weights, strict=True))
    found: dict[str, Any] = {}
    for number, name in enumerate((*NAMES, "eye_level")):
        bounds = zip(low[number].tolist(), best[number].tolist(), high[number].tolist(), strict=True)
        found[name] = {part: _leaf(*leaf) for part, leaf in zip(parts, bounds, strict=True)} | {
            UNLISTED: _leaf(0, 0, 0)
        }
    low, best, high = codes.totals(here)
    for number, name in enumerate(found):
        may = np.flatnonzero(high[number])
        found[name]["sku"] = {
            codes.seen[code]: _leaf(int(low[number, code]), int(best[number, code]), int(high[number, code]))
            for code in may
        }
    return found


def _eye_level(rows: Rows) -> Certainty:
    """Whether each front stands at eye level; where the number of rows is open, so may be which ones are."""
    least, likely, most = (
        rows.between(first, first + 1)
        for first in (
            1 if count <= EYE_LEVEL_FEW else EYE_LEVEL_FIRST
            for count in (rows.count.low, rows.count.best, rows.count.high)
        )
    )
    sure, maybe = least.sure & likely.sure & most.sure, least.maybe | likely.maybe | most.maybe
    return Certainty(sure, likely.best, maybe)


def _leaf(low: int, best: int, high: int) -> dict[str, int]:
    return {"low": low, "best": best, "high": high}  # in order by how the levels follow from one another
