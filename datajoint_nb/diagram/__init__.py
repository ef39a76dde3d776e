"""Diagrams: choosing tables of the foreign-key graph, and drawing them."""
