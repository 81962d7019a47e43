"""What was written and never published is deleted, and nothing else."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domain.storage.files import Storage


def drafts_below(storage: Storage) -> set[str]:
    """Name what is being written, by its folder and the end of its name."""
    paths = Path(storage.url).rglob(".tmp-*")
    return {str(path.relative_to(storage.url).with_name(path.name[-6:])) for path in paths}


def left_behind(storage: Storage, key: str) -> None:
    """Write a file, and leave what there is of the next one in the middle of writing it."""
    storage.write_bytes(key, b"whole")
    with storage.open_output(key) as output:
        output.write(b"half")
        output.flush()
        (draft,) = Path(storage.url, key).parent.glob(f".tmp-*-{Path(key).name}")
        content = draft.read_bytes()
    draft.write_bytes(content)


def test_drafts_of_a_key_are_deleted_and_those_of_others_are_not(folder_storage: Storage) -> None:
    for key in ("runs/1/table", "runs/1/stable", "runs/1/other", "runs/1/deep/table", "runs/10/table"):
        left_behind(folder_storage, key)
    assert len(drafts_below(folder_storage)) == 5
    folder_storage.delete_drafts("runs/1/table")
    folder_storage.delete_drafts("never/was")
    assert drafts_below(folder_storage) == {
        "runs/1/stable",
        "runs/1/-other",
        "runs/1/deep/-table",
        "runs/10/-table",
    }
    assert folder_storage.children("runs/1") == ["deep", "other", "stable", "table"]


def test_who_writes_a_draft_that_is_deleted_fails_and_publishes_nothing(folder_storage: Storage) -> None:
    def overtaken() -> None:
        with folder_storage.open_output("runs/1/table") as output:
            output.write(b"half")
            folder_storage.delete_drafts("runs/1/table")

    folder_storage.write_bytes("runs/1/table", b"whole")
    with pytest.raises(FileNotFoundError):
        overtaken()
    assert folder_storage.read_bytes("runs/1/table") == b"whole"


def test_only_old_drafts_are_deleted_and_counted(folder_storage: Storage) -> None:
    folder_storage.write_bytes("runs/1/table", b"whole")
    os.utime(Path(folder_storage.url, "runs/1/table"), (0, 0))
    for age, folder in ((10, "runs/1"), (100, "runs/1"), (100, "runs/1/deep"), (100, "others")):
        draft = Path(folder_storage.url, folder, f".tmp-{age:06}")
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(b"half")
        os.utime(draft, (time.time() - age,) * 2)
    assert folder_storage.delete_old_drafts("runs", seconds=50) == 2
    assert drafts_below(folder_storage) == {"runs/1/000010", "others/000100"}
    assert folder_storage.delete_old_drafts(seconds=5) == 2
    assert drafts_below(folder_storage) == set()
    assert folder_storage.delete_old_drafts("never/was", seconds=0) == 0
    assert folder_storage.read_bytes("runs/1/table") == b"whole"


@pytest.mark.parametrize(
    ("delete", "left"),
    [
        (lambda storage: storage.delete_drafts("runs/1/table"), ["other"]),
        (lambda storage: storage.delete_old_drafts("runs", seconds=3600), []),
        (lambda storage: storage.delete_old_drafts("others", seconds=3600), ["other", "table"]),
        (lambda storage: storage.delete_old_drafts("runs", seconds=1e12), ["other", "table"]),
    ],
)
def test_drafts_in_a_bucket_are_deleted_too(
    s3_storage: Storage, bucket: Any, delete: Callable[[Storage], Any], left: list[str]
) -> None:
    for name in ("table", "other"):
        s3_storage.write_bytes(f"runs/1/{name}", b"whole")
        (key,) = (key for key in bucket.objects if key.endswith(f"runs/1/{name}"))
        bucket.objects[f"{key.removesuffix(name)}.tmp-{'0' * 32}-{name}"] = b"half"
    delete(s3_storage)
    drafts = [key.rpartition("-")[2] for key in bucket.objects if ".tmp-" in key]
    assert sorted(drafts) == left
    assert s3_storage.children("runs/1") == ["other", "table"]
