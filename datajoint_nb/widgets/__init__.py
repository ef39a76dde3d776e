"""Interactive views for notebooks, one folder for each."""
