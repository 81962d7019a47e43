"""Files by key, in a folder and in a bucket."""

import errno
import os
import pickle
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from domain.storage.files import Storage


def test_what_is_written_is_read_back(storage: Storage) -> None:
    storage.write_bytes("a/b.json", b"first")
    storage.write_bytes("a/b.json", b"second")
    assert storage.read_bytes("a/b.json") == b"second"
    assert storage.exists("a/b.json")
    assert storage.size("a/b.json") == 6
    assert storage.children("a") == ["b.json"]
    storage.write_bytes("empty", b"")
    assert (storage.read_bytes("empty"), storage.size("empty")) == (b"", 0)


def test_an_input_can_be_read_anywhere(storage: Storage) -> None:
    storage.write_bytes("digits", b"0123456789")
    with storage.open_input("digits") as source:
        source.seek(6)
        assert source.read(2) == b"67"
        source.seek(1)
        assert source.read(1) == b"1"
        assert source.size() == 10


def test_what_is_not_there_is_not_found(storage: Storage) -> None:
    assert not storage.exists("nowhere/at-all")
    assert storage.children("nowhere") == []
    assert storage.children() == []
    for missing in (storage.read_bytes, storage.size, storage.open_input):
        with pytest.raises(FileNotFoundError):
            missing("nowhere/at-all")


def test_an_output_appears_when_it_is_complete(storage: Storage) -> None:
    with storage.open_output("runs/1/table") as output:
        output.write(b"first half, ")
        assert not storage.exists("runs/1/table")
        assert storage.children("runs/1") == []
        output.write(b"second half")
    assert storage.read_bytes("runs/1/table") == b"first half, second half"
    assert storage.children("runs/1") == ["table"]


def test_a_failed_output_leaves_nothing(storage: Storage) -> None:
    storage.write_bytes("runs/1/table", b"old")

    def fail() -> None:
        with storage.open_output("runs/1/table") as output:
            output.write(b"new" * 10_000_000)
            raise KeyError("in the middle")

    with pytest.raises(KeyError):
        fail()
    assert storage.read_bytes("runs/1/table") == b"old"
    assert storage.children("runs/1") == ["table"]


def test_a_failed_output_leaves_no_temporary_file(folder_storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(KeyError), folder_storage.open_output("runs/table"):
        raise KeyError
    assert list((tmp_path / "store" / "runs").iterdir()) == []


def test_a_failed_output_leaves_no_object(s3_storage: Storage, bucket: Any) -> None:
    def fail() -> None:
        with s3_storage.open_output("runs/table") as output:
            output.write(b"x")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert [key for key in bucket.objects if not key.endswith("/")] == []


def test_delete_takes_the_whole_tree_and_nothing_beside_it(storage: Storage) -> None:
    for key in ("runs/1/a", "runs/1/deep/b", "runs/10/c", "runs/2"):
        storage.write_bytes(key, b"x")
    storage.delete("runs/1")
    assert storage.children("runs") == ["10", "2"]
    storage.delete("runs/2")
    storage.delete("runs/never-was")
    storage.delete("never/was")
    assert storage.children("runs") == ["10"]
    assert storage.read_bytes("runs/10/c") == b"x"


def test_a_local_file_is_put_in_as_often_as_it_is_wanted_and_stays_where_it_is(
    storage: Storage, tmp_path: Path
) -> None:
    local = tmp_path / "upload"
    local.write_bytes(b"uploaded")
    storage.write_bytes("sources/2", b"what was there before")
    for key in ("sources/1", "sources/2", "sources/2"):
        storage.put_file(local, key)
    assert [storage.read_bytes(f"sources/{number}") for number in (1, 2)] == [b"uploaded"] * 2
    assert local.read_bytes() == b"uploaded"
    local.unlink()
    assert storage.read_bytes("sources/1") == b"uploaded"


def test_on_the_same_device_a_file_is_put_in_without_a_copy(folder_storage: Storage, tmp_path: Path) -> None:
    local = tmp_path / "upload"
    local.write_bytes(b"uploaded")
    for _ in range(2):
        folder_storage.put_file(local, "sources/1")
    folder = tmp_path / "store" / "sources"
    assert (folder / "1").stat().st_ino == local.stat().st_ino
    assert [path.name for path in folder.iterdir()] == ["1"]


def test_where_there_are_no_links_a_file_is_copied(
    folder_storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = tmp_path / "upload"
    local.write_bytes(b"uploaded" * 500_000)

    def refuse_across_devices(*_: object) -> None:
        raise OSError(errno.EXDEV, "cross-device link")

    monkeypatch.setattr(os, "link", refuse_across_devices)
    folder_storage.put_file(local, "sources/1")
    assert folder_storage.read_bytes("sources/1") == b"uploaded" * 500_000
    assert (tmp_path / "store" / "sources" / "1").stat().st_ino != local.stat().st_ino


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "..", "a/../b", "a//b", "a/", "./a", "a\\b", "a\0b", ".tmp-1", "a/.tmp-1/b"],
)
def test_a_key_that_leads_elsewhere_is_refused(folder_storage: Storage, tmp_path: Path, key: str) -> None:
    (tmp_path / "b").write_bytes(b"precious")
    for refused in (folder_storage.read_bytes, folder_storage.delete, folder_storage.local_path):
        with pytest.raises(ValueError, match="storage key"):
            refused(key)
    with pytest.raises(ValueError, match="storage key"):
        folder_storage.write_bytes(key, b"x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b"]


