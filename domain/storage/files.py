"""Files in a folder or in an S3 bucket, by key. Every function blocks: call them in a thread."""

import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self, TypeAlias

import pyarrow as pa
import pyarrow.fs as pa_fs

from domain.storage import folders
from domain.storage.footers import FOOTERS
from domain.storage.keys import TEMPORARY, checked, draft_of, is_draft_of

Version: TypeAlias = Hashable
"""What tells a file from the one that was under its key before."""

_COPY_BYTES = 1 << 20


class Storage:
    """Files by key; a key is a relative name with forward slashes.

    What is written appears whole under its key or not at all: it is written under a
    temporary name and moved. In a folder the move is one step; in S3 it is a copy
    inside the bucket, 5 GB at most. Made by `Storage.open`, and pickled by its URL.
    """

    def __init__(self, url: str, files: pa_fs.FileSystem, root: str) -> None:
        self.url = url
        self._files = files
        self._root = root
        self._folder = Path(root) if isinstance(files, pa_fs.LocalFileSystem) else None

    @classmethod
    def open(cls, url: str) -> Self:
        """Open a folder, given as a path or file:// URL and made when first written to, or s3://BUCKET/PREFIX.

        An S3 URL takes the options of pyarrow, such as `?region=…&endpoint_override=…`;
        the keys of the account come from the environment, as AWS has it. Raises
        ValueError for any other URL.
        """
        if "://" not in url:
            root = str(Path(url).absolute())
            return cls(root, pa_fs.LocalFileSystem(), root)
        if not url.startswith(("s3://", "file://")):
            raise ValueError(f"storage is a folder or s3://BUCKET/PREFIX, not {url.partition('://')[0]}://…")
        files, root = pa_fs.FileSystem.from_uri(url)
        if not root.strip("/"):
            raise ValueError("the storage URL names no bucket or folder")
        return cls(url, files, root.rstrip("/"))

    def __reduce__(self) -> tuple[Any, ...]:
        return Storage.open, (self.url,)

    def put_file(self, local: Path, key: str) -> None:
        """Put a file of this machine to a key and leave it: by a link where possible, else as a copy.

        Nobody may write into it afterwards.
        """
        target = self.local_path(key)
        if target is not None and folders.link(local, target):
            FOOTERS.forget(self.url, key)
            return
        with local.open("rb") as source, self.open_output(key) as copy:
            while block := source.read(_COPY_BYTES):
                copy.write(block)

    def write_bytes(self, key: str, content: bytes) -> None:
        """Write a small file; who reads meanwhile sees the old content or the new, never a part."""
        with self.open_output(key) as output:
            output.write(content)

    def read_bytes(self, key: str) -> bytes:
        """Read a whole file; raises FileNotFoundError."""
        with self.open_input(key) as source:
            return bytes(source.read())

    def open_input(self, key: str) -> pa.NativeFile:
        """Open a file for reading anywhere in it; raises FileNotFoundError. Close it, or use it in `with`."""
        return self._files.open_input_file(self._path(key))

    def open_version(self, key: str) -> tuple[pa.NativeFile, Version]:
        """Open a file for reading, and tell which content of its key it is; raises FileNotFoundError."""
        if self._folder is None:
            source = self.open_input(key)
            return source, (source.metadata() or {}).get(b"ETag", source.size())
        while True:
            before = self._local_version(key)
            source = self.open_input(key)
            if before == self._local_version(key):
                return source, before
            # Replaced in this very moment: nobody knows which of the two was opened.
            source.close()

    def version(self, key: str) -> Version:
        """Tell one content of a key from others that it has had; raises FileNotFoundError."""
        if self._folder is not None:
            return self._local_version(key)
        source, version = self.open_version(key)
        source.close()
        return version

    @contextmanager
    def open_output(self, key: str) -> Iterator[pa.NativeFile]:
        """Write a file: it is published when the block ends well, and leaves nothing when it does not."""
        path = self._path(key)
        folder, _, name = path.rpartition("/")
        temporary = f"{folder}/{draft_of(name)}"
        if self._folder is not None:
            folders.make_folder(Path(path).parent)
        try:
            with self._files.open_output_stream(temporary) as stream:
                yield stream
            if self._folder is not None:
                Path(temporary).replace(path)
            else:
                self._files.move(temporary, path)
        except BaseException:
            with suppress(OSError):
                self._files.delete_file(temporary)
            raise
        FOOTERS.forget(self.url, key)

    def exists(self, key: str) -> bool:
        """Tell whether there is a file."""
        return bool(self._files.get_file_info(self._path(key)).type == pa_fs.FileType.File)

    def size(self, key: str) -> int:
        """Give the size of a file in bytes; raises FileNotFoundError."""
        found = self._files.get_file_info(self._path(key))
        if found.type != pa_fs.FileType.File:
            raise FileNotFoundError(f"no such file in the storage: {key}")
        return int(found.size)

    def total_size(self) -> int:
        """Sum the sizes of all files in bytes, half-written ones too; it lists everything."""
        if self._folder is not None:
            return folders.tree_size(self._folder)
        selector = pa_fs.FileSelector(self._root, allow_not_found=True, recursive=True)
        return sum(found.size or 0 for found in self._files.get_file_info(selector))

    def children(self, prefix: str = "") -> list[str]:
        """Name the files and folders directly below a prefix, sorted; none where there is nothing."""
        selector = pa_fs.FileSelector(self._path(prefix) if prefix else self._root, allow_not_found=True)
        names = (found.base_name for found in self._files.get_file_info(selector))
        return sorted(name for name in names if not name.startswith(TEMPORARY))

    def delete(self, prefix: str) -> None:
        """Delete a file, or everything below a prefix; what is not there is fine."""
        path = self._path(prefix)
        FOOTERS.forget(self.url, prefix)
        if self._folder is not None:
            folders.delete_tree(Path(path))
            return
        found = self._files.get_file_info(path).type
        if found == pa_fs.FileType.File:
            self._files.delete_file(path)
        elif found == pa_fs.FileType.Directory:
            self._files.delete_dir(path)

    def delete_drafts(self, key: str) -> None:
        """Delete what was written for a key and never published, as by a process that was killed.

        For when nobody writes it: a draft that is being written is lost, and its writer fails.
        """
        folder, _, name = checked(key).rpartition("/")
        for path, _ in self._drafts(folder):
            if is_draft_of(path.rpartition("/")[2], name):
                self._delete_file(path)

    def delete_old_drafts(self, prefix: str = "", *, seconds: float) -> int:
        """Delete what was never published below a prefix, and not written to for so long; count it."""
        latest = time.time() - seconds
        old = [path for path, written_at in self._drafts(prefix, recursive=True) if written_at < latest]
        for path in old:
            self._delete_file(path)
        return len(old)

    def local_path(self, key: str) -> Path | None:
        """Give the path of a file of this machine's folder; None in S3."""
        path = self._path(key)
        return None if self._folder is None else Path(path)

    def _drafts(self, prefix: str, *, recursive: bool = False) -> Iterator[tuple[str, float]]:
        """List the unpublished files below a prefix, and when each was last written, as a timestamp."""
        root = self._path(prefix) if prefix else self._root
        if self._folder is not None:
            yield from folders.drafts(Path(root), recursive=recursive)
            return
        selector = pa_fs.FileSelector(root, allow_not_found=True, recursive=recursive)
        for found in self._files.get_file_info(selector):
            if found.base_name.startswith(TEMPORARY) and found.type == pa_fs.FileType.File:
                yield found.path, found.mtime_ns / 1e9

    def _delete_file(self, path: str) -> None:
        with suppress(FileNotFoundError):
            self._files.delete_file(path)

    def _local_version(self, key: str) -> Version:
        found = Path(self._path(key)).stat()
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _path(self, key: str) -> str:
        return f"{self._root}/{checked(key)}"
