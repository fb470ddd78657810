"""The backend `scispacy`: a pipeline `en_core_sci_*` that the user has installed, and scispaCy's linker.

The linker's files are taken from scispaCy's cache, or from a folder with the same four files and `kb.jsonl`; nothing is
downloaded here. They hold pickles (scispaCy's format): use those of people you trust.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rocov2.concepts.models import Found, Model, installed
from rocov2.errors import ConfigError

DEFAULT_MODEL = "en_core_sci_sm"
UMLS = "umls"
INSTALL = "pip install 'scispacy>=0.6.2,<0.7' 'numpy<2' 'scikit-learn<1.5'"
INSTALL_MODEL = (
    "pip install --no-deps https://s3-us-west-2.amazonaws.com/ai2-s2-scispacy/releases/v0.5.4/{name}-0.5.4.tar.gz"
)
INSTALL_UMLS = (
    "python -c \"from scispacy.candidate_generation import CandidateGenerator; CandidateGenerator(name='umls')\""
)
_FILES = ("nmslib_index.bin", "tfidf_vectorizer.joblib", "tfidf_vectors_sparse.npz", "concept_aliases.json", "kb.jsonl")
_PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def scispacy_model(name: str, knowledge: str) -> Model:
    """Return the pipeline of this name or folder and the linker files of `knowledge` (`umls`, or a folder).

    ConfigError with the command to run for whatever is not there.
    """
    library = installed("scispacy", INSTALL)
    pipeline = _pipeline(name or DEFAULT_MODEL)
    try:
        meta = json.loads((pipeline / "meta.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{pipeline} is not a spaCy pipeline: {error}", "Install it again.") from error
    words = f"scispacy {library}, {meta.get('lang')}_{meta.get('name')} {meta.get('version')}, {knowledge or UMLS}"
    return Model(words, (pipeline, *_linker_files(knowledge or UMLS)))


def _pipeline(name: str) -> Path:
    """The folder of a pipeline: itself, or the one inside the installed package."""
    if (Path(name) / "config.cfg").is_file():
        return Path(name)
    if not _PACKAGE.fullmatch(name):
        raise ConfigError(
            f"{name} is not the folder of a spaCy pipeline", "Give a package, or a folder with config.cfg."
        )
    found = find_spec(name)
    for place in (found.submodule_search_locations or ()) if found else ():
        for config in sorted(Path(place).glob("*/config.cfg")):
            return config.parent
    raise ConfigError(f"the spaCy pipeline {name} is not installed", f"Run: {INSTALL_MODEL.format(name=name)}")


def _linker_files(knowledge: str) -> tuple[Path, ...]:
    """The four files of the index and the knowledge base, in the order of _FILES."""
    if knowledge != UMLS:
        files = tuple(Path(knowledge) / name for name in _FILES)
        missing = [path.name for path in files if not path.is_file()]
        if missing:
            raise ConfigError(
                f"{knowledge} has no {', '.join(missing)}", f"Give `{UMLS}`, or a folder with these files."
            )
        return files
    from scispacy.candidate_generation import UmlsLinkerPaths  # noqa: PLC0415 - seconds that the dictionary does not need
    from scispacy.file_cache import DATASET_CACHE  # noqa: PLC0415
    from scispacy.linking_utils import DEFAULT_UMLS_PATH  # noqa: PLC0415

    urls = (*UmlsLinkerPaths, DEFAULT_UMLS_PATH)
    found = tuple(_cached(Path(DATASET_CACHE), url) for url in urls)
    if None in found:
        raise ConfigError(f"scispaCy's UMLS linker is not in {DATASET_CACHE}", f"Run (1 GB): {INSTALL_UMLS}")
    return tuple(path for path in found if path is not None)


def _cached(cache: Path, url: str) -> Path | None:
    """The newest file that scispaCy keeps of a URL; it names them by the SHA-256 of URL and ETag."""
    name = f"{sha256(url.encode()).hexdigest()}*.{url.rsplit('/', 1)[-1]}"
    return max(cache.glob(name), key=lambda path: (path.stat().st_mtime_ns, path.name), default=None)


def scispacy_finder(model: Model) -> Callable[[Iterable[str]], Iterator[list[Found]]]:
    """Load pipeline and linker; return what finds the best concept of each entity.

    scispaCy's own settings hold (similarity above 0.7; above 0.95 for concepts without a definition), but a knowledge
    base without any definition is taken whole.
    """
    import spacy  # noqa: PLC0415 - seconds that the dictionary does not need
    from scispacy.candidate_generation import CandidateGenerator, LinkerPaths  # noqa: PLC0415
    from scispacy.linking import EntityLinker  # noqa: PLC0415
    from scispacy.linking_utils import KnowledgeBase  # noqa: PLC0415

    folder, *index, entities = model.paths
    try:
        pipeline = spacy.load(folder)
        aliases, vectorizer, ann = LinkerPaths(*map(str, index)).load()
        knowledge = KnowledgeBase(str(entities))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{model.name} cannot be loaded: {error}", "Install it again.") from error
    has_definitions = any(entity.definition for entity in knowledge.cui_to_entity.values())
    generator = CandidateGenerator(ann, vectorizer, aliases, knowledge)
    linker = EntityLinker(candidate_generator=generator, filter_for_definitions=has_definitions)

    def find(captions: Iterable[str]) -> Iterator[list[Found]]:
        for document in pipeline.pipe(captions):
            yield [_found(ent, knowledge) for ent in linker(document).ents if ent._.kb_ents]

    return find


def _found(entity: Any, knowledge: Any) -> Found:
    """The best concept of an entity; the lower CUI where two are as good."""
    cui, score = min(entity._.kb_ents, key=lambda pair: (-pair[1], pair[0]))
    known = knowledge.cui_to_entity[cui]
    return Found(
        entity.start_char, entity.end_char, cui, known.canonical_name, ";".join(sorted(known.types)), min(score, 1.0)
    )
