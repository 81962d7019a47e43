"""Datasets, as a client uploads and reads them."""

import hashlib
from typing import Any

import pytest

from tests.graph.schema.conftest import PEOPLE, as_csv
from tests.servers.api import Api, mistakes

CSV = b"id,age,income,city\nC-1,25,30000.5,Bonn\nC-2,61,,Kiel\nC-3,44,72000,Bonn\nC-4,38,51000,Kiel\n"
COLUMNS = """columns {
  name originalName role roleReason missingCount distinctCount approximate
  numeric {
    min max mean standardDeviation median skewness quantiles { share value } histogram { edges counts }
  }
  topValues { value count }
}"""


async def test_an_upload_is_answered_when_the_dataset_can_be_read(api: Api) -> None:
    payload = await api.upload(
        CSV,
        selection="""name rowCount checksum sizeInBytes
          columns { name role }
          importReport { format encoding delimiter rowsRead rowsRejected warnings { code } }
          customers { totalCount edges { node { key attributes } } }
          runs { totalCount edges { node { id } } }""",
    )

    assert payload["userErrors"] == []
    assert payload["dataset"] == {
        "name": "customers.csv",
        "rowCount": 4,
        "checksum": hashlib.sha256(CSV).hexdigest(),
        "sizeInBytes": len(CSV),
        "columns": [
            {"name": "id", "role": "IDENTIFIER"},
            {"name": "age", "role": "NUMERIC"},
            {"name": "income", "role": "NUMERIC"},
            {"name": "city", "role": "CATEGORICAL"},
        ],
        "importReport": {
            "format": "CSV",
            "encoding": "UTF-8",
            "delimiter": ",",
            "rowsRead": 4,
            "rowsRejected": 0,
            "warnings": [],
        },
        "customers": {
            "totalCount": 4,
            "edges": [
                _edge("C-1", age=25, income=30000.5, city="Bonn"),
                _edge("C-2", age=61, income=None, city="Kiel"),
                _edge("C-3", age=44, income=72000.0, city="Bonn"),
                _edge("C-4", age=38, income=51000.0, city="Kiel"),
            ],
        },
        "runs": {"totalCount": 0, "edges": []},
    }


async def test_a_column_tells_what_is_in_it(api: Api) -> None:
    payload = await api.upload(CSV, selection=COLUMNS)

    _, age, income, city = payload["dataset"]["columns"]
    assert age == {
        "name": "age",
        "originalName": "age",
        "role": "NUMERIC",
        "roleReason": "all values are numbers, 4 different ones",
        "missingCount": 0,
        "distinctCount": 4,
        "approximate": False,
        # Sum of squared deviations from 42: 17² + 19² + 2² + 4² = 670.
        "numeric": {
            "min": 25,
            "max": 61,
            "mean": 42,
            "standardDeviation": pytest.approx((670 / 3) ** 0.5, rel=1e-12),
            "median": 41,
            # SciPy's, of the unbiased kind.
            "skewness": pytest.approx(0.377520224977137, rel=1e-12),
            # The first percentile: 0.01 of the three steps between four values, from 25 towards 38.
            "quantiles": [
                {"share": share, "value": pytest.approx(value, rel=1e-12)}
                for share, value in (
                    (0.01, 25.39),
                    (0.05, 26.95),
                    (0.1, 28.9),
                    (0.25, 34.75),
                    (0.5, 41),
                    (0.75, 48.25),
                    (0.9, 55.9),
                    (0.95, 58.45),
                    (0.99, 60.49),
                )
            ],
            # Quartiles 34.75 and 48.25: bins of 2 · 13.5 / ∛4 = 17.01, three of them over 36.
            "histogram": {"edges": [25, 37, 49, 61], "counts": [1, 2, 1]},
        },
        "topValues": [{"value": value, "count": 1} for value in ("25", "38", "44", "61")],
    }
    assert (income["missingCount"], income["distinctCount"], income["numeric"]["median"]) == (1, 3, 51000)
    assert city["numeric"] is None
    assert city["topValues"] == [{"value": "Bonn", "count": 2}, {"value": "Kiel", "count": 2}]


