"""The operator's playbook."""

from pathlib import Path

import pytest

from domain.errors import Invalid
from domain.playbook import reader
from domain.services import playbooks

MEANING = '[meanings.colour]\nwords = ["favourite colour"]\n'
PLAY = """
[[play]]
id = "paint"
kind = "NURTURE"
title = "Paint it"
action = "Paint something for “{segment}”."
channel = "Post"
measure = "Orders within a month."
priority = "LOW"
when = [{ meaning = "colour", direction = "high", categories = ["red"] }]
"""


def test_without_a_path_there_is_none() -> None:
    assert playbooks.own("") is None


def test_a_file_extends_the_shipped_playbook(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    # As an editor on Windows writes it.
    file.write_bytes(b"\xef\xbb\xbf" + (MEANING + PLAY).replace("\n", "\r\n").encode())
    book = reader.extended(playbooks.own(str(file)))
    assert [play.move.id for play in book.plays][-1] == "paint"
    assert len(book.plays) == len(reader.shipped().plays) + 1


def test_the_files_of_a_folder_are_one_playbook(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(PLAY)
    (tmp_path / "b.toml").write_text('disabled = ["add-a-second-product"]\n' + MEANING)
    (tmp_path / "c.toml").write_text('[meanings.colour]\nwords = ["paint"]\n')
    (tmp_path / "notes.txt").write_text("no TOML at all")
    book = reader.extended(playbooks.own(str(tmp_path)))
    ids = {play.move.id for play in book.plays}
    assert "paint" in ids
    assert "add-a-second-product" not in ids
    assert book.meanings["colour"].words == (("favourite", "colour"), ("paint",))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (PLAY.replace("LOW", "LATE").encode(), ["own.toml: In play 'paint', 'priority' must be one of"]),
        (b"[[play]]\nid = ?", ["own.toml: The playbook is not TOML", "line 2"]),
        (PLAY.encode(), ["In play 'paint', 'meaning' is 'colour'"]),
        (b"\xff\xfe", ["own.toml: the file is not UTF-8", "at byte 0"]),
        (b"# nothing\n", ["The playbook is empty"]),
        (b"#" * (reader.MOST_BYTES + 1), ["own.toml: the file has more than 262,144 bytes"]),
    ],
)
def test_a_mistake_names_the_file(tmp_path: Path, content: bytes, told: list[str]) -> None:
    (tmp_path / "own.toml").write_bytes(content)
    for path in (tmp_path, tmp_path / "own.toml"):
        with pytest.raises(Invalid) as caught:
            playbooks.own(str(path))
        assert all(part in caught.value.message for part in [str(path), *told])


def test_a_path_that_leads_nowhere_and_an_empty_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"own\.toml: the file can't be read: No such file"):
        playbooks.own(str(tmp_path / "own.toml"))
    with pytest.raises(Invalid, match=r"no file in this folder ends in \.toml"):
        playbooks.own(str(tmp_path))
