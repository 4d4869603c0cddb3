"""What a newly enrolled SKU would pay for its sisters, and what its trial makes of that, on the field photos.

Commands: `python -m training.trial` (needs the field photos; about four minutes on two cores, of which reading them
once is one) and `python -m training.trial looks`, how often a trial opens by its true share of wrong displays, exact.
Of each SKU that has sisters, which are the other SKUs of its brand, five references of the train split are enrolled
into the shipped gallery without its brand; the displays are those of select, calibration and test, read by the code
that serves. Ticks come from the mended labels, which leave some fronts out.
"""

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from datasets.crops import field_crops
from models.embedder import Embedder
from models.gallery import Gallery
from models.manifest import WEIGHTS
from pipeline.doubts import doubt_names
from pipeline.facts import FactContext
from pipeline.flags import of_whole_photo
from pipeline.looks import SISTERS_MIN, WRONG_AT_LOOKS, Confirmed, count, needed
from pipeline.recognise import countable, named
from pipeline.thresholds import COUNTING
from training.configs import require_data
from training.enrolment import drawn
from training.gallery import embedder_of
from training.judged import paired
from training.risk.binomial import interval
from training.risk.displays import FIELD, Truth, field
from training.risk.reading import FLOOR, Reader, Seen
from training.risk.settings import SHIPPED

REFERENCES, DRAWS = 5, 3
FRONTS = 3  # the task: at least so many fronts of the SKU
TRIALS = 200  # simulated of each enrolment, from its displays with replacement
MODES = ("sisters unknown", "sisters enrolled too")
SHARES = (0.0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1)  # truly wrong, of displays that would be paid
LOOKS = tuple(needed(wrong) for wrong in WRONG_AT_LOOKS)


@dataclass(frozen=True)
class Paid:
    """A display that would be paid on the SKU's names. wrong: fewer fronts of it are labelled; ticked: of the fronts
    that are surely named, so many are labelled as it. sister: another SKU of its brand is labelled."""

    wrong: bool
    ticked: int
    sister: bool

    @property
    def confirmed(self) -> Confirmed:
        """What a reviewer would tick by the labels."""
        return Confirmed(self.ticked < FRONTS, self.sister)


@dataclass(frozen=True)
class Enrolled:
    """What one enrolment does: `paid` displays if its names were believed, `on_trial` those paid while on trial, and of
    the fronts surely named so many `right` and `judged`, which have a label."""

    code: str
    paid: tuple[Paid, ...]
    on_trial: int
    right: int
    judged: int


def brands(root: Path) -> dict[str, str]:
    """Code → brand on the label."""
    with (root / "drinks_pepsico_vn" / "catalog.csv").open(newline="") as stream:
        return {row["code"]: row["brand"] for row in csv.DictReader(stream) if row["brand"]}


def read(root: Path) -> list[tuple[Seen, Truth]]:
    """What was read of each display, and what is true."""
    reader, displays = Reader(), field(root, *FIELD["held out"], *FIELD["test"])
    reader.read(displays)
    return [(reader.seen(display), display.truth()) for display in displays]


def enrolments(root: Path, seen: list[tuple[Seen, Truth]], mode: str) -> Iterator[Enrolled]:
    """DRAWS enrolments of each SKU with sisters and references of five photos."""
    shipped, embedder, of = Gallery.load(WEIGHTS / "gallery-pepsico_vn.npz"), embedder_of(), brands(root)
    crops, codes, photos = field_crops(root, ["train"], margin=0.0, mended=True)
    for code in shipped.codes:
        family = [each for each in shipped.codes if of[each] == of[code]]
        sources = {photo for photo, each in zip(photos, codes, strict=True) if each == code}
        if len(family) == 1 or len(sources) < REFERENCES:
            continue
        for draw in range(DRAWS):
            rng = np.random.default_rng([draw, shipped.codes.index(code)])
            wanted = [code] if mode == MODES[0] else family
            vectors = {each: _prototype(embedder, rng, each, crops, codes, photos) for each in wanted}
            yield _judge(code, shipped.without(family), vectors, {*family} - {code}, seen)


def _prototype(
    embedder: Embedder, rng: np.random.Generator, code: str, crops: Sequence[Any], codes: list[str], photos: list[str]
) -> Any:
    fronts = [place for place, each in enumerate(codes) if each == code]
    return embedder.prototype([crops[place] for place in drawn(rng, fronts, photos, REFERENCES)])


def _judge(
    code: str, rest: Gallery, vectors: dict[str, Any], sisters: set[str], seen: list[tuple[Seen, Truth]]
) -> Enrolled:
    believed, trial = rest.enroll(vectors, proven=vectors), rest.enroll(vectors)
    paid, on_trial, right, judged = [], 0, 0, 0
    for each, truth in seen:
        sure = _surely(code, each, believed)
        taken = paired(truth.boxes, each.detections.boxes[sure])
        ticked = sum(place >= 0 and truth.codes[place] == code for place in taken)
        right, judged = right + ticked, judged + int((taken >= 0).sum())
        if len(sure) < FRONTS or of_whole_photo(each.flags):
            continue
        context = FactContext(believed.own)
        low = [SHIPPED.facts(each, gallery, context)["facings"]["sku"][code]["low"] for gallery in (believed, trial)]
        assert low[0] == len(sure)
        on_trial += low[1] >= FRONTS
        paid.append(Paid(truth.codes.count(code) < FRONTS, ticked, bool(sisters & set(truth.codes))))
    return Enrolled(code, tuple(paid), on_trial, right, judged)


