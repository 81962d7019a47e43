"""Scorers as files: arrays, and one entry of JSON for what is no array. Reading one runs no code.

Every function blocks.
"""

import hashlib
import io
import json
import zipfile
from dataclasses import fields
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from domain.storage.files import Storage
from domain.terms.arrays import AnyArray
from domain.terms.preparation import MissingTreatment
from domain.terms.scoring import (
    SCORER_FORMAT,
    CentroidRule,
    EncodedFeature,
    MixtureRule,
    OutlierRule,
    Projection,
    Rule,
    SampleRule,
    ScoredColumn,
    Scorer,
)

_RULES: dict[str, type[Any]] = {rule.kind: rule for rule in (CentroidRule, MixtureRule, SampleRule)}
_COLUMNS: TypeAdapter[tuple[ScoredColumn, ...]] = TypeAdapter(tuple[ScoredColumn, ...])
_FEATURES: TypeAdapter[tuple[EncodedFeature, ...]] = TypeAdapter(
    tuple[EncodedFeature, ...], config={"ser_json_inf_nan": "strings"}
)
_REST = "rest"
_UNREADABLE = (OSError, EOFError, LookupError, TypeError, ValueError, AttributeError, zipfile.BadZipFile)


class Damaged(ValueError):
    """A stored scorer is not what was written, or of a later release."""


def dump_scorer(storage: Storage, key: str, scorer: Scorer) -> str:
    """Write a scorer, and give the SHA-256 of the file."""
    content = scorer_bytes(scorer)
    storage.write_bytes(key, content)
    return hashlib.sha256(content).hexdigest()


def scorer_bytes(scorer: Scorer) -> bytes:
    """Give the file of a scorer."""
    arrays: dict[str, AnyArray] = {"segments": scorer.segments, "means": scorer.means}
    rest: dict[str, Any] = {
        "format": SCORER_FORMAT,
        "columns": _COLUMNS.dump_python(scorer.columns, mode="json"),
        "features": _features(scorer.features),
        "missing": scorer.missing.value,
        "identifier": scorer.identifier,
        "rule": {"kind": scorer.rule.kind, **_split(scorer.rule, "rule", arrays)},
        "projection": None if scorer.projection is None else _split(scorer.projection, "projection", arrays),
        "outliers": None if scorer.outliers is None else _split_outliers(scorer.outliers, arrays),
    }
    arrays[_REST] = np.frombuffer(json.dumps(rest).encode(), np.uint8)
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    return content.getvalue()


def load_scorer(storage: Storage, key: str, checksum: str) -> Scorer:
    """Read what `dump_scorer` wrote; nothing is looked into before the file's SHA-256 is the one given.

    Raises FileNotFoundError, and Damaged where the file was changed, or is of a later release.
    """
    content = storage.read_bytes(key)
    if hashlib.sha256(content).hexdigest() != checksum:
        raise Damaged(f"the file {key} was changed since it was written: its SHA-256 is another")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored}
        rest = json.loads(arrays[_REST].tobytes())
        if rest["format"] <= SCORER_FORMAT:
            return _scorer(rest, arrays)
    except _UNREADABLE as error:
        raise Damaged(f"the file {key} is no scorer: {error}") from error
    raise Damaged(
        f"the file {key} has format {rest['format']}, of a later release: up to {SCORER_FORMAT} is read"
    )


def _scorer(rest: dict[str, Any], arrays: dict[str, AnyArray]) -> Scorer:
    outliers = rest["outliers"]
    projection = rest["projection"]
    return Scorer(
        columns=_COLUMNS.validate_python(rest["columns"], strict=False),
        features=_read_features(rest["features"]),
        segments=arrays["segments"],
        means=arrays["means"],
        rule=_rule(rest["rule"], arrays),
        missing=MissingTreatment(rest["missing"]),
        projection=None if projection is None else Projection(**_joined(projection, "projection", arrays)),
        outliers=None if outliers is None else _outliers(outliers, arrays),
        identifier=rest["identifier"],
    )


def _rule(plain: dict[str, Any], arrays: dict[str, AnyArray]) -> Rule:
    kind = _RULES[plain.pop("kind")]
    rule: Rule = kind(**_joined(plain, "rule", arrays))
    return rule


def _split(value: object, name: str, arrays: dict[str, AnyArray]) -> dict[str, Any]:
    """Put the arrays of a dataclass among the arrays, and give the rest back."""
    plain: dict[str, Any] = {}
    for field in fields(value):  # type: ignore[arg-type]  # it is a dataclass
        part = getattr(value, field.name)
        if isinstance(part, np.ndarray):
            arrays[f"{name}.{field.name}"] = part
        else:
            plain[field.name] = part
    return plain


def _joined(plain: dict[str, Any], name: str, arrays: dict[str, AnyArray]) -> dict[str, Any]:
    stored = {entry.partition(".")[2]: arrays[entry] for entry in arrays if entry.startswith(f"{name}.")}
    return {**plain, **stored}


def _split_outliers(outliers: OutlierRule, arrays: dict[str, AnyArray]) -> dict[str, Any]:
    plain = _split(outliers, "outliers", arrays)
    return {**plain, "features": _features(outliers.features)}


def _outliers(plain: dict[str, Any], arrays: dict[str, AnyArray]) -> OutlierRule:
    return OutlierRule(
        **_joined({**plain, "features": _read_features(plain["features"])}, "outliers", arrays)
    )


def _features(features: tuple[EncodedFeature, ...]) -> Any:
    # Through text: only there infinite bounds have a spelling that JSON knows.
    return json.loads(_FEATURES.dump_json(features))


def _read_features(plain: Any) -> tuple[EncodedFeature, ...]:
    return _FEATURES.validate_python(plain, strict=False)
