"""Turns the sample's sources into `data/sample/README.md`: where every text and image comes from."""

from .front import Source
from .media import Recipe

HEAD = """# The sample bucket

A small copy of the bucket's layout with {articles} article versions, for trying the program and for its tests,
without a network. `scripts/make_sample.py` writes the whole folder, this file included; edit its sources,
`scripts/sample/`, not the files here.

Nothing in it is real. The PMCIDs (PMC99...), DOIs (10.5555/...), journals, authors, patients and findings are
invented; the articles were written for this project in the dialects of JATS that publishers use. No image was
downloaded or taken from a patient: every one is drawn by `scripts/sample/*.py` from seeded noise and a few
shapes, and pictures no one's anatomy. Texts and images are part of this project and under its licence
(Apache-2.0); the licences that the articles state are there to exercise the licence gate.

`expected.csv` says what should become of each article and figure with the default settings: `key` (article or
figure id), `outcome`, `reason_hint` (what the drop is about, in plain words), `note`. The outcome is the stage that
should drop it, `kept`, or `replaced` (another version of the article stands in for it, which is no drop);
`screen/filter` leaves open whether its words or its pixels give a figure away. What the trained models decide can
differ in single cases: a drawing is no patient.

Left out on purpose: one article JSON that the inventory lists, one image that its article JSON lists, and the
manifest of the newest inventory. Wrong on purpose: two MD5s and two records. All are marked below or in `expected.csv`.

## Articles and images

| file | drawn by | what is special |
|---|---|---|
"""


def readme(sources: list[Source], keys: dict[str, bytes]) -> bytes:
    """The origin list: a row an article, a row an image."""
    lines = []
    for source in sources:
        lines.append(f"| **{source['article_id']}** {source['title']} | text: own | {source.get('about', '')} |")
        for recipe in source.get("media", []):
            key = f"{source['article_id']}/{recipe['file']}"
            lines.append(f"| `{key}` | {maker(recipe)} | {special(recipe)} |")
    return (HEAD.format(articles=len(sources)) + "\n".join(lines) + "\n").encode()


def maker(recipe: Recipe) -> str:
    """Which function drew the image, with its seed."""
    if recipe.get("save") == "html":
        return "a page of text, no image"
    if recipe["draw"] == "copy":
        return f"copy of `{recipe['of']}`"
    if recipe["draw"] in ("tiles", "fused"):
        return f"{recipe['draw']} of " + ", ".join(maker(part) for part in recipe["parts"])
    seed = recipe.get("args", {}).get("seed")
    return f"`{recipe['draw']}`" + (f", seed {seed}" if seed is not None else "")


def special(recipe: Recipe) -> str:
    """What was done to the file."""
    words = [str(change[0]) for change in recipe.get("then", [])]
    words += [recipe["save"]] if "save" in recipe else []
    words += [flag.replace("_", " ") for flag in ("absent", "wrong_md5", "unlisted") if recipe.get(flag)]
    return ", ".join(words)
