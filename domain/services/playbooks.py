"""The operator's playbook: files with plays of their own, which extend the shipped ones."""

from pathlib import Path

from domain.errors import DomainError, Invalid
from domain.playbook import documents, reader


def own(path: str) -> str | None:
    """Read the operator's playbook, a TOML file or a folder of them, and check it; None without a path.

    Returns one text for `reader.extended`. Raises Invalid that names the file.
    """
    if not path:
        return None
    files = _files(Path(path))
    texts = [_text(file) for file in files]
    for file, text in zip(files, texts, strict=True):
        _check(file, text)
    whole = reader.joined(texts)
    try:
        reader.extended(whole)
    except DomainError as mistake:
        raise Invalid(f"{path}: {mistake.message}") from None
    return whole


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(path.glob("*.toml"))
    if not files:
        raise Invalid(f"{path}: no file in this folder ends in .toml.")
    return files


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > reader.MOST_BYTES:
            raise Invalid(f"{file}: the file has more than {reader.MOST_BYTES:,} bytes.")
        # Editors on Windows begin a file with a mark that TOML does not know.
        return file.read_text("utf-8-sig")
    except OSError as error:
        raise Invalid(f"{file}: the file can't be read: {error.strerror or error}.") from None
    except UnicodeDecodeError as error:
        raise Invalid(f"{file}: the file is not UTF-8: {error.reason} at byte {error.start:,}.") from None


def _check(file: Path, text: str) -> None:
    try:
        documents.read(text)
    except Invalid as mistake:
        raise Invalid(f"{file}: {mistake.message}") from None
