from collections.abc import Sequence
from typing import Annotated, overload

import numpy
from numpy.typing import NDArray

@overload
def em_pass(
    X: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
    values: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
    ],
    densities: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    ],
    reference: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    out: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def em_pass(
    X: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device="cpu", writable=False)],
    values: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
    ],
    densities: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    ],
    reference: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    out: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def log_joint(
    X: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
    densities: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    ],
    out: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def log_joint(
    X: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device="cpu", writable=False)],
    densities: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    ],
    out: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def responsibilities(
    X: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
    densities: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    ],
    out: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def responsibilities(
    X: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device="cpu", writable=False)],
    densities: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    ],
    out: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def log_prob(
    X: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
    densities: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    ],
    out: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def log_prob(
    X: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device="cpu", writable=False)],
    densities: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    ],
    out: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def labels(
    X: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
    densities: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    ],
    out: Annotated[NDArray[numpy.int64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def labels(
    X: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device="cpu", writable=False)],
    densities: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    ],
    out: Annotated[NDArray[numpy.int64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def em_pass_rows(
    X: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
    values: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
    ],
    known: tuple[
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
        Annotated[
            NDArray[numpy.float64], dict(shape=(None, None, None), order="C", device="cpu", writable=False)
        ]
        | None,
        Annotated[NDArray[numpy.uint8], dict(shape=(None, None), order="C", device="cpu", writable=False)]
        | None,
    ],
    gaussians: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    ],
    reference: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    full: bool,
    out: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def em_pass_rows(
    X: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device="cpu", writable=False)],
    values: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
    ],
    known: tuple[
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
        Annotated[
            NDArray[numpy.float64], dict(shape=(None, None, None), order="C", device="cpu", writable=False)
        ]
        | None,
        Annotated[NDArray[numpy.uint8], dict(shape=(None, None), order="C", device="cpu", writable=False)]
        | None,
    ],
    gaussians: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    ],
    reference: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    full: bool,
    out: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def rows_joint(
    X: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
    known: tuple[
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
        Annotated[
            NDArray[numpy.float64], dict(shape=(None, None, None), order="C", device="cpu", writable=False)
        ]
        | None,
        Annotated[NDArray[numpy.uint8], dict(shape=(None, None), order="C", device="cpu", writable=False)]
        | None,
    ],
    gaussians: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    ],
    out: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def rows_joint(
    X: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device="cpu", writable=False)],
    known: tuple[
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
        Annotated[
            NDArray[numpy.float64], dict(shape=(None, None, None), order="C", device="cpu", writable=False)
        ]
        | None,
        Annotated[NDArray[numpy.uint8], dict(shape=(None, None), order="C", device="cpu", writable=False)]
        | None,
    ],
    gaussians: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    ],
    out: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def rows_expected(
    X: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
    known: tuple[
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
        Annotated[
            NDArray[numpy.float64], dict(shape=(None, None, None), order="C", device="cpu", writable=False)
        ]
        | None,
        Annotated[NDArray[numpy.uint8], dict(shape=(None, None), order="C", device="cpu", writable=False)]
        | None,
    ],
    gaussians: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    ],
    expected: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    spread: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def rows_expected(
    X: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device="cpu", writable=False)],
    known: tuple[
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
        Annotated[
            NDArray[numpy.float64], dict(shape=(None, None, None), order="C", device="cpu", writable=False)
        ]
        | None,
        Annotated[NDArray[numpy.uint8], dict(shape=(None, None), order="C", device="cpu", writable=False)]
        | None,
    ],
    gaussians: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    ],
    expected: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    spread: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
def coarse_pass(
    X: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
    values: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
    ],
    densities: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    ],
    reference: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    out: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
def em_steps(
    rows: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
        bool,
    ],
    mixture: tuple[
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    ],
    rule: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
        float,
        bool,
        bool,
        str,
        bool,
    ],
    iterations: int,
) -> tuple[int, float, float]: ...
def em_path(
    rows: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
        bool,
    ],
    mixtures: tuple[
        tuple[
            Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
            Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
            Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
            Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
            Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
        ],
        tuple[
            Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
            Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
            Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
            Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
            Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
        ],
    ],
    rule: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
        float,
        bool,
        bool,
        str,
        bool,
    ],
    pause: tuple[float, float, float, float, tuple[int, int, float, float, float, float, float] | None]
    | None,
    total_weight: float,
    objectives: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    iterations: int,
) -> int: ...
def m_step(
    moments: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    mixture: tuple[
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    ],
    rule: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
        float,
        bool,
        bool,
        str,
        bool,
    ],
) -> bool: ...
def best_split(
    rows: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    ],
    rule: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
        float,
        bool,
        bool,
        str,
        bool,
    ],
    effort: Sequence[int],
    uniform: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    least_weight: float,
    pair: tuple[
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    ],
) -> float: ...
def em_scatter(
    rows: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
        bool,
    ],
    densities: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    ],
    mass: float,
    arrays: tuple[
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    ],
) -> tuple[bool, float, float]: ...
def whiten(
    weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    covariances: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    least: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
    factors: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    offsets: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> bool: ...
def invert(
    inverses: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None, None), order="C", device="cpu", writable=False)
    ],
    factors: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    variances: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    log_determinants: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> bool: ...
