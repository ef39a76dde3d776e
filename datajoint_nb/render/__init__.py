"""Headings, previews and graphs as text, HTML, DOT, SVG and Mermaid; no I/O."""
