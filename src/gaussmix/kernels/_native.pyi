from .._types import Floats, Ints, Rows

def em_pass(
    X: Rows,
    weights: Floats | None,
    background: Floats | None,
    means: Floats,
    factors: Floats,
    offsets: Floats,
    reference: Floats,
    out: Floats,
) -> None: ...
def em_steps(
    X: Rows,
    weights: Floats | None,
    background: Floats | None,
    shares: Floats,
    means: Floats,
    covariances: Floats,
    factors: Floats,
    offsets: Floats,
    added: Floats | None,
    least: Floats | None,
    mass: float,
    iterations: int,
    pool_components: bool = False,
    pool_columns: bool = False,
) -> tuple[int, float, float]: ...
def em_path(
    X: Rows,
    weights: Floats | None,
    shares: Floats,
    means: Floats,
    covariances: Floats,
    factors: Floats,
    offsets: Floats,
    log_likelihood: Floats,
    added: Floats | None,
    least: Floats | None,
    pool_components: bool = False,
    pool_columns: bool = False,
) -> int: ...
def em_runs(
    X: Rows,
    weights: Floats | None,
    background: Floats | None,
    shares: Floats,
    means: Floats,
    covariances: Floats,
    factors: Floats,
    offsets: Floats,
    added: Floats | None,
    least: Floats | None,
    mass: Floats,
    iterations: int,
    pool_components: bool,
    pool_columns: bool,
    objectives: Floats,
    done: Ints,
) -> None: ...
def best_split(
    X: Floats,
    Y: Floats,
    Z: Floats,
    v: Floats,
    weights: Floats,
    background: Floats,
    centre: Floats,
    uniform: Floats,
    added: Floats | None,
    least: Floats | None,
    mass: float,
    least_weight: float,
    pool_columns: bool,
    effort: tuple[int, int, int, int, int, int, int],
    shares: Floats,
    means: Floats,
    covariances: Floats,
) -> float: ...
def m_step(
    moments: Floats,
    shares: Floats,
    means: Floats,
    covariances: Floats,
    factors: Floats,
    offsets: Floats,
    added: Floats | None,
    least: Floats | None,
    mass: float = 1.0,
    pool_components: bool = False,
    pool_columns: bool = False,
) -> bool: ...
def log_joint(X: Rows, means: Floats, factors: Floats, offsets: Floats, out: Floats) -> None: ...
def responsibilities(X: Rows, means: Floats, factors: Floats, offsets: Floats, out: Floats) -> None: ...
def log_prob(X: Rows, means: Floats, factors: Floats, offsets: Floats, out: Floats) -> None: ...
def labels(X: Rows, means: Floats, factors: Floats, offsets: Floats, out: Ints) -> None: ...
def exp(x: Floats, y: Floats) -> None: ...
def log(x: Floats, y: Floats) -> None: ...
def instruction_set() -> str: ...
def instruction_sets() -> list[str]: ...
def use(name: str) -> None: ...
