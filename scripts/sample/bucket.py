"""Turns articles into the bucket's keys: article JSON, XML, text, media, and the inventory that lists them."""

import csv
import gzip
import hashlib
import io
import json
import uuid
from typing import Any

from lxml import etree

from .front import Source, jats
from .media import Drawn, render

Keys = dict[str, bytes]
BUCKET = "pmc-oa-opendata"
REPORTS = f"inventory-reports/{BUCKET}/metadata"
STAMP = "2026-09-01T01-00Z"
UNFINISHED = "2026-09-02T01-00Z"
SHARDS = 3


def md5(data: bytes) -> str:
    """MD5 in hexadecimal, the bucket's checksum."""
    return hashlib.md5(data).hexdigest()


def article_keys(source: Source, made: Drawn) -> Keys:
    """Every key of one article version; its pictures are added to `made`."""
    home = f"{source['article_id']}/"
    xml = source["raw"].encode() if "raw" in source else jats(source)
    stated = {home + source["article_id"] + ".xml": xml, home + source["article_id"] + ".txt": plain(xml)}
    absent = set()
    for recipe in source.get("media", []):
        key = home + recipe["file"]
        data = render(recipe, made)
        stated[key] = made[key] = data
        if recipe.get("absent"):
            absent.add(key)
    document = article_json(source, stated)
    keys = {k: v for k, v in stated.items() if k not in absent}
    if not source.get("json_absent"):
        keys[f"metadata/{source['article_id']}.json"] = document
        keys[home + source["article_id"] + ".json"] = document
    return keys


def plain(xml: bytes) -> bytes:
    """The words of the article, a paragraph a line; nothing where the XML is broken on purpose."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    root = etree.fromstring(xml, parser)
    if root is None:
        return b""
    lines = (
        " ".join("".join(str(part) for part in node.itertext()).split())
        for node in root.iter("article-title", "p", "title")
    )
    return "\n".join(line for line in lines if line).encode() + b"\n"


def article_json(source: Source, files: Keys) -> bytes:
    """The article JSON with the MD5 of each file; the source's `json` table overrides single fields."""
    home = source["article_id"]
    wrong = {f"{home}/{r['file']}" for r in source.get("media", []) if r.get("wrong_md5")}
    if source.get("wrong_xml_md5"):
        wrong.add(f"{home}/{home}.xml")
    unlisted = {f"{home}/{r['file']}" for r in source.get("media", []) if r.get("unlisted")}

    def url(key: str) -> str:
        digest = md5(b"another version of " + key.encode()) if key in wrong else md5(files[key])
        return f"s3://{BUCKET}/{key}?md5={digest}"

    media = [url(k) for k in sorted(files) if not k.endswith((f"{home}.xml", f"{home}.txt")) and k not in unlisted]
    record: dict[str, Any] = {
        "pmcid": source["pmcid"],
        "version": source["version"],
        "pmid": source["pmid"] or None,
        "doi": source["doi"],
        "mid": None,
        "title": source["title"],
        "citation": f"{source['journal']}. {source['date'][:4]}; {source['number'] % 40 + 1}:e{source['number']}",
        "is_pmc_openaccess": True,
        "is_manuscript": False,
        "is_historical_ocr": False,
        "is_retracted": False,
        "license_code": source["license"].rsplit(" ", 1)[0] if source["license"] else None,
        "xml_url": url(f"{home}/{home}.xml"),
        "text_url": url(f"{home}/{home}.txt"),
    }
    if media:
        record["media_urls"] = media
    record.update(source.get("json", {}))
    if record["license_code"] == "":
        record["license_code"] = None
    return (json.dumps(record, indent=1, ensure_ascii=False) + "\n").encode()


def inventory_keys(documents: dict[str, bytes]) -> Keys:
    """Manifest and shards that list the article JSONs, and a newer report that is not finished yet."""
    rows = sorted(documents)
    shards = [rows[k * len(rows) // SHARDS : (k + 1) * len(rows) // SHARDS] for k in range(SHARDS)]
    keys: Keys = {}
    files = []
    for part in shards:
        data = packed([(BUCKET, key, "2026-08-30T04:12:09.000Z", md5(documents[key])) for key in part])
        name = f"{REPORTS}/data/{uuid.uuid5(uuid.NAMESPACE_URL, part[0])}.csv.gz"
        keys[name] = data
        files.append({"key": name, "size": len(data), "MD5checksum": md5(data)})
    manifest = {
        "sourceBucket": BUCKET,
        "destinationBucket": f"arn:aws:s3:::{BUCKET}",
        "version": "2016-11-30",
        "creationTimestamp": "1788224400000",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, LastModifiedDate, ETag",
        "files": files,
    }
    text = (json.dumps(manifest, indent=2) + "\n").encode()
    keys[f"{REPORTS}/{STAMP}/manifest.json"] = text
    keys[f"{REPORTS}/{STAMP}/manifest.checksum"] = (md5(text) + "\n").encode()
    keys[f"{REPORTS}/{UNFINISHED}/manifest.checksum"] = (md5(b"not written yet") + "\n").encode()
    return keys


def packed(rows: list[tuple[str, str, str, str]]) -> bytes:
    """Rows as gzip CSV, every field quoted, no header, no time stamp in the gzip."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return gzip.compress(text.getvalue().encode(), mtime=0)
