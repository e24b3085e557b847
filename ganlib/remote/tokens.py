"""The token of a client, and whether it may start jobs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from huggingface_hub import HfApi

JOBS = "job.write"  # of a fine-grained token


def given(api: "HfApi") -> str | None:
    """Returns the token that `api` was given; None if it takes the stored one."""
    return api.token if isinstance(api.token, str) else None


def may_start(identity: Mapping[str, Any]) -> bool:
    """Returns whether the token of an answer to `whoami` may start jobs of its user; True where the answer doesn't tell."""
    token = identity.get("auth", {}).get("accessToken") or {}
    if token.get("role") == "fineGrained":
        entries = (token.get("fineGrained") or {}).get("scoped", [])
        own = [entry for entry in entries if entry.get("entity", {}).get("name") == identity["name"]]
        return any(JOBS in entry.get("permissions", []) for entry in own)
    return token.get("role") != "read"
