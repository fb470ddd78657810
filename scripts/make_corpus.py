"""Make a bucket folder from real articles, with stand-in images: for trials of the whole pipeline at size.

    python scripts/make_corpus.py JATS_FOLDER IMAGES_FOLDER OUT [--articles N] [--captions CSV] [--distinct]

The articles are real; no images came with them, so that each graphic gets a picture of IMAGES_FOLDER, chosen
by a hash of its name: words and pixels do not belong together, and counts after `score` say nothing about radiology.
With --distinct no two graphics have the same bytes (a JPEG comment tells them apart), as in PubMed Central.
With --captions, minimal articles are generated around real captions (PMCID, file name, caption): their captions are
real and their XML is not. With --articles beyond what there is, articles are repeated under invented PMCIDs.
"""

import argparse
import hashlib
import re
import sys
from collections.abc import Iterator
from html import escape
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.fakepmc import Bucket

HREF = re.compile(rb'<graphic\b[^>]*?xlink:href="([^"]+)"')
LICENSES = {
    "by": "CC BY",
    "by-nc": "CC BY-NC",
    "by-sa": "CC BY-SA",
    "by-nc-sa": "CC BY-NC-SA",
    "by-nc-nd": "CC BY-NC-ND",
}
EXTENSION = re.compile(r"\.(jpe?g|png|gif|tiff?|webp|eps)$", re.IGNORECASE)


def main() -> None:
    """Write the bucket and say what is in it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("jats", type=Path)
    parser.add_argument("images", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--articles", type=int, default=0, help="how many; 0 means each once")
    parser.add_argument("--captions", type=Path, help="CSV with pmc_file and caption: add generated articles")
    parser.add_argument("--distinct", action="store_true", help="give every graphic bytes of its own")
    options = parser.parse_args()
    pictures = sorted(path for path in options.images.rglob("*.jpg"))
    bucket = Bucket(options.out)
    made = media = 0
    articles = [*real_articles(options.jats), *(generated(options.captions) if options.captions else [])]
    for pmcid, xml, license_code in numbered(articles, options.articles):
        files = {f"{stem}.jpg": picture_for(f"{pmcid} {stem}", pictures, options.distinct) for stem in stems(xml)}
        bucket.add_article(pmcid, 1, xml, files, license_code=license_code)
        made, media = made + 1, media + len(files)
    bucket.write_inventory("2026-11-01T01-00Z")
    print(f"{made} articles with {media} images in {options.out}")


def real_articles(folder: Path) -> Iterator[tuple[str, bytes, str]]:
    """Yield PMCID, XML and licence code of each article file."""
    for path in sorted(folder.glob("*.xml")):
        xml = path.read_bytes()
        match = re.search(rb"creativecommons\.org/licenses/([a-z-]+)", xml)
        yield path.stem, xml, LICENSES.get(match[1].decode() if match else "", "CC BY")


def generated(path: Path) -> Iterator[tuple[str, bytes, str]]:
    """Yield a minimal article for each PMCID of a caption list, with its captions as figures."""
    import csv

    grouped: dict[str, list[tuple[str, str]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            pmcid, _, name = row["pmc_file"].partition("_")
            grouped.setdefault(pmcid, []).append((EXTENSION.sub("", name), row["caption"]))
    for pmcid, figures in sorted(grouped.items()):
        body = "".join(
            f'<fig id="f{n}"><label>Figure {n}</label><caption><p>{escape(caption)}</p></caption>'
            f'<graphic xlink:href="{escape(stem)}"/></fig>'
            for n, (stem, caption) in enumerate(figures, start=1)
        )
        xml = (
            '<article xmlns:xlink="http://www.w3.org/1999/xlink" article-type="case-report"><front><article-meta>'
            f"<title-group><article-title>{pmcid}</article-title></title-group><permissions>"
            '<license xlink:href="https://creativecommons.org/licenses/by/4.0/"><license-p>CC BY</license-p></license>'
            f"</permissions></article-meta></front><body><sec><p>Figures.</p>{body}</sec></body></article>"
        )
        yield pmcid, xml.encode(), "CC BY"


def numbered(articles: list[tuple[str, bytes, str]], wanted: int) -> Iterator[tuple[str, bytes, str]]:
    """Yield the articles once, or `wanted` of them with invented PMCIDs for the repetitions."""
    yield from articles[: wanted or None]
    for number in count(len(articles)):
        if number >= wanted:
            return
        _, xml, license_code = articles[number % len(articles)]
        yield f"PMC{50_000_000 + number * 37}", xml, license_code


def stems(xml: bytes) -> list[str]:
    """Return the distinct file stems of an article's graphics that can be file names."""
    names = {EXTENSION.sub("", href.decode("utf-8", "replace").rpartition("/")[2]) for href in HREF.findall(xml)}
    return sorted(name for name in names if re.fullmatch(r"[\w.() -]{1,120}", name) and not name.startswith("."))


def picture_for(name: str, pictures: list[Path], is_distinct: bool = False) -> bytes:
    """Return a picture chosen by a hash of the name; with `is_distinct` the name is in it, as a comment."""
    body = pictures[int(hashlib.sha256(name.encode()).hexdigest(), 16) % len(pictures)].read_bytes()
    comment = name.encode()
    return body[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + body[2:] if is_distinct else body


if __name__ == "__main__":
    main()
