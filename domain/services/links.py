"""Signed URLs: each opens one artifact, for a while, in the name of whoever asked for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

from domain.services.runtime import Runtime
from domain.terms.exports import ExportAddress, ExportFormat
from domain.terms.pictures import PictureFormat, PictureKind, PictureTheme

_PICTURE = "segmentgraph-picture"
_EXPORT = "segmentgraph-export"
"""What the tokens of each kind are salted with: none opens what the other kind does."""


@dataclass(frozen=True, slots=True)
class PictureAddress:
    """Which picture of which run."""

    run_id: UUID
    kind: PictureKind
    format: PictureFormat
    theme: PictureTheme


Address = TypeVar("Address", PictureAddress, ExportAddress)


@dataclass(frozen=True, slots=True)
class Link(Generic[Address]):
    """What a token opens, the account that it was made for, and until when it works."""

    address: Address
    account_id: UUID
    expires_at: datetime


def sign(runtime: Runtime, address: PictureAddress | ExportAddress, account_id: UUID) -> str:
    """Make the token that opens this until it expires, or its account is let in no more."""
    if isinstance(address, PictureAddress):
        salt, content = _PICTURE, [address.run_id.hex, address.kind, address.format, address.theme]
    else:
        subject = [address.subject_kind, address.subject_id.hex]
        salt, content = _EXPORT, [address.export_key, address.file_name, address.format, *subject]
    return _serializer(runtime, salt).dumps([*content, account_id.hex])


def verify(runtime: Runtime, token: str) -> Link[PictureAddress] | None:
    """Tell which picture a token opens; None when it is forged, broken or expired."""
    try:
        (run_id, kind, file_format, theme, account_id), until = _opened(runtime, _PICTURE, token)
        address = PictureAddress(
            UUID(run_id), PictureKind(kind), PictureFormat(file_format), PictureTheme(theme)
        )
        return Link(address, UUID(account_id), until)
    except (BadData, ValueError, TypeError):
        return None


def verify_export(runtime: Runtime, token: str) -> Link[ExportAddress] | None:
    """Tell which export a token opens; None when it is forged, broken or expired."""
    try:
        (key, name, file_format, kind, subject, account_id), until = _opened(runtime, _EXPORT, token)
        address = ExportAddress(key, name, ExportFormat(file_format), kind, UUID(subject))
        return Link(address, UUID(account_id), until)
    except (BadData, ValueError, TypeError):
        return None


def lifetime(runtime: Runtime) -> timedelta:
    """How long a token works at most."""
    return timedelta(seconds=runtime.settings.signed_url_seconds + _step(runtime))


def _opened(runtime: Runtime, salt: str, token: str) -> tuple[Any, datetime]:
    """Read what was signed, and until when it holds; raises BadData."""
    # By the time as it is: only that of signing moves in steps.
    serializer = URLSafeTimedSerializer(runtime.secret, salt=salt)
    seconds = int(lifetime(runtime).total_seconds())
    signed, at = serializer.loads(token, max_age=seconds, return_timestamp=True)
    return signed, at + lifetime(runtime)


class _SteadySigner(TimestampSigner):
    """Signs with a time that moves in steps: who asks twice gets the same address, and no image reloads."""

    def __init__(self, *arguments: Any, step: int, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.step = step

    def get_timestamp(self) -> int:
        """Tell the beginning of the present step, in seconds."""
        now = super().get_timestamp()
        return now - now % self.step


def _step(runtime: Runtime) -> int:
    return max(1, runtime.settings.signed_url_seconds // 4)


def _serializer(runtime: Runtime, salt: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        runtime.secret, salt=salt, signer=_SteadySigner, signer_kwargs={"step": _step(runtime)}
    )
