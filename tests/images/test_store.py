import hashlib
import resource
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocov2.errors import IncompleteError
from rocov2.images.store import Store

BODY = b"bytes" * 1000
MD5 = hashlib.md5(BODY).hexdigest()


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def files(store):
    return sorted(path for path in store.root.rglob("*") if path.is_file())


def test_what_is_put_is_kept_under_its_md5_and_read_only(store):
    assert not store.has(MD5)
    assert store.read(MD5) is None
    store.put(MD5, BODY)
    assert store.has(MD5)
    assert store.read(MD5) == BODY
    assert files(store) == [store.root / MD5[:2] / MD5] == [store.path(MD5)]
    assert stat.S_IMODE(store.path(MD5).stat().st_mode) & 0o222 == 0


def test_putting_twice_writes_once(store):
    store.put(MD5, BODY)
    before = store.path(MD5).stat().st_ino
    store.put(MD5, BODY)
    assert store.path(MD5).stat().st_ino == before


def test_a_damaged_file_is_removed_and_counts_as_absent(store):
    store.put(MD5, BODY)
    store.path(MD5).chmod(0o644)
    store.path(MD5).write_bytes(BODY[:-1])
    assert store.read(MD5) is None
    assert files(store) == []


def test_a_write_that_was_cut_off_leaves_no_object(store):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, limits[1]))
    try:
        with pytest.raises(IncompleteError, match="File too large") as raised:
            store.put(MD5, bytes(5 << 20))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert raised.value.exit_code == 5
    assert files(store) == []


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path):
    (tmp_path / "store").write_bytes(b"a file in the way")
    with pytest.raises(IncompleteError):
        Store(tmp_path / "store").put(MD5, BODY)


def test_many_threads_putting_the_same_bytes_leave_one_file(store):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: store.put(MD5, BODY), range(50)))
    assert files(store) == [store.path(MD5)]


@pytest.mark.parametrize("name", ["", "../../etc/passwd", MD5[:-1], MD5.upper(), MD5 + "\n", "/" * 32])
def test_a_name_that_is_no_md5_is_refused(store, name):
    for method in (store.path, store.has, store.read):
        with pytest.raises(ValueError, match="not an MD5"):
            method(name)


def test_the_bytes_of_a_key_without_an_md5_are_remembered(store):
    assert store.recall("PMC1.1/a.jpg", "") == ""
    store.remember("PMC1.1/a.jpg", "", MD5)
    assert store.recall("PMC1.1/a.jpg", "") == MD5
    assert store.recall("PMC1.1/a.jpg", "0" * 32) == ""
    assert store.recall("PMC1.1/b.jpg", "") == ""


def test_a_later_memory_replaces_an_earlier_one(store):
    store.remember("a", "0" * 32, MD5)
    store.remember("a", "0" * 32, "1" * 32)
    assert store.recall("a", "0" * 32) == "1" * 32


def test_a_damaged_note_is_no_memory(store):
    store.remember("a", "", MD5)
    (note,) = files(store)
    note.chmod(0o644)
    note.write_bytes(b"../../etc/passwd - a\n")
    assert store.recall("a", "") == ""


@given(st.binary(max_size=300))
def test_any_bytes_come_back(tmp_path_factory, body):
    store = Store(tmp_path_factory.getbasetemp() / "any")
    md5 = hashlib.md5(body).hexdigest()
    store.put(md5, body)
    assert store.read(md5) == body
