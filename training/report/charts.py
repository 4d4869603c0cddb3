"""The report's charts, each from a part of `figures`."""

from collections.abc import Sequence
from html import escape
from typing import Any

from pipeline.interval import OPEN
from training.precision import RECALLS
from training.report.figures import NEAR
from training.report.svg import Axis, Plot, count_axis, share_axis, title, words

CELL = 30  # of the heat map, in its own pixels
CODE_WIDTH = 7.2  # of a letter of a code


def precision_recall(name: str, entry: dict[str, Any]) -> str:
    """Precision over recall of one class at IoU .5 and .75."""
    plot = Plot(share_axis(("recall", "召回率")), share_axis(("precision", "精确率")))
    body = []
    for key, ap, kind in (("curve50", "ap50", "first"), ("curve75", "ap75", "second")):
        body.append(plot.line(zip(RECALLS, entry[key], strict=True), f"curve {kind}"))
        y = 0.2 if kind == "first" else 0.12
        body.append(plot.line([(0.06, y), (0.14, y)], f"curve {kind}"))
        text = f"IoU {'0.50' if kind == 'first' else '0.75'}: AP {entry[ap]:.3f}"
        body.append(words((text, text), plot.x(0.17), plot.y(y) + 4, "key"))
    alt = f"Precision-recall of {name}, 精确率-召回率: AP {entry['ap50']:.3f} (IoU .50), {entry['ap75']:.3f} (IoU .75)"
    return plot.svg(alt, body)


def count_scatter(counts: Sequence[dict[str, Any]]) -> str:
    """Counted over labelled fronts, a dot at `best`, a whisker from `low` to `high`, the band of ±15 %.

    The axes fit the counts; what lies beyond them stands at the edge and is told.
    """
    highest = _most_but_outliers([max(entry["true"], entry["best"]) for entry in counts])
    across = count_axis(("labelled fronts", "标注的排面数"), max(highest * 1.02, 1))
    plot, top = Plot(across, Axis(("counted fronts", "识别的排面数"), 0, across.high, across.ticks)), across.high
    band = [(0, 0), (top / (1 + NEAR), top), (top, top), (top, top * (1 - NEAR))]
    body = [plot.area(band, "band"), plot.line([(0, 0), (top, top)], "diagonal")]
    for entry in counts:
        x = min(entry["true"], top)
        body.append(plot.line([(x, min(entry["low"], top)), (x, min(entry["high"], top))], "whisker"))
    for entry in counts:
        note = f"{entry['photo']}: {entry['true']} → {entry['best']} ({entry['low']}–{bound(entry['high'])})"
        x, y = min(entry["true"], top), min(entry["best"], top)
        body.append(plot.dot(x, y, "near" if entry["near"] else "far", note))
    beyond = [entry for entry in counts if max(entry["true"], entry["best"]) > top]
    if beyond:
        most = max(max(entry["true"], entry["best"]) for entry in beyond)
        text = (f"{len(beyond)} beyond the axes, at their edge: up to {most}",
                f"{len(beyond)} 张超出坐标范围，画在边缘：最高 {most}")  # fmt: skip
        body.append(words(text, plot.x(top) - 4, plot.y(0) - 8, "key", "end"))
    near = sum(entry["near"] for entry in counts)
    return plot.svg(f"Counted over labelled fronts, 识别与标注: {near} of {len(counts)} photos within 15 %", body)


def bound(high: int) -> str:
    """An upper bound as people read it: that of a display that is cut off has no end."""
    return "∞" if high >= OPEN else str(high)


def _most_but_outliers(values: Sequence[float]) -> float:
    """The highest value; of five or more without one outlier, and one more of every twenty: each more than twice all
    below it."""
    ordered = sorted(values)
    outliers_max = 1 + len(ordered) // 20 if len(ordered) >= 5 else 0
    for number in range(len(ordered) - 1, len(ordered) - 1 - outliers_max, -1):
        if ordered[number] > 2 * ordered[number - 1] > 0:
            return ordered[number - 1]
    return ordered[-1]


def reliability_diagram(bins: Sequence[dict[str, Any]], error: float | None) -> str:
    """Share of boxes that are fronts over their score; a calibrated detector follows the diagonal."""
    plot = Plot(share_axis(("score", "置信分")), share_axis(("share correct", "正确比例")))
    body = [plot.bar(entry["low"], entry["high"], entry["share"], "bar", _bin_note(entry)) for entry in bins]
    body.append(plot.line([(0, 0), (1, 1)], "diagonal"))
    body += [plot.dot(entry["score"], entry["share"], "near", _bin_note(entry)) for entry in bins]
    said = "–" if error is None else f"{error:.3f}"
    return plot.svg(f"Reliability diagram of front scores, 置信分可靠性图: ECE {said}", body)


def sku_reliability(bins: Sequence[dict[str, Any]]) -> str:
    """Share of names that are right over the similarity with which they were given."""
    low, high = bins[0]["low"], bins[-1]["high"]
    step = 0.1 if high - low > 0.25 else 0.05
    ticks = [low + step * number for number in range(int((high - low) / step + 1.01))]
    across = Axis(("similarity (cosine)", "相似度（余弦）"), low, high, [(tick, f"{tick:.2f}") for tick in ticks])
    plot = Plot(across, share_axis(("share named right", "命名正确比例")))
    body = [plot.bar(entry["low"], entry["high"], entry["share"], "bar", _bin_note(entry)) for entry in bins]
    return plot.svg("Share of SKUs named right by similarity, 按相似度的单品正确率", body)


def confusion_map(codes: Sequence[str], matrix: Sequence[Sequence[int]]) -> str:
    """Labelled SKU (down) by SKU given (across): right ones green, confusions red, stronger the larger their share."""
    margin = round(max(len(code) for code in codes) * CODE_WIDTH) + 14
    width, height = margin + CELL * len(codes) + 4, margin + CELL * len(codes) + 4
    parts = [
        f'<svg class="heat" role="img" viewBox="0 0 {width} {height}" style="min-width:{round(width * 0.8)}px;'
        f'max-width:{width}px" aria-label="Confusion of SKUs, 单品混淆矩阵">'
    ]
    for row, true in enumerate(codes):
        y = margin + CELL * row
        parts.append(f'<text class="tick" x="{margin - 7}" y="{y + 19}" text-anchor="end">{escape(true)}</text>')
        x, top = margin + CELL * row + 19, margin - 7
        parts.append(f'<text class="tick" x="{x}" y="{top}" transform="rotate(-90 {x} {top})">{escape(true)}</text>')
        for column, found in enumerate(codes):
            parts.append(_cell(margin + CELL * column, y, true, found, matrix[row][column], sum(matrix[row])))
    return "".join([*parts, "</svg>"])


def _cell(x: int, y: int, true: str, found: str, n: int, of: int) -> str:
    kind = "right" if true == found else "wrong"
    weight = 0.0 if n == 0 else round(0.12 + 0.43 * n / of, 2)
    square = (
        f'<rect class="cell" x="{x}" y="{y}" width="{CELL - 2}" height="{CELL - 2}"/>'
        f'<rect class="{kind}" x="{x}" y="{y}" width="{CELL - 2}" height="{CELL - 2}" fill-opacity="{weight}">'
        f"{title(f'{true} → {found}: {n}')}</rect>"
    )
    return square + (f'<text class="count" x="{x + 14}" y="{y + 18}" text-anchor="middle">{n}</text>' if n else "")


def _bin_note(entry: dict[str, Any]) -> str:
    return f"{entry['low']:.2f}–{entry['high']:.2f}: {entry['share']:.1%}, n = {entry['n']}"
