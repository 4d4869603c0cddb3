"""What a newly enrolled SKU would pay for its sisters, and what its trial makes of that, on rendered and field photos.

Commands: `python -m training.trial` (needs the field photos; a quarter of an hour on two busy cores, of which four
minutes read them once) and `python -m training.trial stages`, how often a trial opens by its true share of wrong
displays, exact. Of each SKU that has sisters, which are the other SKUs of its brand, five references are enrolled into
the shipped gallery without its brand; displays are photos that gave no reference, read by the code that serves. Ticks
come from the labels; those of field photos leave some fronts out.
"""

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from datasets.crops import cut, field_crops, read_image
from datasets.render import DEMO_SKUS, render_reference
from datasets.splits import require_data
from datasets.yolo import read_names, read_split
from models.embedder import Embedder
from models.gallery import Gallery
from models.manifest import WEIGHTS
from pipeline.enrol.acceptance import ACCEPTANCE_NUMBERS, SISTERS_MIN, Confirmed, count, sample_size
from pipeline.facts.make import FactContext
from pipeline.flags import of_whole_photo
from pipeline.seeing.fronts import countable
from pipeline.seeing.recognise import doubt_names, named
from pipeline.thresholds import COUNTING
from training.enrolment import drawn
from training.gallery import embedder_of
from training.prediction import paired
from training.risk.binomial import interval
from training.risk.displays import FIELD, Truth, field, rendered
from training.risk.reading import FLOOR, Reader, Seen
from training.risk.settings import SHIPPED

SNACKS = "iran_snacks_tabletop"
RENDERED = 90  # displays of the pilot set
VIEWS, REFERENCE_SEED, REFERENCE_SIZE = 8, 80_000, 160  # of each made-up SKU; pixels
REFERENCES, DRAWS = 5, 3
FRONTS = 3  # the task: at least so many fronts of the SKU
TRIALS = 200  # simulated of each enrolment, from its displays with replacement
MODES = ("sisters unknown", "sisters enrolled too")
SHARES = (0.0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1)  # truly wrong, of displays that would be paid
STAGES = tuple(sample_size(wrong) for wrong in ACCEPTANCE_NUMBERS)


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
    the fronts surely named so many `right` and `labelled`, which have a label."""

    code: str
    paid: tuple[Paid, ...]
    on_trial: int
    right: int
    labelled: int


@dataclass(frozen=True)
class Goods:
    """Displays that were read, with their truth; crops, codes and photos of the references; the gallery to which SKUs
    are added, and the brand on each SKU's label."""

    seen: list[tuple[Seen, Truth]]
    crops: Sequence[Any]
    codes: Sequence[str]
    photos: Sequence[str]
    gallery: Gallery
    brand: dict[str, str]


def snack_names(root: Path, gallery: Gallery) -> dict[str, Any]:
    """Snack bags in several trade dresses, which trained nothing: the labelled boxes of frames of three videos, since
    the detector finds no bag that lies on a table. References come from the first video, the names are those of the
    other two; a display would be paid for at least one front."""
    names, embedder, photos = read_names(root / SNACKS), embedder_of(), read_split(root / SNACKS)
    crops, codes, stems = list[Any](), list[str](), list[str]()
    for photo in photos:
        image = read_image(photo.path)
        crops += [cut(image, box) for box in photo.boxes * np.tile([image.shape[1], image.shape[0]], 2)]
        codes += [names[label] for label in photo.classes]
        stems += [photo.stem] * len(photo.boxes)
    vectors, video = embedder.embed(crops), [stem.rpartition("_mp4")[0] for stem in stems]
    found = dict.fromkeys(("right", "sure", "wrong", "paid"), 0)
    for number, code in enumerate(names):
        sources = [place for place, each in enumerate(codes) if each == code and video[place] == min(video)]
        sisters = [each for each in names if each != code and each.split()[0] == code.split()[0]]
        if not sisters or len({stems[place] for place in sources}) < REFERENCES:
            continue
        for draw in range(DRAWS):
            chosen = drawn(np.random.default_rng([draw, number]), sources, stems, REFERENCES)
            believed = gallery.enroll({code: embedder.prototype([crops[place] for place in chosen])}, proven=[code])
            for stem in sorted({each for each, of in zip(stems, video, strict=True) if of != min(video)}):
                here = [place for place, each in enumerate(stems) if each == stem]
                candidates = believed.match(vectors[here]).candidates
                sure = [place for place, may in zip(here, candidates, strict=True) if may == {code}]
                found["right"] += sum(codes[place] == code for place in sure)
                found["sure"] += len(sure)
                found["paid"] += bool(sure)
                found["wrong"] += bool(sure) and code not in [codes[place] for place in here]
    return found


