"""Datasets, as a client uploads, reads and deletes them."""

import hashlib

from tests.servers.api import Api

CSV = b"id,age,income,city\nC-1,25,30000.5,Bonn\nC-2,61,,Kiel\nC-3,44,72000,Bonn\nC-4,38,51000,Kiel\n"


async def test_an_upload_is_answered_when_the_dataset_can_be_read(api: Api) -> None:
    payload = await api.upload(
        CSV,
        selection="""name rowCount checksum sizeInBytes
          columns { name role missingCount distinctCount numeric { mean } topValues { value count } }
          importReport { format encoding delimiter rowsRead rowsRejected warnings { code } }
          customers { totalCount edges { node { key attributes } } }""",
    )

    assert payload["userErrors"] == []
    dataset = payload["dataset"]
    assert dataset["name"] == "customers.csv"
    assert dataset["rowCount"] == 4
    assert dataset["checksum"] == hashlib.sha256(CSV).hexdigest()
    assert dataset["sizeInBytes"] == len(CSV)
    assert [column["role"] for column in dataset["columns"]] == [
        "IDENTIFIER",
        "NUMERIC",
        "NUMERIC",
        "CATEGORICAL",
    ]
    assert dataset["columns"][2]["missingCount"] == 1
    assert dataset["columns"][3]["topValues"] == [
        {"value": "Bonn", "count": 2},
        {"value": "Kiel", "count": 2},
    ]
    assert dataset["importReport"] == {
        "format": "CSV",
        "encoding": "UTF-8",
        "delimiter": ",",
        "rowsRead": 4,
        "rowsRejected": 0,
        "warnings": [],
    }
    assert dataset["customers"]["totalCount"] == 4
    assert dataset["customers"]["edges"][1]["node"] == {
        "key": "C-2",
        "attributes": {"id": "C-2", "age": 61, "income": None, "city": "Kiel"},
    }