def decomposed(
    scatter: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    counts: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    model: str,
    factors: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
) -> bool: ...
@overload
def em_runs(
    rows: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    ],
    runs: tuple[Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")], int, int, int, bool],
    rule: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
        float,
        bool,
        bool,
        str,
        bool,
    ],
    effort: tuple[int, int, float, bool, bool],
    done: Annotated[NDArray[numpy.int64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def em_runs(
    rows: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
        bool,
    ],
    runs: tuple[Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")], int, int, int, bool],
    rule: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
        float,
        bool,
        bool,
        str,
        bool,
    ],
    effort: tuple[int, int, float, bool, bool],
    done: Annotated[NDArray[numpy.int64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def em_race(
    rows: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    ],
    runs: tuple[Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")], int, int, int, bool],
    rule: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
        float,
        bool,
        bool,
        str,
        bool,
    ],
    distinct: tuple[
        float,
        float,
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
        float,
        float,
        float,
    ],
    heats: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
) -> list[int]: ...
@overload
def em_race(
    rows: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
        bool,
    ],
    runs: tuple[Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")], int, int, int, bool],
    rule: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
        float,
        bool,
        bool,
        str,
        bool,
    ],
    distinct: tuple[
        float,
        float,
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
        float,
        float,
        float,
    ],
    heats: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
) -> list[int]: ...
def best_runs(
    runs: tuple[Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")], int, int, int, bool],
    distinct: tuple[
        float,
        float,
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
        float,
        float,
        float,
    ],
    most: int,
    least: float,
) -> list[int]: ...
def crossed(
    parents: tuple[Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")], int, int, int, bool],
    places: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None, None), order="C", device="cpu", writable=False)
    ],
    rows: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    ],
    draws: tuple[
        Annotated[NDArray[numpy.int64], dict(shape=(None,), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.int64], dict(shape=(None,), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.int64], dict(shape=(None,), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    ],
    least_weight: float,
    pooled: bool,
    children: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
def matched(
    one: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None, None), order="C", device="cpu", writable=False)
    ],
    other: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None, None), order="C", device="cpu", writable=False)
    ],
    to: Annotated[NDArray[numpy.int64], dict(order="C", device="cpu")],
) -> None: ...
def variational_update(
    moments: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    reference: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    densities: tuple[
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    ],
    rule: tuple[
        Sequence[float],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
        bool,
        bool,
        bool,
    ],
) -> float: ...
def variational_path(
    rows: tuple[
        Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
        bool,
    ],
    path: tuple[
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    ],
    rule: tuple[
        Sequence[float],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
        Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
        | None,
        bool,
        bool,
        bool,
    ],
) -> int: ...
def seeds(
    Z: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
    weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    uniform: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    chosen: Annotated[NDArray[numpy.int64], dict(order="C", device="cpu")],
) -> None: ...
def farthest(
    Z: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
    chosen: Annotated[NDArray[numpy.int64], dict(order="C", device="cpu")],
) -> None: ...
def lloyd(
    Z: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
    weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    centres: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None, None), order="C", device="cpu", writable=False)
    ],
    iterations: int,
    labels: Annotated[NDArray[numpy.int64], dict(order="C", device="cpu")],
) -> None: ...
def cuts(
    scores: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    shares: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    tie: float,
    labels: Annotated[NDArray[numpy.int64], dict(order="C", device="cpu")],
) -> None: ...
def mergers(
    Z: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
    weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    merged: Annotated[NDArray[numpy.int64], dict(order="C", device="cpu")],
) -> None: ...
def part_moments(
    X: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
    weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    labels: Annotated[
        NDArray[numpy.int64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    moments: tuple[
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
        Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    ],
) -> None: ...
def exp(
    x: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    y: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
def log(
    x: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    y: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
def instruction_set() -> str: ...
def instruction_sets() -> list[str]: ...
def use(name: str) -> None: ...
