"""`vocabulary build|info|lookup|diff`: make a vocabulary to link with, and look into one."""

import difflib
import json
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import chain, islice
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from tqdm import tqdm

from rocov2.cli.options import AS_JSON, Group, make_parent
from rocov2.cli.vocabulary import beside, cache_folder, ensure_vocabulary
from rocov2.concepts.build import build_vocabulary
from rocov2.concepts.differences import Differences, differences
from rocov2.concepts.forms import expand_terms
from rocov2.concepts.hierarchy import ancestors
from rocov2.concepts.normalise import key_of
from rocov2.concepts.rrf import RrfRules, read_relations, read_rrf
from rocov2.concepts.shipped import shipped_parts, shipped_terms
from rocov2.concepts.terms import Term, TermRule, apply_rules, is_cui, read_rules, read_terms_csv, stale_line
from rocov2.concepts.types import require_types
from rocov2.concepts.vocabulary import Vocabulary, open_vocabulary
from rocov2.config import data_folder
from rocov2.errors import UsageError

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OF_UMLS = ("language", "source", "without_source", "without_term_type", "semantic_type", "suppressed")
"""Options that only a UMLS release reads."""
_BEGINNING, _LOOKED_AT = 2, 20_000
"""Letters that a spelling has in common with one that is meant, and how many such are compared with it."""


@click.group(cls=Group)
def vocabulary() -> None:
    """Build a vocabulary from a UMLS release or a CSV, and look into one."""


