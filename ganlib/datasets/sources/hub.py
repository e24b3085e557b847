"""Fetches a dataset repository of the Hugging Face Hub as a folder."""

from pathlib import Path

from ganlib import UserError
from ganlib.datasets.sources.pictures.layout import READABLE

# Pictures, archives, arrays, tables, and what tells labels, splits and configurations: no code, weights or recordings.
ENDINGS = (
    *(*READABLE, ".heic", ".heif"),
    *(".zip", ".tar", ".tgz", ".tar.gz", ".tbz2", ".tar.bz2", ".txz", ".tar.xz"),
    *(".npz", ".npy", ".csv", ".tsv", ".csv.gz", "-ubyte", "-ubyte.gz", ".idx", ".mdb"),
    *(".parquet", ".arrow", ".jsonl", ".json", ".cls"),
)
CARD = "README.md"
TOLD = (".json", CARD.lower())  # endings of what holds no pictures


def fetched(repository: str) -> Path:
    """Downloads what can be read of OWNER/NAME into a folder named after its latest commit. Raises UserError when it can't be
    reached, or holds nothing that can be read."""
    folder = _fetched(repository, allow=[*map(_any_case, ENDINGS), CARD])
    if not _holds_data(folder):
        folder = _fetched(repository, ignore=["*.*"])  # pictures without an extension
    if not _holds_data(folder):
        raise UserError(f"The dataset {repository} on the Hub holds no images, archives, arrays or tables that can be read.")
    return folder


def _any_case(ending: str) -> str:
    return "*" + "".join(f"[{one}{one.upper()}]" if one.isalpha() else one for one in ending)


def _holds_data(folder: Path) -> bool:
    return any(path.is_file() and not path.name.lower().endswith(TOLD) for path in folder.rglob("*"))


def _fetched(repository: str, allow: list[str] | None = None, ignore: list[str] | None = None) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, HTTPError, RepositoryNotFoundError

    try:
        return Path(snapshot_download(repository, repo_type="dataset", allow_patterns=allow, ignore_patterns=ignore))
    except HFValidationError:
        raise UserError(f"{repository!r} is not a name on the Hub: give hub:OWNER/NAME.") from None
    except RepositoryNotFoundError as error:
        raise UserError(
            f"The Hub has no dataset {repository} that you may read: check the name, or run `hf auth login` if it is"
            f" private or gated."
        ) from error
    except (OSError, HTTPError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise UserError(f"Cannot fetch the dataset {repository} from the Hub ({reason}); check the network.") from error
