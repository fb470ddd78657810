"""The dataset card, README.md of a release or an export: a datasheet of what is in it, how it was made, its limits."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rocov2.release.attribution import CHANGES
from rocov2.release.datasheet import COLLECTION, COMPOSITION, MAINTENANCE, MOTIVATION, PAPER, USES
from rocov2.release.funnel import Step
from rocov2.release.rows import SPLITS

TITLE = "ROCOv2, rebuilt from PubMed Central"

_SIZES = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the card is written from: `summary.summarise` of the rows, the notes, the funnel, provenance and policy.

    `split` is how it was split (see `placing.Told`); empty for a release older than the choice, which took the hash.
    """

    summary: Mapping[str, Any]
    notes: Sequence[str]
    funnel: Sequence[Step]
    provenance: Mapping[str, Any]
    policy: Mapping[str, Any]
    split: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layout:
    """What the card says of the files around it: more lines for its YAML head, the table of files, how to read them."""

    files: str
    reading: str
    head: str = ""


def card(facts: Facts, layout: Layout | None = None) -> str:
    """The card as Markdown under a YAML head; no clock enters it, the date is the inventory's.

    The sections are those that a datasheet asks for (Gebru et al., Communications of the ACM 64(12), 2021).
    """
    around = layout or RELEASE
    parts = (
        _head(facts, around),
        _opening(facts),
        MOTIVATION,
        _contents(facts, around),
        COMPOSITION,
        COLLECTION,
        _made(facts),
        _LABELS + _assets(facts),
        _splits(facts),
        USES,
        _LIMITS,
        _rights(facts),
        _citation(facts),
        MAINTENANCE,
        around.reading,
    )
    return "\n".join(parts)


def snapshot_on(provenance: Mapping[str, Any]) -> str:
    """Date of the inventory behind the release, YYYY-MM-DD; `unknown` where the source has none."""
    return str(provenance.get("inventory") or "unknown").split("T", maxsplit=1)[0]


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [
        header,
        ["---", *("---" if name in ("reasons", "digest") else "---:" for name in header[1:])],
        *([_cell(c) for c in row] for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value).replace("|", "\\|")


def _head(facts: Facts, layout: Layout) -> str:
    size = min(max(int(math.log10(max(facts.summary["samples"], 1))) - 2, 0), len(_SIZES) - 1)
    return f"""---
pretty_name: "{TITLE}"
license: other
license_name: creative-commons-per-image
license_link: https://creativecommons.org/share-your-work/cclicenses/
language:
- en
task_categories:
- image-to-text
- image-classification
tags:
- medical
- radiology
- umls
size_categories:
- {_SIZES[size]}
{layout.head}---
"""


def _opening(facts: Facts) -> str:
    summary, made = facts.summary, facts.provenance
    lines = [
        f"# {TITLE}",
        "",
        f"{summary['samples']:,} radiology images from {summary['articles']:,} open-access articles, each with its",
        "caption, its UMLS concepts and a traceable origin: article, version, figure, file and digest.",
        f"Made by rocov2 {made.get('version', '')} with the preset `{made.get('preset', '')}` from the source",
        f"`{made.get('source', '')}`, as it stood on **{snapshot_on(made)}**.",
        *(f"\n- {note}" for note in facts.notes),
    ]
    return "\n".join(lines) + "\n"


def _contents(facts: Facts, layout: Layout) -> str:
    splits = facts.summary["splits"]
    rows = [[label, *(splits[s][key] for s in SPLITS)] for key, label in _COUNTED.items()]
    modalities = _table(("modality", "images"), [(k or "(none)", v) for k, v in facts.summary["modalities"].items()])
    return f"""## What is in it

{_table(("", *SPLITS), rows)}
{modalities}
{layout.files}"""


_COUNTED = {
    "samples": "images",
    "articles": "articles",
    "size_bytes": "bytes of images",
    "unique_cuis": "distinct concepts",
    "cui_assignments": "concepts assigned",
    "most_cuis": "most concepts of an image",
    "without_automatic_cuis": "images without an automatic concept",
}


def _made(facts: Facts) -> str:
    rows = []
    for step in facts.funnel:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in step.dropped.items())
        rows.append((step.stage, step.kept, sum(step.dropped.values()), reasons))
    return f"""## How it was made

Every row that a stage did not pass on is in the release's `drops.parquet` with its reason.

{_table(("stage", "rows kept", "rows dropped", "reasons"), rows)}"""


def _assets(facts: Facts) -> str:
    assets = facts.provenance.get("assets") or {}
    rows = [(f"`{name}`", f"`{str(digest)[:12]}`") for name, digest in sorted(assets.items())]
    return f"\n{_ASSETS}\n\n{_table(('asset', 'digest'), rows)}" if rows else ""


