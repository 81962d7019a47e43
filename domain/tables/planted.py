"""Makes up customers that fall into five segments, so that a clustering can be tried and checked.

The same rows and seed give the same table. Which customer is of which segment is not in
it; `planted_segments` tells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from domain.terms.arrays import AnyArray, Labels, Vector

_TODAY = np.datetime64("2026-06-30")
_DAYS_A_MONTH = 365.25 / 12
_MISSING_SHARE = 0.02
_WITH_MISSING = ("age", "annual_income", "average_basket", "preferred_channel")

_REGIONS = ("North", "South", "East", "West")
_MEMBERSHIPS = ("Basic", "Silver", "Gold")
_CHANNELS = ("App", "Store", "Web")


@dataclass(frozen=True, slots=True)
class PlantedSegment:
    """One kind of customer: its share of all, its numbers as mean and spread, its categories as shares.

    Spreads of income, basket and recency are relative to the mean (these are skewed to
    the right), the others in the column's unit. `memberships` are the shares of Basic,
    Silver and Gold, `channels` of App, Store and Web, `newsletter` of "yes".
    """

    name: str
    share: float
    age: tuple[float, float]
    annual_income: tuple[float, float]
    spending_score: tuple[float, float]
    visits_per_month: tuple[float, float]
    average_basket: tuple[float, float]
    days_since_last_purchase: tuple[float, float]
    tenure_months: tuple[float, float]
    memberships: tuple[float, float, float]
    channels: tuple[float, float, float]
    newsletter: float


SEGMENTS: tuple[PlantedSegment, ...] = (
    PlantedSegment(
        name="Bargain hunters",
        share=0.27,
        age=(43, 5),
        annual_income=(42_000, 0.14),
        spending_score=(50, 6),
        visits_per_month=(12, 1.4),
        average_basket=(29, 0.18),
        days_since_last_purchase=(6, 0.5),
        tenure_months=(44, 6),
        memberships=(0.15, 0.80, 0.05),
        channels=(0.05, 0.05, 0.90),
        newsletter=0.93,
    ),
    PlantedSegment(
        name="Young newcomers",
        share=0.23,
        age=(25, 2.5),
        annual_income=(30_000, 0.15),
        spending_score=(79, 6),
        visits_per_month=(4, 0.9),
        average_basket=(52, 0.18),
        days_since_last_purchase=(12, 0.5),
        tenure_months=(6, 2.5),
        memberships=(0.92, 0.07, 0.01),
        channels=(0.92, 0.02, 0.06),
        newsletter=0.40,
    ),
    PlantedSegment(
        name="Seasoned occasional shoppers",
        share=0.20,
        age=(62, 4.5),
        annual_income=(68_000, 0.13),
        spending_score=(27, 6),
        visits_per_month=(1.6, 0.5),
        average_basket=(96, 0.15),
        days_since_last_purchase=(38, 0.35),
        tenure_months=(84, 9),
        memberships=(0.10, 0.85, 0.05),
        channels=(0.01, 0.96, 0.03),
        newsletter=0.20,
    ),
    PlantedSegment(
        name="Loyal big spenders",
        share=0.17,
        age=(47, 4.5),
        annual_income=(118_000, 0.12),
        spending_score=(88, 4.5),
        visits_per_month=(8, 1.2),
        average_basket=(158, 0.12),
        days_since_last_purchase=(5, 0.5),
        tenure_months=(66, 8),
        memberships=(0.01, 0.07, 0.92),
        channels=(0.30, 0.55, 0.15),
        newsletter=0.88,
    ),
    PlantedSegment(
        name="Lapsed customers",
        share=0.13,
        age=(45, 6),
        annual_income=(52_000, 0.15),
        spending_score=(11, 4),
        visits_per_month=(0.3, 0.15),
        average_basket=(40, 0.20),
        days_since_last_purchase=(230, 0.14),
        tenure_months=(30, 6),
        memberships=(0.93, 0.06, 0.01),
        channels=(0.05, 0.10, 0.85),
        newsletter=0.06,
    ),
)


def planted_segments(rows: int, seed: int) -> Labels:
    """Tell the planted segment of each generated customer, an index into SEGMENTS, (rows,)."""
    chance = np.random.default_rng([seed, 0])
    return chance.choice(len(SEGMENTS), size=rows, p=[segment.share for segment in SEGMENTS])


def generate(rows: int, seed: int) -> pa.Table:
    """Make up a table of customers: a key, seven numbers, four categories and a date.

    In four of the columns about 2 % of the cells are missing.
    """
    segments = planted_segments(rows, seed)
    chance = np.random.default_rng([seed, 1])
    columns = _numbers(segments, chance) | _categories(segments, chance)
    columns["signup_date"] = _signup_dates(columns["tenure_months"], chance)
    table = {"customer_id": _keys(rows)}
    for name, values in columns.items():
        # A cell in fifty of some columns is empty, as it happens in practice.
        empty = chance.random(rows) < _MISSING_SHARE if name in _WITH_MISSING else None
        table[name] = pa.array(values, mask=empty)
    return pa.table(table)


def write_csv(table: pa.Table, file: BinaryIO) -> None:
    """Write a generated table as CSV in UTF-8, with commas and line feeds; missing cells are empty."""
    # No generated value needs quotes; should one ever, writing fails.
    options = pa_csv.WriteOptions(quoting_style="none", quoting_header="none")
    pa_csv.write_csv(table, file, write_options=options)


def _keys(rows: int) -> pa.StringArray:
    digits = pc.utf8_lpad(pc.cast(pa.array(np.arange(1, rows + 1)), pa.string()), width=6, padding="0")
    return pc.binary_join_element_wise("C-", digits, "")


def _numbers(segments: Labels, chance: np.random.Generator) -> dict[str, AnyArray]:
    def normal(name: str) -> Vector:
        mean, spread = _of_each(segments, name)
        return chance.normal(mean, spread)

    def skewed(name: str, lift: Vector, weight: float) -> Vector:
        mean, spread = _of_each(segments, name)
        own = chance.standard_normal(len(segments))
        return np.asarray(mean * np.exp(spread * (weight * lift + np.sqrt(1 - weight**2) * own)))

    # Within a segment too, who earns more puts more in the basket.
    wealth = chance.standard_normal(len(segments))
    return {
        "age": np.clip(np.rint(normal("age")), 18, 90).astype(np.int64),
        "annual_income": np.rint(skewed("annual_income", wealth, 0.9) / 100).astype(np.int64) * 100,
        "spending_score": np.clip(np.rint(normal("spending_score")), 1, 100).astype(np.int64),
        "visits_per_month": np.round(np.clip(normal("visits_per_month"), 0, None), 1),
        "average_basket": np.round(skewed("average_basket", wealth, 0.6), 2),
        "days_since_last_purchase": np.rint(skewed("days_since_last_purchase", wealth, 0.0)).astype(np.int64),
        "tenure_months": np.clip(np.rint(normal("tenure_months")), 1, None).astype(np.int64),
    }


def _of_each(segments: Labels, name: str) -> tuple[Vector, Vector]:
    """Give each customer the mean and the spread that a number has in its segment, both (rows,)."""
    table = np.array([getattr(segment, name) for segment in SEGMENTS], np.float64)
    return table[segments, 0], table[segments, 1]


def _categories(segments: Labels, chance: np.random.Generator) -> dict[str, AnyArray]:
    newsletter = [(segment.newsletter, 1 - segment.newsletter) for segment in SEGMENTS]
    return {
        "region": np.array(_REGIONS, object)[chance.integers(len(_REGIONS), size=len(segments))],
        "membership": _drawn(_MEMBERSHIPS, [each.memberships for each in SEGMENTS], segments, chance),
        "preferred_channel": _drawn(_CHANNELS, [each.channels for each in SEGMENTS], segments, chance),
        "newsletter": _drawn(("yes", "no"), newsletter, segments, chance),
    }


def _drawn(
    values: Sequence[str],
    shares: Sequence[Sequence[float]],
    segments: Labels,
    chance: np.random.Generator,
) -> AnyArray:
    """Draw a value for each customer by the shares of its segment, by inverting the distribution function."""
    steps = np.cumsum(shares, axis=1)[segments, :-1]
    places: AnyArray = (chance.random(len(segments))[:, np.newaxis] >= steps).sum(axis=1)
    return np.take(np.array(values, object), places)


def _signup_dates(tenure_months: AnyArray, chance: np.random.Generator) -> AnyArray:
    """Give the day each customer signed up, as ISO text, that many months before the table was made."""
    days = (tenure_months * _DAYS_A_MONTH + chance.uniform(0, _DAYS_A_MONTH, len(tenure_months))).astype(int)
    signed_up: AnyArray = np.datetime_as_string((_TODAY - days).astype("datetime64[D]"))
    return signed_up
