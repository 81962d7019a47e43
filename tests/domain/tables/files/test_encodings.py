"""Which encoding a file is in: certain by its mark or its bytes, else guessed, and told so."""

# ruff: noqa: RUF001  # letters of other scripts look like ours, and are meant

import pytest

from domain.errors import UnreadableFile
from domain.terms.imports import ImportWarningCode, TableOptions
from tests.domain.tables.files.opened import opened, refusal

TEXTS = {
    "German": ("cp1252", "Windows-1252", "Name;Ort\nMüller;Straße\nJörg;Köln\nAnn;Bonn\nBob;Ulm\nZoë;Graz\n"),
    "French": ("cp1252", "Windows-1252", "nom;ville\nFrançois;Orléans\nZoé;Besançon\nAgnès;Nîmes\n"),
    "Spanish": ("latin-1", "Windows-1252", "nombre;ciudad\nJosé;Málaga\nÑico;León\n"),
    "Danish": ("cp1252", "Windows-1252", "navn;by\nSøren;Århus\nJørgen;Ålborg\n"),
    "euros": ("cp1252", "Windows-1252", "name;price\nAnn;10 €\nBob;20 €\n"),
    "Polish": ("cp1250", "Windows-1250", "imię;miasto\nŁukasz;Kraków\nŻaneta;Gdańsk\nBożena;Wrocław\n"),
    "Czech": (
        "cp1250",
        "Windows-1250",
        "jméno;město\nJiří Dvořák;Plzeň\nŽofie;Žďár\nVáclav;Hradec Králové\n",
    ),
    "Russian": (
        "cp1251",
        "Windows-1251",
        "имя;город\nИван;Москва\nПётр;Санкт-Петербург\nМария;Новосибирск\n",
    ),
    "Russian mail": ("koi8_r", "KOI8-R", "имя;город\nИван;Москва\nПётр;Санкт-Петербург\nМария;Новосибирск\n"),
    "Japanese": (
        "shift_jis",
        "Shift_JIS",
        "名前;都市\n田中;東京\n鈴木 一郎;大阪府\nさくら;カタカナ\n佐藤;北海道\n",
    ),
    "Chinese": ("gb18030", "GB18030", "客户名称;城市\n张伟;北京\n王芳;上海\n李娜;广州\n刘强;深圳市南山区\n"),
    "Greek": ("cp1253", "Windows-1253", "όνομα;πόλη\nΓιώργος;Αθήνα\nΜαρία;Θεσσαλονίκη\nΝίκος;Πάτρα\n"),
    "Hebrew": ("cp1255", "Windows-1255", "לקוח;עיר\nדוד;ירושלים\nרחל;תל אביב\nמשה;חיפה\n"),
    "Arabic": ("cp1256", "Windows-1256", "الاسم;المدينة\nمحمد;القاهرة\nفاطمة;الرياض\nعلي;بيروت\n"),
    "Korean": ("cp949", "EUC-KR", "고객 이름;도시\n김철수;서울\n이영희;부산광역시\n박지성;대구\n"),
}


@pytest.mark.parametrize("language", TEXTS)
def test_the_encoding_of_a_short_file_is_guessed_right_and_told(language: str) -> None:
    codec, name, text = TEXTS[language]
    table = opened(text.encode(codec))
    assert table.head.encoding == name
    assert [table.names, *table.rows] == [line.split(";") for line in text.splitlines()]
    confidence = table.head.encoding_confidence
    assert confidence is not None
    assert 0 < confidence < 1
    message = table.warning(ImportWarningCode.ENCODING_GUESSED).message
    assert name in message
    assert f"{confidence:g}" in message
    assert "option encoding" in message


def test_more_letters_make_a_guess_surer() -> None:
    few, many = (opened(("a;b\n" + "Müller;Köln\n" * n).encode("cp1252")).head for n in (1, 100))
    assert few.encoding == many.encoding == "Windows-1252"
    assert few.encoding_confidence is not None
    assert many.encoding_confidence is not None
    assert few.encoding_confidence < 0.6 < 0.9 < many.encoding_confidence


