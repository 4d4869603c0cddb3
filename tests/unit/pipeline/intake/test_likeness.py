"""Two photos are one picture, or not: a few of each kind; how often, `python -m training.copies` measures."""

from collections import Counter
from functools import lru_cache

import numpy as np
import pytest

from datasets.render import render_photo
from datasets.render.visit import render_visit
from models.detections import Image
from pipeline.intake.grey import small_grey
from pipeline.intake.likeness import WORD_BITS, Likeness, agreement, is_copy, neighbours, take_likeness
from pipeline.intake.perceptual_hash import unframed
from pipeline.thresholds import COPY_AGREEMENT_MIN, COPY_VOTES_MIN
from training.copies.alterations import ALTERATIONS

DISPLAYS = (21, 22)
PAIRS = [
    ("mirrored", "cropped aside to 80–85 %"),
    ("badge of 5–10 % and date", "turned by 3.5 to 5°, cut"),
    ("screenshot", "darker"),
    ("uneven frame", "slanted by up to 4 %"),
]


@lru_cache
def photo(display: int, visit: int = 0, same_spot: bool = False) -> Image:
    return render_visit(display, visit, same_spot=same_spot)


def likeness(image: Image) -> Likeness:
    return likeness_of(small_grey(image))


def likeness_of(grey: Image) -> Likeness:
    return Likeness.unpacked(take_likeness(unframed(grey)).packed())


@lru_cache
def original(display: int) -> Likeness:
    return likeness(photo(display))


def votes(one: Likeness, other: Likeness) -> int:
    asked = Counter(neighbours(one.words()))
    return sum(asked[word] for word in other.words())


@pytest.mark.parametrize("display", DISPLAYS)
@pytest.mark.parametrize("kind", ALTERATIONS)
def test_an_altered_photo_is_a_copy(kind: str, display: int) -> None:
    copy = likeness(ALTERATIONS[kind](photo(display), np.random.default_rng(display)))
    assert votes(copy, original(display)) >= COPY_VOTES_MIN
    assert is_copy(copy, original(display))
    assert is_copy(original(display), copy)


@pytest.mark.parametrize("display", DISPLAYS)
@pytest.mark.parametrize("pair", PAIRS)
def test_a_photo_altered_twice_is_a_copy(pair: tuple[str, str], display: int) -> None:
    rng, altered = np.random.default_rng(display), photo(display)
    for kind in pair:
        altered = ALTERATIONS[kind](altered, rng)
    copy = likeness(altered)
    assert votes(copy, original(display)) >= COPY_VOTES_MIN
    assert is_copy(copy, original(display))


def test_other_displays_of_the_same_products_are_none() -> None:
    some = [original(display) for display in range(20, 26)]
    assert max(agreement(one, other) for i, one in enumerate(some) for other in some[:i]) < COPY_AGREEMENT_MIN / 2


@pytest.mark.parametrize("display", DISPLAYS)
@pytest.mark.parametrize("visit", [1, 2])
def test_the_same_display_at_another_visit_is_none(display: int, visit: int) -> None:
    assert not is_copy(original(display), likeness(photo(display, visit)))
    assert not is_copy(original(display), likeness(photo(display, visit, same_spot=True)))


def test_the_same_fronts_before_another_background_are_none() -> None:
    """Of one display in a later period a copy agrees in front order and background."""
    image = photo(21)
    fronts = np.zeros(image.shape[:2], np.uint8)
    height, width = fronts.shape
    fronts[height // 4 : height * 3 // 4, width // 4 : width * 3 // 4] = 1
    moved = np.where(fronts[..., None], image, photo(25))
    assert not is_copy(original(21), likeness(np.asarray(moved, np.uint8)))


@pytest.mark.parametrize("display", DISPLAYS)
def test_a_crop_to_sixty_percent_of_each_side_is_a_copy(display: int) -> None:
    image = photo(display)
    height, width = image.shape[:2]
    part = likeness(image[height // 5 : height * 4 // 5, width // 5 : width * 4 // 5])
    assert votes(part, original(display)) >= COPY_VOTES_MIN
    assert is_copy(part, original(display))
    assert is_copy(original(display), part)


def test_a_word_on_a_header_makes_no_copy() -> None:
    """The lower half of one display and the upper one of another: both show their brand's word, and it alone agrees."""
    lower, upper = (
        small_grey(render_photo(seed, width=width, height=height).image)
        for seed, width, height in ((1_010_342, 512, 384), (1_012_869, 384, 512))
    )
    one, other = likeness_of(lower[len(lower) // 2 :]), likeness_of(upper[: len(upper) // 2])
    assert not is_copy(one, other)
    assert not is_copy(other, one)


def test_votes_count_the_same_from_both_sides() -> None:
    one, other = original(21), likeness(ALTERATIONS["mirrored"](photo(21), np.random.default_rng(0)))
    assert votes(one, other) == votes(other, one) >= COPY_VOTES_MIN
    third = likeness(photo(21, 1))
    assert votes(one, third) == votes(third, one)


def test_a_mirrored_picture_has_most_of_the_words() -> None:
    mirrored = likeness(np.ascontiguousarray(photo(21)[:, ::-1]))
    assert len(original(21).words() & mirrored.words()) > 48


def test_neighbours_are_all_words_within_one_bit() -> None:
    found = list(neighbours(frozenset({0b101})))
    assert len(found) == len(set(found)) == WORD_BITS + 1
    assert sum((word ^ 0b101).bit_count() <= 1 for word in found) > WORD_BITS / 2  # the others are told as mirrored


def test_packing_keeps_points_and_words() -> None:
    taken = take_likeness(unframed(small_grey(photo(21))))
    kept = Likeness.unpacked(taken.packed())
    assert kept.words() == taken.words()
    assert np.abs(kept.points - taken.points).max() <= 1 / 64
    assert kept.thumbnail.shape == taken.thumbnail.shape
    assert len(taken.packed()) < 16_000


@pytest.mark.parametrize("image", [np.full((64, 48, 3), 90, np.uint8), np.zeros((32, 2000, 3), np.uint8)])
def test_a_picture_without_any_drawing_is_no_copy_of_anything(image: Image) -> None:
    empty = likeness(image)
    assert empty.words() == frozenset()
    assert not is_copy(empty, empty)
    assert not is_copy(empty, original(21))
    assert not is_copy(original(21), Likeness.none())


def test_the_likeness_of_the_same_pixels_is_the_same() -> None:
    assert take_likeness(small_grey(photo(21))).packed() == take_likeness(small_grey(photo(21))).packed()


def test_noise_is_no_copy_of_noise() -> None:
    some = [np.random.default_rng(seed).integers(0, 255, (240, 320, 3), np.uint8) for seed in range(2)]
    assert not is_copy(likeness(some[0]), likeness(some[1]))
