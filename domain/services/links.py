"""Signed URLs: each opens one artifact, for a while, in the name of whoever asked for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

from domain.services.runtime import Runtime
from domain.terms.pictures import PictureFormat, PictureKind, PictureTheme

_SALT = "segmentgraph-picture"


@dataclass(frozen=True, slots=True)
class PictureAddress:
    """Which picture of which run."""

    run_id: UUID
    kind: PictureKind
    format: PictureFormat
    theme: PictureTheme


@dataclass(frozen=True, slots=True)
class Link:
    """What a token opens, the account that it was made for, and until when it works."""

    address: PictureAddress
    account_id: UUID
    expires_at: datetime


def sign(runtime: Runtime, address: PictureAddress, account_id: UUID) -> str:
    """Make the token that opens this picture until it expires, or its account is let in no more."""
    picture = [address.run_id.hex, address.kind, address.format, address.theme]
    return _serializer(runtime).dumps([*picture, account_id.hex])


def verify(runtime: Runtime, token: str) -> Link | None:
    """Tell what a token opens; None when it is forged, broken or expired."""
    try:
        lifetime = timedelta(seconds=runtime.settings.signed_url_seconds + _step(runtime))
        # By the time as it is: only that of signing moves in steps.
        serializer = URLSafeTimedSerializer(runtime.secret, salt=_SALT)
        signed, at = serializer.loads(token, max_age=int(lifetime.total_seconds()), return_timestamp=True)
        run_id, kind, file_format, theme, account_id = signed
        picture = PictureAddress(
            UUID(run_id), PictureKind(kind), PictureFormat(file_format), PictureTheme(theme)
        )
        return Link(picture, UUID(account_id), at + lifetime)
    except (BadData, ValueError, TypeError):
        return None


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


def _serializer(runtime: Runtime) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        runtime.secret, salt=_SALT, signer=_SteadySigner, signer_kwargs={"step": _step(runtime)}
    )
