"""``python -m datajoint_nb``: the command line."""

from datajoint_nb.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
