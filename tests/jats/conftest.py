import tarfile

import pytest


@pytest.fixture(scope="session")
def real_articles(shared, tmp_path_factory):
    """Every fourth of the real articles, unpacked: enough of each dialect, in a few seconds."""
    packed = shared / "articles" / "jats.tar.xz"
    if not packed.is_file():
        pytest.skip(f"the development data has no {packed.name}")
    folder = tmp_path_factory.mktemp("jats")
    with tarfile.open(packed) as archive:
        members = [member for member in archive.getmembers() if member.name.endswith(".xml")][::4]
        archive.extractall(folder, members, filter="data")
    return sorted(folder.rglob("*.xml"))
