"""The manifest's funnel turned into the opening section: what came in, what went, and why."""

from collections.abc import Sequence

from rocov2.release.funnel import Step
from rocov2.release.report.charts import Bar, bars, legend, silhouette
from rocov2.release.report.gather import Release
from rocov2.release.report.markup import Safe, card, grid, join, number, percent, section, tag
from rocov2.release.report.wording import IMAGE_STAGES, REASONS, STAGES, stage_name

_SHADES = ("d0", "d1", "d2", "d3")


def funnel(release: Release) -> Safe:
    """The funnel: a silhouette of the figures, and every stage with what it kept and its reasons to drop."""
    steps = [(stage_name(s.stage), s.kept) for s in release.funnel if s.stage in IMAGE_STAGES]
    shape = silhouette("Figures left after each stage", steps) if len(steps) > 1 else tag("p", "No stages recorded.")
    held = sum(sum(step.dropped.values()) for step in release.funnel)
    lead = (
        f"{number(release.size)} images stand at the end; {number(held)} rows were held back on the way, "
        "each with a reason that can be looked up below. Nothing disappears silently."
    )
    note = tag("p", "Width: square root of the count.", class_="quiet")
    rows = [_step(step) for step in release.funnel]
    key = legend([("c0", "kept"), ("d0", "held back, one shade a reason")])
    return section(
        "funnel",
        "From articles to images",
        lead,
        grid(
            card("The funnel", shape, note, class_="card start"),
            card("Stage by stage", key, *rows, class_="card span2"),
        ),
    )


def _step(step: Step) -> Safe:
    noun, meaning = STAGES.get(step.stage, (step.stage, ""))
    dropped = sum(step.dropped.values())
    bar = ""
    if dropped:
        colors = ("c0", *(_SHADES[min(i, len(_SHADES) - 1)] for i in range(len(step.dropped))))
        share = f"{percent(step.kept, step.kept + dropped)} kept"
        parts = (step.kept, *step.dropped.values())
        bar = bars(
            f"{step.stage}: kept and held back", [Bar(number(step.kept), parts, share, colors)], ("kept", "share")
        )
    else:
        bar = tag("p", tag("strong", number(step.kept)), " rows, nothing held back", class_="quiet")
    head = tag(
        "h4", tag("code", step.stage), " ", noun, tag("span", f" – {meaning}" if meaning else "", class_="quiet")
    )
    return tag("div", head, bar, _chips(step.stage, list(step.dropped.items())), class_="step")


def _chips(stage: str, reasons: Sequence[tuple[str, int]]) -> Safe:
    if not reasons:
        return join()
    items = [
        tag(
            "li",
            tag(
                "a",
                reason,
                " ",
                tag("b", number(count)),
                href=f"#drops-{anchor(stage, reason)}",
                title=REASONS.get(reason),
            ),
        )
        for reason, count in reasons
    ]
    return tag("ul", *items, class_="chips")


def anchor(stage: str, reason: str) -> str:
    """The name of the place of a reason in the page."""
    return "".join(char if char.isascii() and char.isalnum() else "-" for char in f"{stage}-{reason}")
