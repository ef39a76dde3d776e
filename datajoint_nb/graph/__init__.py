"""The foreign-key graph: order, relatives, and which rows depend on which; no I/O."""
