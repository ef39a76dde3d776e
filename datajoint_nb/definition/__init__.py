"""The definition language: text to `TableDefinition` and back.

See ``tests/spec/01-definitions.md`` §1 and §5.
"""
