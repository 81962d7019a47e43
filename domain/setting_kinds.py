"""The kinds of values that settings have, and what fits each: pydantic asks for it by these types."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

from domain import rates


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _known_database(url: str) -> str:
    if url and not url.startswith(("sqlite://", "postgres://", "postgresql://")):
        raise ValueError("should be sqlite://PATH or postgres://USER@HOST:PORT/NAME")
    if url.endswith("://"):
        raise ValueError("names no database: sqlite://PATH or postgres://USER@HOST:PORT/NAME")
    if url.startswith("sqlite://:memory:"):
        raise ValueError("should name a file: what is in memory is lost with the process")
    # Tortoise knows the server by one name only.
    return url.replace("postgresql://", "postgres://", 1)


def _known_storage(url: str) -> str:
    if "://" in url and not url.startswith(("s3://", "file://")):
        raise ValueError("should be a folder, or s3://BUCKET/PREFIX")
    return url


def _known_scheduler(address: str) -> str:
    if address and "://" not in address:
        raise ValueError("should be tcp://HOST:PORT or tls://HOST:PORT")
    return address


def _plain_address(url: str) -> str:
    if url and not url.startswith(("http://", "https://")):
        raise ValueError("should be https://NAME or http://NAME")
    return url.rstrip("/")


Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0.1, le=86_400, allow_inf_nan=False)]
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""Comma-separated."""
Rate = Annotated[str, AfterValidator(rates.plain)]
DatabaseUrl = Annotated[str, AfterValidator(_known_database)]
StorageUrl = Annotated[str, AfterValidator(_known_storage)]
SchedulerAddress = Annotated[str, AfterValidator(_known_scheduler)]
PublicUrl = Annotated[str, AfterValidator(_plain_address)]
