"""Trainings of the page on a machine of the Hub that is paid by the minute: the price, the start, the progress, the end.

`accounts.py` says whose token is used. It is kept in the memory of the trainings that use it and in the job as its secret,
and a training answers only its account.
"""

import os
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import gradio as gr

from ganlib import UserError
from ganlib.cli import options_of
from ganlib.hub.errors import explained
from ganlib.hub.names import Name, parse
from ganlib.planning import train_options
from ganlib.remote import job, machines
from ganlib.remote.job import Job
from ganlib.remote.offer import Offer, offered
from studio import validation
from studio.jobs.api import JobsApi
from studio.jobs.job import Materials
from studio.jobs.request import PICTURES, TrainingRequest
from studio.library import Library
from studio.sharing.accounts import Account, Caller
from studio.sharing.publishing import LONGEST_NAME
from studio.sharing.rented import Rented
from studio.web.questions import answered, handler_of

LEAST_MINUTES, MOST_MINUTES = 10, 24 * 60  # of a job
MARGIN = 300.0  # seconds for which a sign-in must outlast a job, which may wait before it begins
MOST_AT_ONCE, MOST_KEPT = 4, 100  # trainings of one account that are under way, and of all that are known
MOST_COUNT = 10**9  # lines of a log


class Renting:
    """Answers the panel of trainings on the Hub's machines. Thread-safe.

    `at_home` says whether only this machine reaches the server, so that its token may be used.
    """

    def __init__(self, library: Library, jobs_api: JobsApi, at_home: bool):
        self._library, self._jobs_api, self._at_home = library, jobs_api, at_home
        self._lock = threading.Lock()
        self._rented: OrderedDict[str, Rented] = OrderedDict()
        self._answers: dict[str, Callable[[dict, Caller], dict]] = {
            "rent_way": self._way,
            "rent_offer": self._offer,
            "rent_start": self._start,
            "rent_jobs": self._list,
            "rent_state": self._state,
            "rent_cancel": self._cancel,
        }

    def answer(
        self, question: Any, token: gr.OAuthToken | None, profile: gr.OAuthProfile | None, request: gr.Request
    ) -> dict[str, Any]:
        """Answers a question of the account that signed in, if any, or of this machine."""
        caller = Caller(self._at_home, token, profile, request)
        return answered(self._library, lambda: handler_of(question, self._answers)(question, caller))

    def _way(self, question: dict, caller: Caller) -> dict[str, Any]:
        """Returns whose account is used, and whether there is one yet; asks the Hub nothing."""
        return {"way": caller.way, "signed_in": caller.signed_in}

    def _offer(self, question: dict, caller: Caller) -> dict[str, Any]:
        """Returns the account, and the machines with the price of an hour in dollars."""
        account = caller.account()
        with explained(Name("the machines for jobs")):
            known = machines.known(account.api.list_jobs_hardware()).values()
        return {
            "owner": account.owner,
            "machines": [
                {"name": one.flavor, "described": one.described, "per_hour": one.per_hour} for one in known if one.gpus <= 1
            ],
            "default": machines.DEFAULT,
            "minutes": [LEAST_MINUTES, MOST_MINUTES],
        }

    def _start(self, question: dict, caller: Caller) -> dict[str, Any]:
        """Uploads what a training needs and starts it, in the background; answers its id."""
        account = caller.account()
        repo = validation.text("name", question.get("name"), LONGEST_NAME).strip()
        if parse(repo).repo.partition("/")[0] != account.owner:
            raise UserError(f"The run goes to your own account: give {account.owner}/NAME.")
        minutes = validation.whole("minutes", question.get("minutes"), LEAST_MINUTES, MOST_MINUTES)
        _check_outlasts(account, minutes)
        flavor = validation.text("flavor", question.get("flavor"), LONGEST_NAME)
        words = ["--on=hf-jobs", f"--flavor={flavor}", f"--timeout={minutes}m", f"--push-to-hub={repo}"]
        words += ["--private"] if validation.yes_or_no("private", question.get("private")) else []
        if caller.way == "account":  # a visitor's sign-in reaches no repository that was uploaded otherwise
            words.append(f"--code=spaces/{os.environ['SPACE_ID']}")
        with ExitStack() as stack, self._jobs_api.requested(question) as (order, materials):
            if order.race:
                raise UserError("A job trains one network, not a race: choose a single training.")
            place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gan-studio-")))
            offer = _offered(account, order, materials, place, repo.rpartition("/")[2], words)
            rented = self._add(Rented(account.owner, repo, self._library.without_paths))
            kept = stack.pop_all()

        def start() -> Job:
            with kept:
                return offer.accept()[0]

        rented.begin(start)
        return {"id": rented.id}

    def _list(self, question: dict, caller: Caller) -> dict[str, Any]:
        """Returns the states of the account's trainings, newest first; follows those that were started elsewhere or lost."""
        account = caller.account()
        known = {rented.job.id: rented for rented in self._of(account) if rented.job}
        for found, repo in job.running(account.api, account.owner):
            if found.id not in known or known[found.id].over:
                self._forget(known.get(found.id))
                self._add(Rented(account.owner, repo, self._library.without_paths)).begin(_existing(found))
        return {"trainings": [rented.state() | {"lines": []} for rented in reversed(self._of(account))]}

    def _state(self, question: dict, caller: Caller) -> dict[str, Any]:
        """Returns how a training stands, and its log after the first `since` lines."""
        since = validation.whole("since", question.get("since", 0), 0, MOST_COUNT)
        return self._find(question, caller.account()).state(since)

    def _cancel(self, question: dict, caller: Caller) -> dict[str, Any]:
        account = caller.account()
        self._find(question, account).cancel(account.api)
        return {"cancelled": True}

    # ------------------------------------------------------------------------------------------ helpers

    def _of(self, account: Account) -> list[Rented]:
        with self._lock:
            return [rented for rented in self._rented.values() if rented.owner == account.owner]

    def _find(self, question: dict, account: Account) -> Rented:
        id = validation.text("id", question.get("id"), LONGEST_NAME)
        for rented in self._of(account):
            if rented.id == id:
                return rented
        raise UserError("This training is no longer known here; look on the Hub.")

    def _forget(self, rented: Rented | None) -> None:
        with self._lock:
            if rented:
                self._rented.pop(rented.id, None)

    def _add(self, rented: Rented) -> Rented:
        with self._lock:
            under_way = [other for other in self._rented.values() if not other.over]
            if sum(other.owner == rented.owner for other in under_way) >= MOST_AT_ONCE or len(under_way) >= MOST_KEPT:
                raise UserError("Too many trainings are under way; wait until one has ended.")
            self._rented[rented.id] = rented
            for id in [other.id for other in self._rented.values() if other.over][: max(0, len(self._rented) - MOST_KEPT)]:
                del self._rented[id]
        return rented


def _check_outlasts(account: Account, minutes: int) -> None:
    """Raises UserError if the token ends before a job of so many minutes, which then couldn't upload its run."""
    left = account.until - time.time() - MARGIN if account.until else 60.0 * minutes
    if 60 * minutes > left:
        raise UserError(f"Your sign-in ends before the job: choose at most {max(0, int(left / 60))} minutes, or sign in again.")


def _existing(found: Job) -> Callable[[], Job]:
    return lambda: found


def _offered(
    account: Account, order: TrainingRequest, materials: Materials, place: Path, name: str, job_options: list[str]
) -> Offer:
    """Returns the offer for a request of the page, as train.py makes it; pictures and private runs are linked into `place`."""
    words = [*order.arguments(), *job_options]
    options = options_of(train_options.parser(""), words)
    materials.put(place)
    if order.dataset is None:
        options.dataset = str((place / PICTURES).rename(place / name))  # the name of the set on the Hub
    if order.parent and (place / order.parent.partition("/")[0]).is_dir():
        options.init_from = f"{place}/{order.parent}"
    return offered(account.api, options, words)
