"""The network address that a visitor asks from, also behind a Space's proxies: shares of the machine go by it.

It is the address of the connection. X-Forwarded-For is believed on a Space alone, where all connections come from the Hub's
proxies: the last address in it that belongs to the public network, since whoever asks may have written those before. (uvicorn
itself believes what asks from this very machine, or from FORWARDED_ALLOW_IPS, as a proxy of one's own does.)
"""

from contextlib import suppress
from contextvars import ContextVar
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from studio.limits import on_space

PREFIX = 64  # bits of an IPv6 address: the rest is free for whoever has one
_asking: ContextVar[str] = ContextVar("asking", default="")


def asking() -> str:
    """The address of whoever is being answered; empty outside of an answer."""
    return _asking.get()


class ClientAddress:
    """ASGI middleware that says who is `asking`."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            _asking.set(address_of(scope))
        await self._app(scope, receive, send)


def address_of(scope: Scope) -> str:
    """The address from which a request comes; of IPv6, the network that one visitor has to themselves."""
    host, _ = scope.get("client") or ("", 0)
    found = (_forwarded(Headers(scope=scope)) if on_space() else None) or host
    with suppress(ValueError):
        address = ip_address(found)
        if isinstance(address, IPv6Address):
            return str(address.ipv4_mapped or ip_network((address, PREFIX), strict=False))
    return found


def _forwarded(headers: Headers) -> str | None:
    """The last public address of X-Forwarded-For."""
    for name in reversed(",".join(headers.getlist("x-forwarded-for")).split(",")):
        with suppress(ValueError):
            if ip_address(name.strip()).is_global:
                return name.strip()
    return None
