"""The notebook layer: magics, display formatters, completion. ``tests/spec/09-notebook.md``."""
