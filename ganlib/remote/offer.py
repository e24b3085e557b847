"""A training in a job before anything is uploaded or started: what it costs and needs; and its start."""

from argparse import Namespace
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ganlib import hub
from ganlib.datasets.arguments import reading
from ganlib.hub import states
from ganlib.remote import data, parents, rental, tokens
from ganlib.remote.code import Code
from ganlib.remote.job import Job
from ganlib.remote.rental import Rental
from ganlib.remote.request import Request, requested

if TYPE_CHECKING:
    from huggingface_hub import HfApi


@dataclass(frozen=True)
class Offer:
    """A training by `options` of train.py in a job. `dataset` and `parent` are its --dataset and --init-from there."""

    rental: Rental
    request: Request
    options: Namespace
    dataset: str | None
    parent: str | None

    def sentences(self) -> list[str]:
        """Returns what this costs and uploads."""
        return self.rental.sentences()

    def accept(self) -> tuple[Job, Code]:
        """Uploads what the job needs and starts it. Raises UserError."""
        options, request, rented = self.options, self.request, self.rental
        running = rented.running()
        token = tokens.given(rented.api)
        hub.Repository(request.repo, private=options.private, revision=options.revision, token=token).prepare()
        rented.upload()
        arguments = request.command(self.dataset, self.parent, rented.machine.device(options.device))
        return rented.start(running, arguments, request.repo.rpartition("/")[2]), running


def offered(api: "HfApi", options: Namespace, arguments: list[str]) -> Offer:
    """Returns what is offered for the options of train.py, parsed from `arguments`. Raises UserError for what no job can do."""
    request = requested(options, arguments)
    owner, machine = rental.place(api, options.flavor)
    dataset, pictures = data.found(api, options.dataset, reading(options), owner) if options.dataset else (None, None)
    begins_with, parent = options.init_from, None
    if begins_with and options.resume is None:
        begins_with, parent = parents.found(begins_with, owner)
    if options.resume is not None:
        states.check(options.resume)
    uploads = tuple(upload for upload in (pictures, parent) if upload)
    return Offer(Rental(api, owner, machine, request.seconds, options.code, uploads), request, options, dataset, begins_with)
