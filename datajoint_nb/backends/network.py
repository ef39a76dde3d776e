"""Questions to sockets and addresses that need no answer from a server."""

from __future__ import annotations

import ipaddress
import select
import socket
import ssl
from collections.abc import Mapping
from typing import Any, Literal

from datajoint_nb.errors import DataJointError, LostConnectionError

Waiting = Literal["nothing", "data", "end"]


def waiting_on(fileno: int) -> Waiting:
    """What could be read from a socket without waiting: nothing, data, or the end of the connection."""
    try:
        if not _is_readable(fileno):
            return "nothing"
    except (OSError, ValueError):
        return "end"
    probe = socket.socket(fileno=fileno)
    try:
        return "data" if probe.recv(1, socket.MSG_PEEK) else "end"
    except (BlockingIOError, InterruptedError):
        return "nothing"
    except OSError:
        return "end"
    finally:
        probe.detach()


def _is_readable(fileno: int) -> bool:
    # `select` takes small numbers only, but is everywhere
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(fileno, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([fileno], [], [], 0)[0])


def is_local(host: str) -> bool:
    """Whether the host is this machine: a socket file, or only addresses of the loopback interface."""
    if host.startswith("/") or host == "localhost":
        return True
    try:
        found = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
    except OSError:
        return False
    addresses = [str(address[4][0]).partition("%")[0] for address in found]
    return bool(addresses) and all(ipaddress.ip_address(address).is_loopback for address in addresses)


def refuse_plain(host: str) -> LostConnectionError:
    """The error for a distant server without TLS."""
    return LostConnectionError(
        f"The server {host} offers no TLS, and is not on this machine: passwords and data would "
        "travel in plain text. Set up TLS on the server, or accept the risk with use_tls=False"
    )


def tls_context(use_tls: bool | Mapping[str, Any] | None) -> ssl.SSLContext:
    """The context for a connection: certificates are checked when authorities are given.

    Raises
    ------
    DataJointError
        When a certificate cannot be read.
    """
    facts = use_tls if isinstance(use_tls, Mapping) else {}
    ca, folder = facts.get("ca"), facts.get("capath")
    try:
        context = ssl.create_default_context(cafile=ca, capath=folder)
        # certificates that servers make for themselves lack what strict checks want
        context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
        verified = bool(ca or folder)
        context.check_hostname = verified and bool(facts.get("check_hostname", True))
        context.verify_mode = ssl.CERT_REQUIRED if verified else ssl.CERT_NONE
        if facts.get("cert"):
            context.load_cert_chain(facts["cert"], facts.get("key"), facts.get("password"))
        if facts.get("cipher"):
            context.set_ciphers(facts["cipher"])
    except (OSError, ValueError) as error:
        raise DataJointError(f"The certificates of use_tls cannot be used: {error}") from error
    return context
