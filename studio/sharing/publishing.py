"""Publishes a run to the Hub from the page, only with the visitor's own token.

On a Space with OAuth, the token comes from the sign-in. Elsewhere the visitor enters one, which is used for this upload and
not stored. A Space without OAuth and a page behind a public link offer no publishing: visitors shouldn't enter a token there.
"""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from ganlib import UserError, hub
from ganlib.hub.errors import status
from ganlib.hub.names import in_layout
from ganlib.runs.run import Run
from studio import validation
from studio.library import Entry, Library
from studio.limits import way
from studio.web.questions import answered, handler_of

MOST_AT_ONCE = 4
MOST_KEPT = 100  # publications whose state is kept
LONGEST_NAME, LONGEST_TOKEN = 200, 500


@dataclass
class Publication:
    """An upload to the Hub; in progress until it has an address or an error."""

    begun: float
    bytes: int
    address: str | None = None
    error: Exception | None = None

    @property
    def over(self) -> bool:
        return bool(self.address or self.error)


class Publishing:
    """Answers the publish panel. Thread-safe.

    `may_publish(visitor, entry)` says whether a visitor may publish a run.
    """

    def __init__(self, library: Library, may_publish: Callable[[str, Entry], bool]):
        self._library, self._may_publish = library, may_publish
        self._lock = threading.Lock()
        self._publications: OrderedDict[str, Publication] = OrderedDict()
        self._answers = {"way": self._way, "publish": self._publish, "publication": self._publication}

    def answer(self, question: Any, token: gr.OAuthToken | None, profile: gr.OAuthProfile | None) -> dict[str, Any]:
        """Answers a question of the account that signed in, if any."""
        signed_in = (profile.username, token.token) if profile and token else None
        return answered(self._library, lambda: handler_of(question, self._answers)(question, signed_in))

    def _way(self, question: dict, signed_in: tuple[str, str] | None) -> dict[str, Any]:
        """Returns how visitors authenticate here, and the signed-in account or None."""
        return {"way": way(), "owner": signed_in[0] if signed_in else None}

    def _publish(self, question: dict, signed_in: tuple[str, str] | None) -> dict[str, Any]:
        """Starts to upload a run; anyone with the returned id may query its state."""
        visitor, entry = validation.visitor(question.get("visitor")), validation.run(self._library, question.get("run"))
        if not self._may_publish(visitor, entry):
            raise UserError("Only who made this run may publish it.")
        repo = validation.text("name", question.get("name"), LONGEST_NAME).strip()
        private = validation.yes_or_no("private", question.get("private"))
        target = hub.Repository(repo, private=private, token=_token(question, signed_in))
        run = Run.open(entry.run.path, repo.rpartition("/")[2])
        publication = Publication(time.monotonic(), _size(run))
        with self._lock:
            if sum(not other.over for other in self._publications.values()) >= MOST_AT_ONCE:
                raise UserError("Too many runs are being published right now; try again in a minute.")
            name = secrets.token_urlsafe(16)
            self._publications[name] = publication
            while len(self._publications) > MOST_KEPT:
                self._publications.popitem(last=False)
        threading.Thread(target=_upload, args=[target, run, publication], daemon=True).start()
        return {"publication": name}

    def _publication(self, question: dict, signed_in: tuple[str, str] | None) -> dict[str, Any]:
        """Returns the state of an upload: total `bytes`, `seconds` since its start, and in the end its `address`. Raises its
        error if it failed."""
        publication = self._publications.get(validation.text("publication", question.get("publication"), LONGEST_NAME))
        if publication is None:
            raise UserError("This upload is no longer known here; look on the Hub whether it is there.")
        if publication.error:
            raise publication.error
        return {
            "bytes": publication.bytes,
            "seconds": time.monotonic() - publication.begun,
            "address": publication.address,
        }


def _size(run: Run) -> int:
    files = (file for file in run.path.rglob("*") if in_layout(file.relative_to(run.path).as_posix()))
    return sum(file.stat().st_size for file in files)


def _token(question: dict, signed_in: tuple[str, str] | None) -> str:
    match way():
        case "account":
            if signed_in is None:
                raise UserError("Sign in with Hugging Face first.")
            return signed_in[1]
        case "token":
            return validation.text("token", question.get("token"), LONGEST_TOKEN).strip()
        case _:
            raise UserError("There is no sign-in here; download the run and publish it with `python -m ganlib.hub push`.")


def _upload(target: hub.Repository, run: Run, publication: Publication) -> None:
    try:
        target.prepare()
        publication.address = target.send(run)
    except Exception as error:
        publication.error = _for_page(target, error)


def _for_page(target: hub.Repository, error: Exception) -> Exception:
    """Rephrases an error of the Hub for users of the page, without remedies that need a command line."""
    match status(error):
        case 401:
            return UserError("The Hub doesn't know this token; copy it anew, or sign in again.")
        case 403:
            return UserError(f"This token may not write to {target.name}; choose a new name under your own account.")
        case _:
            return error
