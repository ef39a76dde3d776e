"""The subcommands of ``%dj``, one module for each purpose."""
