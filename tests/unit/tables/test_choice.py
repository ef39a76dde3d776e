"""Questions to the user: ``06-connection-settings.md`` §14."""

from __future__ import annotations

import io

import pytest

from datajoint_nb.errors import DataJointError
from datajoint_nb.tables.choice import ASKING, user_choice


@pytest.mark.parametrize(
    ("answers", "default", "chosen"),
    [
        (["yes"], None, "yes"),
        ([" YES "], None, "yes"),
        (["maybe", "", "no"], None, "no"),
        ([""], "no", "no"),
        (["x", "Yes"], "no", "yes"),
    ],
)
def test_answers(monkeypatch: pytest.MonkeyPatch, answers: list[str], default: str | None, chosen: str):
    waiting = iter(answers)
    monkeypatch.setattr("builtins.input", lambda prompt: next(waiting))
    assert user_choice("Sure?", default=default) == chosen
    assert not list(waiting)


@pytest.mark.parametrize(
    ("default", "prompt"),
    [(None, "Sure? [yes, no]: "), ("no", "Sure? [yes, No]: "), ("yes", "Sure? [Yes, no]: ")],
)
def test_the_default_is_capitalised(monkeypatch: pytest.MonkeyPatch, default: str | None, prompt: str):
    asked: list[str] = []
    monkeypatch.setattr("builtins.input", lambda text: asked.append(text) or "yes")
    user_choice("Sure?", default=default)
    assert asked == [prompt]


@pytest.mark.spec("S-085")
@pytest.mark.parametrize("stdin", [None, io.StringIO("yes\n")])
def test_without_a_terminal_it_is_an_error(monkeypatch: pytest.MonkeyPatch, stdin: io.StringIO | None):
    monkeypatch.setattr("sys.stdin", stdin)
    with pytest.raises(DataJointError, match="prompt=False"):
        user_choice("Sure?")


def test_front_ends_install_their_own_handler():
    ASKING.install(lambda prompt: "no")
    try:
        assert user_choice("Sure?") == "no"
    finally:
        ASKING.install(None)
