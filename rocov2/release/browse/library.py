"""Answers to the requests of a browser that leafs through a release: searches, samples, pictures."""

import base64
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyarrow as pa

from rocov2.net.loopback import Answer
from rocov2.release.browse.catalogue import LONGEST, Catalogue, Wanted, catalogue_of
from rocov2.release.browse.pages import LARGE_PX, PAGE, SMALL_PX, absent_page, found_page, sample_page
from rocov2.release.report.gather import read_release
from rocov2.release.report.markup import Safe, text
from rocov2.release.report.page import source_digest
from rocov2.release.report.thumbnails import MAX_FILE_BYTES, Thumbnails

_KEPT_PICTURES = 2_000
_FILTERS = ("modality", "split", "license_code")
_OTHERS = 12


class Library:
    """A release that is open to be read; `answer` is what a server asks."""

    def __init__(self, folder: Path) -> None:
        """Read and index the release in `folder`. Raises UsageError where there is none, CheckError where damaged."""
        self.catalogue: Catalogue = catalogue_of(read_release(folder))
        self.release = self.catalogue.release
        self.style = "".join((files("rocov2.release") / name).read_text("utf-8") for name in _STYLES)
        self.picture = lru_cache(maxsize=_KEPT_PICTURES)(self._picture)

    def answer(self, path: str, query: Mapping[str, str]) -> Answer:
        """The page or picture of a path; 404 for any other."""
        kind, _, rest = path.removeprefix("/").partition("/")
        if path == "/":
            return self._found(query)
        if kind == "sample":
            return self._sample(rest)
        side, _, sample_id = rest.partition("/")
        if kind == "picture" and side in (str(SMALL_PX), str(LARGE_PX)):
            return self.picture(sample_id, int(side))
        return self._page(absent_page(self.release, "There is no such page."), 404)

    def _found(self, query: Mapping[str, str]) -> Answer:
        wanted = Wanted(query.get("q", "")[:LONGEST], {name: query.get(name, "") for name in _FILTERS})
        found = self.catalogue.find(wanted)
        asked = query.get("page", "1")
        page = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 1
        page = min(max(page, 1), max(1, -(-len(found) // PAGE)))
        rows = self._rows(found[(page - 1) * PAGE : page * PAGE])
        return self._page(found_page(self.release, wanted, found, page, rows))

    def _sample(self, sample_id: str) -> Answer:
        place = self.catalogue.row_of(sample_id)
        if place is None:
            return self._page(absent_page(self.release, "There is no such sample."), 404)
        row = self._rows([place])[0]
        same = self.catalogue.find(Wanted(columns={"pmcid": row["pmcid"]}))
        return self._page(sample_page(self.release, row, self._rows([r for r in same if r != place][:_OTHERS])))

    def _rows(self, places: list[int]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.release.samples.take(pa.array(places, pa.int64())).to_pylist()
        return rows

    def _picture(self, sample_id: str, side_px: int) -> Answer:
        place = self.catalogue.row_of(sample_id)
        if place is not None:
            row = self._rows([place])[0]
            maker = Thumbnails(self.release.folder, 2 * MAX_FILE_BYTES)
            made = maker.make(row["file"], row["format"], side_px, 80)
            if made:
                return Answer(base64.b64decode(made.base64), "image/webp", headers={"Cache-Control": "max-age=3600"})
        return Answer(b"", "image/webp", 404)

    def _page(self, body: Safe, status: int = 200) -> Answer:
        allowed = f"img-src 'self' data:; style-src {source_digest(self.style)}; form-action 'self'"
        policy = f"default-src 'none'; {allowed}; base-uri 'none'; frame-ancestors 'none'"
        title = f"ROCOv2 rebuilt, {self.release.manifest.get('snapshot_on', 'unknown date')}"
        whole = (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="color-scheme" content="light dark">\n<link rel="icon" href="data:,">\n'
            f"<title>{text(title)}</title>\n<style>{self.style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
        )
        encoded = whole.encode("utf-8", "replace")
        return Answer(encoded, status=status, headers={"Content-Security-Policy": policy})


_STYLES = ("report/page.css", "browse/browse.css")
