"""The two chapters on vowels: words, films, tables and maps."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from gaussmix import datasets, plots
from gaussmix.demo.figures import FigureWriter, themed
from gaussmix.demo.html import Html, code, heading, note, paragraph, section, table
from gaussmix.demo.vowels import FORMANTS, Climb, Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["climb_rows", "em_step_by_step", "error_rows", "telling_apart"]

_CODE_EM = """\
import numpy as np
from gaussmix import GaussianMixture, Mixture, datasets, plots

vowels = datasets.load_vowels()
X = vowels.take(vowels.vowel == "iy").columns(["F1", "F2"])

K, rng = 3, np.random.default_rng(0)
start = Mixture(np.full(K, 1 / K), X[rng.choice(len(X), K, replace=False)], np.tile(X.var(axis=0) / K, (K, 1)))
recorder = plots.Recorder(start)
model = GaussianMixture(
    K, covariance_type="diag", callbacks=recorder,
    weights_init=start.weights, means_init=start.means, precisions_init=1 / start.covariances.array,
).fit(X)
plots.animate(X, recorder, "iy.gif", scale=2)
"""

_CODE_CLASSES = """\
from gaussmix import MixtureClassifier

X, ipa, heldout = vowels.columns(["F1", "F2"]), vowels.ipa, vowels.speaker % 4 == 0
model = MixtureClassifier(3, covariance_type="diag", reg_covar=10**2 / 12, random_state=0)
model.fit(X[~heldout], ipa[~heldout])
print(1 - model.score(X[heldout], ipa[heldout]))
plots.decision_map(model, X[heldout], ipa[heldout])
"""


def em_step_by_step(climbs: Sequence[Climb], studio: FigureWriter) -> Html:
    """Return the fourth chapter; its films are written into the folder."""
    players = "\n".join(_player(story, studio) for story in climbs)
    return section(
        4,
        "EM, one step at a time",
        paragraph(
            "In 1952, Peterson and Barney measured how 76 men, women and children say ten English vowels, "
            "twice each. A vowel is heard in its formants, the resonances of the mouth: F1 is low for a "
            "closed mouth and high for an open one, F2 is high for a tongue in front."
        ),
        _all_ten(studio),
        paragraph(
            "Here are the first two of them, those of heed and hid. Each gets a mixture of its own, with "
            "K = 3 and with K = 6 components and diagonal covariances. The start is a rough one, so that "
            "EM can be seen to move: the means are K rows drawn at random, all weights are 1/K, and all "
            "covariances are the variances of the data, divided by K. An ellipse is the boundary of 2Σ. "
            f"After iteration {studio.scale.frames}, the films show every fifth."
        ),
        Html(
            '<p class="hint"><kbd>←</kbd> <kbd>→</kbd> step, <kbd>Space</kbd> plays, <kbd>Home</kbd> and '
            "<kbd>End</kbd> go to the start and to the end of the film that you last touched.</p>"
        ),
        Html(f'<div class="players">\n{players}\n</div>'),
        table("What EM found from these starts", *climb_rows(climbs), kind="plain"),
        note(
            f"{_more_components(climbs)} Whether they do better on others is the question of the next chapter."
        ),
        code("The code of a film", _CODE_EM),
        name="em",
    )


def _more_components(climbs: Sequence[Climb]) -> str:
    """Say whether more components did better on the rows that they were fitted to."""
    ends = {(story.vowel, story.n_components): story.recorder.log_likelihood[-1] for story in climbs}
    vowels, (few, most) = (
        {story.vowel for story in climbs},
        (min(k := [s.n_components for s in climbs]), max(k)),
    )
    better = sum(bool(ends[vowel, most] > ends[vowel, few]) for vowel in vowels)
    where = "" if better == len(vowels) else f" for {better} of the {len(vowels)} vowels"
    return f"The {most} components do better than the {few} on the rows that they have seen{where}."


def _all_ten(studio: FigureWriter) -> Html:
    vowels = datasets.load_vowels()
    X, ipa = vowels.columns(FORMANTS), vowels.ipa

    def draw(axes: Sequence[Axes]) -> None:
        plots.points(None, X, labels=ipa, ax=axes[0])
        axes[0].set(xlabel="F1 (Hz)", ylabel="F2 (Hz)")

    return studio.picture(
        "vowels",
        draw,
        alt="F2 against F1 of all ten vowels, coloured by vowel.",
        caption=f"All {len(X):,} recordings: one point for each, a colour and a mark for each vowel.",
    )


def climb_rows(climbs: Sequence[Climb]) -> tuple[list[str], list[list[str]]]:
    """Return a heading and rows of text: what EM did from each start."""
    head = ["vowel", "K", "iterations", "log-likelihood at the start", "at the end"]
    rows = [
        [
            story.ipa,
            str(story.n_components),
            str(story.model.n_iter_),
            _signed(story.recorder.log_likelihood[0]),
            _signed(story.recorder.log_likelihood[-1]),
        ]
        for story in climbs
    ]
    return head, rows


def _signed(value: float) -> str:
    return f"{value:.4f}".replace("-", "−")


def _player(story: Climb, studio: FigureWriter) -> Html:
    """Write a film and its pictures, and return the form in which they are stepped through."""
    name = f"{story.vowel}-{story.n_components}"
    frames, dpi = story.frames(studio.scale.frames), min(studio.scale.dpi, 100)
    for folder, theme in themed(studio.folder / "films" / name):
        for old in folder.glob("[0-9][0-9][0-9].png"):
            old.unlink()
        with theme:
            plots.animate(
                story.X,
                frames,
                folder.with_suffix(".gif"),
                scale=2.0,
                seconds=0.2,
                pictures=folder,
                title=f"{story.ipa}, K = {story.n_components}",
                size=_INCHES,
                dpi=dpi,
            )
    facts = [[f.iteration, None if f.log_likelihood is None else round(f.log_likelihood, 4)] for f in frames]
    return _player_of(f"films/{name}", f"Vowel {story.ipa}, {story.n_components} components", facts, dpi)


_INCHES = (6.0, 5.4)


def _player_of(path: str, label: str, facts: Sequence[Sequence[float | None]], dpi: int) -> Html:
    """Return the form of a film: stepped through with a script, playing without one, its end in print."""
    data, last = escape(json.dumps(facts, separators=(",", ":")), quote=True), len(facts) - 1
    width, height = (round(side * dpi) for side in _INCHES)
    size = f'width="{width}" height="{height}"'
    alt = f"Film of EM: {label}. The ellipses move from the start to where they fit the points."
    return Html(
        f'<figure class="player" data-path="{path}" data-frames="{data}" aria-label="{label}">'
        f'<img class="film" src="{path}/000.png" {size} alt="{alt}">'
        f'<noscript><img src="{path}.gif" {size} alt="{alt}"></noscript>'
        f'<img class="still" src="{path}/{last:03}.png" {size} alt="" loading="lazy">'
        f'<div class="controls"><button type="button" class="back" aria-label="Step back">&lsaquo;</button>'
        f'<button type="button" class="play" aria-label="Play">Play</button>'
        f'<button type="button" class="on" aria-label="Step on">&rsaquo;</button>'
        f'<input type="range" min="0" max="{last}" value="0" aria-label="Iteration of: {label}">'
        f"<output>The start</output></div>"
        f'<figcaption>{label}. <a href="{path}.gif">The film as a GIF</a></figcaption></figure>'
    )


def telling_apart(
    pairs: Mapping[int, Verdict], tens: Mapping[tuple[int, int], Verdict], studio: FigureWriter
) -> Html:
    """Return the fifth chapter.

    Parameters
    ----------
    pairs : mapping from K to Verdict
        Between the two vowels, by F1 and F2.
    tens : mapping from (number of columns, K) to Verdict
        Among all ten.
    studio : FigureWriter
    """
    vowels = datasets.load_vowels()
    two = vowels.take(np.isin(vowels.ipa, pairs[3].classes))
    return section(
        5,
        "Which vowel was it?",
        paragraph(
            "A mixture for each vowel makes a classifier: the vowel is the one whose mixture gives the "
            "measured formants the highest density, times how often the vowel occurs. An honest test asks "
            "about speakers whom the classifier has not heard: a quarter of the 76 is held out, the "
            "others teach it; then the next quarter, until each speaker was held out once."
        ),
        heading("Between the two"),
        _map(pairs[3], two, studio, "map-two", "the two vowels"),
        heading("Among all ten"),
        _map(tens[2, 3], vowels, studio, "map-ten", "the ten vowels"),
        table("Error on speakers held out", *error_rows(pairs, tens), kind="plain"),
        _reading(tens),
        heading("What is taken for what"),
        _confusion(tens[2, 3]),
        code("The code of this chapter", _CODE_CLASSES),
        name="classes",
    )


def _map(verdict: Verdict, vowels: datasets.Table, studio: FigureWriter, name: str, what: str) -> Html:
    X, ipa = vowels.columns(FORMANTS)[verdict.heldout], vowels.ipa[verdict.heldout]
    share = float((verdict.model.predict(X) != ipa).mean())

    def draw(axes: Sequence[Axes]) -> None:
        plots.decision_map(verdict.model, X, ipa, ax=axes[0], pixels=300 if studio.scale.dpi > 100 else 120)
        axes[0].set(xlabel="F1 (Hz)", ylabel="F2 (Hz)")

    return studio.picture(
        name,
        draw,
        alt=f"The plane of F1 and F2, divided among {what}; the points are speakers held out.",
        caption=f"Which of {what} is heard where: the paler the colour, the less sure. K = 3 components for each "
        f"vowel. The points are the {len(X)} vowels of the speakers held out in the first round; {share:.1%} of them "
        "lie in the region of another vowel.",
        size=(7.2, 5.4),
    )


def error_rows(
    pairs: Mapping[int, Verdict], tens: Mapping[tuple[int, int], Verdict]
) -> tuple[list[str], list[list[str]]]:
    """Return a heading and rows of text: the errors on speakers held out."""
    sizes = sorted(pairs)
    head = ["", *(f"K = {K}" for K in sizes)]
    rows = [
        [
            "the two vowels, by F1 and F2",
            *(f"{pairs[K].error:.1%}" for K in sizes),
        ],
        ["all ten, by F1 and F2", *(f"{tens[2, K].error:.1%}" for K in sizes)],
        ["all ten, by F0, F1, F2 and F3", *(f"{tens[4, K].error:.1%}" for K in sizes)],
    ]
    return head, rows


def _reading(tens: Mapping[tuple[int, int], Verdict]) -> Html:
    """Say what the errors on speakers held out show."""
    best = min(tens, key=lambda key: tens[key].error)
    most = max(K for _, K in tens)
    told = [
        "Of ten vowels, guessing would miss nine in ten. The best of these, with "
        f"{best[0]} measurements and K = {best[1]}, misses {tens[best].error:.1%}."
    ]
    if best[1] < most:
        told.append(
            f"With K = {most} the mixtures fit the speakers at hand better, and the others worse: the error is "
            f"{tens[best[0], most].error:.1%}."
        )
    two, four = (min(tens[key].error for key in tens if key[0] == count) for count in (2, 4))
    if four < two:
        told.append(
            f"The pitch F0 and the third formant help ({two:.1%} without them): they tell a child's voice from a man's."
        )
    return paragraph(" ".join(told))


def _confusion(verdict: Verdict) -> Html:
    shares = verdict.counts / verdict.counts.sum(axis=1, keepdims=True)
    names = verdict.classes.tolist()
    rows = [
        [
            name,
            *(
                Html(
                    f'<span class="cell{" own" if i == j else ""}" style="--share:{share:.3f}">{_count(count)}</span>'
                )
                for j, (share, count) in enumerate(zip(shares[i], verdict.counts[i], strict=True))
            ),
        ]
        for i, name in enumerate(names)
    ]
    caption = "Said (line) and heard (column), all speakers held out once; by F1 and F2, K = 3"
    return table(caption, ["said", *names], rows, kind="confusion")


def _count(count: int) -> str:
    return str(count) if count else "·"
