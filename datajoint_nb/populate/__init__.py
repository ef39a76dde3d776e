"""Filling computed and imported tables: key source, ``make``, transactions, progress."""
