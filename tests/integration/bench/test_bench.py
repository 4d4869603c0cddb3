"""The harness with peers in processes of their own, of which no time is asserted."""

import sys
from functools import partial
from pathlib import Path

import pytest

from bench.measure import compare, photos_per_second
from bench.process import Peer, PeerError

PHOTOS = [Path("a.jpg"), Path("b.jpg"), Path("c.jpg")]


def fake(name: str, left: object) -> Peer:
    return Peer(name, [sys.executable, "-m", "tests.integration.bench.fake_peer", str(left), "2", "0.5"])


def test_peers_are_compared_with_the_first_on_all_photos() -> None:
    with fake("ours", 0) as ours, fake("near", 1) as near, fake("far", 50) as far:
        results = compare([ours, near, far], PHOTOS, rounds=2, score=0.35)
    assert list(results) == ["ours", "near", "far"]
    assert results["ours"]["version"] == "fake with 2 threads"
    assert results["ours"]["over_ours"] == {"median": 1, "low": 1, "high": 1}
    assert results["near"]["agreement"]["iou_50"] == 1
    assert results["near"]["agreement"]["iou_90"] == 0  # 9 of 11 pixels shared
    assert results["far"]["agreement"]["iou_50"] == 0
    assert results["near"]["ms"]["low"] <= results["near"]["ms"]["median"] <= results["near"]["ms"]["high"]
    assert results["ours"]["peak_mb"] is None or results["ours"]["peak_mb"] > 1


def test_the_rate_counts_every_photo_of_all_processes() -> None:
    assert photos_per_second(partial(fake, "ours", 0), PHOTOS, processes=2) > 0


def test_an_error_of_a_peer_is_one_line_with_its_name_and_it_goes_on() -> None:
    with fake("ours", 0) as ours:
        with pytest.raises(PeerError, match=r"^ours: ValueError: this photo is bad$"):
            ours.predict(Path("bad.jpg"))
        assert len(ours.predict(Path("good.jpg")).boxes) == 1


def test_a_peer_that_does_not_start_is_named() -> None:
    with pytest.raises(PeerError, match=r"^odd: ValueError: could not convert"):
        fake("odd", "no number")
    with pytest.raises(PeerError, match="odd ended without an answer"):
        Peer("odd", [sys.executable, "-c", "pass"])
