"""Fetches a dataset repository of the Hugging Face Hub as a folder."""

from pathlib import Path

from ganlib import UserError
from ganlib.datasets.sources.pictures.files import READABLE


def fetched(repository: str) -> Path:
    """Downloads the images of OWNER/NAME into a folder named after its latest commit. Raises UserError when it can't be
    reached."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, HTTPError, RepositoryNotFoundError

    suffixes = (*READABLE, ".zip", ".parquet")
    patterns = [f"*{suffix}" for suffix in (*suffixes, *map(str.upper, suffixes))]
    try:
        return Path(snapshot_download(repository, repo_type="dataset", allow_patterns=patterns))
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
