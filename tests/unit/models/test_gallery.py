import numpy as np
import pytest

from models.gallery import HANDICAP, UNKNOWN, Gallery, alike_averaged
from models.load import _open_gallery
from models.manifest import ModelFileError


def unit(*rows: tuple[float, ...]) -> np.ndarray:
    array = np.array(rows, np.float32)
    return array / np.linalg.norm(array, axis=1, keepdims=True)


@pytest.fixture
def gallery() -> Gallery:
    references = unit((1, 0, 0), (0, 1, 0), (0.9, 0.1, 0), (0, 0, 1))
    return Gallery(
        ("cola", "tea", "water"), references, np.array([0, 1, 0, 2]), 0.7, 0.9, 0.05, 0.4, frozenset({"tea"}),
        trained=frozenset({"cola", "tea", "water"}),
    )  # fmt: skip


def test_the_nearest_reference_decides(gallery):
    matches = gallery.match(unit((1, 0.1, 0), (0.05, 1, 0)))
    assert matches.codes == ("cola", "tea")
    assert matches.scores[0] == pytest.approx(0.9999, abs=0.01)
    assert matches.second_codes == ("tea", "cola")
    assert matches.candidates == (frozenset({"cola"}), frozenset({"tea"}))


def test_below_accept_it_is_unknown_and_any_code_not_out_of_the_question_stays(gallery):
    matches = gallery.match(unit((1, 1, 1), (-1, -1, 0)))
    assert matches.codes == ("unknown", "unknown")
    assert matches.candidates[0] == {"cola", "tea", "water", "unknown"}
    assert matches.candidates[1] == {"unknown"}


def test_between_accept_and_sure_it_may_be_unknown(gallery):
    matches = gallery.match(unit((1, 0, 0.6)))
    assert matches.codes == ("cola",)
    assert matches.candidates == (frozenset({"cola", "unknown"}),)


def test_a_runner_up_within_the_margin_is_a_candidate():
    close = Gallery(("a", "b"), unit((1, 0), (0.98, 0.199)), np.array([0, 1]), 0.6, 0.8, 0.05)
    assert close.match(unit((1, 0.05))).candidates == (frozenset({"a", "b"}),)


def test_a_gallery_of_one_code_has_no_runner_up():
    matches = Gallery(("a",), unit((1, 0)), np.array([0])).match(unit((1, 0)))
    assert matches.second_codes == ("unknown",)
    assert matches.second_scores[0] == -1


def test_nothing_to_match(gallery):
    assert gallery.match(np.zeros((0, 3), np.float32)).codes == ()


def test_enrolling_adds_a_code_or_replaces_it_without_touching_the_first(gallery):
    larger = gallery.enroll({"juice": unit((1, 1, 0))[0]}).enroll({"cola": unit((0, 1, 1))[0]})
    assert larger.match(unit((1, 1, 0))).codes == ("juice",)
    assert larger.match(unit((0, 1, 1))).codes == ("cola",)
    assert "cola" not in larger.match(unit((1, 0, 0))).candidates[0]
    assert gallery.codes == ("cola", "tea", "water")
    assert larger.own == {"cola", "water", "juice"}
    assert larger.trained == {"tea", "water"}


def test_an_enrolled_code_is_given_what_trained_ones_are_ahead_to_be_ranked(gallery):
    halfway = unit((1, 0, 0), (0, 1, 0)).sum(axis=0, keepdims=True) / np.sqrt(2)
    twin = Gallery(("a", "b"), unit((1, 0, 0), (0, 1, 0)), np.array([0, 1]), trained=frozenset({"a"}))
    matches = twin.match(halfway.astype(np.float32))
    assert matches.codes == ("b",)
    assert matches.scores[0] == matches.second_scores[0]
    assert matches.leads[0] == pytest.approx(HANDICAP, abs=1e-5)


@pytest.mark.parametrize(("limits", "codes", "may_be"), [
    ({"accept": 0.76, "sure": 0.8}, ("unknown",), {"a", "b", "unknown"}),
    ({"accept": 0.75}, ("b",), {"b", "unknown"}),
    ({"accept": 0.7, "sure": 0.72}, ("b",), {"b", "unknown"}),
    ({"accept": 0.7, "sure": 0.7}, ("b",), {"b"}),
    ({"accept": 0.76, "sure": 0.8, "reject": 0.71}, ("unknown",), {"unknown"}),
])  # fmt: skip
def test_what_an_enrolled_code_is_given_makes_it_accepted_and_not_sure(limits, codes, may_be):
    halfway = unit((1, 1, 0))  # a cosine of 0.707 to both, 0.757 with what is made up for
    parts = {"accept": 0.6, "sure": 0.75, "margin": 0.04, "reject": 0.4} | limits
    twin = Gallery(("a", "b"), unit((1, 0, 0), (0, 1, 0)), np.array([0, 1]), trained=frozenset({"a"}), **parts)
    matches = twin.match(halfway)
    assert (matches.codes, matches.candidates) == (codes, (frozenset(may_be),))


