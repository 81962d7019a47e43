"""The made-up customers: the same for the same seed, and with segments that can be found."""

import hashlib
import io
import time

import numpy as np
import pyarrow.compute as pc
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score

from domain.tables.planted import SEGMENTS, generate, planted_segments, write_csv
from domain.tables.values.conversion import categories, days, numbers
from domain.terms.arrays import Matrix
from domain.terms.columns import ColumnRole
from domain.terms.imports import ImportLimits
from tests.domain.tables.imported import import_csv

IDENTIFIER, NUMERIC, CATEGORICAL, DATETIME, TEXT, IGNORED = ColumnRole
MISSING = ("age", "annual_income", "average_basket", "preferred_channel")
ROLES = {
    "customer_id": IDENTIFIER,
    "age": NUMERIC,
    "annual_income": NUMERIC,
    "spending_score": NUMERIC,
    "visits_per_month": NUMERIC,
    "average_basket": NUMERIC,
    "days_since_last_purchase": NUMERIC,
    "tenure_months": NUMERIC,
    "region": CATEGORICAL,
    "membership": CATEGORICAL,
    "preferred_channel": CATEGORICAL,
    "newsletter": CATEGORICAL,
    "signup_date": DATETIME,
}


def written(rows: int, seed: int) -> bytes:
    file = io.BytesIO()
    write_csv(generate(rows, seed), file)
    return file.getvalue()


def encoded(rows: int, seed: int) -> Matrix:
    """Numbers and days standardised, medians for missing ones; categories as plain 0 and 1."""
    table = generate(rows, seed)
    features = []
    for name, role in ROLES.items():
        if role in {NUMERIC, DATETIME}:
            values = numbers(table[name]) if role is NUMERIC else days(table[name])
            filled = np.where(np.isnan(values), np.nanmedian(values), values)
            features.append((filled - filled.mean()) / filled.std())
        elif role is CATEGORICAL:
            codes, names = categories(table[name])
            features += [
                (codes == code).astype(float) for code in range(-1, len(names)) if (codes == code).any()
            ]
    return np.column_stack(features)


def test_the_same_seed_gives_the_same_bytes() -> None:
    first = hashlib.sha256(written(500, 3)).hexdigest()
    assert hashlib.sha256(written(500, 3)).hexdigest() == first
    assert hashlib.sha256(written(500, 4)).hexdigest() != first


def test_the_csv_is_imported_as_it_was_made() -> None:
    content = written(2000, 1)
    assert content.startswith(b"customer_id,age,annual_income,")
    limits = ImportLimits(max_rows=2000, max_columns=13, max_cell_length=30)
    imported = import_csv(content, limits=limits)
    assert imported.table.equals(generate(2000, 1))
    assert imported.outcome.identifier == "customer_id"
    assert {column.name: column.role for column in imported.outcome.columns} == ROLES
    assert imported.outcome.report.warnings == ()


def test_about_two_percent_are_missing_in_four_columns() -> None:
    table = generate(20_000, 0)
    shares = {name: table[name].null_count / 20_000 for name in table.column_names}
    assert {name for name, share in shares.items() if share > 0} == set(MISSING)
    assert all(0.016 < shares[name] < 0.024 for name in MISSING)


def test_values_are_those_of_people() -> None:
    table = generate(20_000, 0)
    spans = {name: tuple(pc.min_max(table[name]).as_py().values()) for name in ROLES if name != "customer_id"}
    assert 18 <= spans["age"][0] < spans["age"][1] <= 90
    assert 1 <= spans["spending_score"][0] < spans["spending_score"][1] <= 100
    assert spans["annual_income"][0] > 10_000
    assert spans["visits_per_month"][0] >= 0
    assert spans["average_basket"][0] > 5
    assert spans["days_since_last_purchase"][0] >= 0
    assert spans["tenure_months"][0] >= 1
    assert "2010" < spans["signup_date"][0] < spans["signup_date"][1] <= "2026-06-30"
    assert table["customer_id"][122].as_py() == "C-000123"
    assert len(pc.unique(table["customer_id"])) == 20_000


def test_segments_have_their_names_and_sizes() -> None:
    assert len({segment.name for segment in SEGMENTS}) == len(SEGMENTS) == 5
    found = np.bincount(planted_segments(50_000, 0)) / 50_000
    np.testing.assert_allclose(found, [segment.share for segment in SEGMENTS], atol=0.01)
    assert len(planted_segments(7, 0)) == 7


@pytest.mark.parametrize(("rows", "seed"), [(5000, 0), (600, 1)])
def test_the_planted_segments_are_what_a_clustering_finds(rows: int, seed: int) -> None:
    samples = encoded(rows, seed)
    scores, found = {}, {}
    for clusters in range(2, 11):
        labels = KMeans(clusters, n_init=3, random_state=0).fit_predict(samples)
        scores[clusters] = silhouette_score(samples[:1500], labels[:1500])
        found[clusters] = adjusted_rand_score(planted_segments(rows, seed), labels)
    assert max(scores, key=scores.__getitem__) == 5
    assert found[5] > 0.9


def test_a_hundred_thousand_customers_take_about_a_second() -> None:
    start = time.perf_counter()
    assert generate(100_000, 0).num_rows == 100_000
    assert time.perf_counter() - start < 5
