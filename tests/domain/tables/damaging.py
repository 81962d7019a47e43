"""Uploads that something has happened to: good files of every format, and what damages them."""

import io
import random
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from domain.terms.columns import ColumnRole, RoleOverride
from domain.terms.imports import TableOptions
from domain.terms.readings import DecimalMark

CORPUS = Path(__file__).parent / "corpus"
PIECES = (
    *(b'"', b"'", b",", b";", b"\t", b"|", b" ", b"\n", b"\r", b"\r\n", b"\0", b"\\", b"#", b"=", b"/"),
    *(
        b"[",
        b"]",
        b"{",
        b"}",
        b":",
        b"<",
        b">",
        b"\xff",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
    ),
    *(
        b"1e999",
        b"-1",
        b"NaN",
        b"Infinity",
        b"null",
        b"NA",
        b"0000000000000000000000",
        b"9" * 400,
        b"sep=;\n",
    ),
)
LENGTHS = (1, 1, 2, 4, 16, 100, 1_000)
MOST_BYTES = 200_000

Damage: TypeAlias = Callable[[bytes, bytes, random.Random], bytes]


@dataclass(frozen=True)
class DamagedUpload:
    """A file, where it came from and what became of it, and what the client says of it."""

    content: bytes
    origin: str
    options: TableOptions
    overrides: tuple[RoleOverride, ...]


def damaged_uploads(count: int, seed: int) -> Iterator[DamagedUpload]:
    """Damage the good files, each in turn, in ways that the seed tells; archives also within."""
    chance = random.Random(seed)  # noqa: S311 - made-up damage, no secrets
    files = good_files()
    names = sorted(files)
    chance.shuffle(names)
    for place in range(count):
        yield _damaged(names[place % len(names)], files, chance)


@cache
def good_files() -> dict[str, bytes]:
    """Gather the files of the corpus, by name, and those that show what else a Parquet file may be."""
    corpus = {
        path.name: path.read_bytes()
        for path in CORPUS.iterdir()
        if not path.name.endswith(".expected.json") and path.stat().st_size <= MOST_BYTES
    }
    return corpus | _parquet_files()


def _parquet_files() -> dict[str, bytes]:
    table = pa.table(
        {
            "id": [f"C-{n}" for n in range(60)],
            "city": pa.array(["Köln", "Ulm", None] * 20).dictionary_encode(),
            "age": [18 + n % 50 for n in range(60)],
            "spend": [n / 4 for n in range(60)],
            "vip": [n % 3 == 0 for n in range(60)],
        }
    )
    files = {}
    for compression in ("none", "snappy", "zstd", "gzip"):
        for version in ("1.0", "2.6"):
            file = io.BytesIO()
            pages = "2.0" if version == "2.6" else "1.0"
            pq.write_table(
                table,
                file,
                compression=compression,
                version=version,
                data_page_version=pages,
                row_group_size=25,
            )
            files[f"{compression}-{version}.parquet"] = file.getvalue()
    return files


def _damaged(name: str, files: dict[str, bytes], chance: random.Random) -> DamagedUpload:
    content, other = files[name], files[chance.choice(sorted(files))]
    origin = [name]
    if zipfile.is_zipfile(io.BytesIO(content)) and chance.random() < 0.7:
        content, origin = _damaged_within(content, other, chance, origin)
    else:
        for damage in chance.choices(DAMAGES, k=chance.choice((1, 1, 1, 2, 4))):
            content = damage(content, other, chance)
            origin.append(damage.__name__)
    return DamagedUpload(content, " ".join(origin), _options(chance), _overrides(chance))


