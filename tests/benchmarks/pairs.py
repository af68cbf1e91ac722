"""Two servers side by side: rounds in turns, and the median of their ratios."""

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.benchmarks.load import Burst

WARM_UP_S = 1.0


@dataclass(frozen=True)
class Side:
    """One of the two that are compared: where it listens, what it is asked, and what it must answer."""

    port: int
    requests: Callable[[], Iterator[bytes]]
    status: int


@dataclass(frozen=True)
class Pair:
    """The product beside its floor, and the ratio that must be reached, None where it is told for comparison."""

    name: str
    product: Side
    bare: Side
    target: float | None = None


def rounds_of(pair: Pair, run: Callable[[Side, float], Burst], *, rounds: int, seconds: float) -> list[list[Burst]]:
    """Return a burst of the product and one of the floor for each round; the one that goes first takes turns."""
    for side in (pair.product, pair.bare):
        run(side, WARM_UP_S)
    found = []
    for number in range(rounds):
        sides = [pair.product, pair.bare]
        bursts = [run(side, seconds) for side in (sides if number % 2 else sides[::-1])]
        found.append(bursts if number % 2 else bursts[::-1])
    return found


def print_pair(pair: Pair, found: list[list[Burst]]) -> bool:
    """Print the rounds and their median; say whether the target is reached."""
    ratios = [product.rate / bare.rate for product, bare in found]
    median = statistics.median(ratios)
    print(
        f"\n{pair.name}\n{'round':>8}{'product/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'bare/s':>12}{'p50 ms':>9}"
        f"{'p99 ms':>9}{'ratio':>8}"
    )
    for number, (product, bare) in enumerate(found, 1):
        cells = [
            f"{side.rate:>12.0f}{side.percentile_ms(0.5):>9.1f}{side.percentile_ms(0.99):>9.1f}"
            for side in (product, bare)
        ]
        print(f"{number:>8}{''.join(cells)}{ratios[number - 1]:>8.2f}")
    reached = pair.target is None or median >= pair.target
    wanted = "" if pair.target is None else f"   target {pair.target:.2f}: {'reached' if reached else 'MISSED'}"
    print(f"{'median':>8}{'':60}{median:>8.2f}{wanted}", flush=True)
    return reached


def summary(pair: Pair, found: list[list[Burst]]) -> dict[str, object]:
    """Return the medians of a pair, for a file of JSON."""
    sides = zip(*found, strict=True)
    rates, bare_rates = ([burst.rate for burst in side] for side in sides)
    product = [product for product, _ in found]
    return {
        "name": pair.name,
        "ratio": round(statistics.median(a / b for a, b in zip(rates, bare_rates, strict=True)), 3),
        "target": pair.target,
        "product_per_s": round(statistics.median(rates)),
        "bare_per_s": round(statistics.median(bare_rates)),
        "p50_ms": round(statistics.median(burst.percentile_ms(0.5) for burst in product), 1),
        "p99_ms": round(statistics.median(burst.percentile_ms(0.99) for burst in product), 1),
    }
