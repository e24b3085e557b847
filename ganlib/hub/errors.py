"""Translates errors of the Hub's client to UserError: one sentence with a remedy."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from ganlib import UserError
from ganlib.hub.names import Name


class Unreachable(UserError):
    """A temporary error: a retry may succeed."""


@contextmanager
def explained(name: Name) -> Iterator[None]:
    """Translates the client's exceptions to a UserError about the repository; Unreachable if the error is temporary."""
    from huggingface_hub.errors import CacheNotFound, EntryNotFoundError, RevisionResolutionError
    from huggingface_hub.utils import httpx

    try:
        yield
    except UserError:
        raise
    except (OSError, ValueError, RuntimeError, httpx.HTTPError, EntryNotFoundError, RevisionResolutionError) as error:
        raise _user_error(name, _cause(error)) from error
    except (KeyError, TypeError, AttributeError, AssertionError, CacheNotFound) as error:
        raise Unreachable(f"The Hub's answer about {name} can't be read ({error!r}); check HF_ENDPOINT.") from error


def status(error: Exception) -> int | None:
    """Returns the HTTP status that caused an error of `explained`; None if there was no response."""
    cause = error.__cause__ and _cause(error.__cause__)
    return getattr(getattr(cause, "response", None), "status_code", None)


def _cause(error: BaseException) -> BaseException:
    """Unwraps the client's own wrapper exceptions."""
    from huggingface_hub.errors import LocalEntryNotFoundError, RevisionResolutionError

    wrapped = isinstance(error, LocalEntryNotFoundError | RevisionResolutionError) or type(error) is RuntimeError
    return _cause(error.__cause__) if wrapped and error.__cause__ is not None else error


def _user_error(name: Name, error: BaseException) -> UserError:
    from huggingface_hub import errors
    from huggingface_hub.utils import httpx

    match error:
        case errors.HFValidationError():
            return UserError(f"{name.repo!r} is not a name on the Hub: give OWNER/NAME.")
        case errors.LocalTokenNotFoundError():
            return UserError("The Hub needs to know who you are: run `hf auth login`, or set HF_TOKEN.")
        case errors.RevisionNotFoundError():
            return UserError(f"{name.repo} on the Hub has no revision {name.revision or 'main'}.")
        case errors.RepositoryNotFoundError():
            return UserError(
                f"The Hub has no {name.repo} that you may read: check the name, or run `hf auth login` if it is private"
                " or gated."
            )
        case errors.OfflineModeIsEnabled():
            return Unreachable(f"{name} is not on this machine, and HF_HUB_OFFLINE forbids to ask the Hub; unset it.")
        case errors.HfHubHTTPError():
            return _refused(name, error)
        case errors.LocalEntryNotFoundError() | errors.RevisionResolutionError() | httpx.TransportError() | ConnectionError():
            reason = "" if isinstance(error, errors.EntryNotFoundError) else f" ({_first_line(error)})"
            return Unreachable(f"The Hub can't be reached for {name}{reason}; check the network, or HF_ENDPOINT.")
        case OSError(errno=errno.ENOSPC):
            return UserError(f"The disk is full: there is no room for {name}.")
        case _:
            return Unreachable(f"The exchange with the Hub about {name} broke off: {_first_line(error)}.")


def _refused(name: Name, error) -> UserError:
    """Translates an HTTP error status."""
    status = error.response.status_code
    if status == 401:
        return UserError("The Hub doesn't know the token: run `hf auth login`, or set HF_TOKEN to one that is valid.")
    if status == 403:
        return UserError(f"The token may not do this with {name.repo}: use one with write permission for this owner.")
    if status == 429 or status >= 500:
        return Unreachable(f"The Hub has trouble (HTTP {status}) with {name}; try again later.")
    return UserError(f"The Hub refuses {name} (HTTP {status}): {error.server_message or _first_line(error)}")


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
