"""Numbers turned into charts: inline SVG with a title, a description and, folded away, the numbers themselves.

Colours are classes (`c0`, `c1`, ...) that the page's style sheet fills, so that a chart follows light and dark.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rocov2.release.report.markup import Safe, clip, join, number, numbers, percent, tag

WIDTH = 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 36, 6, 24, 34


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a bar list: its label, its parts (drawn end to end, each in its color), and what is written behind."""

    label: object
    parts: Sequence[float]
    written: object
    colors: Sequence[str] = ("c0", "c1", "c2")


@dataclass(frozen=True, slots=True)
class Series:
    """A named row of counts, one for each column of a chart; `color` is the class of its fill."""

    name: str
    counts: Sequence[int]
    color: str = "c0"


@dataclass(frozen=True, slots=True)
class Columns:
    """A column chart: `labels` name the columns, series are stacked, `marks` are (place from 0 to 1, words)."""

    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    x_label: str = ""
    marks: Sequence[tuple[float, str]] = ()
    is_log: bool = False
    unit: str = "images"


def bars(title: str, rows: Sequence[Bar], header: tuple[str, str], whole: float | None = None) -> Safe:
    """A list of bars as a table whose text a reader and a phone can use; `whole` is the length of a full bar."""
    full = whole or max((sum(row.parts) for row in rows), default=0) or 1
    lines = [
        tag("tr", tag("th", row.label, scope="row"), tag("td", _bar(row, full)), tag("td", row.written)) for row in rows
    ]
    names = (header[0], "", header[1])
    cells = (tag("th", tag("span", name, class_="hidden") if name else "", scope="col") for name in names)
    head = tag("thead", tag("tr", *cells))
    return tag("table", tag("caption", title, class_="hidden"), head, tag("tbody", *lines), class_="bars")


def _bar(row: Bar, full: float) -> Safe:
    """One bar of parts; each part that is not zero is seen."""
    place, drawn = 0.0, []
    for part, color in zip(row.parts, row.colors, strict=False):
        if part:
            width = max(100 * part / full, 0.35)
            drawn.append(tag("rect", x=_f(place), y="0", width=_f(width), height="10", class_=color))
            place += width
    return tag(
        *("svg", *drawn),
        class_="bar",
        viewBox="0 0 100 10",
        preserveAspectRatio="none",
        aria_hidden="true",
        focusable="false",
    )


def legend(names: Sequence[tuple[str, str]]) -> Safe:
    """What the colours mean, as (class, name)."""
    items = [
        tag(
            "li",
            tag("svg", tag("rect", width="10", height="10", class_=color), width="10", height="10", aria_hidden="true"),
            " ",
            name,
        )
        for color, name in names
    ]
    return tag("ul", *items, class_="legend")


def columns(chart: Columns, height: int = 200) -> Safe:
    """A stacked column chart with at most a few hundred columns; a log axis starts at 0.5, so that 1 is seen."""
    totals = [sum(counts) for counts in zip(*(s.counts for s in chart.series), strict=True)]
    top = max(totals, default=0)
    scale = _Scale(top or 1, chart.is_log, height - _TOP - _BOTTOM)
    step = (WIDTH - _LEFT - _RIGHT) / max(len(chart.labels), 1)
    drawn = [_grid_line(scale, value, height) for value in scale.ticks()]
    for index, label in enumerate(chart.labels):
        below = 0
        for series in chart.series:
            above = below + series.counts[index]
            if above > below:
                low, high = scale.at(below), scale.at(above)
                words = f"{label}: {number(series.counts[index])}" + (f", {series.name}" if series.name else "")
                drawn.append(
                    tag(
                        "rect",
                        tag("title", words),
                        x=_f(_LEFT + index * step),
                        width=_f(max(step - 1, 0.6)),
                        y=_f(height - _BOTTOM - high),
                        height=_f(high - low),
                        class_=series.color,
                    )
                )
            below = above
    drawn += _labels(chart, step, height)
    drawn += [_mark(place, words, height) for place, words in chart.marks]
    rows = [(label, *(number(s.counts[i]) for s in chart.series)) for i, label in enumerate(chart.labels) if totals[i]]
    names = tuple(series.name or "count" for series in chart.series)
    return join(_svg(chart.title, drawn, WIDTH, height), numbers((chart.x_label or "value", *names), rows))


