"""onnxruntime-web, which runs generators in the visitor's browser: its version, its files with their hashes, and where the
page gets them. They are those of the npm package of this version; the page takes no others."""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

from ganlib import UserError

VERSION = "1.30.0"
CDN = f"https://cdn.jsdelivr.net/npm/onnxruntime-web@{VERSION}/dist"
FILES = {  # by what the page needs them for: WebAssembly in one thread, with the script around it
    "script": ("ort.wasm.bundle.min.mjs", "sha384-PLWz+nHEVHpjwBsO0YVdvQj6n5814Iv8E3b8FG0Rp/uIAtjFMCKOpP66iPzedrIG"),
    "binary": ("ort-wasm-simd-threaded.wasm", "sha384-vjBJ1z7qrhkTyYsNqKeF6c7N+nOJSU94czEo+tvZcu8G75JparGq9kB+kTnEUNVM"),
}
OFF = "off"


@dataclass(frozen=True)
class Runtime:
    """Where the page gets the files: from this server, which has them in `folder`, or from a public CDN for None."""

    folder: Path | None = None

    def __post_init__(self):
        """Raises UserError unless the folder holds exactly these files."""
        for name, integrity in FILES.values() if self.folder else ():
            path = self.folder / name
            found = _integrity(path.read_bytes()) if path.is_file() else None
            if found != integrity:
                wrong = "isn't that of" if found else "is missing; --runtime takes the folder dist of"
                raise UserError(f"{path} {wrong} onnxruntime-web {VERSION} (npm install onnxruntime-web@{VERSION}).")

    @classmethod
    def wished(cls, wish: str | None) -> "Runtime | None":
        """The runtime that --runtime asks for: a folder, `off`, or nothing. Raises UserError."""
        return None if wish == OFF else cls(Path(wish) if wish else None)

    def files(self) -> dict[str, dict[str, str]]:
        """What the page needs to know of each file: where it is, as seen from the page's own address, and its hash."""
        place = "gradio_api/studio/runtime" if self.folder else CDN
        return {use: {"path": f"{place}/{name}", "integrity": integrity} for use, (name, integrity) in FILES.items()}

    def path(self, name: str) -> Path | None:
        """The file called `name`, if it is one that this server has."""
        return self.folder / name if self.folder and name in [name for name, _ in FILES.values()] else None


def _integrity(content: bytes) -> str:
    """The hash of a file as browsers are told it."""
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()
