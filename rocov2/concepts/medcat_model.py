"""The backend `medcat`: a model pack of the user's, unpacked (MedCAT 2).

MedCAT declares numpy 2, scispaCy numpy 1: installed without its dependencies it runs with ours. A pack holds pickles
(MedCAT's format): use those of people you trust.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from rocov2.concepts.models import Found, Model, installed
from rocov2.errors import ConfigError

INSTALL = "pip install --no-deps medcat==2.9.0 dill xxhash"


def medcat_model(pack: str) -> Model:
    """Return the model pack in a folder; ConfigError when MedCAT or the pack is not there."""
    library = installed("medcat", INSTALL)
    folder = Path(pack) if pack else None
    if folder is None or not folder.is_dir():
        what = f"{pack} is not a folder" if pack else "no model pack is given"
        raise ConfigError(f"medcat: {what}", "Unzip the pack, and give its folder as model.")
    return Model(f"medcat {library}, {folder.name}", (folder,))


def medcat_finder(model: Model) -> Callable[[Iterable[str]], Iterator[list[Found]]]:
    """Load the pack; return what finds its linked entities, the similarity to the trained context as score."""
    from medcat.cat import CAT  # noqa: PLC0415 - an extra that the dictionary does not need

    try:
        cat = CAT.load_model_pack(str(model.paths[0]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError) as error:
        raise ConfigError(f"{model.name} cannot be loaded: {error}", "Is it a pack of MedCAT 2?") from error

    def find(captions: Iterable[str]) -> Iterator[list[Found]]:
        for caption in captions:
            entities = (cat.get_entities(caption) or {}).get("entities", {})
            yield [
                Found(
                    e["start"], e["end"], e["cui"], e["pretty_name"], ";".join(sorted(e["type_ids"])), float(e["acc"])
                )
                for e in entities.values()
            ]

    return find
