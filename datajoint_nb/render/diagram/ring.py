"""The ring beside the name of an auto-populated table: how much of it is computed.

See ``tests/spec/08-compute-diagram.md`` §18.
"""

from __future__ import annotations

from math import pi
from typing import Final

from datajoint_nb.render.diagram.form import ProgressForm
from datajoint_nb.render.diagram.styles import PROGRESS_COLOURS, Paint
from datajoint_nb.render.escape import html

_RADIUS: Final = 5.0


def ring(progress: ProgressForm, x: float, y: float, paint: Paint) -> str:
    """Return a ring about (x, y): done in the colour of the tier, then reserved, error and the rest."""
    parts = ("done", "reserved", "error")
    total = max(progress["total"], 1)
    circle = (
        f'<circle class="djnb-ring" cx="{x:.1f}" cy="{y:.1f}" r="{_RADIUS:g}" fill="none" stroke-width="3"'
    )
    shown = [f'{circle} stroke="{PROGRESS_COLOURS["remaining"]}"/>']
    length, start = 2 * pi * _RADIUS, 0.0
    for part, number in zip(parts, (progress["done"], progress["reserved"], progress["error"]), strict=True):
        share = min(number / total, 1.0) * length
        colour = paint.stroke if part == "done" else PROGRESS_COLOURS[part]
        if share:
            shown.append(
                f'{circle} stroke="{colour}" stroke-dasharray="{share:.2f} {length:.2f}" '
                f'stroke-dashoffset="{-start:.2f}" transform="rotate(-90 {x:.1f} {y:.1f})"/>'
            )
        start += share
    words = f"{progress['done']:,} of {progress['total']:,} done"
    words += "".join(f", {progress[name]:,} {name}" for name in ("reserved", "error") if progress[name])
    return f"<g><title>{html(words)}</title>{''.join(shown)}</g>"
