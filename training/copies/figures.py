"""How many copies are found, and how many honest photos are taken for one, as `crm.audits.duplicates` looks."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import track

from pipeline.intake.likeness import Likeness, is_copy, neighbours
from pipeline.intake.perceptual_hash import hamming, turned_hashes
from pipeline.thresholds import COPY_VOTES_MIN, NEAR_DUPLICATE_BITS
from training.copies.alterations import HELD_OUT, TUNED
from training.copies.archive import ARCHIVE, DISPLAYS, Known, archive, copies, originals, pairs, visits
from training.report.statistics import wilson

_TOLD = Console(stderr=True)  # stdout is the report's
HONEST = 4_000  # photos of the archive, evenly spread, each held against all the others


class Index:
    """Photos by their hashes and words: the SQL index of the service, in memory."""

    def __init__(self, photos: Sequence[Known]) -> None:
        self.photos = photos
        words = [sorted(each.likeness.words()) for each in photos]
        every = np.array([word for some in words for word in some], np.int64)
        owners = np.repeat(np.arange(len(photos)), [len(some) for some in words])
        order = np.argsort(every, kind="stable")
        self._words, self._owners = every[order], owners[order]
        self._hashes = np.array([np.frombuffer(each.hash, np.uint8) for each in photos])

    def met(self, photo: Known) -> list[int]:
        """The places of the photos that it is taken for a copy of, but for itself."""
        turns = np.array([np.frombuffer(turn, np.uint8) for turn in turned_hashes(photo.hash)])
        apart = np.bitwise_count(turns[:, None] ^ self._hashes[None]).sum(axis=2).min(axis=0)
        near = set(np.flatnonzero(apart <= NEAR_DUPLICATE_BITS).tolist())
        for place in np.flatnonzero(self.votes(photo.likeness) >= COPY_VOTES_MIN).tolist():
            other = self.photos[place]
            if place not in near and other.name != photo.name and is_copy(*_ordered(photo, other)):
                near.add(place)
        return sorted(place for place in near if self.photos[place].name != photo.name)

    def votes(self, likeness: Likeness) -> npt.NDArray[np.int64]:
        """Per photo the pairs of words that differ in at most one bit."""
        asked = np.fromiter(neighbours(likeness.words()), np.int64)
        first, last = (np.searchsorted(self._words, asked, side) for side in ("left", "right"))
        places = np.array([place for a, b in zip(first, last, strict=True) for place in range(a, b)], np.int64)
        return np.bincount(self._owners[places], minlength=len(self.photos))


def found(copy: Known, original: Known) -> str | None:
    """By what the copy is found: 'hash', 'likeness', or None."""
    if min(hamming(turn, original.hash) for turn in turned_hashes(copy.hash)) <= NEAR_DUPLICATE_BITS:
        return "hash"
    likely = Index([original]).votes(copy.likeness)[0] >= COPY_VOTES_MIN
    return "likeness" if likely and is_copy(*_ordered(copy, original)) else None


def recall(photos: Sequence[Known], first: Sequence[Known], kind: Callable[[str], str]) -> list[dict[str, Any]]:
    """Per kind how many copies are found, and how many of them by the hash alone. A photo's name is its original's
    place, a bar, and its kind."""
    rows: dict[str, list[str | None]] = {}
    for photo in track(photos, "Comparing", transient=True, console=_TOLD):
        place, _, name = photo.name.partition("|")
        rows.setdefault(kind(name), []).append(found(photo, first[int(place)]))
    return [
        {"kind": name, **share(sum(by is not None for by in some), len(some)), "by_hash": some.count("hash")}
        for name, some in rows.items()
    ]


def held(photos: Sequence[Known], index: Index) -> dict[str, Any]:
    """How many of these honest photos are taken for a copy of one in the index, and of which."""
    met = [(photo.name, index.met(photo)) for photo in track(photos, "Searching", transient=True, console=_TOLD)]
    wrong = [(name, [index.photos[place].name for place in places]) for name, places in met if places]
    return {**share(len(wrong), len(photos)), "which": wrong[:20]}


def share(hits: int, of: int) -> dict[str, Any]:
    """With its 95 % interval (Wilson)."""
    low, high = wilson(hits, of)
    return {"hits": hits, "of": of, "share": hits / of if of else 0.0, "low": low, "high": high}


def rendered_report(photos: int = ARCHIVE) -> dict[str, Any]:
    """Recall on tuned and held-out alterations and on pairs; what is held of second visits and of other displays."""
    first = originals()
    others = Index(list(track(archive(photos), "Reading the archive", photos, transient=True, console=_TOLD)))
    honest = others.photos[2 :: max(1, len(others.photos) // HONEST)]
    later = {name: visits(same_spot=same_spot) for name, same_spot in (("anywhere", False), ("same spot", True))}
    return {
        "displays": DISPLAYS,
        "archive": len(others.photos),
        "tuned": recall(copies(tuple(TUNED)), first, str),
        "held out": recall(copies(tuple(HELD_OUT)), first, str),
        "pairs of two": recall(pairs(), first, lambda _: "pairs of two, held out"),
        "next months": [
            {**row, "kind": f"{row['kind']}, {name}"}
            for name, some in later.items()
            for row in recall(some, first, str)
        ],
        "others": [
            {"kind": "photos of the archive among the others", **held(honest, others)},
            {"kind": "the displays, first photo", **held(first, others)},
            {"kind": "the displays, later photos", **held([each for some in later.values() for each in some], others)},
        ],
    }


def _ordered(one: Known, other: Known) -> tuple[Likeness, Likeness]:
    """In an order of their own, as the service takes that of the ids."""
    pair = sorted((one, other), key=lambda each: each.hash)
    return pair[0].likeness, pair[1].likeness
