"""The checks between an assembled release and its publication: each has a code, a sentence and its findings."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rocov2.errors import CheckError, ConfigError
from rocov2.release.labels import MODALITY_CODES
from rocov2.release.rows import SPLITS

CUI_PATTERN = r"^C\d{7}$"

_SHOWN = 3


class Check(Enum):
    """A check: its name is the code, its value the sentence that a release must obey."""

    INCOMPLETE_ROW = "every sample has its article, figure, image, score and caption, and no column is missing a value"
    ARTICLE_IN_TWO_SPLITS = "no article stands in two splits"
    CLUSTER_IN_TWO_SPLITS = "no cluster of look-alikes stands in two splits"
    IMAGE_IN_TWO_SPLITS = "no image, by its digest, stands in two splits"
    SAMPLE_TWICE = "no sample id occurs twice, upper and lower case being one"
    UNKNOWN_SPLIT = "every sample is of train, valid or test"
    PIN_BROKEN = "no article is less protected than the set that it is pinned to has it"
    AHEAD_OF_TIME = "in a release split by date no new article stands in a split that ends before it appeared"
    LICENSE_NOT_ALLOWED = "every licence is on the allow-list"
    BLANK_CAPTION = "no caption is blank"
    MALFORMED_CUI = "every CUI is a C and seven digits"
    UNNAMED_CUI = "every CUI has its name in cui_mapping.csv"
    CUI_TWICE = "no sample has a CUI twice, and its manual CUIs stand first"
    TWO_MODALITIES = "no sample has two modality concepts"
    MISSING_IMAGE = "the store holds every image, with the digest that the tables state"
    FILES_DIFFER = "the files of the release are the images of its rows, no more and no less"
    TOO_FEW = "the release is as large as the expectations ask"
    TOO_MANY_LOST = "no more samples of the last release are lost than the expectations allow"


_NAMED_ROWS = "look at the named rows with `rocov2 why ID`"
_STEPS = {
    Check.MISSING_IMAGE: "`rocov2 verify` names what is damaged, and how it is fetched again",
    Check.TOO_FEW: "see in `rocov2 status` what was dropped and why; --expectations says how many there must be",
    Check.TOO_MANY_LOST: "if that is as it should be, release it once with -p release.max_lost_share=1",
}
"""What to do where a check is about the whole release; the rest name rows."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A check that did not hold: how often, and examples."""

    check: Check
    count: int
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        shown = ", ".join(self.examples[:_SHOWN])
        return f"{self.check.name}: {self.check.value}; {self.count:,} do not" + (f" ({shown})" if shown else "")


def failure(check: Check, offenders: Collection[str]) -> list[Failure]:
    """The failure that `offenders` are, or none when there are none; examples are the first of the alphabet."""
    return [Failure(check, len(offenders), tuple(sorted(offenders)[:_SHOWN]))] if offenders else []


def require(failures: list[Failure]) -> None:
    """Raise CheckError naming all of `failures`, if there are any."""
    if failures:
        lines = "\n".join(f"  {f}" for f in failures)
        steps = dict.fromkeys(_STEPS.get(found.check, _NAMED_ROWS) for found in failures)
        raise CheckError(
            f"{len(failures)} check{'s' * (len(failures) > 1)} failed, nothing was released:\n{lines}",
            "; ".join([*steps, "the last release is untouched"]),
        )


def check_samples(
    samples: pa.Table, names: pa.Table, licenses: Collection[str], minimums: Mapping[str, int]
) -> list[Failure]:
    """Hold the rows of `samples.parquet` to every check that needs no file.

    `names` is `cui_mapping.csv`, `licenses` the allow-list, `minimums` the expectations (see `counts`).
    """
    return [
        *failure(Check.INCOMPLETE_ROW, _incomplete(samples)),
        *failure(Check.ARTICLE_IN_TWO_SPLITS, _in_two_splits(samples, "pmcid")),
        *failure(Check.CLUSTER_IN_TWO_SPLITS, _in_two_splits(samples, "cluster_id")),
        *failure(Check.IMAGE_IN_TWO_SPLITS, _in_two_splits(samples, "sha256")),
        *failure(Check.SAMPLE_TWICE, _twice(samples)),
        *failure(Check.UNKNOWN_SPLIT, _ids(samples, pc.invert(pc.is_in(samples["split"], value_set=pa.array(SPLITS))))),
        *failure(Check.LICENSE_NOT_ALLOWED, _unlicensed(samples, licenses)),
        *failure(Check.BLANK_CAPTION, _ids(samples, pc.equal(pc.utf8_trim_whitespace(samples["caption"]), ""))),
        *_check_cuis(samples, names),
        *_check_minimums(samples, minimums),
    ]


