"""Frozen values that everything else talks about: types, names, columns, headings, definitions."""