def test_a_letter_at_the_end_of_a_long_file_counts() -> None:
    content = b"name;x\n" + b"Ann;1\n" * 400_000 + "Jörg;2\n".encode("cp1252")
    table = opened(content)
    assert table.head.encoding == "Windows-1252"
    assert table.rows[-1] == ["Jörg", "2"]


@pytest.mark.parametrize(
    ("codec", "mark", "name"),
    [
        ("utf-8", "\ufeff", "UTF-8"),
        ("utf-16-le", "\ufeff", "UTF-16"),
        ("utf-16-be", "\ufeff", "UTF-16"),
        ("utf-32-le", "\ufeff", "UTF-32"),
        ("utf-32-be", "\ufeff", "UTF-32"),
    ],
)
def test_a_byte_order_mark_is_certain_and_no_part_of_the_first_name(codec: str, mark: str, name: str) -> None:
    table = opened((mark + "näme,b\nü,2\n").encode(codec))
    assert (table.head.encoding, table.head.encoding_confidence, table.head.warnings) == (name, 1.0, ())
    assert table.columns == {"näme": ["ü"], "b": ["2"]}


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_known_by_its_zeros(codec: str) -> None:
    rows = [[f"Müller {n}", str(n)] for n in range(100_000)]
    table = opened(("name,n\n" + "".join(f"{a},{b}\n" for a, b in rows)).encode(codec))
    assert table.head.encoding == "UTF-16"
    assert table.codes == [ImportWarningCode.ENCODING_GUESSED]
    assert table.rows == rows


def test_utf8_is_checked_to_the_end_of_the_file() -> None:
    table = opened("name,x\n" + "Ann,1\n" * 400_000 + "Łódź 東京,2\n")
    assert (table.head.encoding, table.head.encoding_confidence) == ("UTF-8", 1.0)
    assert table.rows[-1] == ["Łódź 東京", "2"]


def test_rows_with_a_few_bad_bytes_are_left_out_of_a_utf8_file() -> None:
    lines = [f"Jörg {n},{n}".encode() for n in range(40)]
    lines[3] = b"J\xf6rg 3,3"
    lines[5] = b"5"
    lines[7] = b"Ann,\xff"
    table = opened(b"name,n\n" + b"\n".join(lines))
    assert table.head.encoding == "UTF-8"
    assert [(row.row, row.reason) for row in table.ledger.rejected_rows] == [
        (4, "it has bytes that are no characters in UTF-8"),
        (6, "1 cell instead of 2"),
        (8, "it has bytes that are no characters in UTF-8"),
    ]
    assert [row[1] for row in table.rows] == [str(n) for n in range(40) if n not in (3, 5, 7)]


def test_the_option_wins_over_what_the_file_looks_like() -> None:
    content = "name;x\nMüller;1\n".encode("cp1252")
    russian = opened(content, TableOptions(encoding="windows-1251"))
    assert (russian.head.encoding, russian.head.encoding_confidence) == ("Windows-1251", 1.0)
    assert russian.rows == [["Mьller", "1"]]
    utf8 = opened(content + b"Ann;2\n", TableOptions(encoding="UTF-8"))
    assert utf8.rows == [["Ann", "2"]]
    assert [row.row for row in utf8.ledger.rejected_rows] == [1]
    assert opened("\ufeffname;x\nAnn;1\n", TableOptions(encoding="cp1252")).names == ["name", "x"]
    assert opened("name;x\nMüller;1\n", TableOptions(encoding="latin1")).rows == [["MÃ¼ller", "1"]]


def test_a_file_with_zero_bytes_is_binary() -> None:
    for content, told in [
        (b"a,b\n1,\x00\x01\x02\x03\x04\n", "zero byte at offset 6"),
        (b"a,b\n" + b"1,2\n" * 400_000 + b"3,\0\n", "zero byte at offset 1,600,006"),
    ]:
        error = refusal(content)
        assert isinstance(error, UnreadableFile)
        assert told in error.message
