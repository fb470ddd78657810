"""Croissant metadata of a Parquet export: the JSON-LD by which search engines and loaders know a dataset. Pure.

Croissant 1.0 (mlcommons.org/croissant), with the responsible-AI terms that the card's sections answer.
"""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from rocov2.release.card import TITLE, snapshot_on
from rocov2.release.export_tables import KEPT
from rocov2.release.rows import SAMPLES_SCHEMA

_TYPES = {pa.string(): "sc:Text", pa.int64(): "sc:Integer", pa.float64(): "sc:Float"}
_LICENSES = {
    "CC0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC BY": "https://creativecommons.org/licenses/by/4.0/",
    "CC BY-SA": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC BY-ND": "https://creativecommons.org/licenses/by-nd/4.0/",
    "CC BY-NC": "https://creativecommons.org/licenses/by-nc/4.0/",
    "CC BY-NC-SA": "https://creativecommons.org/licenses/by-nc-sa/4.0/",
    "CC BY-NC-ND": "https://creativecommons.org/licenses/by-nc-nd/4.0/",
}
"""A URL for each licence; the version that a single article names stands in its row."""

_PAPER = (
    "@article{rueckert2024rocov2, title={ROCOv2: Radiology Objects in COntext Version 2, an Updated Multimodal Image "
    'Dataset}, author={R{\\"u}ckert, Johannes and others}, journal={Scientific Data}, volume={11}, pages={688}, '
    "year={2024}, doi={10.1038/s41597-024-03496-6}}"
)
_SET = "parquet-files"
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant(manifest: Mapping[str, Any], files: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The metadata of the Parquet shards `files` (name -> sha256, size_bytes), of the release of `manifest`.

    File names are relative to the metadata, so that a copy of the folder stays valid wherever it is put.
    """
    made, counts = manifest["provenance"], manifest["counts"]
    day = snapshot_on(made)
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": "rocov2-rebuilt",
        "alternateName": TITLE,
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
        "description": _description(counts),
        "citeAs": _PAPER,
        "creator": {"@type": "sc:Organization", "name": f"rocov2 {made.get('version', '')}".strip()},
        **({"datePublished": day} if day != "unknown" else {}),
        "inLanguage": "en",
        "isLiveDataset": False,
        "keywords": ["radiology", "image captioning", "UMLS concepts", "PubMed Central", "open access"],
        "license": [_LICENSES[code] for code in counts["licenses"] if code in _LICENSES],
        "url": "https://pmc.ncbi.nlm.nih.gov/tools/openftlist/",
        "version": _version(day),
        **_RAI,
        "distribution": [*_objects(files), _file_set()],
        "recordSet": [_record_set()],
    }


_RAI = {
    "rai:dataCollection": "Figures of open-access research articles, taken by program from PubMed Central.",
    "rai:dataCollectionType": ["Secondary Data Analysis"],
    "rai:dataPreprocessingProtocol": "Captions cleaned by named rules; images byte for byte as the source has them.",
    "rai:dataAnnotationProtocol": "Concepts linked by program under curated overrides; not read one by one.",
    "rai:dataBiases": "Published figures favour rare and striking findings, and what open-access journals publish.",
    "rai:dataLimitations": "Not for clinical use; the absence of a concept means nothing.",
    "rai:personalSensitiveInformation": "Health images of people, published without their names.",
    "rai:dataUseCases": "Concept detection, caption prediction, retrieval and pretraining in research.",
}


def _description(counts: Mapping[str, Any]) -> str:
    return (
        f"{counts['samples']:,} radiology images from {counts['articles']:,} open-access articles of PubMed Central, "
        "each with its caption, UMLS concepts, licence, attribution and origin; splits that no article crosses."
    )


def _version(day: str) -> str:
    """A version of three numbers, as Croissant asks: the inventory's date."""
    return ".".join(str(int(part)) for part in day.split("-")) if day.count("-") == 2 else "0.0.0"


def _objects(files: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "@type": "cr:FileObject",
            "@id": name,
            "name": name,
            "contentSize": f"{file['size_bytes']} B",
            "contentUrl": name,
            "encodingFormat": "application/x-parquet",
            "sha256": file["sha256"],
        }
        for name, file in sorted(files.items())
    ]


def _file_set() -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": _SET,
        "name": _SET,
        "description": "The Parquet shards of all splits.",
        "encodingFormat": "application/x-parquet",
        "includes": "data/*.parquet",
    }


def _record_set() -> dict[str, Any]:
    fields = [_field("image", "sc:ImageObject", "the image, byte for byte as the source has it", {"jsonPath": "bytes"})]
    for name in KEPT:
        column = SAMPLES_SCHEMA.field(name)
        repeated = pa.types.is_list(column.type)
        kind = _TYPES[column.type.value_type if repeated else column.type]
        field = _field(name, kind, column.metadata[b"description"].decode())
        fields.append({**field, "repeated": True} if repeated else field)
    return {
        "@type": "cr:RecordSet",
        "@id": "samples",
        "name": "samples",
        "description": "One record an image; its field `split` tells train, valid or test.",
        "key": {"@id": "samples/sample_id"},
        "field": fields,
    }


def _field(name: str, kind: str, doc: str, transform: Mapping[str, str] | None = None) -> dict[str, Any]:
    source: dict[str, Any] = {"fileSet": {"@id": _SET}, "extract": {"column": name}}
    return {
        "@type": "cr:Field",
        "@id": f"samples/{name}",
        "name": name,
        "description": doc,
        "dataType": kind,
        "source": {**source, **({"transform": dict(transform)} if transform else {})},
    }
