"""The gallery: reference embeddings per SKU code. A new SKU is a row here, not a training run."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import BinaryIO
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from models.manifest import ModelFileError
from models.network_runner import FloatArray

UNKNOWN = "unknown"
NO_SKUS = "none"  # the gallery of a brand whose goods nobody has enrolled: it names nothing
ACCEPT, SURE, MARGIN, REJECT = 0.6, 0.75, 0.05, 0.4  # cosines; until a gallery brings those calibrated for its embedder
# Cosines of SKUs that trained the embedder are higher than those of SKUs enrolled later. With this made up for, six new
# SKUs gained 5 points of top-1 and known ones lost 0.6 on select and calibration. It counts for `accept` too: with five
# references more of the new fronts are accepted and hardly more of the unknown ones (docs/vision.md).
# `sure`, on which money rests, and `reject` are cosines as they are.
HANDICAP = 0.05
# Fronts of one SKU stand together: each front's cosines are averaged with those of fronts of the same photo that look
# like it, weight NEIGHBOURS * exp((cosine - 1) / ALIKE); chosen on select and calibration. Below ALIKE_LEAST
# a front has no part in it: hundreds of small weights would outvote a front that stands alone among others.
NEIGHBOURS, ALIKE, ALIKE_LEAST = 3.0, 0.15, 0.3


@dataclass(frozen=True)
class Matches:
    """What the gallery says of the n fronts of one photo.

    codes: the best code, or `unknown` where its similarity, HANDICAP made up for, is below `accept`.
    scores: float32 (n,), cosine to the best code's nearest reference, averaged with those of fronts that look alike,
        [-1, 1].
    second_codes, second_scores: the runner-up code (`unknown`, -1 in a gallery of one code).
    leads: float32 (n,), how far the best code is ahead of the runner-up, HANDICAP made up for; 0 or more.
    candidates: every code that the front may be, `unknown` among them unless the match is sure; one alone is sure.
        Of a front whose best code is on trial they are its `doubted`, of others its `named`.
    named: what it may be by the scores.
    doubted: where the best code is known from enrolment alone, and is not believed: also `unknown`, and every code that
        is not out of the question. The same as `named` for other fronts: they rest on the shipped gallery's proof.
    """

    codes: tuple[str, ...]
    scores: FloatArray
    second_codes: tuple[str, ...]
    second_scores: FloatArray
    leads: FloatArray
    candidates: tuple[frozenset[str], ...]
    named: tuple[frozenset[str], ...]
    doubted: tuple[frozenset[str], ...]


@dataclass(frozen=True)
class Gallery:
    """Reference embeddings.

    codes: SKU codes, distinct.
    embeddings: float32 (m, d), rows of length 1. owners: int64 (m,), index into codes.
    accept: cosine from which the best code is named. reject: cosine below which a code is out of the question.
    sure: cosine from which, with a lead of `margin` over the runner-up, the best code is certain.
    competitors: those codes that are not the brand's own. version: for the record.
    trained: those codes whose photos trained the embedder.
    enrolled: those codes that are known from enrolment alone: nobody has measured how often a sister of theirs, in the
        same trade dress, is taken for them. proven: those of `enrolled` whose trial is over (docs/trial.md); the others
        are on trial.

    Raises ValueError where these do not fit together.
    """

    codes: tuple[str, ...]
    embeddings: FloatArray
    owners: npt.NDArray[np.int64]
    accept: float = ACCEPT
    sure: float = SURE
    margin: float = MARGIN
    reject: float = REJECT
    competitors: frozenset[str] = field(default_factory=frozenset)
    version: str = "0"
    trained: frozenset[str] = field(default_factory=frozenset)
    enrolled: frozenset[str] = field(default_factory=frozenset)
    proven: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if len(set(self.codes)) != len(self.codes) or UNKNOWN in self.codes:
            raise ValueError(f"gallery codes must be distinct and none may be {UNKNOWN!r}")
        if self.embeddings.ndim != 2 or self.owners.shape != (len(self.embeddings),):
            raise ValueError("a gallery needs one owner per embedding")
        if set(self.owners.tolist()) != set(range(len(self.codes))):
            raise ValueError("each gallery code needs at least one reference")
        if not np.allclose(np.linalg.norm(self.embeddings, axis=1), 1, atol=1e-3):
            raise ValueError("gallery embeddings must have length 1")
        if not self.reject <= self.accept <= self.sure or self.margin < 0:
            raise ValueError("a gallery needs reject <= accept <= sure and a margin of 0 or more")
        if not self.competitors | self.trained | self.enrolled <= set(self.codes) or not self.proven <= self.enrolled:
            raise ValueError("competitors, trained and enrolled codes must be gallery codes, and proven ones enrolled")

    @property
    def own(self) -> frozenset[str]:
        """The brand's own codes."""
        return frozenset(self.codes) - self.competitors

    @property
    def trial(self) -> frozenset[str]:
        """The codes on trial: their names count in best and high, not in low."""
        return self.enrolled - self.proven

    def match(self, embeddings: FloatArray) -> Matches:
        """The code of each front of one photo: float32 (n, d) unit vectors. Raises ModelFileError for another d."""
        if not len(embeddings):
            nothing = np.zeros(0, np.float32)
            return Matches((), nothing, (), nothing, nothing, (), (), ())
        if not self.codes:
            return _nothing_known(len(embeddings))
        if embeddings.shape[1] != self.embeddings.shape[1]:
            raise ModelFileError(f"gallery {self.version} is of another embedder: make it again from its crops")
        similarity = self.similarity(embeddings)
        ranked = similarity + self.handicap
        rows = np.arange(len(similarity))
        best = ranked.argmax(axis=1)
        scores = similarity[rows, best]
        others = ranked.copy()
        others[rows, best] = -np.inf
        second = others.argmax(axis=1)
        alone = len(self.codes) == 1
        second_scores = np.full(len(rows), -1, np.float32) if alone else similarity[rows, second]
        leads = scores + 1 if alone else ranked[rows, best] - ranked[rows, second]
        names = np.array([*self.codes, UNKNOWN], dtype=object)
        unknown = len(self.codes)
        named = tuple(map(self._named, similarity, ranked, scores.tolist()))
        doubted = tuple(map(self._doubted, named, ranked))
        return Matches(
            tuple(names[np.where(ranked[rows, best] >= self.accept, best, unknown)].tolist()),
            scores,
            tuple(names[np.full(len(rows), unknown) if alone else second].tolist()),
            second_scores,
            leads,
            tuple(doubted[row] if self.codes[best[row]] in self.trial else named[row] for row in rows),
            named,
            doubted,
        )

    def similarity(self, embeddings: FloatArray) -> FloatArray:
        """float32 (n, codes): how like each code each front of one photo is, see `Matches.scores`."""
        return alike_averaged(self.per_code(embeddings), embeddings)

    def per_code(self, embeddings: FloatArray) -> FloatArray:
        """float32 (n, codes): cosine of each of n unit vectors (n, d) to the nearest reference of each code."""
        references, starts = self._by_code
        return np.asarray(np.maximum.reduceat(embeddings @ references.T, starts, axis=1), np.float32)

    @cached_property
    def _by_code(self) -> tuple[FloatArray, npt.NDArray[np.int64]]:
        """The references in the order of their codes, and where each code's begin."""
        order = np.argsort(self.owners, kind="stable")
        return self.embeddings[order], np.searchsorted(self.owners[order], np.arange(len(self.codes)))

    @cached_property
    def handicap(self) -> FloatArray:
        """float32 (codes,): what is made up for, nothing where no code of the gallery trained the embedder."""
        if not self.trained:
            return np.zeros(len(self.codes), np.float32)
        return np.array([0.0 if code in self.trained else HANDICAP for code in self.codes], np.float32)

    def _named(self, similarity: FloatArray, ranked: FloatArray, score: float) -> frozenset[str]:
        # a weak best match says little about which code it is: all that are not out of the question stay in
        best = ranked.max()
        near = ranked >= best - self.margin if best >= self.accept else similarity >= self.reject
        named = frozenset(self.codes[index] for index in np.flatnonzero(near))
        return named if score >= self.sure else named | {UNKNOWN}

    def _doubted(self, named: frozenset[str], ranked: FloatArray) -> frozenset[str]:
        if self.codes[int(ranked.argmax())] not in self.enrolled or ranked.max() < self.accept:
            return named
        possible = np.flatnonzero(ranked >= self.reject)  # made up for: an enrolled sister's cosine is lower
        return named | {UNKNOWN} | {self.codes[index] for index in possible}

    def enroll(
        self, vectors: Mapping[str, FloatArray], competitors: Collection[str] = (), proven: Collection[str] = ()
    ) -> "Gallery":
        """A gallery in which each of `vectors`, float32 (d,) and unit length as of `Embedder.prototype`, stands for its
        code from now on. competitors: those codes of `vectors` that are not the brand's own; proven: those that are not
        on trial.

        In time linear in the number of references. Raises ValueError for what cannot be a code.
        """
        if not vectors:
            return self
        rest = self.without(vectors)
        codes = (*rest.codes, *vectors)
        return replace(
            rest,
            codes=codes,
            embeddings=np.concatenate([rest.embeddings, np.stack(list(vectors.values()))]),
            owners=np.concatenate([rest.owners, np.arange(len(rest.codes), len(codes))]),
            competitors=rest.competitors | set(competitors),
            enrolled=rest.enrolled | set(vectors),
            proven=rest.proven | set(proven),
        )

    def without(self, codes: Collection[str]) -> "Gallery":
        """The gallery without some of its codes: fronts of these are then of no code that it knows.

        With none left every front is `unknown`.
        """
        kept = tuple(code for code in self.codes if code not in codes)
        index = {code: number for number, code in enumerate(kept)}
        owners = np.array([index.get(code, -1) for code in self.codes], np.int64)[self.owners]
        return replace(
            self,
            codes=kept,
            embeddings=self.embeddings[owners >= 0],
            owners=owners[owners >= 0],
            competitors=self.competitors & set(kept),
            trained=self.trained & set(kept),
            enrolled=self.enrolled & set(kept),
            proven=self.proven & set(kept),
        )

    def save(self, path: Path) -> None:
        """Writes an .npz, whole or not at all; embeddings as float16, which moves a cosine by less than 0.001. What is
        proven stands in no file: a gallery that is read from one has all that was enrolled on trial."""
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        with fresh.open("wb") as stream:
            self._write(stream)
        fresh.replace(path)

    def _write(self, stream: BinaryIO) -> None:
        np.savez_compressed(
            stream,
            codes=np.array(self.codes),
            embeddings=self.embeddings.astype(np.float16),
            owners=self.owners,
            limits=np.array([self.accept, self.sure, self.margin, self.reject]),
            competitors=np.array(sorted(self.competitors), dtype=np.str_),
            trained=np.array(sorted(self.trained), dtype=np.str_),
            enrolled=np.array(sorted(self.enrolled), dtype=np.str_),
            version=np.array(self.version),
        )

    @staticmethod
    def load(path: Path) -> "Gallery":
        """Reads what `save` wrote. Raises ModelFileError."""
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
                embeddings = stored["embeddings"].astype(np.float32)
                lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
                accept, sure, margin, reject = stored["limits"].tolist()
                codes, version = tuple(stored["codes"].tolist()), str(stored["version"])
                trained = frozenset(stored["trained"].tolist())
                return Gallery(
                    codes=codes,
                    embeddings=np.asarray(embeddings / np.maximum(lengths, 1e-12), np.float32),
                    owners=stored["owners"].astype(np.int64),
                    accept=accept,
                    sure=sure,
                    margin=margin,
                    reject=reject,
                    competitors=frozenset(stored["competitors"].tolist()),
                    version=version,
                    trained=trained,
                    enrolled=frozenset(
                        stored["enrolled"].tolist()
                        if "enrolled" in stored
                        else _enrolled_before(codes, trained, version)
                    ),
                )
        except FileNotFoundError as error:
            raise ModelFileError(f"gallery {path} is missing: give a .npz file or a folder of crops") from error
        except (OSError, ValueError, KeyError, EOFError, AttributeError, TypeError, BadZipFile) as error:
            raise ModelFileError(f"{path} is not a gallery ({error}): make it with Gallery.save") from error


def _enrolled_before(codes: Collection[str], trained: Collection[str], version: str) -> set[str]:
    """The codes on trial of a file that does not tell: of one that was enrolled into, all that may have been."""
    return set(codes) - set(trained) if "+" in version else set()


def alike_averaged(similarity: FloatArray, embeddings: FloatArray) -> FloatArray:
    """(n, codes): similarities (n, codes) of one photo's fronts, averaged over fronts that look alike.

    embeddings: float32 (n, d), rows of length 1. A front unlike all others keeps its own similarities.
    """
    cosines = embeddings @ embeddings.T
    weights = np.where(cosines >= ALIKE_LEAST, NEIGHBOURS * np.exp((cosines - 1) / ALIKE), 0)
    np.fill_diagonal(weights, 1)
    return np.asarray(weights @ similarity / weights.sum(axis=1, keepdims=True), np.float32)


def _nothing_known(fronts: int) -> Matches:
    """Of a gallery without codes: nothing is known of any front, and no code is possible."""
    unknown, least = (UNKNOWN,) * fronts, np.full(fronts, -1, np.float32)
    only = (frozenset({UNKNOWN}),) * fronts
    return Matches(unknown, least, unknown, least, np.zeros(fronts, np.float32), only, only, only)