def made_up(root: Path, reader: Reader) -> Goods:
    """The demo's made-up brands, which did not train the embedder: rendered displays with complete truth, and rendered
    references. One brand has eight SKUs in one trade dress."""
    displays = rendered("pilot", RENDERED)
    reader.read(displays)
    pictures = [(sku.code, view) for sku in DEMO_SKUS for view in range(VIEWS)]
    skus = {sku.code: sku for sku in DEMO_SKUS}
    crops = [render_reference(skus[code], REFERENCE_SEED + view, REFERENCE_SIZE) for code, view in pictures]
    return Goods(
        [(reader.seen(each), each.truth()) for each in displays],
        crops,
        [code for code, _ in pictures],
        [f"{code} {view}" for code, view in pictures],
        Gallery.load(WEIGHTS / "gallery-demo.npz"),
        {sku.code: sku.brand for sku in DEMO_SKUS},
    )


def drinks(root: Path, reader: Reader) -> Goods:
    """The field photos, whose SKUs all trained the embedder. References are of train, displays of the other splits."""
    displays = field(root, *FIELD["held out"], *FIELD["test"])
    reader.read(displays)
    with (root / "drinks_pepsico_vn" / "catalog.csv").open(newline="") as stream:
        brand = {row["code"]: row["brand"] for row in csv.DictReader(stream) if row["brand"]}
    references = field_crops(root, ["train"], margin=0.0, mended=True)
    gallery = Gallery.load(WEIGHTS / "gallery-pepsico_vn.npz")
    return Goods([(reader.seen(each), each.truth()) for each in displays], *references, gallery, brand)


def enrolments(goods: Goods, mode: str) -> Iterator[Enrolled]:
    """DRAWS enrolments of each SKU with sisters and references of five photos, into the gallery without its brand."""
    embedder = embedder_of()
    for number, code in enumerate(goods.brand):
        family = [each for each in goods.brand if goods.brand[each] == goods.brand[code]]
        sources = {photo for photo, each in zip(goods.photos, goods.codes, strict=True) if each == code}
        if len(family) == 1 or len(sources) < REFERENCES:
            continue
        for draw in range(DRAWS):
            rng = np.random.default_rng([draw, number])
            wanted = [code] if mode == MODES[0] else [each for each in family if each in goods.codes]
            vectors = {each: _prototype(embedder, rng, each, goods) for each in wanted}
            yield _tried(code, goods.gallery.without(family), vectors, {*family} - {code}, goods.seen)


def _prototype(embedder: Embedder, rng: np.random.Generator, code: str, goods: Goods) -> Any:
    fronts = [place for place, each in enumerate(goods.codes) if each == code]
    return embedder.prototype([goods.crops[place] for place in drawn(rng, fronts, goods.photos, REFERENCES)])


def _tried(
    code: str, rest: Gallery, vectors: dict[str, Any], sisters: set[str], seen: list[tuple[Seen, Truth]]
) -> Enrolled:
    believed, trial = rest.enroll(vectors, proven=vectors), rest.enroll(vectors)
    paid, on_trial, right, labelled = [], 0, 0, 0
    for each, truth in seen:
        sure = _surely(code, each, believed)
        taken = paired(truth.boxes, each.detections.boxes[sure])
        ticked = sum(place >= 0 and truth.codes[place] == code for place in taken)
        right, labelled = right + ticked, labelled + int((taken >= 0).sum())
        if len(sure) < FRONTS or of_whole_photo(each.flags):
            continue
        context = FactContext(believed.own)
        low = [SHIPPED.facts(each, gallery, context)["facings"]["sku"][code]["low"] for gallery in (believed, trial)]
        assert low[0] == len(sure)
        on_trial += low[1] >= FRONTS
        paid.append(Paid(truth.codes.count(code) < FRONTS, ticked, bool(sisters & set(truth.codes))))
    return Enrolled(code, tuple(paid), on_trial, right, labelled)