_ASSETS = "Models, vocabularies and override files, by the first digits of their SHA-256:"

_LABELS = """## How the labels were made

Captions are those of the articles, cleaned by named rules (`caption_raw` has the original).
Automatic concepts are spans of the clean caption linked to UMLS concepts; nobody has read them one
by one. Manual concepts are the imaging modality, and for plain X-rays the body region and the
direction, by classifiers and rules under curators' overrides; `cui_origins` tells which made each.
Model scores are kept with each sample, so that a stricter cut needs no rebuild.
"""


def _splits(facts: Facts) -> str:
    shares = " / ".join(f"{share:.1%}" for share in facts.policy["shares"])
    made = facts.split
    how = _METHODS[made.get("method", "hash")].format(shares=shares, **made)
    pinned = made.get("pinned_articles", 0)
    held = f"{pinned:,} articles are pinned to another set, and none is less protected here than there.\n"
    return f"""## How it was split

Articles, never single images, are split, {how}.
Articles that share look-alike images go together, to the most protected of their splits (test, then
valid, then train). No article, no cluster of look-alikes and no image stands in two splits; this was
checked before publication. An article keeps its split, and a figure its ID, in every later release.
{held if pinned else ""}"""


_METHODS = {
    "hash": "{shares} into train, valid and test, by a hash of their group",
    "stratified": "{shares} into train, valid and test, such that modalities and concepts\nfall to the three alike",
    "date": "by date: train is older than {valid_from}, valid older than {test_from}, test the newest",
}


def _rights(facts: Facts) -> str:
    return f"""## Rights, credit, acknowledgement

Each image keeps the licence of its article; there is no licence for the whole.

{_table(("licence", "images"), facts.summary["licenses"].items())}
The release's `samples.parquet` has a credit ready to paste for each image (`attribution`, which most
exports carry along), and `license_information.csv` a short one.

Changes made: {CHANGES}.

Data come from the PMC Open Access Subset of the U.S. National Library of Medicine (NLM), accessed
as of {snapshot_on(facts.provenance)}. NLM has not endorsed this dataset, and it may not show the most current data:
articles retracted or relicensed since that date leave with a later release. Those retracted by then
are left out. The design follows ROCOv2 (Rückert et al., Scientific Data 11:688, 2024,
doi 10.1038/s41597-024-03496-6); this is an independent rebuild.
"""


def _citation(facts: Facts) -> str:
    made = facts.provenance
    return f"""## How to cite

Name this set by its date and its making, and cite the paper whose design it follows:

> {TITLE}. Snapshot of {snapshot_on(made)}, preset {made.get("preset", "")}, rocov2 {made.get("version", "")}.

{PAPER}
Who shows an image gives its `attribution`: that is what its licence asks for.
"""


_LIMITS = """## Limits

- Not for clinical use. Published figures favour rare and striking findings, and carry arrows,
  letters and crops.
- Whether an image is radiology, of which modality, and a single panel was decided by models; some
  decisions are wrong, and the scores say how sure each was.
- A concept is what the caption says, not all that the image shows; its absence means nothing.
- Look-alikes are found by comparing the pictures: two different views of one patient, published in two
  articles, can still stand in two splits.
- The images show patients: do not try to identify anyone.
"""


RELEASE = Layout(
    files="""| file | columns |
| --- | --- |
| `train/` `valid/` `test/` | the images, byte for byte as the source has them, named `<ID>.<format>` |
| `{train,valid,test}_captions.csv` | ID, Caption |
| `{train,valid,test}_concepts.csv` | ID, CUIs: all concepts joined with `;`, the manual ones first |
| `{train,valid,test}_concepts_manual.csv` | ID, CUIs: modality, anatomy, direction; may be empty |
| `cui_mapping.csv` | CUI, Canonical name |
| `license_information.csv` | ID, PMCID, Attribution, Link |
| `samples.parquet` | everything known of a sample; each column is described in its schema |
| `drops.parquet` | everything that was held back: key, reason, detail, stage, shard |
| `splits.csv` | PMCID, Split of every article ever released: what keeps splits from changing |
| `tombstones.csv` | PMCID, Reason, Date, Detail of articles released once and no more: retracted, licence, gone |
| `manifest.json`, `SHA256SUMS` | ingredients and counts; checksums for `sha256sum -c SHA256SUMS` |
""",
    reading="""## Reading the files

CSV files are UTF-8 with commas, quotes only where needed, and one line feed a row. Captions stand
as they are, without control characters: one may start with `=`, `+`, `-` or `@`, which a spreadsheet
would run as a formula, so import the columns as text.

    sha256sum --check --quiet SHA256SUMS
""",
)
"""The card of a release itself."""