async def test_what_an_import_left_out_is_told_by_row(api: Api) -> None:
    rows = [f"{place},{20 + place},{'NSEW'[place % 4]}" for place in range(1, 21)]
    rows[2:2] = ["3,22", ""]
    payload = await api.upload(
        "\n".join(["key,age,region", *rows]).encode(),
        selection="""rowCount
          importReport {
            rowsRead rowsRejected rejectedRows { row reason } warnings { code message column row count }
          }""",
    )

    assert payload["dataset"] == {
        "rowCount": 20,
        "importReport": {
            "rowsRead": 21,
            "rowsRejected": 1,
            "rejectedRows": [{"row": 3, "reason": "2 cells instead of 3"}],
            "warnings": [
                {
                    "code": "RAGGED_ROW",
                    "message": "row 3 has too many or too few cells: it was left out",
                    "column": None,
                    "row": 3,
                    "count": 1,
                },
                {
                    "code": "BLANK_ROW",
                    "message": "row 4 is blank: it was left out",
                    "column": None,
                    "row": 4,
                    "count": 1,
                },
            ],
        },
    }


async def test_a_dataset_is_called_after_its_file_unless_it_is_given_a_name(api: Api) -> None:
    after_file = await api.upload(CSV, selection="name", filename="C:\\exports\\june.csv")
    given = await api.upload(CSV, selection="name", name="  Spring 2026 ")
    long = await api.upload(CSV, selection="name", filename="x" * 251 + ".csv")

    assert after_file["dataset"]["name"] == "june.csv"
    assert given["dataset"]["name"] == "Spring 2026"
    assert long["dataset"]["name"] == "x" * 200


async def test_a_german_spreadsheets_csv_is_read_as_it_was_meant_and_told_how(api: Api) -> None:
    content = "Kunde;Größe;Größe\nA;1,5;x\nB;2,5;y\nC;9,5;x\nD;1.009,5;x\n".encode("cp1252")
    payload = await api.upload(
        content,
        selection="""columns { name originalName }
          importReport {
            format encoding encodingConfidence delimiter quote decimal hasHeader sheet
            warnings { code column row count }
          }
          customers(last: 1) { edges { node { attributes } } }""",
    )

    dataset = payload["dataset"]
    assert dataset["columns"] == [
        {"name": "Kunde", "originalName": "Kunde"},
        {"name": "Größe", "originalName": "Größe"},
        {"name": "Größe_2", "originalName": "Größe"},
    ]
    assert dataset["customers"]["edges"][0]["node"]["attributes"] == {
        "Kunde": "D",
        "Größe": 1009.5,
        "Größe_2": "x",
    }
    report = dataset["importReport"]
    assert 0 < report.pop("encodingConfidence") < 1
    assert report == {
        "format": "CSV",
        "encoding": "Windows-1252",
        "delimiter": ";",
        "quote": '"',
        "decimal": "COMMA",
        "hasHeader": True,
        "sheet": None,
        "warnings": [
            {"code": "ENCODING_GUESSED", "column": None, "row": None, "count": 1},
            {"code": "HEADER_RENAMED", "column": "Größe_2", "row": None, "count": 1},
            {"code": "NUMBER_FORMAT", "column": "Größe", "row": 1, "count": 4},
        ],
    }


async def test_a_role_that_is_given_wins_over_the_detected_one(api: Api) -> None:
    payload = await api.upload(
        CSV,
        selection="columns { name role roleReason }",
        columns=[{"name": "age", "role": "IGNORED"}, {"name": "id", "role": "CATEGORICAL"}],
    )

    key, age, *_ = payload["dataset"]["columns"]
    assert (key["role"], age["role"]) == ("CATEGORICAL", "IGNORED")
    assert age["roleReason"] == (
        "given; by its values it would be NUMERIC: all values are numbers, 4 different ones"
    )


