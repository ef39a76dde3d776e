"""Garbage collection, migration, repair, deployment: never loaded by default."""
