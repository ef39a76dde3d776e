"""From expressions and definitions to SQL text with bound values, for every dialect."""
