"""Time EM beside every other library that does it: ``make bench``."""
