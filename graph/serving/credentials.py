"""What a caller shows of itself, by header or by connection_init's payload; never in an address."""

from collections.abc import Mapping

from starlette.requests import HTTPConnection


def shown_by(headers: Mapping[str, str], params: Mapping[str, object] | None = None) -> str | None:
    """Find the token or key that is shown; None where there is none.

    By `Authorization: Bearer …` or `X-API-Key: …`, whatever the case of the names. What
    connection_init's payload says counts more than the headers of its handshake. What is
    shown in another way is no token, and answered as one that does not hold.
    """
    said = {name.lower(): value for name, value in (params or {}).items() if isinstance(value, str)}
    for names in (said, headers):
        scheme, _, token = (names.get("authorization") or "").strip().partition(" ")
        bearer = token.strip() if scheme.lower() == "bearer" else ""
        # Another scheme may be a proxy's. Alone it is no token of ours, yet something was shown: it is
        # told that it does not hold.
        shown = bearer or (names.get("x-api-key") or "").strip() or scheme
        if shown:
            return shown
    return None


def address_of(connection: HTTPConnection) -> str:
    """The network address that a caller comes from; empty where there is none, as on a Unix socket."""
    return connection.client.host if connection.client else ""
