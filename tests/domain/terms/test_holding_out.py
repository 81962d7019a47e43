"""Who is held out depends on the key and the salt, and on nothing else."""

from domain.terms.exports import Holdout
from domain.terms.holding_out import group_of, is_held_out

KEYS = [f"C-{number}" for number in range(20_000)]


def test_the_first_eight_bytes_of_the_hash_decide() -> None:
    # sha256sum of "summer:C-1" begins with 010b3ee731478898: by 2^64 this is 0.00407784599…
    assert is_held_out("C-1", Holdout(0.00407785, "summer"))
    assert not is_held_out("C-1", Holdout(0.00407784, "summer"))


def test_about_the_share_is_held_out_and_always_the_same_ones() -> None:
    holdout = Holdout(0.2, "summer")
    held = [key for key in KEYS if is_held_out(key, holdout)]
    # The standard deviation is 57 of 20,000.
    assert abs(len(held) - 4_000) < 250
    assert held == [key for key in KEYS if group_of(key, holdout) == "holdout"]


def test_a_larger_share_holds_out_whoever_a_smaller_one_does() -> None:
    smaller = {key for key in KEYS if is_held_out(key, Holdout(0.1, "summer"))}
    larger = {key for key in KEYS if is_held_out(key, Holdout(0.3, "summer"))}
    assert smaller < larger


def test_another_salt_holds_out_others() -> None:
    held = {key for key in KEYS if is_held_out(key, Holdout(0.2, "summer"))}
    others = {key for key in KEYS if is_held_out(key, Holdout(0.2, "winter"))}
    # By chance a fifth of a fifth.
    assert abs(len(held & others) - 800) < 150


def test_of_no_share_nobody_is_held_out() -> None:
    assert not any(is_held_out(key, Holdout(0.0, "summer")) for key in KEYS)
