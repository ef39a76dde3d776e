"""The style sheet of every HTML form.

Colours are the host's own variables (JupyterLab, VS Code, marimo), so that tables follow its
theme; where there are none, ``color-scheme`` and system colours follow the page.
"""

from __future__ import annotations

STYLE = (
    ".djnb{--djnb-fg:var(--jp-content-font-color1,var(--vscode-editor-foreground,CanvasText));"
    "--djnb-muted:var(--jp-content-font-color2,var(--vscode-descriptionForeground,GrayText));"
    "--djnb-line:var(--jp-border-color2,var(--vscode-panel-border,#8886));"
    "--djnb-head:var(--jp-layout-color2,var(--vscode-editorWidget-background,#8882));"
    # links' own colour is too faint for small text on a header, so that it is mixed with the text's
    "--djnb-link:var(--jp-brand-color1,var(--vscode-textLink-foreground,LinkText));"
    "--djnb-key:color-mix(in srgb,var(--djnb-link) 60%,var(--djnb-fg));"
    "color:var(--djnb-fg);font-size:var(--jp-ui-font-size1,13px)}"
    ".djnb-scroll{max-width:100%;max-height:600px;overflow:auto}"
    ".djnb table{border-collapse:collapse;margin:0;color:inherit;font-variant-numeric:tabular-nums}"
    ".djnb caption{text-align:left;padding:.2em 0;caption-side:top;white-space:nowrap;color:inherit}"
    ".djnb .djnb-title{font-weight:600;border-left:.3em solid currentColor;padding-left:.4em}"
    ".djnb .djnb-comment,.djnb .djnb-total{color:var(--djnb-muted);margin-left:.6em}"
    ".djnb table.djnb-table th,.djnb table.djnb-table td{"
    "border:1px solid var(--djnb-line);padding:.25em .6em;text-align:left;"
    "vertical-align:top;max-width:32em;overflow-wrap:anywhere}"
    ".djnb table.djnb-table thead th{background:var(--djnb-head);"
    "position:sticky;top:0;font-weight:500;white-space:nowrap}"
    ".djnb .djnb-key{font-weight:700;color:var(--djnb-key)}"
    ".djnb .djnb-key::after{content:'\\2009\\26B7';font-weight:400}"
    ".djnb table.djnb-table td.djnb-number{text-align:right}"
    ".djnb td.djnb-null{color:var(--djnb-muted);font-style:italic}"
    ".djnb td.djnb-blob,.djnb td.djnb-object,.djnb td.djnb-more{color:var(--djnb-muted)}"
    ".djnb pre{margin:.2em 0;white-space:pre-wrap;color:inherit;background:none}"
    # mixed with the text's own colour, they are legible on light and on dark pages
    ".djnb-manual{color:color-mix(in srgb,#2e7d4f 70%,var(--djnb-fg,CanvasText))}"
    ".djnb-lookup{color:color-mix(in srgb,#6b6e72 70%,var(--djnb-fg,CanvasText))}"
    ".djnb-imported{color:color-mix(in srgb,#0077a8 70%,var(--djnb-fg,CanvasText))}"
    ".djnb-computed{color:color-mix(in srgb,#c23b0c 70%,var(--djnb-fg,CanvasText))}"
    ".djnb-part{color:color-mix(in srgb,#6b6e72 70%,var(--djnb-fg,CanvasText))}"
)
