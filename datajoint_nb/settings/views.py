"""Parts of a configuration: a group of settings, the stores, one store. They write through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from datajoint_nb.settings import keys
from datajoint_nb.settings.keys import UnknownNameError

if TYPE_CHECKING:
    from datajoint_nb.settings.config import Config


class GroupView:
    """A group such as ``config.database``; its attributes are the settings.

    A secret read as an attribute is a pydantic ``SecretStr``, which shows asterisks.
    """

    __slots__ = ("_config", "_name")

    def __init__(self, config: Config, name: str):
        object.__setattr__(self, "_config", config)
        object.__setattr__(self, "_name", name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._config._get_value(self._key(name))

    def __setattr__(self, name: str, value: Any) -> None:
        self._config[self._key(name)] = value

    def __getitem__(self, name: str) -> Any:
        return self._config[f"{self._name}.{name}"]

    def __setitem__(self, name: str, value: Any) -> None:
        self._config[f"{self._name}.{name}"] = value

    def __dir__(self) -> list[str]:
        return self._names()

    def __repr__(self) -> str:
        return f"{self._name}({', '.join(f'{name}={getattr(self, name)!r}' for name in self._names())})"

    def _key(self, name: str) -> str:
        key = f"{self._name}.{name}"
        if key not in keys.ENVIRONMENT:
            raise UnknownNameError(keys.describe_unknown(key))
        return key

    def _names(self) -> list[str]:
        return [key.rpartition(".")[2] for key in keys.ENVIRONMENT if key.startswith(f"{self._name}.")]


class StoresView(MutableMapping[str, Any]):
    """``config.stores`` (names to stores) or one store (keys to values); changes are validated.

    Equal to a plain dictionary with the same content. Secrets are text with a masked repr.
    """

    def __init__(self, config: Config, key: str):
        self._config = config
        self._key = key

    def __getitem__(self, name: str) -> Any:
        return self._config[f"{self._key}.{name}"]

    def __setitem__(self, name: str, value: Any) -> None:
        self._config[f"{self._key}.{name}"] = value

    def __delitem__(self, name: str) -> None:
        del self._config[f"{self._key}.{name}"]

    def __iter__(self) -> Iterator[str]:
        return iter(self._config._get_mapping(self._key))

    def __len__(self) -> int:
        return len(self._config._get_mapping(self._key))

    def __repr__(self) -> str:
        return repr(to_dict(self))


def to_dict(view: Mapping[str, Any]) -> dict[str, Any]:
    """Return plain nested dictionaries with the content of a view."""
    return {name: to_dict(item) if isinstance(item, StoresView) else item for name, item in view.items()}
