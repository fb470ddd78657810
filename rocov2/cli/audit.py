"""`audit DIR`: what is wrong with a release, ours or a published one: leaks between splits, strays, faulty captions."""

import json
from functools import partial
from pathlib import Path

import click
from tqdm import tqdm

from rocov2.cli.options import AS_JSON
from rocov2.errors import CheckError
from rocov2.release.audit import as_markdown, leaks_in
from rocov2.release.audit import audit as audited
from rocov2.release.corpus import read_corpus
from rocov2.release.looks import with_looks


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--pictures/--no-pictures",
    default=True,
    show_default=True,
    help="Compare the images too, where they are at hand: the same look through another size, crop or margin.",
)
@click.option("--fail-on-leaks", is_flag=True, help="Exit with 6 where splits leak, as a script would ask.")
@AS_JSON
def audit(folder: Path, pictures: bool, fail_on_leaks: bool, as_json: bool) -> None:
    """Look for leaks and faults in a release of ours, the published ROCOv2 files, or those of ROCO 2018."""
    corpus = read_corpus(folder)
    if pictures and any(corpus.files):
        corpus = with_looks(corpus, partial(tqdm, unit=" images", total=len(corpus.ids), disable=None))
    findings = audited(corpus)
    if as_json:
        rows = [
            {
                "code": f.code,
                "sentence": f.sentence,
                "count": f.count,
                "of": f.of,
                "share": f.share,
                "examples": list(f.examples),
            }
            for f in findings
        ]
        print(json.dumps(rows, indent=1))
    else:
        print(as_markdown(findings))
    if fail_on_leaks and (leaks := leaks_in(findings)):
        found = "; ".join(f"{leak.count:,} {leak.sentence}" for leak in leaks)
        raise CheckError(f"the splits in {folder} leak: {found}", "publish no such splits; `--json` gives examples")
