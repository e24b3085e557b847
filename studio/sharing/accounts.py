"""In whose account of the Hub a visitor's trainings run: the visitor's own on a Space with OAuth, this machine's at home."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import gradio as gr

from ganlib import UserError
from ganlib.hub.errors import explained
from ganlib.hub.names import Name
from ganlib.remote import tokens
from studio.limits import in_public, way

if TYPE_CHECKING:
    from huggingface_hub import HfApi

SCOPE = "jobs"  # that a visitor grants to the Space
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True)
class Account:
    """An account of the Hub in which trainings may run, by its token."""

    api: "HfApi"
    owner: str
    until: float | None = None  # Unix time when the token ends


@dataclass(frozen=True)
class Caller:
    """Who asks: the account that signed in, if any, and the request. `at_home` says whether only this machine reaches the
    server, so that its token may be used."""

    at_home: bool
    token: gr.OAuthToken | None
    profile: gr.OAuthProfile | None
    request: gr.Request

    @property
    def way(self) -> Literal["account", "machine", "off"]:
        """Whose account is used: that of the visitor or of the machine; "off" if there is none to use."""
        if self._from_elsewhere:
            return "off"
        if way() == "account" and SCOPE in os.environ.get("OAUTH_SCOPES", "").split():
            return "account"
        # another name would be a page elsewhere that has its own name resolved to this machine
        name = self.request.headers.get("host", "").removesuffix(f":{self.request.url.port}")
        return "machine" if self.at_home and not in_public() and name in LOOPBACK else "off"

    @property
    def _from_elsewhere(self) -> bool:
        """Whether a page of another site sent the request, which a browser would send with this site's cookies."""
        origin = self.request.headers.get("origin")
        return origin is not None and urlsplit(origin).netloc != self.request.headers.get("host")

    @property
    def signed_in(self) -> bool:
        return self.way == "machine" or (self.token is not None and self.profile is not None)

    def account(self) -> Account:
        """Returns the account. Raises UserError if there is none, or it may not start jobs."""
        match self.way:
            case "account":
                return self._of_visitor()
            case "machine":
                return _of_machine()
        raise UserError("Trainings on the Hub's machines are offered on the machine itself, or on a Space with sign-in.")

    def _of_visitor(self) -> Account:
        from huggingface_hub import HfApi

        if self.token is None or self.profile is None:
            raise UserError("Sign in with Hugging Face first.")
        if self.token.scope and SCOPE not in self.token.scope.split():
            raise UserError("Your sign-in doesn't allow jobs: sign out, and in again.")
        return Account(HfApi(token=self.token.token), self.profile.username, self.token.expires_at)


def _of_machine() -> Account:
    from huggingface_hub import HfApi, get_token

    if not (token := get_token()):
        raise UserError("This machine has no token of the Hub: run `hf auth login` here, and open this again.")
    api = HfApi(token=token)
    with explained(Name("your account")):
        identity = api.whoami()
    if not tokens.may_start(identity):
        raise UserError(
            f"The token of {identity['name']} on this machine may not start jobs: use one with write permission, or a "
            "fine-grained one that allows jobs."
        )
    return Account(api, identity["name"])
