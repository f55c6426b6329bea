"""Speaker verification on real speech: six voices of telephone prompts, beside bob.learn.em.

The recordings are the prompts of Asterisk, 8 kHz (Debian: apt-get install asterisk-core-sounds-{en,es,fr,it,ru}-wav
asterisk-prompt-it-menardi-wav). A background mixture is fitted to frames of all voices, adapted to some prompts of each
voice, and other prompts are compared with each of the six models. Run

    python -m benchmarks.speakers /usr/share/asterisk/sounds [--bob PYTHON]

where PYTHON is that of an environment with bob.learn.em 3.3.1, which adapts the same background and scores the same
trials. A folder is named after the language and the speaker: folders of one speaker are not compared with each other.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.io import wavfile

from gaussmix import GaussianMixture, Mixture, adapt, linear_score, log_likelihood_ratio

from .speech import CEPSTRA, RATE, cepstra, differences


def frames_of(path: Path) -> np.ndarray:
    """Return the cepstra of the frames of a recording that are not silent, with their slopes, (n, 39)."""
    rate, signal = wavfile.read(path)
    if rate != RATE or len(signal) < RATE:
        return np.empty((0, 3 * CEPSTRA))
    rows, loud = cepstra(signal.astype(np.float64))
    first = differences(rows)
    return np.hstack([rows, first, differences(first)])[loud]


LEAST_FRAMES = 100


def recordings(folder: Path) -> dict[str, list[np.ndarray]]:
    """The frames of each recording of at least a second, by voice."""
    found = {}
    for voice in sorted(path for path in folder.iterdir() if path.is_dir()):
        each = [frames_of(path) for path in sorted(voice.rglob("*.wav"))]
        found[voice.name] = [rows for rows in each if len(rows) >= LEAST_FRAMES]
    return {voice: rows for voice, rows in found.items() if rows}


def equal_error_rate(targets: np.ndarray, others: np.ndarray) -> float:
    """The share of errors at the threshold where false acceptances and false rejections are equally frequent."""
    thresholds = np.sort(np.concatenate([targets, others]))
    rejected = np.searchsorted(np.sort(targets), thresholds) / len(targets)
    accepted = 1.0 - np.searchsorted(np.sort(others), thresholds) / len(others)
    i = int(np.argmin(np.abs(rejected - accepted)))
    return float((rejected[i] + accepted[i]) / 2.0)


BOB = """
import sys
import numpy as np
from bob.learn.em import GMMMachine, linear_scoring
data = np.load(sys.argv[1], allow_pickle=True)
ubm = GMMMachine(len(data["weights"]))
ubm.weights, ubm.means, ubm.variances = data["weights"], data["means"], data["variances"]
models = []
for rows in data["enrolled"]:
    model = GMMMachine(len(data["weights"]), trainer="map", ubm=ubm, max_fitting_steps=1, map_relevance_factor=16,
                       convergence_threshold=None, update_means=True)
    models.append(model.fit(rows))
log, linear = [], []
for rows in data["trials"]:
    background = np.asarray(ubm.log_likelihood(rows)).mean()
    log.append([np.asarray(model.log_likelihood(rows)).mean() - background for model in models])
    statistics = ubm.transform([rows])[0]
    scores = linear_scoring([model.means for model in models], ubm, statistics, frame_length_normalization=True)
    linear.append(np.asarray(scores).ravel())
np.savez(sys.argv[2], log=log, linear=linear)
"""


def scores_of_bob(python: str, background: Mixture, enrolled: list, trials: list) -> dict[str, np.ndarray]:
    """The scores of bob.learn.em for the same background, voices and trials."""
    with tempfile.TemporaryDirectory() as folder:
        given, found, script = (Path(folder) / name for name in ("given.npz", "found.npz", "score.py"))
        arrays = [np.empty(len(rows), dtype=object) for rows in (enrolled, trials)]
        for array, rows in zip(arrays, (enrolled, trials), strict=True):
            array[:] = rows
        np.savez(
            given,
            weights=background.weights,
            means=background.means,
            variances=background.covariances.variances(),
            enrolled=arrays[0],
            trials=arrays[1],
        )
        script.write_text(BOB)
        subprocess.run([python, script, given, found], check=True, capture_output=True)
        return dict(np.load(found))


def report(name: str, scores: np.ndarray, owner: np.ndarray, voices: list[str]) -> None:
    """Print the equal error rate of scores (trials, voices)."""
    own = np.arange(scores.shape[1]) == owner[:, None]
    person = np.array([voice.rsplit("_", 1)[-1] for voice in voices])
    other = person != person[owner][:, None]
    print(f"{name:<42} equal error rate {100 * equal_error_rate(scores[own], scores[other]):6.2f} %")


def main() -> None:
    """Run the trials."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--bob")
    parser.add_argument("--components", type=int, default=64)
    parser.add_argument(
        "--enrolled", type=int, default=5, help="prompts of each voice that adapt the background"
    )
    parser.add_argument("--tested", type=int, default=100, help="prompts of each voice that are compared")
    parser.add_argument("--frames", type=int, default=50, help="frames of a trial")
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    voices = {
        name: [each[i] for i in rng.permutation(len(each))]
        for name, each in recordings(options.folder).items()
    }
    first, last = options.enrolled, options.enrolled + options.tested
    pool = np.concatenate([rows for each in voices.values() for rows in each[last:]])
    pool = pool[rng.permutation(len(pool))[:60_000]]
    began = time.process_time()
    background = (
        GaussianMixture(options.components, covariance_type="diag", search="off", random_state=0, tol=1e-3)
        .fit(pool)
        .mixture_
    )
    print(f"background of {len(pool):,} frames: {time.process_time() - began:.1f} s CPU")
    enrolled = [np.concatenate(each[:first]) for each in voices.values()]
    for name, rows in zip(voices, enrolled, strict=True):
        print(
            f"  {name:<24} {len(rows):6,} frames adapt, {len(voices[name][first:last]):4} prompts are compared"
        )
    trials = [rows[: options.frames] for each in voices.values() for rows in each[first:last]]
    owner = np.repeat(np.arange(len(voices)), [len(each[first:last]) for each in voices.values()])
    models = [adapt(background, rows, 16) for rows in enrolled]
    began = time.process_time()
    ratios = np.array([[log_likelihood_ratio(m, background, rows).mean() for m in models] for rows in trials])
    print(f"{len(trials) * len(models):,} scores: {time.process_time() - began:.1f} s CPU")
    best = [[log_likelihood_ratio(m, background, rows, top=5).mean() for m in models] for rows in trials]
    linear = np.array([[linear_score(m, background, rows) for m in models] for rows in trials])
    report("log-likelihood ratio", ratios, owner, list(voices))
    report("log-likelihood ratio, five components", np.array(best), owner, list(voices))
    report("linear score", linear, owner, list(voices))
    if options.bob:
        theirs = scores_of_bob(options.bob, background, enrolled, trials)
        report("bob.learn.em, log-likelihood ratio", theirs["log"], owner, list(voices))
        report("bob.learn.em, linear score", theirs["linear"], owner, list(voices))
        difference = max(np.abs(theirs["log"] - ratios).max(), np.abs(theirs["linear"] - linear).max())
        print(f"largest difference of the scores: {difference:.1e} nats")


if __name__ == "__main__":
    main()
