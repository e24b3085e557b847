"""Finds a request's client address, also behind a Space's proxies; limits per visitor use it.

It is the address of the connection. X-Forwarded-For is accepted only on a Space, where all connections come from the Hub's
proxies: its last public address counts, since a client can forge the ones before. (uvicorn itself accepts the header from
this machine and from FORWARDED_ALLOW_IPS, as a local reverse proxy needs.)
"""

from contextlib import suppress
from contextvars import ContextVar
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from studio.limits import on_space

PREFIX = 64  # bits of an IPv6 address that identify a network; one client may use all addresses in it
_current: ContextVar[str] = ContextVar("client_address", default="")


def current_address() -> str:
    """Returns the client address of the current request; empty outside of a request."""
    return _current.get()


class ClientAddress:
    """ASGI middleware that sets `current_address`."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            _current.set(address_of(scope))
        await self._app(scope, receive, send)


def address_of(scope: Scope) -> str:
    """Returns the client address of a request; for IPv6, its /64 network."""
    host, _ = scope.get("client") or ("", 0)
    found = (_forwarded(Headers(scope=scope)) if on_space() else None) or host
    with suppress(ValueError):
        address = ip_address(found)
        if isinstance(address, IPv6Address):
            return str(address.ipv4_mapped or ip_network((address, PREFIX), strict=False))
    return found


def _forwarded(headers: Headers) -> str | None:
    """Returns the last public address of X-Forwarded-For."""
    for name in reversed(",".join(headers.getlist("x-forwarded-for")).split(",")):
        with suppress(ValueError):
            if ip_address(name.strip()).is_global:
                return name.strip()
    return None
