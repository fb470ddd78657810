"""The dataset card of an export: the release's card, with the files of the export and how to load them."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from rocov2.release.card import Facts, Layout, card
from rocov2.release.export_output import Job
from rocov2.release.export_tables import KEPT, sizes
from rocov2.release.funnel import Step
from rocov2.release.rows import SAMPLES_SCHEMA, SPLITS

_ALSO = """| `cui_mapping.csv` | CUI, Canonical name |
| `license_information.csv` | ID, PMCID, Attribution, Link |
| `export.json` | release and settings behind this export; size and SHA-256 of its files |
"""
_TYPES = {pa.string(): "string", pa.int64(): "int64", pa.float64(): "float64"}
_IMAGE_KINDS = ("jpg", "png", "webp", "gif", "tif")

_FILES = {
    "published": """| `{train,valid,test}_images.zip` | the images, byte for byte, as `<split>/<ID>.<format>` |
| `{train,valid,test}_captions.csv` | ID, Caption |
| `{train,valid,test}_concepts.csv` | ID, CUIs: all concepts joined with `;`, the manual ones first |
| `{train,valid,test}_concepts_manual.csv` | ID, CUIs: modality, anatomy, direction; may be empty |
""",
    "parquet": """| `data/{train,valid,test}-*.parquet` | every column of a sample; `image`, the bytes |
""",
    "hf": """| `data/{train,validation,test}-*.parquet` | every column; `image`, bytes and file name |
| `croissant.json` | the same in the words of Croissant (JSON-LD) |
""",
    "webdataset": """| `{train,validation,test}-*.tar` | a sample's image, `.json` (columns), `.txt` (caption) |
""",
    "imagefolder": """| `{train,validation,test}/` | the images, byte for byte, named `<ID>.<format>` |
| `{train,validation,test}/metadata.jsonl` | `file_name` and the columns as plain text and numbers: lists joined |
""",
    "coco-captions": """| `{train,val,test}/` | the images, byte for byte, named `<ID>.<format>` |
| `annotations/captions_{train,val,test}.json` | images, licenses and annotations as COCO has them; more keys an image |
""",
}

_HUB = "    from datasets import load_dataset; dataset = load_dataset('FOLDER')    # train, validation, test\n"
_READING = {
    "published": "    unzip train_images.zip    # makes train/\n",
    "parquet": "    import pandas; table = pandas.read_parquet('data')    # or any other reader of Parquet\n",
    "hf": _HUB,
    "webdataset": """    import webdataset
    samples = webdataset.WebDataset('train-00000-of-00001.tar', shardshuffle=False)
    for sample in samples: ...    # sample['jpg'] (or png, webp, gif, tif), sample['json'], sample['txt']
""",
    "imagefolder": _HUB,
    "coco-captions": "    from pycocotools.coco import COCO; captions = COCO('annotations/captions_train.json')\n",
}

_PATTERNS = {
    "parquet": "data/{}-*.parquet",
    "hf": "data/{}-*.parquet",
    "webdataset": "{}-*.tar",
    "imagefolder": "{}/**",
}


def export_card(job: Job, kind: str) -> str:
    """The README.md of an export; of those that `datasets` loads, the YAML head names splits, files and features."""
    manifest = job.release.manifest
    facts = Facts(
        manifest["counts"],
        manifest["notes"],
        [Step(**step) for step in manifest["funnel"]],
        manifest["provenance"],
        manifest["settings"],
        manifest.get("split", {}),
    )
    files = "| file | what it holds |\n| --- | --- |\n" + _FILES[kind] + _ALSO
    reading = f"## Reading the files\n\n{_READING[kind]}\n{_ORDER}"
    return card(facts, Layout(files, reading, _head(job, kind)))


_ORDER = """Samples stand in the order of their IDs, those of one article together: shuffle before training. Image bytes
were not touched; their formats differ, and a decoder goes by the first bytes. Splits that have no sample
have no file where a library could not read an empty one.
"""


def _head(job: Job, kind: str) -> str:
    if kind not in _PATTERNS:
        return ""
    filled = [split for split in SPLITS if job.release.sizes[split]]
    lines = ["configs:", "- config_name: default", "  data_files:"]
    for split in filled:
        hub = "validation" if split == "valid" else split
        lines += [f"  - split: {hub}", f"    path: {_PATTERNS[kind].format(job.names[split])}"]
    lines += _info(job, kind) if kind in ("hf", "webdataset") else []
    return "\n".join(lines) + "\n"


def _info(job: Job, kind: str) -> list[str]:
    lines = ["dataset_info:", "  config_name: default", "  features:"]
    if kind == "webdataset":
        return lines + _webdataset_features(job)
    lines += [*_feature("image", "image"), *(line for name in KEPT for line in _column(name))]
    return lines + _split_sizes(sizes(job))


def _split_sizes(found: Mapping[str, Mapping[str, int]]) -> list[str]:
    lines = ["  splits:"]
    for name, size in found.items():
        lines += [
            f"  - name: {name}",
            f"    num_bytes: {size['num_bytes']}",
            f"    num_examples: {size['num_examples']}",
        ]
    lines.append(f"  download_size: {sum(size['file_bytes'] for size in found.values())}")
    lines.append(f"  dataset_size: {sum(size['num_bytes'] for size in found.values())}")
    return lines


def _column(name: str, indent: str = "  ") -> list[str]:
    kind = SAMPLES_SCHEMA.field(name).type
    if pa.types.is_list(kind):
        return [f"{indent}- name: {name}", f"{indent}  sequence: {_TYPES[kind.value_type]}"]
    return _feature(name, _TYPES[kind], indent)


def _feature(name: str, kind: str, indent: str = "  ") -> list[str]:
    return [f"{indent}- name: {name}", f"{indent}  dtype: {kind}"]


def _webdataset_features(job: Job) -> list[str]:
    """One column a kind of file: a loader that infers them from the first samples would miss, or refuse, the others."""
    formats: Mapping[str, Any] = job.release.manifest["counts"]["formats"]
    present = [kind for kind in _IMAGE_KINDS if {"jpg": "jpeg", "tif": "tiff"}.get(kind, kind) in formats]
    lines = [line for kind in present for line in _feature(kind, "image")]
    lines += ["  - name: json", "    struct:", *(line for name in KEPT for line in _column(name, "    "))]
    for name in ("txt", "__key__", "__url__"):
        lines += _feature(name, "string")
    return lines