def _surely(code: str, seen: Seen, gallery: Gallery) -> Any:
    """Places of the fronts that surely are there and surely are the SKU."""
    found = seen.detections
    embedded, chosen = countable(found, FLOOR), countable(found, COUNTING.maybe)
    names = named(found, chosen, seen.embeddings[np.isin(embedded, chosen)], gallery)
    candidates = doubt_names(names, seen.doubts.glared, gallery.codes).candidates
    return np.array([p for p in chosen.tolist() if candidates[p] == {code} and found.scores[p] >= COUNTING.sure], int)


def simulated(enrolled: Enrolled, rng: np.random.Generator) -> dict[str, int]:
    """Of TRIALS trials, how many are open at each stage for the first time; `never` the others."""
    opened = dict.fromkeys([*map(str, STAGES), "never"], 0)
    for _ in range(TRIALS):
        places = rng.integers(0, len(enrolled.paid), STAGES[-1])
        displays = [enrolled.paid[place].confirmed for place in places.tolist()]
        first = next((stage for stage in STAGES if count(displays[:stage]).is_open), None)
        opened["never" if first is None else str(first)] += 1
    return opened


def told(found: Sequence[Enrolled]) -> dict[str, Any]:
    """Figures of all enrolments together, of each SKU, and of simulated trials by how often an enrolment is wrong."""
    paid = [each for one in found for each in one.paid]
    wrong = sum(each.wrong for each in paid)
    low, high = interval(wrong, len(paid))
    right, labelled = sum(one.right for one in found), sum(one.labelled for one in found)
    by_sku = {}
    for code in dict.fromkeys(one.code for one in found):
        of = [one for one in found if one.code == code]
        by_sku[code] = {
            "precision": round(sum(o.right for o in of) / max(1, sum(o.labelled for o in of)), 2),
            "wrong of paid": [f"{sum(e.wrong for e in o.paid)} of {len(o.paid)}" for o in of],
        }
    return {
        "enrolments": len(found),
        "precision of sure names": f"{right} of {labelled}: {right / max(1, labelled):.2f}",
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
        few = sum(each.sister for each in one.paid) / len(one.paid) < SISTERS_MIN / STAGES[-1]
        kind = "5 % wrong or fewer" if share <= 0.05 else "more than 5 % wrong"
        groups.setdefault(kind + (", few sisters" if few else ""), []).append(simulated(one, rng))
    return {
        kind: {"enrolments": len(all_of), **{stage: sum(each[stage] for each in all_of) for stage in all_of[0]}}
        for kind, all_of in sorted(groups.items())
    }


def opening(share: float) -> list[float]:
    """Probability that a trial opens first at each of STAGES, if this share of the displays is wrong, each by itself
    and all with a sister."""
    closed, found, number = {0: 1.0}, [], 0  # probability of each number of wrong ones, of trials not yet open
    for stage, allowed in zip(STAGES, ACCEPTANCE_NUMBERS, strict=True):
        for _ in range(number, stage):
            longer = dict.fromkeys(range(max(closed) + 2), 0.0)
            for wrong, probability in closed.items():
                longer[wrong] += probability * (1 - share)
                longer[wrong + 1] += probability * share
            closed = longer
        number = stage
        found.append(sum(probability for wrong, probability in closed.items() if wrong <= allowed))
        closed = {wrong: probability for wrong, probability in closed.items() if wrong > allowed}
    return found


def main() -> None:
    """Prints all figures as JSON."""
    if sys.argv[1:] == ["stages"]:
        print(json.dumps({share: [round(each, 4) for each in opening(share)] for share in SHARES}, indent=1))
        return
    root, reader = require_data(), Reader()
    report: dict[str, Any] = {}
    for name in ("demo", "pepsico_vn"):
        report[f"snacks, limits of {name}"] = snack_names(root, Gallery.load(WEIGHTS / f"gallery-{name}.npz"))
    for read in (made_up, drinks):
        goods = read(root, reader)
        figures = {mode: told(list(enrolments(goods, mode))) for mode in MODES}
        report[read.__name__] = {"displays": len(goods.seen), **figures}
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
