"""New SKUs enrolled from few references: top-1 by number of references, what is unknown told from what is known, and
the seconds that enrolling takes.

Commands: `python -m training.enrolment`, after `shelfproof train embedder_held_out`: all of it, and the plot.
`python -m training.enrolment seconds`: the seconds alone, with the shipped networks. References come from photos of the
train split, each from another photo, and are judged on other splits with the code that serves.
"""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from datasets.crops import UNKNOWN, Image, field_crops
from datasets.render import DEMO_SKUS, render_reference
from datasets.splits import require_data
from models.embedder import Embedder
from models.gallery import HANDICAP, Gallery
from models.load import load_networks
from pipeline.enrol.enrolment import examine
from training.gallery import Fronts, auroc, build, calibrated, embedder_of, field_fronts, interval, matched
from training.ultralytics_offline import RUNS

HELD_OUT = ("twister-dau", "string-cafe-chai", "pepsi-chanhmuoi", "mirinda-cam-chai", "goodmood", "7up-chai")
REFERENCES = (1, 3, 5, 10)
DRAWS = 20
ROUNDS = 5  # timed; the median counts
PLOT = Path(__file__).resolve().parents[1] / "docs" / "img" / "enrolment.svg"
SPLITS = {"select and calibration": ("select", "calibration"), "test": ("test",)}


def write_report(folder: Path = RUNS / "embedder_held_out") -> Path:
    """Measures the embedder of `folder` and writes the report beside it."""
    root, embedder = require_data(), embedder_of(folder)
    crops, codes, photos = field_crops(root, ["train"], margin=0.0)
    old = [i for i, code in enumerate(codes) if code not in (UNKNOWN, *HELD_OUT)]
    gallery = build(embedder, [crops[i] for i in old], [codes[i] for i in old], "held-out", frozenset(), trained=True)
    calibration = field_fronts(embedder, root, "calibration", "select", mended=True)
    chosen = np.isin(calibration.codes, (*gallery.codes, UNKNOWN))  # the six are not known when limits are set
    parts = (calibration.embeddings[chosen], calibration.codes[chosen], calibration.photos[chosen])
    gallery = calibrated(gallery, Fronts(*parts))
    report: dict[str, Any] = {"seconds": seconds()}
    for title, splits in SPLITS.items():
        for mended in (False, True):
            fronts = field_fronts(embedder, root, *splits, mended=mended)
            report[f"{title}, {'mended' if mended else 'as labelled'}"] = {
                "before": known_alone(gallery, fronts),
                "enrolled": [
                    enrolled(embedder, gallery, fronts, (crops, codes, photos), number) for number in REFERENCES
                ],
            }  # fmt: skip
    target = folder.with_suffix(".json")
    target.write_text(json.dumps(report, indent=1) + "\n")
    draw_plot(report)
    print(target.read_text())
    return target


def known_alone(gallery: Gallery, fronts: Fronts) -> dict[str, Any]:
    """Top-1 of known fronts, and how well unknown ones (held-out SKUs, `another`) are told from them."""
    found = matched(gallery, fronts)
    known = np.isin(fronts.codes, gallery.codes)
    right = found.best == fronts.codes
    least = np.quantile(found.scores[known], 0.05)
    return {
        "known": int(known.sum()),
        "top1": float(right[known].mean()),
        "top1_interval": interval(right[known], fronts.photos[known]),
        "unknown": int((~known).sum()),
        "auroc": auroc(found.scores[known], found.scores[~known]),
        "auroc_another": auroc(found.scores[known], found.scores[fronts.codes == UNKNOWN]),
        "unknown_accepted_where_95_percent_of_known_are": float((found.scores[~known] >= least).mean()),
    }


