"""The reference library's module names, served from here."""
