"""``gaussmix fit``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gaussmix
from gaussmix.data.tables import read_table, write_table
from gaussmix.fitting.loop import Run

from .conftest import Call


def test_prints_what_was_found(call: Call, faithful: Path) -> None:
    done = call("fit", faithful, "-k", "2")
    assert (done.code, done.err) == (0, "")
    # Means of Old Faithful's two components by mclust 6.1, VVV: (2.0364, 54.4785) and (4.2897, 79.9681).
    assert "2.036 ±" in done.out
    assert "79.97 ±" in done.out
    # Its log-likelihood there: -1130.264.
    assert "−1130.26" in done.out
    for word in ("BIC", "AIC", "ICL", "converged after", "gaussmix fit", "-k 3"):
        assert word in done.out


def test_the_criteria_are_those_of_the_estimator(call: Call, faithful: Path) -> None:
    X = read_table(faithful).X
    model = gaussmix.GaussianMixture(2, random_state=0).fit(X)
    out = call("fit", faithful, "-k", "2").out.replace("−", "-")
    for name, value in (("BIC", model.bic(X)), ("AIC", model.aic(X)), ("ICL", model.icl(X))):
        found = re.search(rf"^ {name} +(\S+)", out, re.MULTILINE)
        assert found is not None
        assert float(found[1]) == pytest.approx(value, abs=0.006)


@pytest.mark.parametrize("wide", [80, 200])
def test_no_line_of_a_table_is_wider_than_the_terminal(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wide: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(wide))
    X = np.random.default_rng(0).normal(size=(200, 15)) * 1000
    write_table(tmp_path / "wide.csv", {f"a long name of column {d}": X[:, d] for d in range(15)})
    out = call("fit", "wide.csv", "-k", "3").out
    table = [line for line in out.splitlines() if "±" in line or "───" in line]
    assert len(table) > 10
    assert max(map(len, table)) <= wide
    assert "…" in out
    # Shortened, names still differ.
    assert all(re.search(rf"\bcolumn {d}\b", out) for d in range(15))


def test_names_what_was_left_out(call: Call, vowels: Path) -> None:
    out = call("fit", vowels, "-k", "2").out
    assert "Left out: vowel (text)" in out
    assert "1,520 rows of 3 columns (F1, F2, F3)" in out


def test_columns_by_name_in_the_order_given(call: Call, vowels: Path) -> None:
    assert call("fit", vowels, "--columns", "F2,F1", "-k", "2", "--out", "m.safetensors").code == 0
    assert gaussmix.load("m.safetensors").mixture_.feature_names == ("F2", "F1")


@pytest.mark.parametrize(
    "family", ["full", "diag", "spherical", "tied", "tied-diag", "tied-spherical", "UUU-1"]
)
def test_every_family(call: Call, faithful: Path, family: str) -> None:
    done = call("fit", faithful, "-k", "2", "--family", family, "--out", "m.safetensors")
    assert done.code == 0
    assert f"covariances {family}" in done.out
    assert gaussmix.load("m.safetensors").mixture_.family.name == family


def test_the_model_is_the_one_that_the_library_fits(call: Call, faithful: Path, model: Path) -> None:
    expected = gaussmix.GaussianMixture(2, random_state=0).fit(read_table(faithful).X).mixture_
    found = gaussmix.load(model).mixture_
    assert found.feature_names == ("eruptions", "waiting")
    assert found.named(None) == expected


@pytest.mark.parametrize("suffix", [".npy", ".parquet", ".tsv"])
def test_every_kind_of_table(call: Call, faithful: Path, tmp_path: Path, suffix: str) -> None:
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    table = read_table(faithful)
    path = tmp_path / f"table{suffix}"
    write_table(path, dict(zip(table.names, table.X.T, strict=True)))
    assert "−1130.26" in call("fit", path, "-k", "2").out


def test_one_dimensional_npy(call: Call, tmp_path: Path) -> None:
    np.save(tmp_path / "one.npy", np.r_[np.linspace(0, 1, 50), np.linspace(9, 10, 50)])
    done = call("fit", "one.npy", "-k", "2", "--out", "m.safetensors")
    assert "100 rows of 1 column (x0)" in done.out
    assert gaussmix.load("m.safetensors").mixture_.feature_names is None


def test_weights_count_like_repeated_rows(call: Call, tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(80, 2)).round(2) + np.repeat([[0.0], [6.0]], 40, axis=0)
    counts = np.random.default_rng(1).integers(1, 4, size=80)
    write_table(tmp_path / "counts.csv", {"a": X[:, 0], "n": counts, "b": X[:, 1]})
    repeated = np.repeat(X, counts, axis=0)
    write_table(tmp_path / "repeated.csv", {"a": repeated[:, 0], "b": repeated[:, 1]})
    outs = [
        call("fit", "counts.csv", "-k", "2", "--weights", "n").out,
        call("fit", "counts.csv", "-k", "2", "--weights", "n", "--columns", "a,b").out,
        call("fit", "repeated.csv", "-k", "2").out,
    ]
    criteria = [re.findall(r"^ (?:log-likelihood|BIC|AIC|ICL) +(\S+)", out, re.MULTILINE) for out in outs]
    assert len(criteria[0]) == 4
    assert criteria[0] == criteria[1] == criteria[2]
    assert f"with weights that sum to {counts.sum()}" in outs[0]


def test_verbose_prints_a_line_for_each_iteration(call: Call, faithful: Path) -> None:
    done = call("fit", faithful, "-k", "2", "--max-iter", "4", "--tol", "0", "--verbose")
    lines = [line for line in done.err.splitlines() if line.startswith("Iteration")]
    assert len(lines) == 4
    assert all(re.fullmatch(r"Iteration 00\d/004  log-likelihood −4\.1\d{3}", line) for line in lines)


def test_a_fit_that_did_not_converge_says_what_to_do_once(call: Call, vowels: Path) -> None:
    done = call("fit", vowels, "-k", "5", "--max-iter", "2")
    assert done.code == 0
    assert done.err.splitlines() == [
        "warning: EM did not converge in 2 iterations: increase --max-iter or --tol"
    ]
    assert "had not converged after 2 iterations" in done.out


def test_a_fall_of_the_objective_is_told_with_advice_that_can_be_followed(
    call: Call, faithful: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = Run._take
    monkeypatch.setattr(Run, "_take", lambda run, call: take(run, call) and "fell")
    fall = call("fit", faithful, "-k", "2", "--search", "off").err
    assert "EM decreased the objective by" in fall
    assert "fit fewer components or columns" in fall
    assert "reg-covar" not in fall


def test_quiet_keeps_warnings_and_leaves_out_results(call: Call, vowels: Path) -> None:
    done = call("fit", vowels, "-k", "5", "--max-iter", "2", "--quiet")
    assert done.out == ""
    assert done.err.startswith("warning: EM did not converge")


def test_warnings_of_the_library_are_one_line_each(call: Call, tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=30)
    write_table(tmp_path / "flat.csv", {"a": X, "b": np.ones(30)})
    done = call("fit", "flat.csv", "-k", "1")
    assert done.code == 0
    (line,) = done.err.splitlines()
    assert line.startswith("warning: ")
    assert "constant" in line
    assert "1 constant" in done.out


def test_the_seed_makes_it_repeatable(call: Call, vowels: Path) -> None:
    outs = [call("fit", vowels, "-k", "6", "--seed", "3", "--max-iter", "5").out for _ in range(2)]
    first, second = (re.sub(r"in \d+\.\d+ s", "", out) for out in outs)
    assert first == second


def test_the_best_of_several_starts_is_told(call: Call, vowels: Path) -> None:
    out = call("fit", vowels, "-k", "3", "--search", "off", "--n-init", "3").out
    assert re.search(r"\(start [123], the best of 3\)", out)
    assert "Search" not in out


@pytest.mark.parametrize("search", ["auto", "AUTO", "likelihood", "0.5", "60"])
def test_the_verdict_of_the_search_is_told(call: Call, faithful: Path, search: str) -> None:
    done = call("fit", faithful, "-k", "2", "--search", search)
    assert done.code == 0
    assert re.search(r"^The result of the search is (clear|in doubt): ", done.out, re.MULTILINE)
    assert re.search(
        r"^EM converged after \d+ iterations, in \d+\.\d\d s with the search\.$", done.out, re.MULTILINE
    )


def test_the_likelihood_alone_may_decide(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[object] = []
    fit = gaussmix.GaussianMixture.fit

    def noted(model: gaussmix.GaussianMixture, *args: Any, **options: Any) -> gaussmix.GaussianMixture:
        chosen.append(model.search)
        return fit(model, *args, **options)

    monkeypatch.setattr(gaussmix.GaussianMixture, "fit", noted)
    rows = tmp_path / "rows.csv"
    np.savetxt(
        rows, np.random.default_rng(0).standard_normal((50, 2)), delimiter=",", header="a,b", comments=""
    )
    assert call("fit", rows, "-k", "2", "--search", "Likelihood").code == 0
    assert chosen == ["likelihood"]


def test_a_search_in_doubt_says_how_to_look_longer(call: Call, vowels: Path) -> None:
    done = call("fit", vowels, "-k", "12", "--search", "0.000001")
    assert done.code == 0
    assert "Search longer with --search 60 (seconds)." in done.out


@pytest.mark.parametrize("wrong", ["soon", "0", "-1", "inf", "nan"])
def test_a_search_that_is_no_time_is_refused(call: Call, faithful: Path, wrong: str) -> None:
    done = call("fit", faithful, "-k", "2", f"--search={wrong}")
    assert done.code == 2
    assert "is not auto, likelihood, off or a number of seconds above 0" in done.error


def test_verbose_tells_what_the_search_did(call: Call, faithful: Path) -> None:
    lines = call("fit", faithful, "-k", "2", "--verbose").err.splitlines()
    assert re.fullmatch(r"Search, run 1 begins  log-likelihood −4\.1\d{3}", lines[0])
    assert any(line.startswith("Iteration 0001/1000") for line in lines)


def test_the_next_command_repeats_the_choices(call: Call, vowels: Path) -> None:
    out = call("fit", vowels, "-k", "2", "--columns", "F1,F2", "--family", "diag", "--out", "my model").out
    assert "-k 3 --columns F1,F2 --family diag" in out
    assert "gaussmix predict 'my model'" in out


def test_an_existing_model_is_replaced(call: Call, faithful: Path, model: Path) -> None:
    assert call("fit", faithful, "-k", "3", "--out", model).code == 0
    assert gaussmix.load(model).n_components == 3


def test_the_report_is_written(call: Call, faithful: Path, tmp_path: Path) -> None:
    done = call("fit", faithful, "-k", "2", "--report", "page.html")
    assert done.code == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "2 components in faithful.csv" in page
    assert "eruptions" in page
    assert "Report written to page.html" in done.out


def test_the_report_has_the_warnings(call: Call, tmp_path: Path) -> None:
    text = "a,b\n" + "".join(f"{i},{-999 if i % 5 == 0 else i * i % 7}\n" for i in range(40))
    (tmp_path / "coded.csv").write_text(text)
    done = call("fit", tmp_path / "coded.csv", "-k", "1", "--report", "page.html")
    assert "warning: column 'b' has the value -999 in 8 of 40 rows" in done.err
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<li>Warning: column &#39;b&#39; has the value -999 in 8 of 40 rows" in page


def test_a_fit_is_kept_and_continued(call: Call, faithful: Path, tmp_path: Path) -> None:
    first = call("fit", faithful, "-k", "3", "--checkpoint", "fit.checkpoint", "--out", "a.safetensors")
    assert first.code == 0
    assert "State of the fit saved in fit.checkpoint, which can be removed" in first.out
    refused = call("fit", faithful, "-k", "3", "--checkpoint", "fit.checkpoint")
    assert (refused.code, refused.out) == (1, "")
    assert "add --resume to continue that fit, or remove it" in refused.err
    again = call(
        "fit", faithful, "-k", "3", "--checkpoint", "fit.checkpoint", "--resume", "--out", "b.safetensors"
    )
    assert again.code == 0
    models = [gaussmix.load(name) for name in ("a.safetensors", "b.safetensors")]
    assert models[0].mixture_ == models[1].mixture_
    assert np.array_equal(models[0].lower_bounds_, models[1].lower_bounds_)
    other = call("fit", faithful, "-k", "4", "--checkpoint", "fit.checkpoint", "--resume")
    assert other.code == 1
    assert "is the checkpoint of a fit with n_components=3" in other.err


@pytest.mark.parametrize("words", [["--resume"], ["--checkpoint", "."], ["--checkpoint", "nowhere/a"]])
def test_where_no_fit_can_be_kept(call: Call, faithful: Path, words: list[str]) -> None:
    done = call("fit", faithful, "-k", "2", *words)
    assert done.code in (1, 2)
    assert done.err.count("\n") == 1


def test_a_checkpoint_is_no_file_that_is_read(call: Call, faithful: Path) -> None:
    done = call("fit", faithful, "-k", "2", "--checkpoint", faithful)
    assert done.code == 1
    assert "is a file that this command reads" in done.err