async def test_records_give_the_same_columns_customers_and_segments_as_the_same_rows_in_csv(
    api: Api,
) -> None:
    selection = f"{COLUMNS} customers {{ edges {{ node {{ key attributes }} }} }}"
    uploaded = await api.upload(as_csv(PEOPLE), selection=f"id {selection}", name="As CSV")
    imported = await api.mutate(
        "importCustomers", f"dataset {{ id {selection} }}", name="As records", customers=PEOPLE
    )

    datasets = [payload["dataset"] for payload in (uploaded, imported)]
    labels = [
        await api.run(
            dataset.pop("id"),
            selection="assignments { edges { node { customer { key } segment { index } confidence } } }",
        )
        for dataset in datasets
    ]
    assert datasets[0] == datasets[1]
    assert labels[0] == labels[1]


async def test_the_checksum_of_records_is_of_their_canonical_json(api: Api) -> None:
    customers = [{"name": "Ünal", "age": 30, "vip": True}, {"age": 41.5, "name": None}, {"name": "Bo"}]
    payload = await api.mutate(
        "importCustomers",
        """dataset {
          name rowCount checksum sizeInBytes importReport { format encoding delimiter rowsRead }
          customers { edges { node { key attributes } } }
        }""",
        name="Records",
        customers=customers,
    )

    canonical = '[{"age":30,"name":"Ünal","vip":true},{"age":41.5,"name":null},{"name":"Bo"}]'.encode()
    assert payload["userErrors"] == []
    assert payload["dataset"] == {
        "name": "Records",
        "rowCount": 3,
        "checksum": hashlib.sha256(canonical).hexdigest(),
        "sizeInBytes": len(canonical),
        "importReport": {"format": "JSON", "encoding": None, "delimiter": None, "rowsRead": 3},
        "customers": {
            "edges": [
                {"node": {"key": "1", "attributes": {"name": "Ünal", "age": 30, "vip": "true"}}},
                {"node": {"key": "2", "attributes": {"name": None, "age": 41.5, "vip": None}}},
                {"node": {"key": "3", "attributes": {"name": "Bo", "age": None, "vip": None}}},
            ]
        },
    }


async def test_an_identifier_is_kept_as_it_was_uploaded(api: Api) -> None:
    payload = await api.upload(
        b"customer_id,age\n00012,20\n00007,31\n00100,45\n", selection="customers { edges { node { key } } }"
    )

    keys = [edge["node"]["key"] for edge in payload["dataset"]["customers"]["edges"]]
    assert keys == ["00012", "00007", "00100"]


async def test_a_hundred_datasets_with_all_of_their_columns_are_one_answer(api: Api) -> None:
    await api.dataset(CSV)
    data = await api.ask(f"{{ datasets(first: 100) {{ edges {{ node {{ id name {COLUMNS} }} }} }} }}")

    assert [column["name"] for column in data["datasets"]["edges"][0]["node"]["columns"]] == [
        "id",
        "age",
        "income",
        "city",
    ]


async def test_roles_in_the_wrong_places_are_told_all_at_once(api: Api) -> None:
    payload = await api.upload(
        CSV,
        columns=[
            {"name": "nobody", "role": "NUMERIC"},
            {"name": "city", "role": "NUMERIC"},
            {"name": "age", "role": "DATETIME"},
        ],
    )

    assert payload["dataset"] is None
    assert sorted(mistakes(payload)) == [
        ("INVALID", ["input", "columns", "0", "name"]),
        ("INVALID", ["input", "columns", "1", "role"]),
        ("INVALID", ["input", "columns", "2", "role"]),
    ]


def _edge(key: str, **attributes: object) -> dict[str, Any]:
    return {"node": {"key": key, "attributes": {"id": key, **attributes}}}
