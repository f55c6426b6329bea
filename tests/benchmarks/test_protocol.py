"""The benchmark: workers that are asked and held still, pairs of measurements, and the report about them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from benchmarks.measure import OURS, Ours, Plan, compare, summary, too_much
from benchmarks.registry import PEERS, Peer, installed
from benchmarks.report import cell, markdown, write_report
from benchmarks.session import PeerError, Session, TimeoutPeerError
from benchmarks.workloads import Workload, describe, save_problem, start_of
from scipy.stats import multivariate_normal

from benchmarks import workloads

N, D, K = 600, 2, 3
SKLEARN = next(peer for peer in PEERS if peer.name == "sklearn")
PLAN = Plan(pairs=2, budget=0.1, timeout=60.0, least={})


def rows() -> np.ndarray:
    return workloads.drawn(N, D, K)


TINY = Workload("tiny", K, rows, iterations=4)


@pytest.fixture(scope="module")
def problem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bench") / "tiny.npz"
    save_problem(path, rows(), TINY)
    return path


def test_the_start_has_equal_weights_rows_as_means_and_the_pooled_covariance():
    X = rows()
    weights, means, covariances = start_of(X, K, "full")
    assert np.array_equal(weights, np.full(K, 1 / K))
    assert all((mean == X).all(1).any() for mean in means)
    assert np.allclose(covariances, np.cov(X.T, bias=True))
    assert np.allclose(start_of(X, K, "diag")[2], X.var(0))


def test_a_worker_fits_and_says_what_it_did(problem):
    with Session(OURS, timeout=60) as session:
        about = session.ask("load", path=str(problem), dtype="float64")
        fit = session.ask("fit", iterations=3)
        reached = session.ask("objective")
        proba = session.ask("proba")
    assert about["threads"] >= 1
    assert fit["iterations"] == reached["iterations"] == 3
    assert fit["seconds"] > 0
    assert proba["shape"] == [N, K]


def test_a_worker_can_be_held_to_one_processor(problem):
    with Session(OURS, timeout=60, threads=1) as session:
        assert session.ask("load", path=str(problem), dtype="float64")["threads"] == 1


def test_the_objective_is_the_mean_log_likelihood(problem):
    from benchmarks.worker import mean_log_likelihood

    X = rows()
    weights, means, covariances = start_of(X, K, "full")
    parts = zip(weights, means, covariances, strict=True)
    density = sum(w * multivariate_normal(m, S).pdf(X) for w, m, S in parts)
    assert mean_log_likelihood(X, weights, means, covariances) == pytest.approx(
        np.log(density).mean(), rel=1e-12
    )


def test_errors_and_delays_of_a_worker_are_told(problem, tmp_path):
    with Session(OURS, timeout=60) as session, pytest.raises(PeerError, match="FileNotFoundError"):
        session.ask("load", path=str(tmp_path / "none.npz"), dtype="float64")
    with Session(OURS, timeout=0.001) as session, pytest.raises(TimeoutPeerError, match="more than"):
        session.ask("load", path=str(problem), dtype="float64")
    ghost = Peer("ghost", "ghost", "ghost")
    with Session(ghost, timeout=60) as session, pytest.raises(PeerError, match="No such file"):
        session.ask("about")


def test_scikit_learn_and_gaussmix_are_compared(problem):
    entry = describe(rows(), TINY)
    ours = Ours(problem, PLAN)
    found = compare(SKLEARN, entry, TINY.iterations, ours, PLAN)
    ours.close()
    assert found["status"] == "measured", found
    assert found["agrees"]
    assert found["apart"] < 1e-9
    assert found["pairs"] >= 1
    assert found["ratio"]["min"] <= found["ratio"]["median"] <= found["ratio"]["max"]


def test_a_family_that_a_library_lacks_is_absent(problem):
    spark = next(peer for peer in PEERS if peer.name == "spark")
    entry = {**describe(rows(), TINY), "family": "diag"}
    assert compare(spark, entry, 2, Ours(problem, PLAN), PLAN)["status"] == "absent"


def test_what_would_take_too_long_or_too_much_is_left_out():
    small = {"pass": 0.1, "first": 0.1, "memory": 0.0}
    assert too_much(SKLEARN, small, PLAN) == ""
    assert "60 s" in too_much(SKLEARN, {**small, "first": 1000.0}, PLAN)
    assert "GiB" in too_much(SKLEARN, {**small, "memory": 1e15}, PLAN)


def test_only_what_is_installed_counts(monkeypatch, tmp_path):
    monkeypatch.setattr("benchmarks.registry.PEERS_FOLDER", tmp_path)
    assert [peer.name for peer in PEERS if installed(peer)] == ["sklearn"]


def test_the_summary_is_smallest_median_and_largest():
    assert summary([3.0, 1.0, 2.0]) == {"min": 1.0, "median": 2.0, "max": 3.0}


# ------------------------------------------------------------------------------------------------ the report

MEASURED = {
    "status": "measured", "agrees": True, "apart": 1e-15, "own_start": False, "version": "1.9", "threads": 2,
    "dtype": "float64", "pairs": 3, "passes": 2, "method": "difference of two fits", "peak_mb": 24.0,
    "ms": summary([50.0, 60.0, 70.0]), "ours_ms": summary([1.0, 1.0, 1.0]), "ratio": summary([50.0, 60.0, 70.0]),
}  # fmt: skip
ITSELF = {
    "kernel": "native", "peak_mb": 12.0, "pass_flops": 1e6 * 20 * (220 + 40),
    "ms": {n: summary([t]) for n, t in
           {"float64": 100.0, "float32": 50.0, "one thread": 190.0, "default floor": 101.0}.items()},
    "gemm_gflops": {n: summary([g]) for n, g in {"float64": 80.0, "float32": 160.0, "one thread": 41.0}.items()},
}  # fmt: skip
CANNED = {
    "date": "2000-01-01", "quick": False, "minutes": 1.0,
    "machine": {"processor": "P", "vector": "avx2", "threads": 2, "memory_gib": 8, "system": "Linux 6",
                "python": "3.11", "numpy": "2", "blas": "openblas", "load": [0.0, 0.0, 0.0]},
    "peers": {"sklearn": "scikit-learn", "daal4py": "daal4py em_gmm", "mlpack": "mlpack"},
    "growth": {"N": {"points": [{"N": 10, "D": 2, "K": 2, "ms": 1.0}, {"N": 100, "D": 2, "K": 2, "ms": 10.0}],
                     "slope": 1.0, "last_slope": 1.0}},
    "workloads": [
        {"name": "1e6-10-20", "N": 1_000_000, "D": 10, "K": 20, "family": "full", "whole": False, "real": "",
         "itself": ITSELF, "proba": {n: summary([5.0]) for n in ("ours_ms", "sklearn_ms", "ratio")},
         "peers": {"sklearn": MEASURED, "daal4py": {**MEASURED, "agrees": False, "ratio": summary([2.0])},
                   "mlpack": {"status": "left out", "reason": "a fit would take more than 60 s", "expected_ms": 5e4}}},
        {"name": "speech", "absent": "the recordings are not installed (make bench-peers)"},
    ],
}  # fmt: skip


def test_the_report_has_each_number():
    text = markdown(CANNED)
    assert "| scikit-learn | 60 |" in text
    assert "| daal4py em_gmm | 2 ‡ |" in text
    assert "mlpack: left out, about 50,000 ms a pass (a fit would take more than 60 s)" in text
    assert "speech: the recordings are not installed" in text
    # 5.2e9 operations in 0.1 s are 52 GFLOP/s, which is 65 % of 80.
    assert "| 1e6-10-20 | 100 | 52 | 65 % |" in text
    assert "| 1e6-10-20: scikit-learn | ≥ 35 × | 60.0 × | yes |" in text
    assert "| 1e6-10-20: daal4py em_gmm | ≥ 3.5 × | 2.0 × | **no** |" in text
    assert "| 1e6-10-20: memory of the fit | ≤ 20 MB | 12.0 MB | yes |" in text


def test_every_row_of_a_table_has_as_many_cells_as_its_head():
    blocks = [block.splitlines() for block in markdown(CANNED).split("\n\n") if block.startswith("| ")]
    assert len(blocks) >= 5
    for lines in blocks:
        assert len({line.count(" | ") for line in lines}) == 1, lines[0]


def test_the_report_is_made_again_from_the_numbers(tmp_path):
    (tmp_path / "results.json").write_text(json.dumps(CANNED))
    write_report(tmp_path / "results.json")
    assert (tmp_path / "RESULTS.md").read_text() == markdown(CANNED)
    assert (tmp_path / "results.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (None, "–"),
        ({"status": "absent"}, "–"),
        ({"status": "cut off"}, "cut off"),
        ({"status": "failed"}, "failed"),
    ],
)
def test_what_was_not_measured_is_named(found, says):
    assert cell(found) == says
