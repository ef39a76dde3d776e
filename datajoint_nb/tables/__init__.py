"""What users hold: query expressions, tables and schemas."""