@dataclass(frozen=True, slots=True)
class _Scale:
    """From counts to units of height."""

    top: int
    is_log: bool
    height: int

    def at(self, count: float) -> float:
        """Height of a count."""
        if self.is_log:
            return self.height * math.log(max(count, 0.5) / 0.5) / math.log(max(self.top, 1) / 0.5)
        return self.height * count / self.top

    def ticks(self) -> list[int]:
        """A few round counts."""
        if self.is_log:
            powers = [10**n for n in range(10) if 10**n <= self.top]
            return powers[:: 1 + len(powers) // 5]
        step = 10 ** int(math.log10(max(self.top, 1)))
        for finer in (1, 2, 5):
            if step % finer == 0 and self.top // (step // finer) >= 2:
                step //= finer
                break
        return list(range(step, self.top + 1, step))[:6]


def _grid_line(scale: _Scale, value: int, height: int) -> Safe:
    y = height - _BOTTOM - scale.at(value)
    line = tag("line", x1=_LEFT, x2=WIDTH - _RIGHT, y1=_f(y), y2=_f(y), class_="rule")
    return join(line, tag("text", short(value), x=_LEFT - 5, y=_f(y + 3.5), text_anchor="end"))


def _labels(chart: Columns, step: float, height: int) -> list[Safe]:
    base = height - _BOTTOM
    every = max(1, math.ceil(len(chart.labels) / 8))
    drawn = [tag("line", x1=_LEFT, x2=WIDTH - _RIGHT, y1=base, y2=base, class_="axis")]
    drawn += [
        tag("text", clip(label, 9), x=_f(_LEFT + (i + 0.5) * step), y=base + 13, text_anchor="middle")
        for i, label in enumerate(chart.labels)
        if i % every == 0
    ]
    unit = f"{chart.unit}, logarithmic" if chart.is_log else chart.unit
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    drawn.append(tag("text", chart.x_label, x=_f(middle), y=height - 5, text_anchor="middle", class_="quiet"))
    drawn.append(tag("text", unit, x="2", y="9", class_="quiet"))
    return drawn


def _mark(place: float, words: str, height: int) -> Safe:
    x = _LEFT + place * (WIDTH - _LEFT - _RIGHT)
    anchor = "end" if place > 0.5 else "start"
    line = tag("line", x1=_f(x), x2=_f(x), y1=_TOP - 4, y2=height - _BOTTOM, class_="mark")
    return join(
        line, tag("text", words, x=_f(x + (-5 if place > 0.5 else 5)), y=_TOP + 5, text_anchor=anchor, class_="marked")
    )


def dots(title: str, rows: Sequence[tuple[str, Sequence[float]]], names: Sequence[str]) -> Safe:
    """Shares (0 to 1) of several sets side by side: one line a row, one dot a set, so that a gap is a distance."""
    top = _round_top(max((value for _, values in rows for value in values), default=0))
    left, right, line = 142, 16, 24
    height = line * len(rows) + 30
    drawn = []
    for index in range(5):
        x = left + index * (WIDTH - left - right) / 4
        drawn.append(tag("line", x1=_f(x), x2=_f(x), y1="4", y2=height - 22, class_="rule"))
        drawn.append(tag("text", f"{100 * top * index / 4:g} %", x=_f(x), y=height - 8, text_anchor="middle"))
    for index, (label, values) in enumerate(rows):
        y = line * index + 18
        places = [left + value / top * (WIDTH - left - right) for value in values]
        drawn.append(tag("text", clip(label, 22), x="0", y=y + 4, class_="name"))
        drawn.append(tag("line", x1=_f(min(places)), x2=_f(max(places)), y1=y, y2=y, class_="link"))
        for set_, (x, value) in enumerate(zip(places, values, strict=True)):
            words = f"{label}, {names[set_]}: {percent(value, 1)}"
            drawn.append(tag("circle", tag("title", words), cx=_f(x), cy=y, r="5", class_=f"c{set_}"))
    folded = numbers(("", *names), [(label, *(percent(v, 1) for v in values)) for label, values in rows])
    key = legend([(f"c{index}", name) for index, name in enumerate(names)])
    return join(key, _svg(title, drawn, WIDTH, height), folded)


def _round_top(share: float) -> float:
    """The end of an axis of shares whose quarters are round numbers of per cent."""
    return next((top / 100 for top in (1, 2, 4, 8, 10, 20, 40, 60, 80) if share * 100 <= top), 1.0)


def heatmap(title: str, names: Sequence[str], counts: Sequence[Sequence[int]]) -> Safe:
    """A square of counts; the shade is the share of the rarer of the two (row, column), the diagonal stays blank."""
    cell, left = 30, 178
    width, height = left + cell * len(names) + 4, cell * len(names) + 26
    drawn = []
    for row, name in enumerate(names):
        y = 22 + row * cell
        drawn.append(tag("text", f"{row + 1}  {clip(name, 26)}", x="0", y=_f(y + cell / 2 + 4), class_="name"))
        drawn.append(tag("text", row + 1, x=_f(left + (row + 0.5) * cell), y="14", text_anchor="middle"))
        for column, other in enumerate(names):
            if row != column:
                least = min(counts[row][row], counts[column][column]) or 1
                shade = math.sqrt(min(1.0, counts[row][column] / least))
                both = f"{name} and {other}: {number(counts[row][column])} images"
                drawn.append(_cell(left + column * cell, y, cell, (shade, counts[row][column], both)))
    rows = [
        (f"{names[i]} + {names[j]}", number(counts[i][j])) for i in range(len(names)) for j in range(i) if counts[i][j]
    ]
    figure = tag(
        "div", _svg(title, drawn, width, height, "wide"), class_="scroll", tabindex="0", role="region", aria_label=title
    )
    return join(figure, numbers(("pair", "images"), rows))


def _cell(x: int, y: int, side: int, content: tuple[float, int, str]) -> Safe:
    shade, count, words = content
    box = tag(
        "rect",
        x=x + 1,
        y=y + 1,
        width=side - 2,
        height=side - 2,
        rx="3",
        fill_opacity=_f(0.06 + 0.94 * shade),
        class_="c0",
    )
    color = "strong" if shade > 0.6 else "name"
    middle = {"x": _f(x + side / 2), "y": _f(y + side / 2 + 3.5), "text_anchor": "middle"}
    written = tag("text", short(count), class_=color, **middle) if count else ""
    return tag("g", tag("title", words), box, written)


def silhouette(title: str, steps: Sequence[tuple[str, int]]) -> Safe:
    """A funnel seen from the front: the width of each step is the square root of its count."""
    top = max((count for _, count in steps), default=0) or 1
    height, middle, reach = 44 * len(steps) + 4, 190, 92
    widths = [max(reach * math.sqrt(count / top), 1.5) for _, count in steps]
    drawn = []
    for index, (name, count) in enumerate(steps):
        y, wide = 44 * index + 4, widths[index]
        after = widths[min(index + 1, len(steps) - 1)]
        shape = f"M{_f(middle - wide)} {y}H{_f(middle + wide)}L{_f(middle + after)} {y + 40}H{_f(middle - after)}Z"
        drawn.append(tag("path", tag("title", f"{name}: {number(count)}"), d=shape, class_=f"f{min(index, 7)}"))
        drawn.append(tag("text", clip(name, 18), x="0", y=y + 24, class_="name"))
        drawn.append(tag("text", number(count), x=WIDTH, y=y + 24, text_anchor="end", class_="figure"))
    return _svg(title, drawn, WIDTH, height)


def short(value: float) -> str:
    """A count in at most five characters."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:g}"


def _svg(title: str, drawn: Sequence[Safe], width: int, height: int, class_: str = "chart") -> Safe:
    shown = {"viewBox": f"0 0 {width} {height}", "role": "img", "aria_label": title, "class_": class_}
    return tag("svg", *drawn, **shown)


def _f(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"
