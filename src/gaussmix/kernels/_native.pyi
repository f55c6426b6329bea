from collections.abc import Sequence
from typing import Annotated, overload

import numpy
from numpy.typing import NDArray

@overload
def em_pass(
    X: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
    weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
    | None,
    background: Annotated[
        NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)
    ]
    | None,
    means: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    factors: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    offsets: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    reference: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    out: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def em_pass(
    X: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device="cpu", writable=False)],
    weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
    | None,
    background: Annotated[
        NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)
    ]
    | None,
    means: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    factors: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    offsets: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    reference: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    out: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def log_joint(
    X: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
    means: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    factors: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    offsets: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    out: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def log_joint(
    X: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device="cpu", writable=False)],
    means: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    factors: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    offsets: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    out: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def responsibilities(
    X: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
    means: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    factors: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    offsets: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    out: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def responsibilities(
    X: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device="cpu", writable=False)],
    means: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    factors: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    offsets: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    out: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def log_prob(
    X: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
    means: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    factors: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    offsets: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    out: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def log_prob(
    X: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device="cpu", writable=False)],
    means: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    factors: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    offsets: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    out: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def labels(
    X: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
    means: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    factors: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    offsets: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    out: Annotated[NDArray[numpy.int64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def labels(
    X: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device="cpu", writable=False)],
    means: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    factors: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    offsets: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    out: Annotated[NDArray[numpy.int64], dict(order="C", device="cpu")],
) -> None: ...
@overload
def em_pass_rows(
    X: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
    weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
    | None,
    noise: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
    allowed: Annotated[
        NDArray[numpy.uint8], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ]
    | None,
    background: Annotated[
        NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)
    ]
    | None,
    log_weights: Annotated[
        NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)
    ],
    means: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    covariances: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    reference: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    full: bool,
    out: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    projections: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None, None), order="C", device="cpu", writable=False)
    ]
    | None = None,
) -> None: ...
@overload
def em_pass_rows(
    X: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device="cpu", writable=False)],
    weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
    | None,
    noise: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
    allowed: Annotated[
        NDArray[numpy.uint8], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ]
    | None,
    background: Annotated[
        NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)
    ]
    | None,
    log_weights: Annotated[
        NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)
    ],
    means: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    covariances: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    reference: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    full: bool,
    out: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    projections: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None, None), order="C", device="cpu", writable=False)
    ]
    | None = None,
) -> None: ...
@overload
def rows_joint(
    X: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
    noise: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
    allowed: Annotated[
        NDArray[numpy.uint8], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ]
    | None,
    log_weights: Annotated[
        NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)
    ],
    means: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    covariances: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    out: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    projections: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None, None), order="C", device="cpu", writable=False)
    ]
    | None = None,
) -> None: ...
@overload
def rows_joint(
    X: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device="cpu", writable=False)],
    noise: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
    allowed: Annotated[
        NDArray[numpy.uint8], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ]
    | None,
    log_weights: Annotated[
        NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)
    ],
    means: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    covariances: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    out: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    projections: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None, None), order="C", device="cpu", writable=False)
    ]
    | None = None,
) -> None: ...
@overload
def rows_expected(
    X: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
    noise: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
    allowed: Annotated[
        NDArray[numpy.uint8], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ]
    | None,
    log_weights: Annotated[
        NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)
    ],
    means: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    covariances: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    expected: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    spread: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    projections: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None, None), order="C", device="cpu", writable=False)
    ]
    | None = None,
) -> None: ...
@overload
def rows_expected(
    X: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device="cpu", writable=False)],
    noise: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
    allowed: Annotated[
        NDArray[numpy.uint8], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ]
    | None,
    log_weights: Annotated[
        NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)
    ],
    means: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    covariances: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    expected: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    spread: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    projections: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None, None), order="C", device="cpu", writable=False)
    ]
    | None = None,
) -> None: ...
def em_steps(
    X: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
    weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
    | None,
    background: Annotated[
        NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)
    ]
    | None,
    shares: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    means: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    covariances: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    factors: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    offsets: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    added: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
    | None,
    least: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
    mass: float,
    iterations: int,
    pool_components: bool = False,
    pool_columns: bool = False,
    decomposition: str = "",
) -> tuple[int, float, float]: ...
def em_path(
    X: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
    weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
    | None,
    shares: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    means: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    covariances: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    factors: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    offsets: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    log_likelihood: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    added: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
    | None,
    least: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
    pool_components: bool = False,
    pool_columns: bool = False,
    decomposition: str = "",
) -> int: ...
def em_runs(
    X: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
    weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
    | None,
    background: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ]
    | None,
    shares: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    means: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    covariances: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    factors: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    offsets: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    added: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
    | None,
    least: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
    mass: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    iterations: int,
    pool_components: bool,
    pool_columns: bool,
    objectives: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    done: Annotated[NDArray[numpy.int64], dict(order="C", device="cpu")],
    decomposition: str = "",
) -> None: ...
def m_step(
    moments: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    shares: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    means: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    covariances: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    factors: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    offsets: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    added: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
    | None,
    least: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
    mass: float = 1.0,
    pool_components: bool = False,
    pool_columns: bool = False,
    decomposition: str = "",
) -> bool: ...
def best_split(
    X: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
    Y: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
    Z: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)],
    v: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    background: Annotated[
        NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)
    ],
    centre: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    uniform: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    added: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
    | None,
    least: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
    mass: float,
    least_weight: float,
    pool_columns: bool,
    effort: Sequence[int],
    shares: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    means: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    covariances: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> float: ...
def em_scatter(
    X: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
    weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
    | None,
    background: Annotated[
        NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)
    ]
    | None,
    means: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    factors: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    offsets: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    mass: float,
    counts: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    next_weights: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    next_means: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    scatter: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> tuple[bool, float, float]: ...
def whiten(
    weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    covariances: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    least: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
    factors: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    offsets: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
) -> bool: ...
def decomposed(
    scatter: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    counts: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    model: str,
    factors: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)] | None,
) -> bool: ...
def variational_update(
    moments: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    reference: Annotated[
        NDArray[numpy.float64], dict(shape=(None, None), order="C", device="cpu", writable=False)
    ],
    means: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    factors: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    offsets: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    numbers: Sequence[float],
    mean: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    scatter: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    added: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
    | None,
    sticks: bool,
    pool_components: bool,
    pool_columns: bool,
) -> float: ...
def variational_path(
    X: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device="cpu", writable=False)],
    weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
    | None,
    means: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    factors: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    offsets: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    divergences: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    moments: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu")],
    numbers: Sequence[float],
    mean: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)],
    scatter: Annotated[NDArray[numpy.float64], dict(order="C", device="cpu", writable=False)],
    added: Annotated[NDArray[numpy.float64], dict(shape=(None,), order="C", device="cpu", writable=False)]
    | None,
    sticks: bool,
    pool_components: bool,
    pool_columns: bool,
) -> int: ...
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