def enrolled(
    embedder: Embedder,
    gallery: Gallery,
    fronts: Fronts,
    references: tuple[Sequence[Image], Sequence[str], Sequence[str]],
    number: int,
) -> dict[str, Any]:
    """Top-1 of the six and of the others with `number` references of each of the six, over DRAWS recorded draws."""
    crops, codes, photos = references
    new, known = np.isin(fronts.codes, HELD_OUT), np.isin(fronts.codes, gallery.codes)
    top1: list[tuple[float, float]] = []
    accepted: list[tuple[float, ...]] = []
    for draw in range(DRAWS):
        rng, vectors = np.random.default_rng(100 + draw), {}
        for code in HELD_OUT:
            chosen = drawn(rng, [i for i, name in enumerate(codes) if name == code], photos, number)
            vectors[code] = embedder.prototype([crops[i] for i in chosen])
        extended = gallery.enroll(vectors)
        right = matched(extended, fronts).best == fronts.codes
        top1.append((float(right[new].mean()), float(right[known].mean())))
        accepted.append(half_enrolled(gallery, vectors, fronts))
    values = np.array(top1)
    return {
        "references": number,
        "fronts": int(new.sum()),
        "new_top1": float(values[:, 0].mean()),
        "new_top1_deviation": float(values[:, 0].std()),
        "draws": [round(value, 4) for value in values[:, 0].tolist()],
        "known_top1": float(values[:, 1].mean()),
        "three_enrolled": dict(zip(ACCEPTED, np.mean(accepted, axis=0).tolist(), strict=True)),
    }


# With three of the six enrolled: the share accepted of their fronts, and of those of no gallery code, as it serves (the
# handicap is made up for) and were the cosine alone compared with `accept`.
ACCEPTED = ("new_accepted", "unknown_accepted", "new_accepted_by_cosine", "unknown_accepted_by_cosine")


def half_enrolled(gallery: Gallery, vectors: dict[str, Any], fronts: Fronts) -> tuple[float, ...]:
    """Shares in the order of ACCEPTED; the first three of `vectors` are enrolled."""
    some = dict(list(vectors.items())[: len(HELD_OUT) // 2])
    found = matched(gallery.enroll(some), fronts)
    groups = np.isin(fronts.codes, list(some)), ~np.isin(fronts.codes, [*gallery.codes, *some])
    helped = found.scores + np.where(np.isin(found.best, list(some)), HANDICAP, 0)
    return tuple(
        float((scores[group] >= gallery.accept).mean()) for scores in (helped, found.scores) for group in groups
    )


def seconds(gallery: str = "pepsico_vn") -> list[dict[str, float]]:
    """Median seconds from the bytes of the references to the prototype and its check, with the shipped networks."""
    networks = load_networks(gallery)
    rows = []
    for number in REFERENCES:
        files = [_encoded(render_reference(DEMO_SKUS[0], 70_000 + view, 320)) for view in range(number)]
        examine("new", files, networks)  # once untimed: the engine compiles for each size of batch
        taken = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            examine("new", files, networks)
            taken.append(time.perf_counter() - began)
        rows.append({"references": number, "seconds": round(float(np.median(taken)), 3)})
    return rows


def _encoded(image: Image) -> bytes:
    return cv2.imencode(".jpg", image)[1].tobytes()


def draw_plot(report: dict[str, Any], target: Path = PLOT) -> Path:
    """Top-1 of new and of known SKUs, and seconds, by number of references. Raises ImportError without matplotlib,
    which comes with what training needs."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "enrolment"  # the same report gives the same file
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    for split, colour in (("select and calibration", "tab:blue"), ("test", "tab:orange")):
        rows = report[f"{split}, as labelled"]["enrolled"]
        x, y = [row["references"] for row in rows], [row["new_top1"] for row in rows]
        spread = [row["new_top1_deviation"] for row in rows]
        left.errorbar(x, y, spread, label=f"six new, {split}", color=colour, marker="o", capsize=3)
        left.plot(x, [row["known_top1"] for row in rows], "--", label=f"known, {split}", color=colour)
    left.set(xlabel="references of each new SKU", ylabel="top-1", ylim=(0.3, 1), xticks=REFERENCES)
    left.legend(fontsize=8)
    rows = report["seconds"]
    right.plot([row["references"] for row in rows], [row["seconds"] for row in rows], "o-", color="tab:green")
    right.set(xlabel="references", ylabel="seconds to enrol", xticks=REFERENCES)
    right.set_ylim(bottom=0)
    for axes in (left, right):
        axes.grid(alpha=0.3)
    figure.savefig(target, metadata={"Date": None})
    plt.close(figure)
    return target


def drawn(rng: np.random.Generator, fronts: Sequence[int], photos: Sequence[str], number: int) -> list[int]:
    """`number` fronts (fewer where there are fewer photos), each from another photo."""
    chosen: dict[str, int] = {}
    for front in rng.permutation(np.array(fronts)).tolist():
        chosen.setdefault(photos[front], front)
    return list(chosen.values())[:number]


if __name__ == "__main__":
    if sys.argv[1:] == ["seconds"]:
        print(json.dumps(seconds(), indent=1))
    else:
        write_report()
