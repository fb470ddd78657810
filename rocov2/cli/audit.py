"""`audit DIR`: what is wrong with a release, ours or a published one: leaks between splits, strays, faulty captions."""

import json
from pathlib import Path

import click

from rocov2.cli.options import AS_JSON
from rocov2.release.audit import as_markdown
from rocov2.release.audit import audit as audited
from rocov2.release.corpus import read_corpus


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@AS_JSON
def audit(folder: Path, as_json: bool) -> None:
    """Look for leaks and faults in a release of ours, the published ROCOv2 CSVs, or the ROCO 2018 lists."""
    findings = audited(read_corpus(folder))
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
