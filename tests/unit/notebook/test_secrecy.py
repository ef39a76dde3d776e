"""Passwords in URLs never stay."""

from __future__ import annotations

import pytest

from datajoint_nb.notebook.secrecy import has_password, mask

URLS = [
    "mysql://user:pw@host",
    "mysql://user:pw@host:3306",
    "postgresql://user:pw@host/db",
    "mysql://user:p@w@host",
    "mysql://user:p:w/x@host",
    "mysql://:pw@host",
    "mysql://user:pw",
    "postgresql://user@host/db?password=pw",
    "mysql://user:@host",
]


@pytest.mark.parametrize("url", URLS)
def test_a_password_is_noticed(url):
    assert has_password(url)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://user@host",
        "mysql://user@host:3306",
        "mysql://host:3306",
        "mysql://host:3306/db",
        "postgresql://user@host/db",
        "postgresql://user@[::1]:5432/db",
        "sqlite:///file.db",
        "sqlite:////tmp/a b.db",
        "",
    ],
)
def test_urls_without_password_are_left_alone(url):
    assert not has_password(url)
    assert mask(f"%dj connect {url}") == f"%dj connect {url}"


@pytest.mark.parametrize("url", [url for url in URLS if "pw" in url or "p@w" in url or "p:w" in url])
@pytest.mark.parametrize(
    "form",
    ["%dj connect {}", "%dj connect '{}' --as c", "get_ipython().run_line_magic('dj', 'connect {}')\n"],
)
def test_masked_lines_hold_no_password(form, url):
    masked = mask(form.format(url))
    secret = {"mysql://user:p@w@host": "p@w", "mysql://user:p:w/x@host": "p:w"}.get(url, "pw")
    assert secret not in masked
    assert "••••" in masked


def test_only_lines_of_the_magic_are_masked():
    text = "url = 'mysql://user:pw@host'\n%dj connect mysql://user:pw@host"
    assert mask(text) == "url = 'mysql://user:pw@host'\n%dj connect mysql://user:••••@host"
