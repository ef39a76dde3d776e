"""Timings beside the reference library and the bare driver, in one run: ``make bench``."""
