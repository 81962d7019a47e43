"""Scorers as files: read as they were written, refused when changed, and readable for ever."""

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from domain.scoring.scoring import score
from domain.storage.files import Storage
from domain.storage.scorers import Damaged, dump_scorer, load_scorer
from domain.terms.preparation import OutlierTreatment, PreparationSettings
from domain.terms.scoring import SCORER_FORMAT, Measured, Scorer
from domain.terms.training import PcaSettings
from tests.domain.scoring.test_scoring import ALGORITHMS, SHOPPERS
from tests.domain.scoring.trained import Trained, part, trained

STORED = Path(__file__).parent / "stored_scorers"
"""Scorers as release 0.1.0 wrote them, each with what it said of some customers then."""

KEY = "run/scorer.npz"
ROWS = 12


def kept(algorithm: str, folder: Path) -> Trained:
    """Train what the stored scorers are of."""
    preparation = PreparationSettings(outliers=OutlierTreatment.SEPARATE)
    pca = PcaSettings(components=2) if algorithm in {"kmeans", "hdbscan"} else None
    return trained(folder, SHOPPERS, ALGORITHMS[algorithm], preparation, pca)


def write_stored(folder: Path) -> None:
    """Write the stored scorers anew: for a new format, beside those of the old one, never in their place."""
    for algorithm in ALGORITHMS:
        found = kept(algorithm, folder / algorithm)
        some = part(found.measured, slice(0, None, max(1, found.measured.count // ROWS)))
        said = score(found.scorer, some)
        (STORED / f"{algorithm}.npz").write_bytes(found.storage.read_bytes(KEY))
        numbers = {
            name: [None if np.isnan(value) else value for value in values.tolist()]
            for name, values in some.numbers.items()
        }
        codes = {name: values.tolist() for name, values in some.codes.items()}
        answers = {
            name: [None if value != value else value for value in getattr(said, name).tolist()]  # NaN
            for name in ("segments", "unassigned", "confidence", "distances", "runners_up")
        }
        text = json.dumps(
            {"count": some.count, "numbers": numbers, "codes": codes, "said": answers}, indent=1
        )
        (STORED / f"{algorithm}.json").write_text(f"{text}\n")


def stored(tmp_path: Path, content: bytes) -> Storage:
    storage = Storage.open(str(tmp_path / "storage"))
    storage.write_bytes(KEY, content)
    return storage


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_scorer_of_an_earlier_release_still_says_what_it_said(tmp_path: Path, algorithm: str) -> None:
    content = (STORED / f"{algorithm}.npz").read_bytes()
    scorer = load_scorer(stored(tmp_path, content), KEY, hashlib.sha256(content).hexdigest())
    asked = json.loads((STORED / f"{algorithm}.json").read_text())
    numbers = {
        name: np.array([np.nan if value is None else value for value in values])
        for name, values in asked["numbers"].items()
    }
    codes = {name: np.array(values) for name, values in asked["codes"].items()}

    said = score(scorer, Measured(asked["count"], numbers, codes))

    assert said.segments.tolist() == asked["said"]["segments"]
    assert said.unassigned.tolist() == asked["said"]["unassigned"]
    assert said.runners_up.tolist() == asked["said"]["runners_up"]
    assert said.confidence == pytest.approx(asked["said"]["confidence"], abs=1e-9)
    known = [value is not None for value in asked["said"]["distances"]]
    assert (~np.isnan(said.distances)).tolist() == known
    assert said.distances[known] == pytest.approx(
        [value for value in asked["said"]["distances"] if value is not None], rel=1e-9
    )


@pytest.mark.parametrize("algorithm", ["kmeans", "mixture", "dbscan"])
def test_a_scorer_is_read_as_it_was_written(tmp_path: Path, algorithm: str) -> None:
    found = kept(algorithm, tmp_path)
    checksum = dump_scorer(found.storage, "again.npz", found.scorer)

    again = load_scorer(found.storage, "again.npz", checksum)

    assert equal(again, found.scorer)
    assert checksum == hashlib.sha256(found.storage.read_bytes("again.npz")).hexdigest()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_file_with_any_byte_changed_is_refused(tmp_path: Path, algorithm: str) -> None:
    content = (STORED / f"{algorithm}.npz").read_bytes()
    checksum = hashlib.sha256(content).hexdigest()
    storage = stored(tmp_path, content)
    path = storage.local_path(KEY)
    assert path is not None
    changed = bytearray(content)
    for place in range(0, len(content), max(1, len(content) // 2_000)):
        changed[place] ^= 1
        path.write_bytes(changed)
        with pytest.raises(Damaged, match="was changed since it was written"):
            load_scorer(storage, KEY, checksum)
        changed[place] ^= 1
    for other in (content[:-1], content + b"\0", b""):
        path.write_bytes(other)
        with pytest.raises(Damaged, match="was changed since it was written"):
            load_scorer(storage, KEY, checksum)
    path.write_bytes(content)
    load_scorer(storage, KEY, checksum)


def with_rest(change: Callable[[dict[str, Any]], None]) -> bytes:
    """Write a stored scorer with another entry of JSON."""
    with np.load(STORED / "kmeans.npz") as arrays:
        parts = {name: arrays[name] for name in arrays}
    rest = json.loads(parts["rest"].tobytes())
    change(rest)
    parts["rest"] = np.frombuffer(json.dumps(rest).encode(), np.uint8)
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **parts)
    return content.getvalue()


def refusal(tmp_path: Path, content: bytes) -> str:
    with pytest.raises(Damaged) as refused:
        load_scorer(stored(tmp_path, content), KEY, hashlib.sha256(content).hexdigest())
    return str(refused.value)


def test_a_file_of_a_later_release_says_so(tmp_path: Path) -> None:
    later = with_rest(lambda rest: rest.update(format=SCORER_FORMAT + 1))
    assert "of a later release" in refusal(tmp_path, later)


def test_what_is_no_scorer_is_refused_whatever_its_checksum(tmp_path: Path) -> None:
    for content in (b"", b"nothing", with_rest(lambda rest: rest.pop("columns"))):
        assert "is no scorer" in refusal(tmp_path, content)


def test_an_array_of_objects_is_not_unpacked(tmp_path: Path) -> None:
    content = io.BytesIO()
    np.savez(content, rest=np.array([print], dtype=object), allow_pickle=True)
    assert "is no scorer" in refusal(tmp_path, content.getvalue())


def test_a_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_scorer(Storage.open(str(tmp_path)), KEY, "0" * 64)


def equal(one: object, other: object) -> bool:
    """Compare dataclasses that hold arrays."""
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(one, Scorer) or hasattr(one, "kind") or type(one).__name__ in {"Projection", "OutlierRule"}:
        names = one.__dataclass_fields__  # type: ignore[attr-defined]  # they are dataclasses
        return type(one) is type(other) and all(
            equal(getattr(one, name), getattr(other, name)) for name in names
        )
    return bool(one == other)
