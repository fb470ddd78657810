import os
from pathlib import Path

import pytest

from rocov2.concepts.build import build_vocabulary
from rocov2.concepts.shipped import build_shipped
from rocov2.concepts.terms import Term

REPO = Path(__file__).resolve().parents[2]

SMALL = (
    Term("C0023884", "Liver", "T023", "Liver", "T", "PT", 1.0, True),
    Term("C0022646", "Kidney", "T023", "Kidney", "T", "PT", 1.0, True),
    Term("C0227614", "left kidney", "T023", "Left kidney", "T", "PT", 1.0, True),
    Term("C0227613", "right kidney", "T023", "Right kidney", "T", "PT", 1.0, True),
    Term("C0225897", "left ventricle", "T023", "Left ventricular structure", "T", "SY", 1.0, True),
    Term("C0225897", "LV", "T023", "Left ventricular structure", "T", "AB", 1.0, True),
    Term("C0032326", "pneumothorax", "T047", "Pneumothorax", "T", "PT", 1.0, True),
    Term("C0016658", "fracture", "T037", "Fracture", "T", "PT", 1.0, True),
    Term("C0004457", "axis", "T023", "Axis vertebra", "T", "SY", 0.9, True),
    Term("C0006826", "tumor", "T191", "Neoplasms", "T", "PT", 1.0, True),
    Term("C9999991", "tumor of the kidney", "T191", "Renal tumor", "T", "PT", 0.9, False),
    Term("C0040405", "kidney CT", "T060", "CT of kidney", "T", "PT", 1.0, True),
)


@pytest.fixture
def small(tmp_path):
    return build_vocabulary(SMALL, tmp_path / "small")


@pytest.fixture(scope="session")
def data():
    return REPO / "data"


@pytest.fixture(scope="session")
def shipped(tmp_path_factory, data):
    return build_shipped(data / "vocabulary", tmp_path_factory.mktemp("shipped"))


@pytest.fixture(scope="session")
def shared():
    folder = Path(os.environ.get("ROCOV2_SHARED_DATA", REPO.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the development data (../shared/data) is not here")
    return folder
