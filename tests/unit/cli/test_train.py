"""What `shelfproof train` and `shelfproof export` say of files that are missing or something else."""

import json
import pickle
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli.main import app

torch = pytest.importorskip("torch")

DETECTOR = Path(__file__).parents[3] / "training" / "weights" / "detector.safetensors"


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Fills with the details of each export, which writes nothing."""
    from training import export

    made: list[object] = []
    monkeypatch.setattr(
        export, "export_detector", lambda checkpoint, version, details, network: made.append((network, details))
    )
    return made


def export(checkpoint: Path, *options: object) -> Result:
    return CliRunner().invoke(app, ["export", str(checkpoint), "--version", "9", *map(str, options)])


@pytest.mark.parametrize("data", [
    pytest.param(b"\xff\xd8\xff\xe0 a photo", id="photo.jpg"),
    pytest.param(b"", id="empty.pt"),
    pytest.param(b"PK\x03\x04 cut off", id="cut.pt"),
    pytest.param(pickle.dumps([1, 2]), id="pickle.pt"),
    pytest.param(b"no tensors", id="text.safetensors"),
])  # fmt: skip
def test_a_file_that_holds_no_detector_is_one_line_and_exit_2(
    data: bytes, request: pytest.FixtureRequest, exported: list[object], tmp_path: Path
) -> None:
    file = tmp_path / request.node.callspec.id
    file.write_bytes(data)
    result = export(file)
    assert (result.exit_code, exported) == (2, [])
    assert result.stderr.startswith(f"shelfproof: {file} holds no detector (")
    assert len(result.stderr.splitlines()) == 1


def test_weights_of_something_else_are_no_detector(exported: list[object], tmp_path: Path) -> None:
    torch.save({"epoch": 3}, tmp_path / "state.pt")
    result = export(tmp_path / "state.pt")
    assert (result.exit_code, exported) == (2, [])
    assert "holds no detector (KeyError: 'model')" in result.stderr


def test_part_of_a_detector_is_none(exported: list[object], tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    tensors = load_file(DETECTOR)
    tensors.pop(next(iter(tensors)))
    save_file(tensors, tmp_path / "part.safetensors")
    result = export(tmp_path / "part.safetensors")
    assert (result.exit_code, exported) == (2, [])
    assert "(ValueError: 1 of the network's 499 tensors are not in it)" in result.stderr


@pytest.mark.parametrize("missing", ["nowhere.pt", "", "n" * 300])
def test_a_missing_checkpoint_or_a_folder_is_one_line_and_exit_2(
    missing: str, exported: list[object], tmp_path: Path
) -> None:
    result = export(tmp_path / missing)
    assert (result.exit_code, exported) == (2, [])
    assert result.stderr.startswith(f"shelfproof: {tmp_path / missing} is missing")


@pytest.mark.parametrize("told", ["[1]", "{", '{"sha256": "0"}', '{"scores": 3}', '{"scores": [[0, 1]]}', None])
def test_details_that_no_manifest_takes_are_refused_before_the_export(
    told: str | None, exported: list[object], tmp_path: Path
) -> None:
    details = tmp_path / "details.json"
    if told is not None:
        details.write_text(told)
    result = export(DETECTOR, "--details", details)
    assert (result.exit_code, exported) == (2, [])
    assert result.stderr.startswith(f"shelfproof: {details} cannot be used as --details")
    assert len(result.stderr.splitlines()) == 1


def test_a_detector_is_exported_with_its_details(exported: list[object], tmp_path: Path) -> None:
    details = {"data": ["field photos"], "metrics": {"mAP50": 0.9}, "licence": "AGPL-3.0-or-later"}
    (tmp_path / "details.json").write_text(json.dumps(details))
    result = export(DETECTOR, "--details", tmp_path / "details.json")
    assert (result.exit_code, exported) == (0, [("detector", details)]), result.stderr


def test_the_general_detector_is_exported_by_its_name_and_no_third_one(exported: list[object]) -> None:
    assert export(DETECTOR, "--network", "general").exit_code == 0
    assert exported == [("general", {})]
    assert export(DETECTOR, "--network", "embedder").exit_code == 2
    assert len(exported) == 1


def test_an_experiment_that_starts_from_another_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    from training.configs import detector_mixed

    def main(epochs: int | None) -> Path:
        raise FileNotFoundError(2, "No such file or directory", "runs/detector_field/weights/last.pt")

    monkeypatch.setattr(detector_mixed, "main", main)
    result = CliRunner().invoke(app, ["train", "detector_mixed"])
    assert result.exit_code == 2
    [line] = result.stderr.splitlines()
    assert line.startswith("shelfproof: runs/detector_field/weights/last.pt is missing")
    assert "training/configs/detector_mixed.py" in line