def _surely(code: str, seen: Seen, gallery: Gallery) -> Any:
    """Places of the fronts that surely are there and surely are the SKU."""
    found = seen.detections
    embedded, chosen = countable(found, FLOOR), countable(found, COUNTING.maybe)
    names = named(found, chosen, seen.embeddings[np.isin(embedded, chosen)], gallery)
    candidates = doubt_names(names, seen.doubts.glared, gallery.codes).candidates
    return np.array([p for p in chosen.tolist() if candidates[p] == {code} and found.scores[p] >= COUNTING.sure], int)


def simulated(enrolled: Enrolled, rng: np.random.Generator) -> dict[str, int]:
    """Of TRIALS trials, how many are open at each look for the first time; `never` the others."""
    opened = dict.fromkeys([*map(str, LOOKS), "never"], 0)
    for _ in range(TRIALS):
        places = rng.integers(0, len(enrolled.paid), LOOKS[-1])
        displays = [enrolled.paid[place].confirmed for place in places.tolist()]
        first = next((look for look in LOOKS if count(displays[:look]).is_open), None)
        opened["never" if first is None else str(first)] += 1
    return opened


def told(found: Sequence[Enrolled]) -> dict[str, Any]:
    """Figures of all enrolments together, of each SKU, and of simulated trials by how often an enrolment is wrong."""
    paid = [each for one in found for each in one.paid]
    wrong = sum(each.wrong for each in paid)
    low, high = interval(wrong, len(paid))
    right, judged = sum(one.right for one in found), sum(one.judged for one in found)
    by_sku = {}
    for code in dict.fromkeys(one.code for one in found):
        of = [one for one in found if one.code == code]
        by_sku[code] = {
            "precision": round(sum(o.right for o in of) / max(1, sum(o.judged for o in of)), 2),
            "wrong of paid": [f"{sum(e.wrong for e in o.paid)} of {len(o.paid)}" for o in of],
        }
    return {
        "enrolments": len(found),
        "precision of sure names": f"{right} of {judged}: {right / max(1, judged):.2f}",
        "before: wrong of displays paid by itself": f"{wrong} of {len(paid)} ({low:.2f} to {high:.2f})",
        "after: paid by itself": sum(one.on_trial for one in found),
        "with a sister": sum(each.sister for each in paid),
        "trials": _trials(found),
        "skus": by_sku,
    }


def _trials(found: Sequence[Enrolled]) -> dict[str, Any]:
    rng, groups = np.random.default_rng(0), dict[str, list[dict[str, int]]]()
    for one in found:
        if not one.paid:
            continue
        share = sum(bool(each.confirmed.wrong) for each in one.paid) / len(one.paid)
        few = sum(each.sister for each in one.paid) / len(one.paid) < SISTERS_MIN / LOOKS[-1]
        kind = "5 % wrong or fewer" if share <= 0.05 else "more than 5 % wrong"
        groups.setdefault(kind + (", few sisters" if few else ""), []).append(simulated(one, rng))
    return {
        kind: {"enrolments": len(all_of), **{look: sum(each[look] for each in all_of) for look in all_of[0]}}
        for kind, all_of in sorted(groups.items())
    }


def opening(share: float) -> list[float]:
    """Probability that a trial opens first at each of LOOKS, if this share of the displays is wrong, each by itself and
    all with a sister."""
    closed, found, number = {0: 1.0}, [], 0  # probability of each number of wrong ones, of trials not yet open
    for look, allowed in zip(LOOKS, WRONG_AT_LOOKS, strict=True):
        for _ in range(number, look):
            longer = dict.fromkeys(range(max(closed) + 2), 0.0)
            for wrong, probability in closed.items():
                longer[wrong] += probability * (1 - share)
                longer[wrong + 1] += probability * share
            closed = longer
        number = look
        found.append(sum(probability for wrong, probability in closed.items() if wrong <= allowed))
        closed = {wrong: probability for wrong, probability in closed.items() if wrong > allowed}
    return found


def main() -> None:
    """Prints all figures as JSON."""
    if sys.argv[1:] == ["looks"]:
        print(json.dumps({share: [round(each, 4) for each in opening(share)] for share in SHARES}, indent=1))
        return
    root = require_data()
    seen = read(root)
    report = {mode: told(list(enrolments(root, seen, mode))) for mode in MODES}
    print(json.dumps({"displays": len(seen), **report}, indent=1))


if __name__ == "__main__":
    main()
