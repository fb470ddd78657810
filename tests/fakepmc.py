"""A fake PubMed Central: builds the bucket's folder, serves it on loopback, and answers ESearch.

bucket = Bucket(tmp_path / "bucket")
bucket.add_article("PMC1001", media={"fig1.jpg": jpeg()}, license_code="CC BY")
bucket.write_inventory()
with serve(bucket.root, faults=[Fault("status", match=r"fig1", times=1)]) as server:
    ...  # server.url, server.log = [(method, path with query, status)]
"""

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from PIL import Image

from scripts.serve_bucket import BucketServer, Fault

__all__ = ["BUCKET", "STAMP", "Bucket", "BucketServer", "Fault", "article_xml", "jpeg", "serve"]

BUCKET = "pmc-oa-opendata"
STAMP = "2026-09-01T01-00Z"
REPORTS = f"inventory-reports/{BUCKET}/metadata"


def jpeg(seed: int = 0, size: tuple[int, int] = (64, 48), image_format: str = "JPEG") -> bytes:
    """A small image; another seed gives other bytes."""
    image = Image.linear_gradient("L").resize(size).rotate(seed % 360).convert("RGB")
    image.putpixel((seed % size[0], seed // size[0] % size[1]), (255, 0, seed % 256))
    file = io.BytesIO()
    image.save(file, image_format)
    return file.getvalue()


def article_xml(pmcid: str, hrefs: Sequence[str] = (), caption: str = "Axial CT of the chest shows a nodule.") -> bytes:
    """A minimal JATS article with one figure a file name."""
    figures = "".join(
        f'<fig id="f{number}"><label>Figure {number}</label><caption><p>{caption}</p></caption>'
        f'<graphic xlink:href="{href}"/></fig>'
        for number, href in enumerate(hrefs, 1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><article xmlns:xlink="http://www.w3.org/1999/xlink" '
        'article-type="case-report" xml:lang="en"><front><journal-meta><journal-title>Journal of Tests</journal-title>'
        f'</journal-meta><article-meta><article-id pub-id-type="pmc">{pmcid}</article-id>'
        f"<title-group><article-title>Article {pmcid}</article-title></title-group>"
        '<pub-date pub-type="epub"><year>2024</year></pub-date><permissions>'
        '<license xlink:href="https://creativecommons.org/licenses/by/4.0/"><license-p>CC BY</license-p></license>'
        f"</permissions></article-meta></front><body><sec><title>Case</title>{figures}</sec></body></article>"
    ).encode()


@dataclass
class Bucket:
    """A folder with the bucket's keys as files."""

    root: Path
    bucket: str = BUCKET
    etags: dict[str, str] = field(default_factory=dict)

    def put(self, key: str, body: bytes) -> str:
        """Write an object and return its MD5."""
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return hashlib.md5(body).hexdigest()

    def delete(self, key: str) -> None:
        """Remove an object."""
        (self.root / key).unlink()
        self.etags.pop(key, None)

    def add_article(
        self,
        pmcid: str,
        version: int = 1,
        xml: bytes | None = None,
        media: dict[str, bytes] | None = None,
        license_code: str | None = "CC BY",
        **overrides: Any,
    ) -> str:
        """Write one article version with its JSON (twice, as the bucket has it) and return its article_id.

        `overrides` replace fields of the JSON, e.g. `is_retracted=True`; a field set to `...` is left out.
        """
        article_id = f"{pmcid}.{version}"
        media = media or {}
        xml = article_xml(pmcid, sorted(media)) if xml is None else xml
        urls = [self._url(f"{article_id}/{name}", body) for name, body in media.items()]
        fields: dict[str, Any] = {
            "pmcid": pmcid,
            "version": version,
            "pmid": 30_000_000 + version,
            "doi": f"10.1234/{pmcid.lower()}",
            "mid": None,
            "title": f"Article {pmcid}",
            "citation": f"J Tests. 2024; 1(1):{version}",
            "is_pmc_openaccess": True,
            "is_manuscript": False,
            "is_historical_ocr": False,
            "is_retracted": False,
            "license_code": license_code,
            "xml_url": self._url(f"{article_id}/{article_id}.xml", xml),
            "text_url": self._url(f"{article_id}/{article_id}.txt", b"text"),
            "media_urls": urls,
        } | overrides
        self.write_json(article_id, {name: value for name, value in fields.items() if value is not ...})
        return article_id

    def write_json(self, article_id: str, fields: Any) -> None:
        """Write the article JSON at both of its keys; bytes are written as they are."""
        body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
        self.put(f"{article_id}/{article_id}.json", body)
        key = f"metadata/{article_id}.json"
        self.etags[key] = self.put(key, body)

    def read_json(self, article_id: str) -> dict[str, Any]:
        """Return the article JSON's fields, to change them and write them again."""
        fields: dict[str, Any] = json.loads((self.root / f"metadata/{article_id}.json").read_bytes())
        return fields

    def write_inventory(self, stamp: str = STAMP, shards: int = 2, *, manifest: bool = True) -> str:
        """Write a report of all article JSONs; without `manifest` the folder exists before it, as happens."""
        rows = [
            [self.bucket, quote_plus(key, safe="/"), "2026-08-31T10:00:00.000Z", tag]
            for key, tag in sorted(self.etags.items())
        ]
        files = []
        for number in range(shards):
            text = io.StringIO()
            csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows[number::shards])
            body = gzip.compress(text.getvalue().encode(), mtime=0)
            key = f"{REPORTS}/data/{stamp}-{number}.csv.gz"
            files.append({"key": key, "size": len(body), "MD5checksum": self.put(key, body)})
        report = {
            "sourceBucket": self.bucket,
            "destinationBucket": f"arn:aws:s3:::{self.bucket}",
            "version": "2016-11-30",
            "fileFormat": "CSV",
            "fileSchema": "Bucket, Key, LastModifiedDate, ETag",
            "files": files,
        }
        name = "manifest.json" if manifest else "manifest.checksum"
        self.put(f"{REPORTS}/{stamp}/{name}", json.dumps(report).encode())
        self.put(f"{REPORTS}/hive/dt={stamp}/symlink.txt", b"")
        return stamp

    def _url(self, key: str, body: bytes) -> str:
        return f"s3://{self.bucket}/{key}?md5={self.put(key, body)}"


@contextmanager
def serve(root: Path, faults: Sequence[Fault] = (), latency_s: float = 0.0, port: int = 0) -> Iterator[BucketServer]:
    """Serve a bucket's folder on loopback while the block runs; its log can be read afterwards."""
    with BucketServer(root, faults, latency_s, port) as server:
        yield server
