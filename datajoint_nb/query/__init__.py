"""Relational expressions as frozen nodes, with the rules for their headings and keys."""
