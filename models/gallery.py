"""The gallery: reference embeddings per SKU code. A new SKU is a row here, not a training run."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from models.manifest import ModelFileError
from models.session import FloatArray

UNKNOWN = "unknown"
ACCEPT, SURE, MARGIN, REJECT = 0.6, 0.75, 0.05, 0.4  # cosines; until a gallery brings those calibrated for its embedder
# Cosines of SKUs that trained the embedder are higher than those of SKUs enrolled later. With this made up for, six new
# SKUs gained 5 points of top-1 and known ones lost 0.6 on select and calibration.
HANDICAP = 0.05
# Fronts of one SKU stand together: each front's cosines are averaged with those of fronts of the same photo that look
# like it, weight NEIGHBOURS * exp((cosine - 1) / ALIKE); chosen on select and calibration. Below ALIKE_LEAST
# a front has no part in it: hundreds of small weights would outvote a front that stands alone among others.
NEIGHBOURS, ALIKE, ALIKE_LEAST = 3.0, 0.15, 0.3


@dataclass(frozen=True)
class Matches:
    """What the gallery says of the n fronts of one photo.

    codes: the best code, or `unknown` where its similarity is below `accept`.
    scores: float32 (n,), cosine to the best code's nearest reference, averaged with those of fronts that look alike,
        about [-1, 1] (see HANDICAP).
    second_codes, second_scores: the runner-up code (`unknown`, -1 in a gallery of one code).
    candidates: every code that the front may be, `unknown` among them unless the match is sure; one alone is sure.
    """

    codes: tuple[str, ...]
    scores: FloatArray
    second_codes: tuple[str, ...]
    second_scores: FloatArray
    candidates: tuple[frozenset[str], ...]


@dataclass(frozen=True)
class Gallery:
    """Reference embeddings.

    codes: SKU codes, distinct.
    embeddings: float32 (m, d), rows of length 1. owners: int64 (m,), index into codes.
    accept: cosine from which the best code is named. reject: cosine below which a code is out of the question.
    sure: cosine from which, with a lead of `margin` over the runner-up, the best code is certain.
    competitors: those codes that are not the brand's own. version: for the record.
    trained: those codes whose photos trained the embedder.

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
        if not self.competitors | self.trained <= set(self.codes):
            raise ValueError("competitors and trained codes must be gallery codes")

    @property
    def own(self) -> frozenset[str]:
        """The brand's own codes."""
        return frozenset(self.codes) - self.competitors

    def match(self, embeddings: FloatArray) -> Matches:
        """The code of each front of one photo: float32 (n, d) unit vectors. Raises ModelFileError for another d."""
        if not len(embeddings):
            return Matches((), np.zeros(0, np.float32), (), np.zeros(0, np.float32), ())
        if embeddings.shape[1] != self.embeddings.shape[1]:
            raise ModelFileError(f"gallery {self.version} is of another embedder: make it again from its crops")
        similarity = self.similarity(embeddings)
        rows = np.arange(len(similarity))
        best = similarity.argmax(axis=1)
        scores = similarity[rows, best]
        others = similarity.copy()
        others[rows, best] = -np.inf
        second = others.argmax(axis=1)
        second_scores = np.maximum(others[rows, second], np.float32(-1))
        names = np.array([*self.codes, UNKNOWN], dtype=object)
        unknown = len(self.codes)
        if unknown == 1:
            second = np.full(len(second), unknown)
        return Matches(
            tuple(names[np.where(scores >= self.accept, best, unknown)].tolist()),
            scores.astype(np.float32),
            tuple(names[second].tolist()),
            second_scores.astype(np.float32),
            tuple(self._candidates(row) for row in similarity),
        )

    def similarity(self, embeddings: FloatArray) -> FloatArray:
        """(n, codes): how like each code each front of one photo is, see `Matches.scores`."""
        return alike_averaged(self._per_code(embeddings), embeddings)

    def _per_code(self, embeddings: FloatArray) -> FloatArray:
        """(n, codes): cosine to the nearest reference of each code, HANDICAP added where it trained nothing."""
        order = np.argsort(self.owners, kind="stable")
        starts = np.searchsorted(self.owners[order], np.arange(len(self.codes)))
        nearest = np.maximum.reduceat(embeddings @ self.embeddings[order].T, starts, axis=1)
        handicap = [0.0 if code in self.trained else HANDICAP for code in self.codes]
        return np.asarray(nearest + np.array(handicap, np.float32), np.float32)

    def _candidates(self, similarity: FloatArray) -> frozenset[str]:
        best = float(similarity.max())
        # a weak best match says little about which code it is: all that are not out of the question stay in
        least = best - self.margin if best >= self.accept else self.reject
        named = frozenset(self.codes[index] for index in np.flatnonzero(similarity >= least))
        return named if best >= self.sure else named | {UNKNOWN}

    def enroll(self, code: str, embedding: FloatArray) -> "Gallery":
        """A gallery in which float32 (d,), a unit vector of `Embedder.prototype`, stands for `code` from now on."""
        kept = [name for name in self.codes if name != code]
        stays = np.array([self.codes[owner] != code for owner in self.owners], bool)
        names = [*kept, code]
        owners = [names.index(self.codes[owner]) for owner in self.owners[stays]]
        return replace(
            self,
            codes=tuple(names),
            embeddings=np.concatenate([self.embeddings[stays], embedding[None]]),
            owners=np.array([*owners, len(kept)], np.int64),
            trained=self.trained - {code},
        )

    def save(self, path: Path) -> None:
        """Writes an .npz; embeddings as float16, which moves a cosine by less than 0.001."""
        np.savez_compressed(
            path,
            codes=np.array(self.codes),
            embeddings=self.embeddings.astype(np.float16),
            owners=self.owners,
            limits=np.array([self.accept, self.sure, self.margin, self.reject]),
            competitors=np.array(sorted(self.competitors), dtype=np.str_),
            trained=np.array(sorted(self.trained), dtype=np.str_),
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
                return Gallery(
                    codes=tuple(stored["codes"].tolist()),
                    embeddings=np.asarray(embeddings / np.maximum(lengths, 1e-12), np.float32),
                    owners=stored["owners"].astype(np.int64),
                    accept=accept,
                    sure=sure,
                    margin=margin,
                    reject=reject,
                    competitors=frozenset(stored["competitors"].tolist()),
                    version=str(stored["version"]),
                    trained=frozenset(stored["trained"].tolist()),
                )
        except FileNotFoundError as error:
            raise ModelFileError(f"gallery {path} is missing: give a .npz file or a folder of crops") from error
        except (OSError, ValueError, KeyError, EOFError, AttributeError, TypeError, BadZipFile) as error:
            raise ModelFileError(f"{path} is not a gallery ({error}): make it with Gallery.save") from error


def alike_averaged(similarity: FloatArray, embeddings: FloatArray) -> FloatArray:
    """(n, codes): similarities (n, codes) of one photo's fronts, averaged over fronts that look alike.

    embeddings: float32 (n, d), rows of length 1. A front unlike all others keeps its own similarities.
    """
    cosines = embeddings @ embeddings.T
    weights = np.where(cosines >= ALIKE_LEAST, NEIGHBOURS * np.exp((cosines - 1) / ALIKE), 0)
    np.fill_diagonal(weights, 1)
    return np.asarray(weights @ similarity / weights.sum(axis=1, keepdims=True), np.float32)
