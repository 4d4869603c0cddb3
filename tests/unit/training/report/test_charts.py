"""Charts: well-formed SVG whose marks stand where the values say."""

from xml.etree import ElementTree

import numpy as np
import pytest

from pipeline.interval import OPEN
from tests.unit.training.report.photos import report_photo
from training.report import charts
from training.report.figures import figures
from training.report.overlay import data_uri, overlay
from training.report.svg import HEIGHT, RIGHT, WIDTH, Axis, Plot, count_axis

SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def of_kind(svg: str, kind: str) -> list[ElementTree.Element]:
    return [element for element in parsed(svg).iter() if element.get("class") == kind]


def test_values_become_places() -> None:
    plot = Plot(Axis(("x", "x"), 0, 10, []), Axis(("y", "y"), 0, 2, []))
    assert plot.x(5) == pytest.approx((plot.x(0) + plot.x(10)) / 2, abs=0.1)
    assert plot.y(2) < plot.y(0) < HEIGHT


@pytest.mark.parametrize(("highest", "top", "ticks"), [(5, 5, 6), (37, 40, 5), (100, 100, 6), (12_000, 12_000, 13)])
def test_count_axes_have_round_ticks(highest: float, top: int, ticks: int) -> None:
    axis = count_axis(("n", "n"), highest)
    assert (axis.high, len(axis.ticks)) == (top, ticks)


def test_the_scatter_has_a_dot_and_a_whisker_for_each_photo() -> None:
    counts = figures([report_photo("a", 20, [0.9] * 20), report_photo("<b>", 20, [0.9] * 5)], (), 0.35, 0.08)["counts"]
    svg = charts.count_scatter(counts)
    (near,), (far,) = of_kind(svg, "near"), of_kind(svg, "far")
    assert near.findtext(f"{SVG}title") == "a: 20 → 20 (19–22)"
    assert far.findtext(f"{SVG}title") == "<b>: 20 → 5 (4–7)"
    assert near.get("cx") == far.get("cx")
    assert float(near.get("cy", 0)) < float(far.get("cy", 0))
    assert len(of_kind(svg, "whisker")) == 2


def top_tick(svg: str) -> int:
    return max(int(tick.text or 0) for tick in of_kind(svg, "tick"))


def entry(true: int, best: int, high: int) -> dict[str, object]:
    return {"photo": "p", "true": true, "best": best, "low": best, "high": high, "near": True}


def test_a_display_that_is_cut_off_does_not_stretch_the_axes() -> None:
    svg = charts.count_scatter([entry(20, 21, OPEN), entry(52, 50, 55)])
    assert top_tick(svg) == 60
    assert "21–∞" in svg
    assert "beyond" not in svg


@pytest.mark.parametrize(("outliers", "top", "told"), [([900], 60, "1 beyond"), ([900, 880], 900, None)])
def test_one_outlier_stands_at_the_edge_and_is_told(outliers: list[int], top: int, told: str | None) -> None:
    svg = charts.count_scatter([entry(n, n, n) for n in (10, 20, 30, 52, *outliers)])
    assert top_tick(svg) >= top
    assert top_tick(svg) < 2 * top
    assert (told is None) == ("beyond" not in svg)
    assert told is None or f"{told} the axes, at their edge: up to 900" in svg
    places = [float(dot.get("cx", 0)) for dot in of_kind(svg, "near")]
    assert max(places) <= WIDTH - RIGHT


def test_precision_recall_says_both_average_precisions() -> None:
    entry = {"curve50": [1.0] * 101, "curve75": [0.5] * 101, "ap50": 0.987, "ap75": 0.5}
    svg = charts.precision_recall("product", entry)
    assert "AP 0.987" in svg
    assert len(of_kind(svg, "curve first")) == 2  # the curve and its key
    assert of_kind(svg, "curve first")[0].get("points", "").count(",") == 101


def test_the_reliability_diagram_draws_shares_as_heights() -> None:
    bins = [
        {"low": 0.0, "high": 0.1, "n": 9, "score": 0.05, "share": 0.25},
        {"low": 0.9, "high": 1.0, "n": 3, "score": 0.95, "share": 1.0},
    ]
    low, high = of_kind(charts.reliability_diagram(bins, 0.123), "bar")
    assert float(high.get("height", 0)) == pytest.approx(4 * float(low.get("height", 0)), abs=0.3)
    assert "ECE 0.123" in charts.reliability_diagram(bins, 0.123)
    assert len(of_kind(charts.sku_reliability(bins), "bar")) == 2


def test_the_heat_map_numbers_its_cells() -> None:
    svg = charts.confusion_map(["a&b", "c"], [[3, 1], [0, 2]])
    assert [element.text for element in of_kind(svg, "count")] == ["3", "1", "2"]
    (wrong, nothing) = of_kind(svg, "wrong")
    assert wrong.findtext(f"{SVG}title") == "a&b → c: 1"
    assert nothing.get("fill-opacity") == "0.0"


def test_an_overlay_marks_matched_false_and_missed_fronts() -> None:
    photo = report_photo("a", 2, [0.9, 0.8, 0.7], ["cola", "lemon", "cola"], ["cola", "cola"])
    photo.prediction.boxes[1] += [0, 60, 0, 60]
    svg = overlay(photo, np.zeros((100, 1000, 3), np.uint8), 0.35, 'a "photo"')
    kinds = {kind: len(of_kind(svg, f"box {kind}")) for kind in ("matched", "false", "missed")}
    assert kinds == {"matched": 1, "false": 2, "missed": 1}
    assert of_kind(svg, "box missed")[0].get("y") == "70.0"
    assert of_kind(svg, "box matched")[0].findtext(f"{SVG}title") == "0.90 cola (cola)"


def test_pictures_are_small() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (3000, 2000, 3), np.uint8)
    assert len(data_uri(noise)) < 300_000
    assert data_uri(noise).startswith("data:image/jpeg;base64,")
