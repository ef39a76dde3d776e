"""The progress of a populate call, as a widget."""
