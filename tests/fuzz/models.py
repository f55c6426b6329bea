"""Model files: sound ones, and changes that keep their checksum right so that they get far."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import random
import struct
import tempfile
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import mutate
import numpy as np

import gaussmix
from gaussmix import Full, GaussianMixture, Mixture, MixtureClassifier, MixtureRegressor, Tied
from gaussmix.errors import FileFormatError, GaussmixError
from gaussmix.files import FileAccessError
from gaussmix.fitting import RelativeChange
from gaussmix.search import Budget
from gaussmix.visible import visible

SUFFIX = "safetensors"


@cache
def seeds() -> list[bytes]:
    """Return the bytes of models of all kinds."""
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(40, 2)), rng.normal(size=(40, 2)) + 5.0])
    kinds = np.repeat(["a", "b"], 40)
    options = {"random_state": 0, "search": "off"}
    models = [
        *(Mixture([0.5, 0.5], [[0.0, 1.0], [9.0, 2.0]], c) for c in (np.stack([np.eye(2)] * 2), [1.0, 2.0])),
        Mixture([1.0], [[0.0, 0.0]], [[[1.0, 1.0], [1.0, 1.0]]], allow_singular=True),
        Mixture([0.5, 0.5], np.eye(2) * 5, np.eye(2), family=Tied(Full()), feature_names=["a", "b"]),
        GaussianMixture(2, random_state=0, tol=RelativeChange(1e-4), search=Budget(runs=2)).fit(X),
        GaussianMixture(2, means_init=X[:2], weights_init=[0.5, 0.5], covariance_type="diag", **options).fit(
            X
        ),
        GaussianMixture(1, init_params=Mixture([1.0], [[0.0, 0.0]], [1.0]), **options).fit(X),
        MixtureClassifier(1, **options).fit(X, kinds),
        MixtureRegressor(GaussianMixture(1, **options)).fit(X[:, :1], X[:, 1]),
        MixtureClassifier(2, priors=(0.5, 0.5), **options).fit(X, np.repeat([2, 7], 40).astype(np.int16)),
    ]
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for model in models:
            model.save(Path(folder) / "m")
            found.append((Path(folder) / "m").read_bytes())
    return found


def mutated(rng: random.Random) -> tuple[str, bytes]:
    """Return the suffix and the bytes of a damaged file."""
    data = rng.choice(seeds())
    if rng.random() < 0.2:
        return SUFFIX, mutate.change_bytes(rng, data, seeds())
    length = struct.unpack("<Q", data[:8])[0]
    header, body = json.loads(data[8 : 8 + length]), data[8 + length :]
    description = json.loads(header["__metadata__"]["gaussmix"])
    for _ in range(rng.choice((1, 1, 2, 4))):
        part = rng.random()
        if part < 0.55:
            description = mutate.change_json(rng, description)
        elif part < 0.8:
            body = _changed_numbers(rng, body)
        else:
            header = mutate.change_json(rng, header)
    if not isinstance(header, dict):
        return SUFFIX, _file(mutate.written(header).encode(), body)
    text = _signed(description, header, body)
    header = {**header, "__metadata__": {"gaussmix": text}}
    return SUFFIX, _file(mutate.written(header).encode("utf-8", "surrogatepass"), body)


def _file(header: bytes, body: bytes) -> bytes:
    return struct.pack("<Q", len(header)) + header + body


def _changed_numbers(rng: random.Random, body: bytes) -> bytes:
    values = np.frombuffer(body[: len(body) // 8 * 8], dtype=np.float64).copy()
    if not len(values):
        return body
    for _ in range(rng.choice((1, 1, 3))):
        place = rng.randrange(len(values))
        near = values[place] * rng.choice((-1.0, 0.5, 1e300, 1e-300, 1 + 1e-9))
        with np.errstate(all="ignore"):
            values[place] = rng.choice((near, 0.0, 1.0, np.nan, np.inf, 1e308, 5e-324, -1.0, near))
    return values.tobytes() + body[len(values) * 8 :]


def _signed(description: Any, header: dict[str, Any], body: bytes) -> str:
    """Return the description with the checksum that makes it look sound, where that can be computed."""
    text = mutate.written(description)
    with contextlib.suppress(Exception):
        again = json.loads(text)
        again.pop("sha256", None)
        sums = hashlib.sha256(json.dumps(again, sort_keys=True, allow_nan=False).encode())
        names = {"F64": "float64", "F32": "float32", "I64": "int64", "BOOL": "bool"}
        for name in sorted(key for key in header if key != "__metadata__"):
            entry = header[name]
            sums.update(f"{name} {names[entry['dtype']]} {tuple(entry['shape'])}".encode())
            sums.update(body[slice(*entry["data_offsets"])])
        text = json.dumps({**again, "sha256": sums.hexdigest()})
    return text


def use(path: Path) -> None:
    """Load a file; what can be loaded must also work. Anything but the errors that are promised comes through."""
    try:
        model = gaussmix.load(path)
    except (FileFormatError, FileAccessError) as error:
        _check_sentence(str(error))
        return
    repr(model)
    model.save(path.with_name("again"))
    again = gaussmix.load(path.with_name("again"))
    D = getattr(model, "n_features_in_", None) or model.n_features
    rows = np.zeros((3, D)) if D < 1000 else np.zeros((1, D))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with contextlib.suppress(GaussmixError):
            for estimator in (model, again):
                estimator.predict(rows) if hasattr(estimator, "predict") else estimator.log_prob(rows)
    _check_printed(path)


def _check_printed(path: Path) -> None:
    from gaussmix.cli.app import app

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = app(["info", str(path)], standalone_mode=False)
    assert code == 0, err.getvalue()
    assert visible(out.getvalue(), keep="\n") == out.getvalue()


def _check_sentence(text: str) -> None:
    assert len(text) < 1000, text[:2000]
    assert "\n" not in text, text
