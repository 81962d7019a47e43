"""A link opens one picture for a while, and a forged one opens nothing."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from itsdangerous import URLSafeTimedSerializer

from domain.engine.engine import Engine
from domain.services import links
from domain.services.limiting import Limiter
from domain.services.links import Link, PictureAddress
from domain.services.runtime import Runtime
from domain.settings import load
from domain.storage.files import Storage
from domain.terms.exports import ExportAddress, ExportFormat
from domain.terms.pictures import PictureFormat, PictureKind, PictureTheme

SECRET = "k" * 32
SOMEBODY = uuid4()
ADDRESS = PictureAddress(uuid4(), PictureKind.SCATTER, PictureFormat.SVG, PictureTheme.LIGHT)


@pytest.fixture
def here(tmp_path: Path) -> Runtime:
    """A runtime whose database and workers nobody asks for."""
    storage = Storage.open(str(tmp_path / "storage"))
    settings = load(data_dir=tmp_path)
    return Runtime(settings, storage, Engine(storage.url, tmp_path), SECRET, limiter=Limiter(settings))


def test_a_token_opens_what_it_was_made_for(here: Runtime) -> None:
    others = [
        replace(ADDRESS, run_id=uuid4()),
        replace(ADDRESS, kind=PictureKind.SIZES),
        replace(ADDRESS, format=PictureFormat.PNG),
        replace(ADDRESS, theme=PictureTheme.DARK),
    ]
    made = [(address, SOMEBODY) for address in [ADDRESS, *others]] + [(ADDRESS, uuid4())]
    tokens = {links.sign(here, *link): link for link in made}
    assert len(tokens) == 6
    found = {token: links.verify(here, token) for token in tokens}
    assert {token: link and (link.address, link.account_id) for token, link in found.items()} == tokens


def test_a_link_tells_until_when_it_works(here: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: 900.0 * 1_000 + 300)
    link = links.verify(here, links.sign(here, ADDRESS, SOMEBODY))
    assert link == Link(ADDRESS, SOMEBODY, datetime.fromtimestamp(900 * 1_000 + 4_500, UTC))


def test_a_token_with_any_character_changed_opens_nothing(here: Runtime) -> None:
    token = links.sign(here, ADDRESS, SOMEBODY)
    for place in range(len(token)):
        # Of the last one two bits count for nothing: the one 32 places on differs in the first.
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        other = letters[(letters.find(token[place]) + 32) % 64]
        assert links.verify(here, token[:place] + other + token[place + 1 :]) is None, place


@pytest.mark.parametrize("token", ["", ".", "..", "x.y.z", "🎉", "a" * 10_000, "\x00"])
def test_what_is_no_token_opens_nothing(here: Runtime, token: str) -> None:
    assert links.verify(here, token) is None


def test_a_token_made_with_another_key_opens_nothing(here: Runtime) -> None:
    forged = links.sign(replace(here, secret="x" * 32), ADDRESS, SOMEBODY)
    assert links.verify(here, forged) is None


def test_a_token_that_was_signed_for_something_else_opens_nothing(here: Runtime) -> None:
    content = [ADDRESS.run_id.hex, "SCATTER", "SVG", "LIGHT", SOMEBODY.hex]
    assert (
        links.verify(here, URLSafeTimedSerializer(here.secret, salt="another purpose").dumps(content)) is None
    )


@pytest.mark.parametrize(
    "content",
    [
        ["no id", "SCATTER", "SVG", "LIGHT", uuid4().hex],
        [uuid4().hex, "SCATTER", "GIF", "LIGHT", uuid4().hex],
        [uuid4().hex, "SCATTER", "SVG", "LIGHT", "nobody"],
        [uuid4().hex, "SCATTER", "SVG", "LIGHT"],
        [uuid4().hex],
        None,
        7,
    ],
)
def test_a_token_of_ours_that_names_no_picture_opens_nothing(here: Runtime, content: object) -> None:
    assert links.verify(here, URLSafeTimedSerializer(here.secret, salt=links._PICTURE).dumps(content)) is None


def test_a_token_expires(here: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    token = links.sign(here, ADDRESS, SOMEBODY)
    lifetime = here.settings.signed_url_seconds
    at_most = lifetime + lifetime // 4
    for seconds, expected in [(0, ADDRESS), (lifetime, ADDRESS), (at_most + 1, None), (10 * lifetime, None)]:
        with monkeypatch.context() as patch:
            start = time.time()
            patch.setattr("itsdangerous.timed.time.time", lambda at=start + seconds: at)
            found = links.verify(here, token)
            assert (found and found.address) == expected, seconds


def test_who_asks_again_soon_gets_the_same_address(here: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: 900.0 * 1_000)
    first = links.sign(here, ADDRESS, SOMEBODY)
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: 900.0 * 1_000 + 899)
    assert links.sign(here, ADDRESS, SOMEBODY) == first
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: 900.0 * 1_001)
    assert links.sign(here, ADDRESS, SOMEBODY) != first


def test_an_address_of_an_export_opens_that_and_no_picture(here: Runtime) -> None:
    address = ExportAddress("exports/1/export.csv", "Zürich.csv", ExportFormat.CSV, "Segment", uuid4())
    token = links.sign(here, address, SOMEBODY)
    link = links.verify_export(here, token)
    assert link is not None
    assert (link.address, link.account_id) == (address, SOMEBODY)
    assert links.verify(here, token) is None
    assert links.verify_export(here, links.sign(here, ADDRESS, SOMEBODY)) is None


@pytest.mark.parametrize(
    "content", [["exports/1", "a", "GIF", "Segment", uuid4().hex, uuid4().hex], [], None]
)
def test_a_token_of_ours_that_names_no_export_opens_nothing(here: Runtime, content: object) -> None:
    token = URLSafeTimedSerializer(here.secret, salt=links._EXPORT).dumps(content)
    assert links.verify_export(here, token) is None
