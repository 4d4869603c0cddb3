from dataclasses import replace

import numpy as np
import pytest

from models.gallery import Gallery
from training.enrolment import drawn
from training.gallery import Fronts, auroc, calibrated, matched, measure

RNG = np.random.default_rng(0)
CENTRES = np.eye(3, 8, dtype=np.float32)


def fronts(noise: float, each: int = 200, codes: str = "abc") -> Fronts:
    vectors = np.concatenate([CENTRES[i % 3] + RNG.normal(0, noise, (each, 8)) for i in range(len(codes))])
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return Fronts(vectors, np.repeat(list(codes), each), np.arange(len(vectors)))  # each alone on its photo


@pytest.fixture
def gallery() -> Gallery:
    return Gallery(tuple("abc"), CENTRES, np.arange(3), reject=-1.0, accept=-1.0, sure=2.0, trained=frozenset("abc"))


def test_limits_keep_wrong_ones_among_the_sure_within_the_bound(gallery):
    made = calibrated(gallery, fronts(0.35), left_out=0.0)
    figures = measure(made, fronts(0.35, 2000))
    assert 0.3 < figures["sure"] < 1
    assert figures["sure_wrong"] < 0.015
    assert figures["top1"] < 0.97  # so that certainty had something to leave out
    assert figures["known_accepted"] == pytest.approx(0.95, abs=0.02)


def test_a_front_of_no_code_counts_as_wrong_when_called_sure(gallery):
    mislabelled = fronts(0.02)
    strange = Fronts(
        mislabelled.embeddings, np.where(mislabelled.codes == "c", "another", mislabelled.codes), mislabelled.photos
    )
    made = calibrated(gallery, strange, left_out=0.0)
    assert not matched(made, strange).sure[strange.codes == "another"].any() or made.sure > 1


def test_limits_with_codes_left_out_keep_what_nobody_enrolled_from_being_sure_of_another(gallery):
    centres = CENTRES.copy()
    centres[2, :3] = 0, 0.8, 0.6  # `c` is like `b`
    alike = replace(gallery, embeddings=centres)
    noise = np.repeat([0.35, 0.05, 0.05], 400)[:, None]  # `a` varies, which makes a low limit accept
    vectors = np.repeat(centres, 400, axis=0) + noise * RNG.normal(0, 1, (1200, 8))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    shown = Fronts(vectors, np.repeat(list("abc"), 400), np.arange(1200))
    lax, strict = calibrated(alike, shown, left_out=0.0), calibrated(alike, shown, left_out=0.4)
    strange = shown.codes == "b"
    assert matched(lax.without({"b"}), shown).sure[strange].mean() > 0.5
    assert matched(strict.without({"b"}), shown).sure[strange].mean() < 0.05
    assert measure(strict, shown)["sure"] > 0.3
    assert measure(strict, shown, left_out=0.4)["unknown"] > 200


def test_the_lead_leaves_the_own_code_a_candidate_where_another_is_ahead(gallery):
    shown = fronts(0.35, 400)  # on 5 % of them another code is ahead
    made = calibrated(gallery, shown)
    matches = [made.match(vector[None]) for vector in shown.embeddings]
    kept = [code in match.candidates[0] for code, match in zip(shown.codes, matches, strict=True)]
    assert np.mean([code == match.codes[0] for code, match in zip(shown.codes, matches, strict=True)]) < 0.97
    assert np.mean(kept) > 0.985


def test_fronts_of_one_photo_are_matched_together(gallery):
    vectors = np.zeros((2, 8), np.float32)
    vectors[0, :2], vectors[1, :2] = (0.70, 0.714), (0.95, 0.312)  # a doubtful one, and one like it that is surely `a`
    codes = np.array(["a", "a"])
    assert matched(gallery, Fronts(vectors, codes, np.array([0, 1]))).best.tolist() == ["b", "a"]
    assert matched(gallery, Fronts(vectors, codes, np.array([0, 0]))).best.tolist() == ["a", "a"]


def test_auroc_counts_pairs_and_halves_ties():
    assert auroc(np.array([1.0, 2.0, 3.0]), np.array([0.0, 2.0])) == pytest.approx((1 + 1.5 + 2) / 6)


def test_references_are_drawn_from_different_photos():
    photos = ["p", "p", "q", "r", "r", "r"]
    chosen = drawn(np.random.default_rng(1), list(range(6)), photos, 5)
    assert sorted(photos[front] for front in chosen) == ["p", "q", "r"]
