"""Purchases of a CD shop made into customers: what each had done by a day."""

import io
from datetime import date
from pathlib import Path

import pandas as pd

FIRST_WEEKS = date(1997, 9, 30)
"""The end of the first 39 weeks, as Fader & Hardie have it."""

ALL_WEEKS = date(1998, 6, 30)
COLUMNS = ["customer_id", "date", "cds", "dollars"]


def customers(file: Path, until: date) -> pd.DataFrame:
    """Tell of each customer how often, how much and how long ago it bought, seen from a day."""
    purchases = pd.read_csv(
        file, sep=r"\s+", skiprows=1, names=COLUMNS, dtype={"customer_id": str, "date": str}
    )
    purchases["date"] = pd.to_datetime(purchases["date"], format="%Y%m%d")
    end = pd.Timestamp(until)
    bought = purchases[purchases["date"] <= end]
    # What is bought on one day is one visit.
    visits = bought.groupby(["customer_id", "date"], as_index=False).agg({"cds": "sum", "dollars": "sum"})
    found = visits.groupby("customer_id").agg(
        visits=("date", "size"),
        first=("date", "min"),
        last=("date", "max"),
        cds=("cds", "sum"),
        dollars=("dollars", "sum"),
    )
    return pd.DataFrame(
        {
            "customer_id": found.index,
            "visits": found["visits"].to_numpy(),
            "days_since_last": (end - found["last"]).dt.days.to_numpy(),
            "days_known": (end - found["first"]).dt.days.to_numpy(),
            "cds": found["cds"].to_numpy(),
            "dollars_a_visit": (found["dollars"] / found["visits"]).round(2).to_numpy(),
        }
    )


def as_csv(table: pd.DataFrame) -> bytes:
    """Write customers as a file to upload."""
    file = io.StringIO()
    table.to_csv(file, index=False)
    return file.getvalue().encode()
