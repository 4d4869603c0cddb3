import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.fakes import fake_networks
from models.load import gallery_from_folder, load_networks
from models.manifest import Manifest, ModelFileError, file_sha256, load_manifest, write_manifest


@pytest.fixture
def folder(tmp_path):
    network = tmp_path / "detector.onnx"
    network.write_bytes(b"weights")
    write_manifest(Manifest("detector", "1.0", file_sha256(network), 640, ("product", "cooler")), tmp_path)
    return tmp_path


def test_a_manifest_comes_back_as_written(folder):
    manifest = load_manifest(folder / "detector.json")
    assert manifest.classes == ("product", "cooler")
    assert (manifest.mean, manifest.std) == ((0, 0, 0), (1, 1, 1))


def test_other_weights_than_described_are_refused(folder):
    (folder / "detector.onnx").write_bytes(b"weightz")
    with pytest.raises(ModelFileError, match="sha256 differs"):
        load_manifest(folder / "detector.json")


@pytest.mark.parametrize("name", ["detector.json", "detector.onnx"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelFileError, match=name):
        load_manifest(folder / "detector.json")


def test_the_scale_of_the_scores_comes_back_as_written(folder):
    scaled = replace(load_manifest(folder / "detector.json"), scores=((0.0, 0.3, 1.0), (0.0, 0.1, 1.0)))
    write_manifest(scaled, folder)
    assert load_manifest(folder / "detector.json") == scaled


SCALES = (
    [[0, 1]],
    [[0, 1], [0, 0.5, 1]],
    [[0, 0.5, 0.5, 1], [0, 0.2, 0.3, 1]],
    [[0, 1], [0, 0.9]],
    [["0", 1], [0, 1]],
    3,
    [3],
)


@pytest.mark.parametrize("scores", SCALES)
def test_a_scale_that_does_not_rise_from_0_to_1_is_refused(folder, scores):
    raw = json.loads((folder / "detector.json").read_text())
    (folder / "detector.json").write_text(json.dumps({**raw, "scores": scores}))
    with pytest.raises(ModelFileError, match="not a manifest"):
        load_manifest(folder / "detector.json")


@pytest.mark.parametrize("text", ["{", "[]", "3", json.dumps({"name": "x"}), json.dumps({"surprise": 1})])
def test_a_malformed_manifest_is_one_line(folder, text):
    (folder / "detector.json").write_text(text)
    with pytest.raises(ModelFileError, match="not a manifest") as caught:
        load_manifest(folder / "detector.json")
    assert "\n" not in str(caught.value)


def test_missing_networks_say_so(tmp_path):
    with pytest.raises(ModelFileError, match=r"detector\.json is missing"):
        load_networks(weights=tmp_path)


def test_a_folder_of_crops_becomes_a_gallery_with_the_thresholds_of_the_shipped_one(tmp_path):
    for code, colour in {"cherry": (0, 0, 250), "mint": (0, 250, 0)}.items():
        (tmp_path / code).mkdir()
        cv2.imwrite(str(tmp_path / code / "1.png"), np.full((20, 9, 3), colour, np.uint8))
    (tmp_path / "empty").mkdir()
    networks = fake_networks()
    made = gallery_from_folder(tmp_path, networks.embedder, networks.gallery)
    assert made.codes == ("cherry", "mint")
    assert (made.accept, made.sure) == (networks.gallery.accept, networks.gallery.sure)
    assert made.match(networks.embedder.embed([np.full((9, 9, 3), (0, 240, 0), np.uint8)])).codes == ("mint",)
    assert networks.with_gallery(tmp_path).gallery.codes == ("cherry", "mint")
    assert networks.with_gallery(tmp_path).gallery.trial == {"cherry", "mint"}


def test_a_folder_without_crops_or_with_a_broken_one_is_refused(tmp_path):
    networks = fake_networks()
    with pytest.raises(ModelFileError, match="no sub-folder"):
        networks.with_gallery(tmp_path)
    (tmp_path / "cola").mkdir()
    (tmp_path / "cola" / "1.jpg").write_bytes(b"")
    with pytest.raises(ModelFileError, match=r"1\.jpg"):
        networks.with_gallery(tmp_path)
