from dataclasses import replace

import numpy as np

from models.gallery import HANDICAP, Gallery
from models.leave_one_out import doubts


def unit(*rows: tuple[float, ...]) -> np.ndarray:
    array = np.array(rows, np.float32)
    return array / np.linalg.norm(array, axis=1, keepdims=True)


GALLERY = Gallery(
    ("cola", "tea"), unit((1, 0, 0, 0), (0, 1, 0, 0)), np.array([0, 1]), accept=0.6, sure=0.8, margin=0.1, reject=0.3,
    trained=frozenset({"cola", "tea"}),
)  # fmt: skip


def views(*rows: tuple[float, ...]) -> np.ndarray:
    """Two equal views of each reference."""
    return np.repeat(unit(*rows)[:, None], 2, axis=1)


def found(*rows: tuple[float, ...], code: str = "new", gallery: Gallery = GALLERY) -> list[tuple[int, str, str]]:
    return [(doubt.reference, doubt.kind, doubt.other) for doubt in doubts(gallery, code, views(*rows))]


def test_references_that_are_like_each_other_and_nothing_else_raise_no_doubt():
    assert found((0, 0, 1, 0), (0.1, 0, 1, 0.1), (0, 0.2, 1, 0)) == []


def test_a_reference_of_another_sku_would_be_named_after_it():
    assert found((0, 0, 1, 0), (0, 0.1, 1, 0), (1, 0, 0.1, 0)) == [(2, "named_otherwise", "cola")]


def test_a_sku_that_looks_like_another_is_close_to_it():
    twins = found((1, 0, 0.3, 0), (1, 0, 0.31, 0), (1, 0, 0.29, 0))
    assert twins == [(number, "close", "cola") for number in range(3)]
    [first, *_] = doubts(GALLERY, "new", views((1, 0, 0.3, 0), (1, 0, 0.31, 0)))
    assert first.score > first.other_score > first.score + HANDICAP - GALLERY.margin


def test_a_reference_unlike_all_others_would_be_unknown():
    assert found((0, 0, 1, 0), (0, 0, 1, 0.1), (0, 0, 0.5, 1)) == [(2, "unlike", "")]


def test_a_sku_enrolled_again_is_not_confused_with_its_former_self():
    again = GALLERY.enroll({"new": unit((0, 0, 1, 0))[0]})
    assert found((0, 0, 1, 0), (0, 0, 1, 0.1), gallery=again) == []


def test_a_single_reference_is_held_against_the_others_alone():
    assert found((0, 0, 1, 0)) == []
    assert found((1, 0.1, 0.1, 0)) == [(0, "close", "cola")]
    assert found((1, 0.1, 0.1, 0), code="cola") == []


def test_a_single_reference_is_doubted_where_an_enrolled_code_would_be_accepted():
    gallery = replace(GALLERY, codes=("trained", "b"), embeddings=np.eye(2, 3, dtype=np.float32), owners=np.arange(2),
                      trained=frozenset({"trained"}), competitors=frozenset(), accept=0.6, sure=0.7)  # fmt: skip
    view = np.array([0, 0.57, np.sqrt(1 - 0.57**2)], np.float32)
    [doubt] = doubts(gallery, "new", view[None, None])
    assert (doubt.kind, doubt.other) == ("close", "b")
    assert doubts(replace(gallery, accept=0.63), "new", view[None, None]) == []
