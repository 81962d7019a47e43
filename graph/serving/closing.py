"""Why the server closes a WebSocket, by the codes of graphql-transport-ws and of the WebSocket's protocol."""

TOO_MANY_MESSAGES = 1008
AWAY = 1013
"""Try again later: clients of graphql-ws take this for what passes, and 1011 for the end."""

BAD_MESSAGE = 4400
UNAUTHORIZED = 4401
FORBIDDEN = 4403
WRONG_SUBPROTOCOL = 4406
INIT_TIMEOUT = 4408
ID_TAKEN = 4409
TOO_MANY_INITS = 4429

MAX_REASON_BYTES = 123  # of a WebSocket's close frame


class Closed(Exception):
    """The connection is to be closed with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:MAX_REASON_BYTES].decode("utf-8", "ignore")
