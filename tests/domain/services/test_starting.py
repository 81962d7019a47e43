"""What is done before a server serves."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest

from domain.errors import Unavailable
from domain.models import Account, AuditEvent
from domain.services import operators, passwords, starting
from domain.services.operators import FirstAdministrator
from domain.settings import Settings, WrongSetting, load
from domain.terms.access import AccountKind, Role


def _settings(folder: Path, database_url: str, **others: object) -> Settings:
    return load(data_dir=folder, database_url=database_url, **others)


async def _accounts(settings: Settings) -> list[Account]:
    async with starting.at_hand(settings):
        return await Account.all()


def _left(folder: Path, name: str) -> Path:
    """Put a file where the storage keeps those of datasets."""
    file = folder / "storage" / "datasets" / name / "customers.parquet"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"1")
    return file


async def test_an_empty_storage_becomes_the_databases_own(tmp_path: Path, database_url: str) -> None:
    await starting.prepare(_settings(tmp_path, database_url))
    marker = (tmp_path / "storage" / starting.MARKER).read_text()
    await starting.prepare(_settings(tmp_path, database_url))

    assert (tmp_path / "storage" / starting.MARKER).read_text() == marker == str(UUID(marker))


async def test_what_no_row_speaks_for_is_swept_from_the_databases_own_storage(
    tmp_path: Path, database_url: str
) -> None:
    await starting.prepare(_settings(tmp_path, database_url))
    orphan = _left(tmp_path, str(uuid4()))
    await starting.prepare(_settings(tmp_path, database_url))

    assert not orphan.exists()


async def test_names_that_are_not_of_our_making_are_left_alone(tmp_path: Path, database_url: str) -> None:
    await starting.prepare(_settings(tmp_path, database_url))
    somebodys = _left(tmp_path, "iris")
    await starting.prepare(_settings(tmp_path, database_url))

    assert somebodys.exists()


async def test_a_storage_of_another_database_is_refused_and_kept(tmp_path: Path, database_url: str) -> None:
    theirs = _left(tmp_path, str(uuid4()))
    (tmp_path / "storage" / starting.MARKER).write_text(str(uuid4()))

    with pytest.raises(Unavailable, match="belong to another database than SEGMENTGRAPH_DATABASE_URL"):
        await starting.prepare(_settings(tmp_path, database_url))
    assert theirs.exists()


async def test_a_folder_with_files_of_something_else_is_refused_and_kept(
    tmp_path: Path, database_url: str
) -> None:
    somebodys = _left(tmp_path, str(uuid4()))

    with pytest.raises(Unavailable, match="has files already that are not SegmentGraph's"):
        await starting.prepare(_settings(tmp_path, database_url))
    assert somebodys.exists()


async def test_the_first_start_makes_an_administrator_and_later_ones_do_not(
    tmp_path: Path, database_url: str
) -> None:
    settings = _settings(tmp_path, database_url)

    first = await starting.prepare(settings)
    second = await starting.prepare(settings)

    assert first is not None
    assert first.password is not None
    assert first.password not in repr(first)
    assert second is None
    (account,) = await _accounts(settings)
    assert (account.username, account.kind, account.role, account.active) == (
        first.username,
        AccountKind.PERSON,
        Role.ADMIN,
        True,
    )
    assert account.username == "admin"
    assert await passwords.matches(account.password_hash, first.password)
    async with starting.at_hand(settings):
        (event,) = await AuditEvent.all()
    assert (event.action, event.address, event.subject_id) == ("createAdmin", "command line", account.id)


async def test_the_first_administrator_has_the_password_of_the_settings_and_it_is_not_told(
    tmp_path: Path, database_url: str
) -> None:
    settings = _settings(tmp_path, database_url, admin_password="a lark above the marsh")  # noqa: S106

    assert await starting.prepare(settings) == FirstAdministrator("admin", None)
    (account,) = await _accounts(settings)
    assert await passwords.matches(account.password_hash, "a lark above the marsh")


async def test_a_first_start_with_a_password_that_is_guessed_is_refused_and_makes_nobody(
    tmp_path: Path, database_url: str
) -> None:
    settings = _settings(tmp_path, database_url, admin_password="password123")  # noqa: S106

    with pytest.raises(WrongSetting, match=r"^SEGMENTGRAPH_ADMIN_PASSWORD: the password is easy to guess"):
        await starting.prepare(settings)
    assert await _accounts(settings) == []


async def test_a_start_finds_the_administrator_that_was_made_by_hand(
    tmp_path: Path, database_url: str
) -> None:
    settings = _settings(tmp_path, database_url)
    async with starting.at_hand(settings) as runtime:
        await operators.make_administrator(runtime, "ops", None)

    assert await starting.prepare(settings) is None
    assert [account.username for account in await _accounts(settings)] == ["ops"]


async def test_a_refused_storage_makes_no_administrator(tmp_path: Path, database_url: str) -> None:
    settings = _settings(tmp_path, database_url)
    _left(tmp_path, str(uuid4()))

    with pytest.raises(Unavailable):
        await starting.prepare(settings)
    assert await _accounts(settings) == []


async def test_a_command_has_the_database_at_hand_and_leaves_the_storage_alone(
    tmp_path: Path, database_url: str
) -> None:
    settings = _settings(tmp_path, database_url)

    async with starting.at_hand(settings):
        assert await Account.all().count() == 0
    assert not (tmp_path / "storage" / starting.MARKER).exists()
