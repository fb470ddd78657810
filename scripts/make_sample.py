"""Write the bundled sample bucket, `data/sample`, from its sources in `scripts/sample/articles`.

Prints how many articles, files and bytes it wrote. The same sources give the same bytes: every picture is
drawn with seeded noise, nothing is downloaded, and no clock is read.

    python scripts/make_sample.py --out data/sample
"""

import argparse
import csv
import io
import shutil
import tomllib
from pathlib import Path

from sample.bucket import article_keys, inventory_keys, md5
from sample.front import Source
from sample.origins import readme

HERE = Path(__file__).resolve().parent
ARTICLES = HERE / "sample" / "articles"
MARK = "expected.csv"
EXPECTED = ("key", "outcome", "reason_hint", "note")


def load(path: Path) -> Source:
    """One article's source, with what follows from its file name (PMC99000001.1.toml)."""
    source: Source = tomllib.loads(path.read_text(encoding="utf-8"))
    source["article_id"] = path.name.removesuffix(".toml")
    source["pmcid"], version = source["article_id"].split(".")
    source["version"] = int(version)
    source["number"] = int(source["pmcid"][3:]) - 99_000_000
    source.setdefault("doi", f"10.5555/imaginary.{source['number']}")
    source.setdefault("pmid", 90_000_000 + source["number"])
    return source


def expectations(sources: list[Source]) -> bytes:
    """What should become of every article and figure, as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(EXPECTED)
    for source in sources:
        for name, words in source["expect"].items():
            key = source["article_id"] + ("" if name == "article" else f"/{name}")
            outcome, _, rest = words.partition(":")
            reason, _, note = rest.partition("|")
            writer.writerow([key, outcome.strip(), reason.strip(), note.strip()])
    return text.getvalue().encode()


def build(articles: Path = ARTICLES) -> dict[str, bytes]:
    """Every file of the sample, by its key."""
    sources = [load(path) for path in sorted(articles.glob("PMC*.toml"))]
    keys: dict[str, bytes] = {}
    made: dict[str, bytes] = {}
    documents: dict[str, bytes] = {}
    for source in sources:
        keys.update(article_keys(source, made))
        name = f"metadata/{source['article_id']}.json"
        documents[name] = keys.get(name, b"gone from the bucket since the inventory was taken")
    keys.update(inventory_keys(documents))
    keys[MARK] = expectations(sources)
    keys["README.md"] = readme(sources, keys)
    return keys


def write(keys: dict[str, bytes], out: Path) -> None:
    """Replace the folder `out` by the keys as files; a folder that holds anything but a sample is left alone."""
    if out.exists() and any(out.iterdir()):
        if not (out / MARK).is_file():
            raise SystemExit(f"{out} holds files and no {MARK}, so it is no sample: name a new folder or an empty one")
        shutil.rmtree(out)
    for key, data in keys.items():
        path = out / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def main() -> None:
    """Build the sample and say what was written."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HERE.parent / "data" / "sample")
    options = parser.parse_args()
    keys = build()
    write(keys, options.out)
    articles = sum(key.startswith("metadata/") for key in keys)
    digest = md5("".join(f"{k} {md5(v)}\n" for k, v in sorted(keys.items())).encode())
    print(
        f"{options.out}: {articles} articles, {len(keys)} files, "
        f"{sum(map(len, keys.values())):,} bytes, digest {digest}"
    )


if __name__ == "__main__":
    main()
