"""``gaussmix fit``: from a table to a mixture and a printed summary."""

from __future__ import annotations

import shlex
import sys
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gaussmix.cli.outputs import check_outputs
from gaussmix.cli.progress import Activity, FitProgress
from gaussmix.cli.roles import Roles
from gaussmix.cli.rows import FitRows, name_of, rows_to_fit, tell_about
from gaussmix.cli.source_rows import Blocks, SourceFitRows, is_read_in_blocks, source_to_fit
from gaussmix.cli.summary import Criteria, show_fit
from gaussmix.cli.table_options import TableOptions
from gaussmix.cli.terminal import Terminal
from gaussmix.errors import InputError
from gaussmix.files import check_suffix
from gaussmix.report.words import counted

if TYPE_CHECKING:
    from gaussmix.estimators import CheckpointFile, GaussianMixture

__all__ = ["FitCommand", "Kept"]


@dataclass(frozen=True)
class Kept:
    """Checkpoint file of a fit.

    Parameters
    ----------
    resume : bool
        Whether to continue the fit in the file.
    """

    path: Path | None = None
    resume: bool = False

    @property
    def file(self) -> CheckpointFile | None:
        """The file as an argument of a fit."""
        from gaussmix.estimators import CheckpointFile

        return None if self.path is None else CheckpointFile(self.path, resume=self.resume)

    def check(self) -> None:
        """Raise InputError if the checkpoint file exists and ``--resume`` is not given."""
        file = self.file
        there = [] if file is None or self.resume else [path for path in file.paths if path.exists()]
        if there:
            raise InputError(
                f"there is a checkpoint {there[0]} already: add --resume to continue that fit, or remove it"
            )


