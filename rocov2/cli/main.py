"""The entry point: the group of commands, and the one place where an error becomes words and an exit code."""

import sys
import traceback

import click

from rocov2 import __version__
from rocov2.cli.audit import audit
from rocov2.cli.browse import browse
from rocov2.cli.build import build
from rocov2.cli.clean import clean
from rocov2.cli.evaluate import evaluate
from rocov2.cli.export import export
from rocov2.cli.fetch import fetch
from rocov2.cli.link import link
from rocov2.cli.plan import plan
from rocov2.cli.refresh import refresh
from rocov2.cli.release import release
from rocov2.cli.report import status, tables
from rocov2.cli.report_page import report
from rocov2.cli.score import score
from rocov2.cli.verify import verify
from rocov2.cli.vocabularies import vocabulary
from rocov2.cli.why import why
from rocov2.errors import RocoError

INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="rocov2")
def cli() -> None:
    """Rebuild, extend and keep current the ROCOv2 radiology dataset.

    Exit codes: 0 done, 1 a bug, 2 usage, 3 configuration or missing asset, 4 source unreachable or
    unexpected, 5 incomplete (run again), 6 checks failed and nothing released, 130 interrupted.
    """


for command in (
    audit,
    browse,
    build,
    clean,
    evaluate,
    export,
    fetch,
    link,
    plan,
    refresh,
    release,
    report,
    score,
    status,
    tables,
    verify,
    vocabulary,
    why,
):
    cli.add_command(command)


def run() -> None:
    """Run the command line and exit; no input ends in a traceback but a bug."""
    try:
        cli(standalone_mode=False)
        code = 0
    except (click.exceptions.Abort, KeyboardInterrupt):
        print("interrupted; the same command goes on from here", file=sys.stderr)
        code = INTERRUPTED
    except click.exceptions.Exit as leaving:
        code = leaving.exit_code
    except click.ClickException as error:
        error.show()
        code = 2
    except BrokenPipeError:
        sys.stderr.close()
        code = 0
    except RocoError as error:
        print(f"rocov2: {error.message}", file=sys.stderr)
        if error.advice:
            print(f"  next: {error.advice}", file=sys.stderr)
        code = error.exit_code
    except Exception:  # noqa: BLE001 - the top of the program: whatever is left is a bug, and says so
        traceback.print_exc()
        print("rocov2: this is a bug; please report it with the lines above", file=sys.stderr)
        code = 1
    sys.exit(code)