def check_files(folder: Path, samples: pa.Table) -> list[Failure]:
    """Hold the image folders of a written release to its rows."""
    rows = set(samples["file"].to_pylist())
    files = {f"{split}/{path.name}" for split in SPLITS for path in (folder / split).iterdir()}
    return failure(Check.FILES_DIFFER, rows ^ files)


COUNTED = (
    *("samples", "articles", "concepts", *SPLITS),
    *(f"modality.{code}" for code in (*MODALITY_CODES.values(), "COMBINED")),
)


def require_countable(minimums: Iterable[str]) -> None:
    """Raise ConfigError for an expectation of something that `counts` does not count."""
    if unknown := sorted(set(minimums) - set(COUNTED)):
        raise ConfigError(f"unknown expectation {unknown[0]!r}", f"expectations are {', '.join(COUNTED)}")


def counts(samples: pa.Table) -> dict[str, int]:
    """What a release is counted in, and so what `minimums` may name.

    `samples`, `articles`, `concepts` (distinct CUIs), each split, and `modality.CT` and its like.
    """
    found = dict.fromkeys(COUNTED, 0) | {
        "samples": samples.num_rows,
        "articles": len(pc.unique(samples["pmcid"])),
        "concepts": len(pc.unique(pc.list_flatten(samples["cuis"]))),
    }
    for column, prefix in (("split", ""), ("modality", "modality.")):
        for entry in pc.value_counts(samples[column].combine_chunks()).to_pylist():
            found[f"{prefix}{entry['values']}"] = entry["counts"]
    return found


def _check_minimums(samples: pa.Table, minimums: Mapping[str, int]) -> list[Failure]:
    found = counts(samples)
    require_countable(minimums)
    return failure(Check.TOO_FEW, [f"{n}: {found[n]:,} of {low:,}" for n, low in minimums.items() if found[n] < low])


def _check_cuis(samples: pa.Table, names: pa.Table) -> list[Failure]:
    used = pc.unique(pc.list_flatten(samples["cuis"]))
    named = names.filter(pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(names["Canonical name"])), 0))["CUI"]
    malformed = pc.invert(pc.match_substring_regex(used, CUI_PATTERN))
    unnamed = pc.invert(pc.is_in(used, value_set=named.combine_chunks()))
    return [
        *failure(Check.MALFORMED_CUI, used.filter(malformed).to_pylist()),
        *failure(Check.UNNAMED_CUI, used.filter(unnamed).to_pylist()),
        *failure(
            Check.CUI_TWICE,
            _wrong_lists(samples, lambda cuis, manual: cuis[: len(manual)] != manual or len(set(cuis)) < len(cuis)),
        ),
        *failure(
            Check.TWO_MODALITIES, _wrong_lists(samples, lambda _, manual: len(set(manual) & set(MODALITY_CODES)) > 1)
        ),
    ]


def _wrong_lists(samples: pa.Table, is_wrong: Callable[[list[str], list[str]], bool]) -> list[str]:
    columns = (samples[name].to_pylist() for name in ("sample_id", "cuis", "cuis_manual"))
    return [sample for sample, cuis, manual in zip(*columns, strict=True) if is_wrong(cuis, manual)]


def _ids(samples: pa.Table, mask: pa.ChunkedArray) -> list[str]:
    found: list[str] = samples["sample_id"].filter(mask).to_pylist()
    return found


def _incomplete(samples: pa.Table) -> set[str]:
    absent: set[str] = set()
    for column in samples.schema:
        if not column.nullable:
            absent.update(map(str, _ids(samples, pc.is_null(samples[column.name]))))
    return absent


def _in_two_splits(samples: pa.Table, unit: str) -> list[str]:
    pairs = samples.select([unit, "split"]).group_by([unit, "split"]).aggregate([])
    found = pairs.group_by(unit).aggregate([("split", "count")])
    return [str(name) for name in found.filter(pc.greater(found["split_count"], 1))[unit].to_pylist()]


def _twice(samples: pa.Table) -> list[str]:
    lower = np.asarray(pc.utf8_lower(samples["sample_id"]).to_pylist(), dtype=object)
    values, found = np.unique(lower, return_counts=True) if len(lower) else (lower, lower)
    return [str(value) for value in values[found > 1]] if len(lower) else []


def _unlicensed(samples: pa.Table, licenses: Collection[str]) -> list[str]:
    return _ids(
        samples, pc.invert(pc.is_in(samples["license_code"], value_set=pa.array(sorted(licenses), pa.string())))
    )
