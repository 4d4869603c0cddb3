"""The gallery: reference embeddings per SKU code. A new SKU is a few rows here, not a training run."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from models.manifest import ModelFileError
from models.session import FloatArray

UNKNOWN = "unknown"
ACCEPT, SURE, MARGIN, REJECT = 0.6, 0.75, 0.05, 0.4  # cosines; until a gallery brings those calibrated for its embedder


@dataclass(frozen=True)
class Matches:
    """What the gallery says of n embeddings.

    codes: the best code, or `unknown` where its similarity is below `accept`.
    scores: float32 (n,), cosine to the nearest reference of the best code, in [-1, 1].
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
        if not self.competitors <= set(self.codes):
            raise ValueError("competitors must be gallery codes")

    @property
    def own(self) -> frozenset[str]:
        """The brand's own codes."""
        return frozenset(self.codes) - self.competitors

    def match(self, embeddings: FloatArray) -> Matches:
        """The code of each row of a float32 (n, d) array of unit vectors. Raises ModelFileError for another d."""
        if not len(embeddings):
            return Matches((), np.zeros(0, np.float32), (), np.zeros(0, np.float32), ())
        if embeddings.shape[1] != self.embeddings.shape[1]:
            raise ModelFileError(f"gallery {self.version} is of another embedder: make it again from its crops")
        similarity = self._per_code(embeddings)
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

    def _per_code(self, embeddings: FloatArray) -> FloatArray:
        """(n, codes): cosine to the nearest reference of each code."""
        order = np.argsort(self.owners, kind="stable")
        starts = np.searchsorted(self.owners[order], np.arange(len(self.codes)))
        return np.asarray(np.maximum.reduceat(embeddings @ self.embeddings[order].T, starts, axis=1), np.float32)

    def _candidates(self, similarity: FloatArray) -> frozenset[str]:
        best = float(similarity.max())
        # a weak best match says little about which code it is: all that are not out of the question stay in
        least = best - self.margin if best >= self.accept else self.reject
        named = frozenset(self.codes[index] for index in np.flatnonzero(similarity >= least))
        return named if best >= self.sure else named | {UNKNOWN}

    def enroll(self, code: str, embeddings: FloatArray) -> "Gallery":
        """A gallery with these float32 (k, d) references of `code` added."""
        codes = self.codes if code in self.codes else (*self.codes, code)
        owners = np.full(len(embeddings), codes.index(code), np.int64)
        return replace(
            self,
            codes=codes,
            embeddings=np.concatenate([self.embeddings, embeddings]),
            owners=np.concatenate([self.owners, owners]),
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
                )
        except FileNotFoundError as error:
            raise ModelFileError(f"gallery {path} is missing: give a .npz file or a folder of crops") from error
        except (OSError, ValueError, KeyError, EOFError, AttributeError, TypeError, BadZipFile) as error:
            raise ModelFileError(f"{path} is not a gallery ({error}): make it with Gallery.save") from error
