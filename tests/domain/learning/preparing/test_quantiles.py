"""Quantiles of long columns are exact."""

import numpy as np
import pytest

from domain.learning.preparing.quantiles import median, quantiles

SHARES = (0.0, 0.25, 0.5, 0.75, 0.999, 1.0)


def test_between_two_values_their_distance_decides() -> None:
    assert quantiles(np.array([10.0, 0.0]), (0.0, 0.25, 1.0)) == [0.0, 2.5, 10.0]
    assert median(np.array([7.0])) == 7.0


@pytest.mark.parametrize("count", [1, 3, 100, 4097, 10_000, 200_001])
@pytest.mark.parametrize("kind", ["normal", "few", "sorted", "repeating", "equal"])
def test_they_equal_those_of_numpy(count: int, kind: str) -> None:
    rng = np.random.default_rng(count)
    period = max(count // 4096, 1)
    values = {
        "normal": rng.normal(size=count),
        "few": rng.integers(0, 3, count).astype(np.float64),
        "sorted": np.sort(rng.normal(size=count)),
        # Every value the sample looks at is 0.
        "repeating": (np.arange(count) % period).astype(np.float64),
        "equal": np.full(count, 0.1),
    }[kind]
    expected = np.percentile(values, [100 * share for share in SHARES])
    np.testing.assert_allclose(quantiles(values, SHARES), expected, rtol=1e-12, atol=1e-13)