def test_a_code_that_is_left_out_leaves_with_all_its_references(gallery):
    less = gallery.without({"cola", "unheard"})
    assert (less.codes, less.owners.tolist(), less.own) == (("tea", "water"), [0, 1], frozenset({"water"}))
    np.testing.assert_array_equal(less.embeddings, gallery.embeddings[[1, 3]])
    assert less.trained == {"tea", "water"}
    assert gallery.without({"tea"}).competitors == frozenset()


def test_many_codes_are_enrolled_at_once_with_whose_they_are(gallery):
    larger = gallery.enroll({"tea": unit((0, 1, 0))[0], "beer": unit((1, 1, 1))[0]}, {"beer"})
    assert larger.codes == ("cola", "water", "tea", "beer")
    assert larger.competitors == {"beer"}
    assert larger.match(unit((0, 1, 0), (1, 0, 0), (1, 1, 1.1))).codes == ("tea", "cola", "beer")
    assert gallery.enroll({}) is gallery


def test_fronts_that_look_alike_share_their_similarities():
    embeddings = unit((1, 0), (1, 0.05), (0, 1))
    similarity = np.array([[0.5, 0.6], [0.9, 0.1], [0.2, 0.7]], np.float32)
    averaged = alike_averaged(similarity, embeddings)
    assert averaged[0].argmax() == 0  # its twin is sure
    assert averaged[2] == pytest.approx(similarity[2], abs=0.01)  # alone
    assert averaged.max() <= similarity.max()


@pytest.mark.parametrize("crowd", [300, 1000])
def test_a_front_alone_among_many_others_keeps_its_name(crowd):
    rng = np.random.default_rng(0)
    vectors = np.concatenate([[[1.0] + [0.0] * 63], np.eye(64)[[1]] + rng.normal(0, 0.05, (crowd, 64))])
    averaged = alike_averaged(np.eye(2)[[0] + [1] * crowd].astype(np.float32), unit(*vectors))
    assert averaged[0] == pytest.approx([1, 0], abs=1e-6)


def test_save_and_load(gallery, tmp_path):
    gallery.save(tmp_path / "g.npz")
    loaded = Gallery.load(tmp_path / "g.npz")
    assert loaded.codes == gallery.codes
    assert loaded.competitors == {"tea"}
    assert loaded.trained == gallery.trained
    assert (loaded.accept, loaded.sure, loaded.margin, loaded.reject) == (0.7, 0.9, 0.05, 0.4)
    assert np.abs(loaded.embeddings - gallery.embeddings).max() < 1e-3


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 no", b"text"])
def test_a_file_that_is_no_gallery_is_one_line(content, tmp_path):
    path = tmp_path / "g.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelFileError) as caught:
        Gallery.load(path)
    assert "g.npz" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"codes": ("a", "a")},
        {"codes": ("a", "unknown")},
        {"owners": np.array([0])},
        {"owners": np.array([0, 0])},
        {"embeddings": np.ones((2, 2), np.float32)},
        {"accept": 0.9, "sure": 0.8},
        {"competitors": frozenset({"z"})},
        {"trained": frozenset({"z"})},
    ],
)
def test_a_gallery_is_validated_at_birth(change):
    parts = {"codes": ("a", "b"), "embeddings": unit((1, 0), (0, 1)), "owners": np.array([0, 1])} | change
    with pytest.raises(ValueError):
        Gallery(**parts)


def test_a_gallery_of_another_embedder_is_said():
    made = Gallery(("cola",), np.eye(1, 8, dtype=np.float32), np.zeros(1, np.int64))
    with pytest.raises(ModelFileError, match="another embedder"):
        made.match(np.eye(2, 4, dtype=np.float32))


def test_a_name_that_is_no_gallery_says_which_there_are(tmp_path):
    (tmp_path / "gallery-demo.npz").touch()
    with pytest.raises(ModelFileError, match=r"no gallery absent: .* one of demo, none$"):
        _open_gallery("absent", None, None, tmp_path)


def test_without_codes_every_front_is_unknown_and_a_first_sku_can_be_enrolled():
    empty = Gallery(("a",), np.eye(1, 4, dtype=np.float32), np.zeros(1, np.int64)).without(["a"])
    fronts = np.eye(2, 4, dtype=np.float32)
    matches = empty.match(fronts)
    assert (matches.codes, matches.second_codes) == ((UNKNOWN, UNKNOWN), (UNKNOWN, UNKNOWN))
    assert matches.candidates == matches.named == matches.doubted == (frozenset({UNKNOWN}),) * 2
    assert empty.enroll({"b": fronts[1]}).match(fronts).codes == (UNKNOWN, "b")