@dataclass(frozen=True)
class FitCommand:
    """A call of ``gaussmix fit``.

    Parameters
    ----------
    file : pathlib.Path or None
        None for a query.
    table : TableOptions
        How it is written, and which columns to leave out.
    columns : str or None
        The columns to fit.
    roles : Roles
        The columns of weights, standard errors and labels.
    out, report : pathlib.Path or None
        The files to write.
    kept : Kept
        Where the fit is kept while it runs.
    options : mapping
        Of the estimator.
    blocks : Blocks
        The query, the memory, and what becomes of bad rows.
    """

    file: Path | None
    table: TableOptions
    columns: str | None
    roles: Roles
    out: Path | None
    report: Path | None
    kept: Kept
    options: Mapping[str, Any]
    blocks: Blocks = field(default_factory=Blocks)
    verbose: bool = False
    quiet: bool = False

    @property
    def name(self) -> str:
        """Name of the table."""
        return name_of(self.file)

    def run(self) -> None:
        """Read, fit, write the model, print the results, write the report."""
        terminal = Terminal.open(self.quiet)
        outputs = {"--out": self.out, "--report": self.report, "--checkpoint": self.kept.path}
        check_outputs(outputs, [] if self.file is None else [self.file])
        self.kept.check()
        if self.out is not None:
            check_suffix(self.out, [".safetensors"], "a model")
        if self.report is not None:
            check_suffix(self.report, [".html", ".htm"], "a report")
        with Activity(terminal.err) as activity:
            activity.begin(f"Reading {self.name}")
            rows = self._rows()
            tell_about(rows, terminal)
            self._check_enough(rows)
            activity.begin("Fitting")
            model, seconds = self._fitted(rows, activity)
            activity.begin("Computing criteria")
            criteria = Criteria.of(model, rows)
        model.engine = None  # the model file is for other machines, too
        if self.out is not None:
            model.save(self.out)
        self._warn_unless_converged(model, terminal)
        show_fit(terminal, self.name, rows, model, criteria, seconds)
        self._write_report(model, rows, terminal)
        self._print_next_steps(rows, terminal)

    def _rows(self) -> FitRows | SourceFitRows:
        """Return the rows: in memory, or in blocks of a large file, a folder or a query."""
        if self.file is None or is_read_in_blocks(self.file, self.blocks):
            if self.report is not None:
                raise InputError(
                    "--report needs the rows in memory, and these are read in blocks: leave it out"
                )
            return source_to_fit(self.file, self.table, self.columns, self.roles, self.blocks)
        return rows_to_fit(self.file, self.table, self.columns, self.roles, self.options["n_components"])

    def _check_enough(self, rows: FitRows | SourceFitRows) -> None:
        K, n, usable = self.options["n_components"], rows.n_rows, rows.usable
        if usable < max(K, 2):
            few = counted(usable, "row") + ("" if usable == n else " with a weight above 0")
            raise InputError(
                f"{self.file or self.name} has {few}, too few for {counted(K, 'component')}: "
                + ("give more rows" if usable < 2 else f"give -k {usable} or less, or more rows")
            )

    def _fitted(self, rows: FitRows | SourceFitRows, activity: Activity) -> tuple[GaussianMixture, float]:
        from sklearn.exceptions import ConvergenceWarning

        from gaussmix.estimation.plan import objective_name
        from gaussmix.estimators import GaussianMixture, StudentMixture
        from gaussmix.estimators.progress import IterationLines

        name = objective_name(False, self.options.get("prior") is not None, bool(self.options.get("trim")))
        lines = IterationLines(stream=sys.stderr, objective=name)
        watch = lines if self.verbose else self._progress(activity, name)
        with warnings.catch_warnings():
            # The command prints its own warning after the fit.
            warnings.simplefilter("ignore", ConvergenceWarning)
            began = time.perf_counter()
            kind = StudentMixture if "degrees_of_freedom" in self.options else GaussianMixture
            model = kind(**self.options, callbacks=[watch])
            model.fit(rows.frame, **rows.known, checkpoint=self.kept.file)
        model.callbacks = None
        return model, time.perf_counter() - began

    def _progress(self, activity: Activity, objective: str) -> FitProgress:
        search, tol = self.options["search"], self.options["tol"]
        return FitProgress(
            activity,
            seconds=search if isinstance(search, float) else None,
            tol=1e-6 if tol == "auto" else tol,
            objective=objective,
        )

    def _warn_unless_converged(self, model: GaussianMixture, terminal: Terminal) -> None:
        run = model.trace_.runs[model.trace_.best]
        if run.status == "max_iter" and self.options["tol"] != 0:
            done = counted(run.n_iterations, "iteration")
            terminal.warn(f"EM did not converge in {done}: increase --max-iter or --tol")
        elif run.status == "fell":
            terminal.warn(f"EM {run.message}: fit fewer components or columns")

    def _write_report(
        self, model: GaussianMixture, rows: FitRows | SourceFitRows, terminal: Terminal
    ) -> None:
        if self.report is None or not isinstance(rows, FitRows):
            return
        from gaussmix.report import write_report

        with Activity(terminal.err) as activity:
            activity.begin("Drawing the report")
            write_report(
                model,
                rows.X,
                self.report,
                sample_weight=rows.weights,
                title=f"{counted(model.n_components, 'component')} in {self.name}",
                feature_names=rows.names,
                left_out=rows.skipped,
                noise=rows.variances,
            )

    def _print_next_steps(self, rows: FitRows | SourceFitRows, terminal: Terminal) -> None:
        """Print the names of the files written, and commands for the next steps."""
        terminal.say()
        if self.out is not None:
            terminal.say(f"Model written to {self.out}")
        if self.report is not None:
            terminal.say(f"Report written to {self.report}")
        if self.kept.path is not None:
            terminal.say(f"State of the fit saved in {self.kept.path}, which can be removed")
        file, out = str(self.file), "model.safetensors" if self.out is None else str(self.out)
        steps = {}
        if self.out is None:
            steps["save the model"] = f"add --out {out}"
        elif self.file is not None:
            errors = Roles(errors=self.roles.errors).words()
            words = ["gaussmix", "predict", out, file, *self.table.words(), *errors, "--out", "labels.csv"]
            steps["label the rows"] = shlex.join(words)
            if rows.missing:
                steps["impute values"] = shlex.join(
                    ["gaussmix", "impute", out, file, *self.table.words(), *errors, "--out", "filled.csv"]
                )
        if self.report is None and isinstance(rows, FitRows):
            steps["see figures"] = "add --report page.html"
        steps["try another K"] = shlex.join(self._command_for_one_more()) + "   (lower BIC is better)"
        terminal.say("Next:")
        for what, how in steps.items():
            terminal.say(f"  {what + ':':18}{how}")

    def _command_for_one_more(self) -> list[str]:
        """Return the same command with one more component."""
        rows = [] if self.file is None else [str(self.file)]
        words = ["gaussmix", "fit", *rows, *self.blocks.words(), "-k", str(self.options["n_components"] + 1)]
        family = self.options["covariance_type"]
        words += [] if self.columns is None else ["--columns", self.columns]
        words += self._words_of_the_estimate()
        words += [*self.roles.words(), *self._words_of_the_noise()]
        words += [] if self.options["engine"] is None else ["--engine", self.options["engine"]]
        return [*words, *self.table.words(), *([] if family == "full" else ["--family", family])]

    def _words_of_the_noise(self) -> list[str]:
        """Return the options for the noise component."""
        noise = self.options["noise_component"]
        if isinstance(noise, bool):
            return ["--noise-component"] if noise else []
        return ["--noise-volume", f"{noise:.12g}"]

    def _words_of_the_estimate(self) -> list[str]:
        """Return the options of a prior and of restrictions."""
        options, words = self.options, []
        if options.get("prior") is not None:
            words += ["--prior", "mclust" if isinstance(options["prior"], str) else "conjugate"]
        if options.get("fix") is not None:
            words.append("--equal-weights")
        if "degrees_of_freedom" in options:
            words.append("--student")
        for name in ("min_weight", "max_eigenvalue_ratio", "trim"):
            if options.get(name):
                words += [f"--{name.replace('_', '-')}", f"{options[name]:g}"]
        return words
