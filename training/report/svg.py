"""Axes and marks as SVG text. Colours are classes of the page's style sheet, so that both themes draw one chart."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 440, 340
LEFT, RIGHT, TOP, BOTTOM = 66, 26, 14, 50

Words = tuple[str, str]  # English, Chinese


@dataclass(frozen=True)
class Axis:
    """One direction of a chart: values from `low` to `high`, marked at `ticks` with their texts."""

    name: Words
    low: float
    high: float
    ticks: Sequence[tuple[float, str]]


def share_axis(name: Words) -> Axis:
    """0 to 1, marked as per cent."""
    return Axis(name, 0, 1, [(tick / 5, f"{tick * 20}\u00a0%") for tick in range(6)])


def count_axis(name: Words, highest: float) -> Axis:
    """0 to at least `highest`, with round ticks."""
    step = next(size for size in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if highest <= 6 * size or size == 1000)
    top = max(step, -(-int(highest) // step) * step)
    return Axis(name, 0, top, [(value, str(value)) for value in range(0, top + 1, step)])


@dataclass(frozen=True)
class Plot:
    """A chart's frame, which turns values into places."""

    across: Axis
    up: Axis

    def x(self, value: float) -> float:
        share = (value - self.across.low) / (self.across.high - self.across.low)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        share = (value - self.up.low) / (self.up.high - self.up.low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    def line(self, points: Iterable[tuple[float, float]], kind: str) -> str:
        """A line through values (x, y)."""
        return f'<polyline class="{kind}" points="{self._places(points)}"/>'

    def area(self, points: Iterable[tuple[float, float]], kind: str) -> str:
        """A filled polygon of values (x, y)."""
        return f'<polygon class="{kind}" points="{self._places(points)}"/>'

    def dot(self, x: float, y: float, kind: str, note: str, radius: float = 4.5) -> str:
        """A round mark that tells `note` when pointed at."""
        return f'<circle class="{kind}" cx="{self.x(x)}" cy="{self.y(y)}" r="{radius}">{title(note)}</circle>'

    def bar(self, low: float, high: float, value: float, kind: str, note: str) -> str:
        """A column from the bottom to `value`, between two values across."""
        x, y = self.x(low) + 1, self.y(value)
        width, height = round(self.x(high) - x - 1, 1), round(self.y(self.up.low) - y, 1)
        return f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}">{title(note)}</rect>'

    def svg(self, alt: str, body: Iterable[str]) -> str:
        """The whole chart; `alt` is read out in its place."""
        parts = [
            f'<svg class="chart" role="img" viewBox="0 0 {WIDTH} {HEIGHT}" aria-label="{escape(alt)}">',
            *self._grid(), *body, "</svg>",
        ]  # fmt: skip
        return "".join(parts)

    def _grid(self) -> Iterable[str]:
        right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
        for value, text in self.across.ticks:
            x = self.x(value)
            yield f'<path class="grid" d="M{x} {TOP}V{bottom}"/>'
            yield f'<text class="tick" x="{x}" y="{bottom + 17}" text-anchor="middle">{escape(text)}</text>'
        for value, text in self.up.ticks:
            y = self.y(value)
            yield f'<path class="grid" d="M{LEFT} {y}H{right}"/>'
            yield f'<text class="tick" x="{LEFT - 7}" y="{y + 4}" text-anchor="end">{escape(text)}</text>'
        middle = (TOP + bottom) / 2
        yield words(self.across.name, (LEFT + right) / 2, HEIGHT - 10, "axis", "middle")
        yield words(self.up.name, 14, middle, "axis", "middle", f"rotate(-90 14 {middle})")

    def _places(self, points: Iterable[tuple[float, float]]) -> str:
        return " ".join(f"{self.x(x)},{self.y(y)}" for x, y in points)


def words(text: Words, x: float, y: float, kind: str, anchor: str = "start", transform: str = "") -> str:
    """A text in both languages, of which the page shows one."""
    turned = f' transform="{transform}"' if transform else ""
    both = f'<tspan lang="en">{escape(text[0])}</tspan><tspan lang="zh">{escape(text[1])}</tspan>'
    return f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}"{turned}>{both}</text>'


def title(note: str) -> str:
    """What a mark tells when pointed at."""
    return f"<title>{escape(note)}</title>"
