"""The page: figures, charts and overlays put into `page.html`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from models.detections import Image
from pipeline.intake.decode import decode_photo
from training.report import charts
from training.report.overlay import overlay
from training.report.photo import ReportPhoto

CONFUSIONS_MAX = 15

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip


def report_page(
    figures: dict[str, Any], photos: Sequence[ReportPhoto], about: Sequence[tuple[str, str, str]], score_best: float
) -> str:
    """The HTML of the report, in Chinese and English, with all it shows inside.

    about: what was evaluated with what, as (English name, Chinese name, value). Only the worst photos are read again
    and shown. Raises OSError and PhotoError where one of them is gone.
    """
    skus, calibration = figures["skus"], figures["calibration"]
    return _templates.get_template("page.html").render(
        figures=figures,
        about=about,
        score_best=score_best,
        confusions_max=CONFUSIONS_MAX,
        curves={name: Markup(charts.precision_recall(name, each)) for name, each in figures["classes"].items()},
        bound=charts.bound,
        scatter=Markup(charts.count_scatter(figures["counts"])),
        reliability=Markup(charts.reliability_diagram(calibration["bins"], calibration["error"])),
        confusion=Markup(charts.confusion_map(skus["codes"], skus["matrix"])) if skus and skus["codes"] else None,
        sku_reliability=Markup(charts.sku_reliability(skus["bins"])) if skus and skus["bins"] else None,
        worst=[(each, _picture(photos[each["index"]], each, score_best)) for each in figures["worst"]],
    )


def _picture(photo: ReportPhoto, entry: dict[str, Any], score: float) -> Markup:
    alt = (
        f"{entry['photo']}: {entry['matched']} fronts matched, {entry['false']} false, {entry['missed']} missed · "
        f"匹配 {entry['matched']}，误检 {entry['false']}，漏检 {entry['missed']}"
    )
    image: Image = decode_photo(photo.path.read_bytes()).image
    return Markup(overlay(photo, image, score, alt))