@vocabulary.command()
@click.option("--umls", type=FOLDER, help="Folder of a UMLS release: MRCONSO, MRSTY, MRRANK, MRREL.RRF, plain or .gz.")
@click.option("--terms", type=FILE, multiple=True, help="CSV of CUI,Name,TUI, or with a column Term; may be repeated.")
@click.option("--open/--no-open", "with_open", default=True, show_default=True, help="Put in the bundled open terms.")
@click.option("--rules", type=FILE, help="CSV of action,cui,text,value,reason: drop, add, rename, prefer.")
@click.option(
    "--allow-stale-rules", is_flag=True, help="Only tell of rules that meet no term, for rules shared by vocabularies."
)
@click.option("--language", multiple=True, default=("ENG",), show_default=True, help="UMLS languages (LAT) to take.")
@click.option("--source", multiple=True, help="UMLS sources (SAB) to take.  [default: all]")
@click.option("--without-source", multiple=True, help="UMLS sources to leave out.")
@click.option("--without-term-type", multiple=True, help="UMLS term types (TTY) to leave out.")
@click.option("--semantic-type", multiple=True, help="Semantic types (TUI) to take.  [default: all]")
@click.option("--suppressed/--no-suppressed", default=False, help="Take suppressed atoms as well.")
@click.option(
    "--derive/--no-derive", default=True, show_default=True, help="Add what people write for a preferred name."
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write.")
@AS_JSON
def build(out: Path, as_json: bool, **options: Any) -> None:
    """Build a vocabulary folder for `rocov2 link --vocabulary`; the same sources give the same bytes."""
    require_sources(options)
    if out.is_dir() and any(out.iterdir()) and not (out / "vocabulary.json").is_file():
        raise UsageError(f"{out} is a folder with other things in it", "give a new folder")
    make_parent(out)
    senses = data_folder() / "vocabulary" / "senses.csv" if options["with_open"] else None
    stale: list[TermRule] = []
    found = _terms(options, stale if options["allow_stale_rules"] else None)
    with beside(out) as part:
        build_vocabulary(tqdm(found, unit=" terms", unit_scale=True, disable=None), part, senses, _parts(options))
        shutil.rmtree(out, ignore_errors=True)
        part.replace(out)
    for rule in stale:
        print(f"meets no term: {stale_line(rule).strip()}", file=sys.stderr)
    _print_info(open_vocabulary(out), as_json)


def require_sources(options: Mapping[str, Any]) -> None:
    """Raise UsageError where there is nothing to build from, or a filter of a UMLS release without one."""
    if not (options["umls"] or options["terms"] or options["with_open"]):
        raise UsageError("there is nothing to build from", "give --umls, --terms, or leave --no-open out")
    require_types("--semantic-type", options["semantic_type"])
    context = click.get_current_context()
    for name in () if options["umls"] else OF_UMLS:
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(
                f"{option} chooses rows of a UMLS release, and none is given", "give --umls, or leave it out"
            )


def _terms(options: Mapping[str, Any], stale: list[TermRule] | None) -> Iterator[Term]:
    """All terms asked for, after the rules, in an order that does not matter."""
    given: Iterable[Term] = chain.from_iterable(read_terms_csv(path) for path in options["terms"])
    if options["umls"]:
        rules = RrfRules(
            languages=frozenset(options["language"]),
            sources=frozenset(options["source"]),
            excluded_sources=frozenset(options["without_source"]),
            excluded_types=frozenset(options["without_term_type"]),
            suppression=frozenset() if options["suppressed"] else frozenset({"N"}),
            semantic_types=frozenset(options["semantic_type"]),
        )
        given = chain(given, read_rrf(options["umls"], rules))
    given = expand_terms(given) if options["derive"] else given
    if options["with_open"]:
        given = shipped_terms(data_folder() / "vocabulary", given)
    return apply_rules(given, read_rules(options["rules"]) if options["rules"] else (), stale)


def _parts(options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The relations of body parts that go with the terms: the bundled ones, and those of a UMLS release."""
    if options["with_open"]:
        yield from shipped_parts(data_folder() / "vocabulary")
    if options["umls"]:
        yield from read_relations(options["umls"])


def opened(folder: Path | None) -> Vocabulary:
    """Return the vocabulary in a folder, or the bundled one."""
    return open_vocabulary(folder or ensure_vocabulary(cache_folder(), None))


@vocabulary.command()
@click.argument("folder", required=False, type=FOLDER)
@AS_JSON
def info(folder: Path | None, as_json: bool) -> None:
    """Say what a vocabulary holds: terms, concepts, sources, semantic types, its digest."""
    _print_info(opened(folder), as_json)


def _print_info(found: Vocabulary, as_json: bool) -> None:
    files = {path.name: path.stat().st_size for path in sorted(found.folder.iterdir()) if path.is_file()}
    facts = {name: found.info[name] for name in ("terms", "candidates", "concepts", "digest")}
    told = {"folder": str(found.folder), **facts, "size_bytes": sum(files.values())}
    told |= {"sense_rules": sum(map(len, found.senses.values())), "core_concepts": found.core_count()}
    told["sense_rules_idle"] = len(found.idle_senses())
    told["part_relations"] = found.relation_count()
    told |= {"sources": found.source_counts(), "semantic_types": found.type_counts()}
    if as_json:
        print(json.dumps(told, indent=1))
        return
    for name, value in told.items():
        if isinstance(value, dict):
            shown = ", ".join(f"{key or '-'} {count}" for key, count in list(value.items())[:12])
            print(f"{name:<15} {shown}{' ...' if len(value) > 12 else ''}")
        else:
            print(f"{name:<15} {value}")


@vocabulary.command()
@click.argument("term")
@click.argument("folder", required=False, type=FOLDER)
@AS_JSON
def lookup(term: str, folder: Path | None, as_json: bool) -> None:
    """List the concepts that TERM may stand for, the likeliest first, what each is a part of, and sense rules.

    Exit 2 when no concept is spelt so; --json then has no candidates.
    """
    found = opened(folder)
    form = key_of(term)
    candidates = [asdict(c) | {"above": ancestors(c.cui, found.wholes)} for c in found.lookup(term)]
    rules = [asdict(rule) for rule in found.senses.get(form, ())]
    if as_json:
        told = {"term": term, "form": form, "candidates": candidates, "senses": rules}
        print(json.dumps(told, indent=1, default=str))
    else:
        _print_candidates(candidates, rules, found)
    if not candidates:
        raise UsageError(f"no concept is spelt {form!r}", _nearest(term, found))


def _print_candidates(candidates: list[dict[str, Any]], rules: list[dict[str, Any]], found: Vocabulary) -> None:
    for row in candidates:
        print(
            f"{row['cui']}  {row['prior']:.3f}  {row['tui'] or '-':<10} {row['name']}  ({row['source']} {row['tty']})"
        )
        if row["above"]:
            print("          in " + ", ".join(found.names.get(cui, (cui, ""))[0] for cui in row["above"]))
    for rule in rules:
        told = {
            key: " ".join(map("".join, value)) if key in {"needs", "bars"} else value for key, value in rule.items()
        }
        print("sense rule: " + ", ".join(f"{key}={value}" for key, value in told.items() if value))


def _nearest(term: str, found: Vocabulary) -> str:
    """What to look up instead of a term that is not there: the nearest spelling that begins like it."""
    if is_cui(term):
        name = found.names.get(term, ("",))[0]
        return f"{term} is called {name}: look that up" if name else f"and there is no concept {term}"
    form = key_of(term)
    alike = islice(found.trie.iterkeys(form[:_BEGINNING]), _LOOKED_AT) if form else ()
    near = difflib.get_close_matches(form, [key.strip() for key in alike], n=1)
    return f"did you mean {near[0]}?" if near else "rocov2 vocabulary info says which vocabulary this is"


@vocabulary.command()
@click.argument("one", type=FOLDER)
@click.argument("other", type=FOLDER)
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="Examples of each kind.")
@AS_JSON
def diff(one: Path, other: Path, limit: int, as_json: bool) -> None:
    """Compare two vocabularies: terms and concepts added, dropped, renamed, given another meaning."""
    found: Differences = differences(open_vocabulary(one), open_vocabulary(other), limit)
    if as_json:
        print(json.dumps({"counts": found.counts, "examples": found.examples}, indent=1))
        return
    for kind, count in found.counts.items():
        print(f"{kind:<20} {count}")
        for example in found.examples[kind]:
            print(f"    {example}")
