"""A bucket whose articles come from the bundled sample and change from day to day, as PubMed Central's do."""

import hashlib
import json
from pathlib import Path
from urllib.parse import quote

import pyarrow.parquet as pq

from tests.fakepmc import Bucket
from tests.pipeline.runs import REPO

SAMPLE = REPO / "data" / "sample"
NEW, CHANGED, RETRACTED, LICENCE, GONE, ABSENT = (f"PMC990000{number:02}" for number in (4, 2, 3, 5, 7, 8))
SAME = ("PMC99000001", "PMC99000009", "PMC99000012")


def day(number):
    """The stamp of the inventory of a day."""
    return f"2026-09-{number:02}T01-00Z"


class Story:
    """The bucket, with one method a day; each leaves an inventory."""

    def __init__(self, root: Path) -> None:
        self.bucket = Bucket(root)

    def first(self):
        """Everything but NEW is there."""
        for pmcid in (CHANGED, RETRACTED, LICENCE, GONE, ABSENT, *SAME):
            self.add(pmcid)
        self.bucket.write_inventory(day(1))

    def second(self):
        """One is new; one caption, one flag and one licence change; two articles are not listed."""
        self.add(NEW)
        self.recaption(CHANGED, b"radiograph", b"roentgenogram")
        self.rewrite(RETRACTED, is_retracted=True)
        self.rewrite(LICENCE, license_code="CC BY-ND")
        self.remove(GONE)
        self.remove(ABSENT)
        self.bucket.write_inventory(day(2))

    def third(self):
        """The retraction is undone, one of the two is listed again."""
        self.rewrite(RETRACTED, is_retracted=False)
        self.add(ABSENT)
        self.bucket.write_inventory(day(3))

    def fourth(self):
        """The other one is listed again, too."""
        self.add(GONE)
        self.bucket.write_inventory(day(4))

    def fifth(self):
        """Nothing has happened."""
        self.bucket.write_inventory(day(5))

    def add(self, pmcid):
        """Put a sample's article there, with all its objects."""
        for path in sorted((SAMPLE / f"{pmcid}.1").iterdir()):
            self.bucket.put(f"{pmcid}.1/{path.name}", path.read_bytes())
        self.bucket.write_json(f"{pmcid}.1", (SAMPLE / "metadata" / f"{pmcid}.1.json").read_bytes())

    def remove(self, pmcid):
        """Take an article away, with all its objects."""
        for path in sorted((self.bucket.root / f"{pmcid}.1").iterdir()):
            path.unlink()
        self.bucket.delete(f"metadata/{pmcid}.1.json")

    def rewrite(self, pmcid, **fields):
        """Change fields of an article's JSON."""
        self.bucket.write_json(f"{pmcid}.1", {**self.bucket.read_json(f"{pmcid}.1"), **fields})

    def recaption(self, pmcid, old, new):
        """Change words of an article's XML, and with it the MD5 that its JSON states."""
        key = f"{pmcid}.1/{pmcid}.1.xml"
        before = (self.bucket.root / key).read_bytes()
        after = before.replace(old, new)
        assert after != before
        md5 = self.bucket.put(key, after)
        text = json.dumps(self.bucket.read_json(f"{pmcid}.1"))
        was = hashlib.md5(before).hexdigest()
        assert quote(was) in text
        self.bucket.write_json(f"{pmcid}.1", text.replace(was, md5).encode())


def samples_of(release):
    """sample_id -> row of a release."""
    return {row["sample_id"]: row for row in pq.read_table(release / "samples.parquet").to_pylist()}


def articles_of(release):
    """PMCIDs of a release."""
    return {row["pmcid"] for row in samples_of(release).values()}
