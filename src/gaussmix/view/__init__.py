"""The view of EM in a browser: recorded fits as frames, static pages, and a widget for notebooks."""

from .frames import frame_of, frame_of_step, frames_of
from .page import replay
from .watching import watch

__all__ = ["frame_of", "frame_of_step", "frames_of", "replay", "watch"]
