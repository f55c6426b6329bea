"""The other libraries: how each is installed, and what it can do."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["HERE", "PEERS", "PEERS_FOLDER", "Peer", "installed"]

HERE = Path(__file__).resolve().parent
PEERS_FOLDER = Path(os.environ.get("GAUSSMIX_PEERS", HERE / ".peers"))


@dataclass(frozen=True)
class Peer:
    """A library that is timed.

    Its worker is ``peers/<module>.py``, run by the Python of the environment of that name, or by this one where
    ``environment`` is empty. ``pip`` are lists of requirements, installed in this order, and ``apt`` are packages of
    Debian. ``precision`` is how far the mean log-likelihood may be from ours, relative to its size: what the library
    adds to its covariances, and the precision that it computes in. ``outside`` ones run in a process of their own,
    whose memory is not seen.
    """

    name: str
    title: str
    module: str
    environment: str = ""
    pip: tuple[tuple[str, ...], ...] = ()
    apt: tuple[str, ...] = ()
    families: tuple[str, ...] = ("full", "diag")
    dtype: str = "float64"
    precision: float = 1e-6
    outside: bool = False

    @property
    def python(self) -> Path:
        """The interpreter of its environment."""
        if not self.environment:
            return Path(sys.executable)
        return PEERS_FOLDER / self.environment / "bin" / "python"

    @property
    def stamp(self) -> Path:
        """A file that is there once the installation has ended well."""
        return PEERS_FOLDER / f"{self.environment or self.name}.installed"


TORCH = ("torch==2.13.0",)
INTEL = (("scikit-learn-intelex==2026.2.0", "scikit-learn==1.9.1"),)
JAX = (("gmmx==0.7", "jax==0.10.2", "jaxlib==0.10.2"),)
SPARK = (("pyspark==4.3.0", "numpy==2.4.6", "pandas==2.3.3", "pyarrow==22.0.0"),)
CEREAL = ("g++", "libarmadillo-dev", "libcereal-dev")

PEERS = (
    Peer("sklearn", "scikit-learn", "sklearn"),
    Peer("daal4py", "daal4py em_gmm", "daal4py", "daal4py", INTEL),
    Peer("daal4py32", "daal4py em_gmm float32", "daal4py", "daal4py", INTEL, dtype="float32", precision=1e-4),
    Peer("armadillo", "Armadillo", "armadillo", apt=("g++", "libarmadillo-dev")),
    Peer("mlpack", "mlpack", "mlpack", "mlpack", (("mlpack==4.8.0",),), CEREAL, families=("full",)),
    Peer("opencv", "OpenCV", "opencv", "opencv", (("opencv-python-headless==4.14.0.94",),)),
    Peer("pomegranate", "pomegranate", "pomegranate", "pomegranate", (TORCH, ("pomegranate==1.1.2",))),
    Peer("tgmm", "tgmm", "tgmm", "tgmm", (TORCH, ("tgmm==0.4.3",))),
    Peer("torchgmm", "torchgmm", "torchgmm", "torchgmm", (TORCH, ("torchgmm==0.1.4",))),
    Peer("gmmx", "gmmx float32", "gmmx", "gmmx", JAX, dtype="float32", precision=1e-4),
    Peer("mclust", "R mclust em()", "mclust", apt=("r-base-core", "r-cran-mclust"), outside=True),
    Peer("spark", "Spark MLlib", "spark", "spark", SPARK, families=("full",), outside=True),
)  # fmt: skip


def installed(peer: Peer) -> bool:
    """Whether a peer has been installed; its worker may still find that it does not run."""
    return peer.name == "sklearn" or (peer.stamp.exists() and peer.python.exists())
