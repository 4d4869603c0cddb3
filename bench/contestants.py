"""Who takes part, and the command that starts each: `command(threads)`."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from bench.process import ROOT
from bench.weights import roboflow_package, ultralytics_files

TRAINED = ROOT / "training" / "weights" / "detector.safetensors"
ROBOFLOW = ROOT / ".venv-roboflow"
REQUIREMENTS = Path(__file__).with_name("requirements-roboflow.txt")
INSTALL = "Roboflow inference is not installed (python -m bench --install, 6.7 GB): left out"

Command = Callable[[int], list[str]]


def contestants(folder: Path, engine: str, score: float) -> tuple[dict[str, Command], list[str]]:
    """(name → command, ours first; who is left out and why). Writes the peers' weights to `folder`."""
    own = sys.executable
    found = {"shelfproof": _command(own, "shelfproof", engine, score)}
    if engine != "onnxruntime":
        found["shelfproof, onnxruntime fp32"] = _command(own, "shelfproof", "onnxruntime", score)
    found["shelfproof, whole pipeline"] = _command(own, "pipeline", engine, score)
    try:
        checkpoint, onnx = ultralytics_files(TRAINED, folder)
    except ImportError as error:
        return found, [f"ultralytics and Roboflow inference: {error} (make test installs what is missing): left out"]
    found["ultralytics, PyTorch"] = _command(own, "ultralytics", str(checkpoint), score)
    found["ultralytics, ONNX"] = _command(own, "ultralytics", str(onnx), score)
    python = ROBOFLOW / "bin" / "python"
    if not python.exists():
        return found, [INSTALL]
    found["Roboflow inference"] = _command(str(python), "roboflow", str(roboflow_package(onnx, folder)), score)
    return found, []


def install_roboflow() -> None:
    """Roboflow's library into an environment of its own. Raises CalledProcessError."""
    subprocess.run([sys.executable, "-m", "venv", str(ROBOFLOW)], check=True)
    pip = [str(ROBOFLOW / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "-q"]
    subprocess.run([*pip, "-r", str(REQUIREMENTS)], check=True)


def _command(python: str, module: str, weights: str, score: float) -> Command:
    return lambda threads: [python, "-m", f"bench.peers.{module}", weights, str(threads), str(score)]