def test_the_folder_is_made_when_first_written_to_and_is_private(tmp_path: Path) -> None:
    storage = Storage.open(str(tmp_path / "data" / "store"))
    assert not (tmp_path / "data").exists()
    storage.write_bytes("runs/1/a", b"x")
    for made in ("data", "data/store", "data/store/runs"):
        assert stat.S_IMODE((tmp_path / made).stat().st_mode) == 0o700


def test_a_storage_is_pickled_by_its_url(storage: Storage) -> None:
    storage.write_bytes("a", b"x")
    again = pickle.loads(pickle.dumps(storage))  # noqa: S301  # made in this line
    assert again.url == storage.url
    assert again.read_bytes("a") == b"x"


def test_a_relative_folder_stays_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    storage = Storage.open("store")
    storage.write_bytes("a", b"x")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert storage.read_bytes("a") == b"x"
    assert Storage.open(f"file://{tmp_path}/store").read_bytes("a") == b"x"


def test_only_a_folder_has_local_paths(folder_storage: Storage, s3_storage: Storage, tmp_path: Path) -> None:
    assert folder_storage.local_path("a/b") == tmp_path / "store" / "a" / "b"
    assert s3_storage.local_path("a/b") is None


@pytest.mark.parametrize("url", ["ftp://somewhere/else", "http://somewhere", "s3://", "file:///"])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="storage"):
        Storage.open(url)


def test_a_reader_never_sees_half_a_file(folder_storage: Storage) -> None:
    contents = [bytes([letter]) * 300_000 for letter in b"ab"]
    folder_storage.write_bytes("a", contents[0])
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            for content in contents:
                folder_storage.write_bytes("a", content)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        seen = {folder_storage.read_bytes("a") for _ in range(200)}
    finally:
        stop.set()
        writer.join()
    assert seen <= set(contents)


def test_threads_share_a_storage(storage: Storage) -> None:
    def write(number: int) -> None:
        storage.write_bytes(f"many/{number:02d}", b"x" * number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [storage.size(f"many/{name}") for name in storage.children("many")] == list(range(12))


def test_the_total_size_is_that_of_all_files_however_deep_they_are(storage: Storage) -> None:
    assert storage.total_size() == 0
    for key, size in (("top", 1), ("a/b/c", 20), ("a/empty", 0), ("a/d", 300)):
        storage.write_bytes(key, b"x" * size)
    assert storage.total_size() == 321
    storage.delete("a/b")
    assert storage.total_size() == 301


def test_a_total_size_can_be_asked_for_while_files_come_and_go(folder_storage: Storage) -> None:
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            folder_storage.write_bytes("coming/going/file", b"x" * 10)
            folder_storage.delete("coming")

    folder_storage.write_bytes("staying", b"x" * 5)
    churner = threading.Thread(target=churn)
    churner.start()
    try:
        seen = {folder_storage.total_size() for _ in range(300)}
    finally:
        stop.set()
        churner.join()
    assert seen <= {5, 15, 25}
    assert 5 in seen
