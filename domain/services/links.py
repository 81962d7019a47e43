"""Signed URLs: each opens one artifact, for a while."""

from dataclasses import dataclass
from uuid import UUID

from itsdangerous import BadData, URLSafeTimedSerializer

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


def sign(runtime: Runtime, address: PictureAddress) -> str:
    """Make the token that opens this picture until it expires."""
    return _serializer(runtime).dumps([address.run_id.hex, address.kind, address.format, address.theme])


def verify(runtime: Runtime, token: str) -> PictureAddress | None:
    """Tell what a token opens; None when it is forged, broken or expired."""
    try:
        run_id, kind, file_format, theme = _serializer(runtime).loads(
            token, max_age=runtime.settings.signed_url_seconds
        )
        return PictureAddress(
            UUID(run_id), PictureKind(kind), PictureFormat(file_format), PictureTheme(theme)
        )
    except (BadData, ValueError, TypeError):
        return None


def _serializer(runtime: Runtime) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(runtime.secret, salt=_SALT)
