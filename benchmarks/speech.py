"""Real speech as rows: 13 mel-frequency cepstra of each 25 ms of sound, with their first and second differences.

Davis, S. and Mermelstein, P. (1980). Comparison of parametric representations for monosyllabic word recognition in
continuously spoken sentences. IEEE Trans. Acoust. Speech Signal Process. 28, 357-366.
"""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path

import numpy as np
from scipy.fft import dct
from scipy.io import wavfile

RATE = 8000
WINDOW, STEP, SPECTRUM = 200, 80, 256
"""Samples in a frame (25 ms), between frames (10 ms) and in the Fourier transform."""
SILENCE = 100.0
"""Frames of less energy than this (a mean square of about 1 unit of the 16-bit sample) are left out."""
FILTERS, CEPSTRA, LIFTER, EMPHASIS = 26, 13, 22, 0.97


@cache
def mel_filters() -> np.ndarray:
    """Return triangular filters, equally far apart in pitch as it is heard, (FILTERS, SPECTRUM / 2 + 1)."""
    top = 2595 * np.log10(1 + RATE / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, FILTERS + 2) / 2595) - 1)
    bins = np.floor((SPECTRUM + 1) * edges / RATE)
    at = np.arange(SPECTRUM // 2 + 1)
    left, middle, right = bins[:-2, None], bins[1:-1, None], bins[2:, None]
    rising, falling = (at - left) / np.maximum(middle - left, 1), (right - at) / np.maximum(right - middle, 1)
    return np.clip(np.minimum(rising, falling), 0, None)


def differences(rows: np.ndarray) -> np.ndarray:
    """Return the slope of each column over five frames."""
    padded = np.pad(rows, ((2, 2), (0, 0)), mode="edge")
    n = len(rows)
    return sum(j * (padded[2 + j : 2 + j + n] - padded[2 - j : 2 - j + n]) for j in (1, 2)) / 10


def cepstra(signal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the cepstra of each frame, the first replaced by its log energy, and whether it is more than silence."""
    signal = np.append(signal[0], signal[1:] - EMPHASIS * signal[:-1])
    count = 1 + max(0, -(-(len(signal) - WINDOW) // STEP))
    signal = np.pad(signal, (0, (count - 1) * STEP + WINDOW - min(len(signal), (count - 1) * STEP + WINDOW)))
    frames = np.lib.stride_tricks.sliding_window_view(signal, WINDOW)[::STEP][:count]
    power = np.abs(np.fft.rfft(frames, SPECTRUM)) ** 2 / SPECTRUM
    smallest = np.finfo(float).eps
    C = dct(np.log(np.maximum(power @ mel_filters().T, smallest)), norm="ortho")[:, :CEPSTRA]
    C *= 1 + LIFTER / 2 * np.sin(np.pi * np.arange(CEPSTRA) / LIFTER)
    energy = power.sum(1)
    C[:, 0] = np.log(np.maximum(energy, smallest))
    return C, energy > SILENCE


def speech_rows(folder: Path) -> np.ndarray:
    """Return the rows of all recordings below a folder, (n, 3 · CEPSTRA)."""
    parts = []
    for path in sorted(folder.rglob("*.wav")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rate, signal = wavfile.read(path)
        if rate == RATE and signal.ndim == 1 and len(signal):
            C, heard = cepstra(signal.astype(float))
            slope = differences(C)
            parts.append(np.hstack([C, slope, differences(slope)])[heard])
    return np.concatenate(parts)
