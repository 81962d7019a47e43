"""A password is kept as a hash only, compared as it is meant, and one that is easily guessed is refused."""

import asyncio
import threading
import time
from pathlib import Path
from statistics import median

import pytest
from argon2 import PasswordHasher

from domain.services import passwords
from domain.settings import Settings, load

PASSWORD = "a lark above the marsh"  # noqa: S105  # of nobody
PATH = ["input", "password"]
EASY = "the password is easy to guess: choose another."
MORE = "Add another word or two. Uncommon words are better."
SLOW = "4@8({[<369!1|0$5+72%" * 6
"""What zxcvbn takes three seconds for if it is given 72 characters of it."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(data_dir=tmp_path)


async def told(settings: Settings, password: str, names: tuple[str, ...] = ()) -> list[str]:
    found = await passwords.strength_mistakes(settings, password, names, PATH)
    assert all(mistake.path == ("input", "password") for mistake in found)
    return [mistake.message for mistake in found]


async def test_a_hash_is_of_one_password_and_does_not_hold_it() -> None:
    first, second = [await passwords.make_hash(PASSWORD) for _ in range(2)]
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert first != second
    assert "lark" not in first
    assert await passwords.matches(first, PASSWORD)
    assert await passwords.matches(second, PASSWORD)
    for other in ("", "A lark above the marsh", PASSWORD + " ", PASSWORD[:-1], PASSWORD + "\x00"):
        assert not await passwords.matches(first, other), other


async def test_nobody_has_the_password_of_a_missing_hash() -> None:
    for password in (PASSWORD, "", passwords._NOBODYS):
        assert not await passwords.matches(None, password)


async def test_a_hash_that_is_none_matches_nothing() -> None:
    assert not await passwords.matches("of no password", PASSWORD)


async def test_a_password_is_the_same_however_its_letters_and_spaces_are_made() -> None:
    kept = await passwords.make_hash("caf\u00e9 au lait, merci")
    assert await passwords.matches(kept, "cafe\u0301\u00a0au\u3000lait, merci")
    # Letters that only look alike are others: what is typed counts.
    kept = await passwords.make_hash("\ufb01ne weather today")
    assert not await passwords.matches(kept, "fine weather today")


@pytest.mark.parametrize("password", ["\ud800" * 20, "\x00" * 20, "🎉" * 200, "x" * 1_000_000])
async def test_what_nobody_can_have_chosen_matches_nothing_and_does_not_fail(password: str) -> None:
    kept = await passwords.make_hash(PASSWORD)
    assert not await passwords.matches(kept, password)
    assert not await passwords.matches(None, password)


async def test_a_hash_of_other_parameters_is_due_for_a_new_one() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
    assert passwords.needs_rehash(weak)
    assert await passwords.matches(weak, PASSWORD)
    assert not passwords.needs_rehash(await passwords.make_hash(PASSWORD))


async def test_few_are_hashed_at_the_same_time() -> None:
    await asyncio.gather(*(passwords.matches(None, PASSWORD) for _ in range(12)))
    at_it = [thread for thread in threading.enumerate() if thread.name.startswith("passwords")]
    assert 1 <= len(at_it) <= passwords.AT_ONCE


async def test_a_missing_hash_takes_as_long_as_one_that_does_not_match() -> None:
    kept = await passwords.make_hash(PASSWORD)
    took: dict[str | None, list[float]] = {kept: [], None: []}
    for _ in range(15):
        for password_hash, times in took.items():
            start = time.perf_counter()
            await passwords.matches(password_hash, "something else")
            times.append(time.perf_counter() - start)
    assert 0.5 < median(took[kept]) / median(took[None]) < 2


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "correct horse battery staple",
        "vK3#mQ9z!t",
        "Größe zählt nicht",
        "密码比你想象的要长得多呢",
        "x7" + "q" * 8 + "Lm2!k9",
        "ab " * 3 + "unguessable weather over Ghent",
        "v" + "kq3x" * 31 + "abc",
    ],
)
async def test_a_password_that_is_hard_to_guess_is_fine(settings: Settings, password: str) -> None:
    assert await told(settings, password, ("mary", "Mary Miller", "mary@example.org")) == []


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("", "the password has 0 characters: give it 10 or more"),
        ("vK3#mQ9z!", "the password has 9 characters: give it 10 or more"),
        # Ten as typed, five as they are meant.
        ("e\u0301" * 5, "the password has 5 characters: give it 10 or more"),
        ("x7Q!" * 32 + "z", "the password is too long: 128 characters at most"),
        ("x" * 1_000_000, "the password is too long: 128 characters at most"),
        ("lark\x00marsh-under", "the password holds control characters: leave them out"),
        ("lark\ud800marsh-under", "the password holds control characters: leave them out"),
        ("the-MARY-of-old-9", "the password contains a name of its account: choose one without it"),
        (
            "password12",
            f"{EASY} This is a very common password. {MORE}",
        ),
        (
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            f'{EASY} Repeats like "aaa" are easy to guess. {MORE} Avoid repeated words and characters.',
        ),
    ],
)
async def test_a_weak_password_is_refused_with_what_to_do(
    settings: Settings, password: str, message: str
) -> None:
    assert await told(settings, password, ("mary",)) == [message]


@pytest.mark.parametrize(
    "password", ["1234567890", "qwertyuiop", "iloveyou12", "passwordpassword", "abcdefghijklmnop", "0" * 128]
)
async def test_what_everybody_tries_first_is_refused(settings: Settings, password: str) -> None:
    (message,) = await told(settings, password)
    assert message.startswith(EASY)


async def test_a_name_of_two_letters_is_in_too_much_to_be_refused(settings: Settings) -> None:
    assert await told(settings, PASSWORD, ("la", "")) == []


async def test_the_fewest_characters_are_a_setting(tmp_path: Path) -> None:
    assert await told(load(data_dir=tmp_path, min_password_length=23), PASSWORD) == [
        "the password has 22 characters: give it 23 or more"
    ]
    assert await told(load(data_dir=tmp_path, min_password_length=22), PASSWORD) == []


@pytest.mark.parametrize("repeated", [SLOW, SLOW[:72], "p4$$w0rd" * 16, "12" * 64, "1/" * 64])
async def test_no_password_takes_long_to_judge(settings: Settings, repeated: str) -> None:
    start = time.process_time()
    await told(settings, repeated)
    assert time.process_time() - start < 1


async def test_no_name_takes_long_to_judge_a_password_by(settings: Settings) -> None:
    # One letter of it is eighteen in the form in which names are compared.
    start = time.process_time()
    assert await told(settings, PASSWORD, ("\ufdfa" * 2_000_000, "mary")) == []
    assert time.process_time() - start < 0.5


async def test_passwords_that_are_judged_at_once_are_judged_by_their_own_names(settings: Settings) -> None:
    name = "Brynhildr-Xq"
    found = await asyncio.gather(
        *(told(settings, "brynhi1dr-xq", (name,) if place % 2 else ()) for place in range(20))
    )
    # Written with a digit it is another word, which is guessed by whoever knows the name.
    assert [bool(each) for each in found] == [bool(place % 2) for place in range(20)]


async def test_a_password_is_judged_while_others_are_served(settings: Settings) -> None:
    judging = asyncio.create_task(told(settings, SLOW))
    turns = 0
    while not judging.done():
        await asyncio.sleep(0)
        turns += 1
    await judging
    assert turns > 2


async def test_a_generated_password_is_long_enough_readable_and_never_the_same(settings: Settings) -> None:
    made = {passwords.generated() for _ in range(100)}
    assert len(made) == 100
    assert {len(password) for password in made} == {23}
    assert set("".join(made)) <= set("abcdefghjkmnpqrstuvwxyz23456789-")
    assert await told(settings, made.pop()) == []
    assert len(passwords.generated(64)) >= 64