def _damaged_within(
    content: bytes, other: bytes, chance: random.Random, origin: list[str]
) -> tuple[bytes, list[str]]:
    """Damage one of the files in an archive, and pack it again."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w") as new:
        names = old.namelist()
        chosen = chance.choice([name for name in names if "sheet" in name] * 3 + names)
        damage = chance.choice(DAMAGES)
        for name in names:
            part = old.read(name)
            new.writestr(name, damage(part, other, chance) if name == chosen else part)
    return packed.getvalue(), [*origin, chosen, damage.__name__]


def flipped(content: bytes, other: bytes, chance: random.Random) -> bytes:
    """Change some bytes."""
    changed = bytearray(content)
    for _ in range(chance.choice(LENGTHS[:5]) if content else 0):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def bits_flipped(content: bytes, other: bytes, chance: random.Random) -> bytes:
    """Change one bit of a byte near the end, where archives and Parquet files keep their directories."""
    changed = bytearray(content)
    for _ in range(chance.choice(LENGTHS[:4]) if content else 0):
        changed[-chance.randint(1, min(len(changed), 2_000))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def cut_off(content: bytes, other: bytes, chance: random.Random) -> bytes:
    """Lose the end."""
    return content[: chance.randrange(len(content) + 1)]


def cut_out(content: bytes, other: bytes, chance: random.Random) -> bytes:
    """Lose a part."""
    start, end = _part(content, chance)
    return content[:start] + content[end:]


def doubled(content: bytes, other: bytes, chance: random.Random) -> bytes:
    """Have a part twice, or many times."""
    start, end = _part(content, chance)
    return content[:end] + content[start:end] * chance.choice((1, 1, 2, 20)) + content[end:]


def inserted(content: bytes, other: bytes, chance: random.Random) -> bytes:
    """Put something in that means something to some format."""
    for _ in range(chance.choice((1, 1, 2, 8))):
        place = chance.randrange(len(content) + 1)
        content = content[:place] + chance.choice(PIECES) * chance.choice((1, 1, 1, 3, 50)) + content[place:]
    return content


def replaced(content: bytes, other: bytes, chance: random.Random) -> bytes:
    """Put something in the place of a mark, or of a number, that is there."""
    marks = [found.span() for found in re.finditer(rb'["\',;\t|\r\n]+|\d+', content[:MOST_BYTES])]
    for start, end in [chance.choice(marks)] if marks else []:
        content = content[:start] + chance.choice(PIECES) + content[end:]
    return content


def spliced(content: bytes, other: bytes, chance: random.Random) -> bytes:
    """Go on as another file does."""
    place = chance.randrange(len(content) + 1)
    return content[:place] + other[chance.randrange(len(other) + 1) :]


def header_swapped(content: bytes, other: bytes, chance: random.Random) -> bytes:
    """Begin as another file does."""
    return other.partition(b"\n")[0] + b"\n" + content.partition(b"\n")[2]


def _part(content: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(content) + 1)
    return start, min(len(content), start + chance.choice(LENGTHS))


DAMAGES: Sequence[Damage] = (
    *(flipped, bits_flipped, cut_off, cut_out, doubled, inserted, replaced, spliced, header_swapped),
)


def _options(chance: random.Random) -> TableOptions:
    """Say something of the file, right or wrong, one time in four."""
    if chance.random() < 0.75:
        return TableOptions()
    given: dict[str, object] = {
        "delimiter": chance.choice([",", ";", "\t", "|", "whitespace", "§", "ab"]),
        "encoding": chance.choice(
            ["utf-8", "UTF-16", "cp1252", "shift_jis", "utf-7", "gb18030", "utf-32", "no such"]
        ),
        "decimal": chance.choice([*DecimalMark]),
        "has_header": chance.random() < 0.5,
        "sheet": chance.choice(["Sheet1", "Customers", "", "x" * 40]),
        "identifier_column": chance.choice(["id", "customer", "column_1", "", "nobody"]),
        "missing_values": chance.choice([(), ("",), ("x", "-1"), ("NA", "0")]),
    }
    names = chance.sample(sorted(given), chance.choice((1, 1, 2)))
    return TableOptions(**{name: given[name] for name in names})  # type: ignore[arg-type]  # each of its own kind


def _overrides(chance: random.Random) -> tuple[RoleOverride, ...]:
    if chance.random() < 0.85:
        return ()
    name = chance.choice(["id", "customer_id", "name", "spend", "column_1", "column_2", "nobody"])
    return (RoleOverride(name, chance.choice([*ColumnRole])),)
