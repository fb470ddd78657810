"""Small releases with real pictures for the tests of the report, and a reader of its pages."""

import io
import json
import random
from html.parser import HTMLParser

import pyarrow as pa
from PIL import Image

from rocov2.release.funnel import History
from rocov2.release.write import write_release
from tests.release.release_rows import PROVENANCE, SETTINGS, article, concepts, made_tables, sample, store_picture

PARAMS = {
    "filter": {"min_radiology_score": 0.5, "max_compound_score": 0.4},
    "screen": {"min_score": 0.04},
    "curate": {"min_modality_score": 0.0},
}
DROPS = (
    ("PMC1.1", "retracted", "a title", "crawl"),
    *((f"PMC2.1/f{n}", "not_radiology", f"score 0.{n:02}00", "filter") for n in range(60)),
    ("PMC3.1/f1", "compound", "score 0.9100", "filter"),
    ("PMC3.1/f2", "compound", "score 0.4100", "filter"),
    ("PMC4.1/f1", "duplicate", "PMC100.1/fig1 is kept", "filter"),
    ("PMC4.1/f2", "near_duplicate", "PMC100.1/fig1 is kept", "filter"),
)


def png(number):
    """A small picture of its own."""
    written = io.BytesIO()
    Image.new("L", (40, 30), number % 256).save(written, "PNG", pnginfo=None)
    return written.getvalue() + str(number).encode()


def made_release(target, count=12, drops=DROPS, first=100, **changes):
    """A release of `count` samples, one an article; `changes` go into the first article and the first sample."""
    rng = random.Random(first)
    articles, samples, labels = [], [], []
    for number in range(first, first + count):
        figure_id = f"PMC{number}.1/fig1"
        mine = changes if number == first else {}
        articles.append(article(number, **{k: v for k, v in mine.items() if k in ("title", "journal", "authors")}))
        more = {k: v for k, v in mine.items() if k in ("caption", "label", "radiology_score", "compound_score")}
        body = store_picture(target.parent / "store", png(number))
        samples.append(sample(figure_id, body, rng, format="png", width_px=40, height_px=30, **more))
        labels += concepts(figure_id, samples[-1]["modality"], rng)
    names = ("key", "reason", "detail", "stage")
    rows = [{**dict(zip(names, row, strict=True)), "shard": "s"} for row in drops]
    history = History({"crawl": 90, "extract": 80, "filter": count}, [pa.Table.from_pylist(rows)])
    provenance = {**PROVENANCE, "params": PARAMS}
    tables = made_tables(articles, samples, labels)
    write_release(target, tables, history, lambda md5: target.parent / "store" / md5[:2] / md5, SETTINGS, provenance)
    return target


class Page(HTMLParser):
    """What a browser would find: elements as (tag, attributes), the text of each script and style."""

    def __init__(self, path):
        super().__init__(convert_charrefs=True)
        self.source = path if isinstance(path, str) else path.read_text(encoding="utf-8")
        self.elements, self.scripts, self.styles, self.words = [], [], [], ""
        self._inside = ""
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self._inside = tag

    def handle_endtag(self, tag):
        self._inside = ""

    def handle_data(self, data):
        if self._inside == "script":
            self.scripts.append(data)
        elif self._inside == "style":
            self.styles.append(data)
        else:
            self.words += data

    def all(self, tag):
        """The attributes of every element of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]

    def rows(self):
        """The rows that the search of the page holds."""
        return json.loads(next(script for script in self.scripts if script.startswith("{")))
