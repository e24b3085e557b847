"""onnxruntime-web, which runs generators in the browser: its version, files, hashes and location.

The files are those of the npm package of this version; the page accepts no others.
"""

import base64
import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path

import brotli

from ganlib import UserError

VERSION = "1.30.0"
CDN = f"https://cdn.jsdelivr.net/npm/onnxruntime-web@{VERSION}/dist"
# By purpose: the script, and its single-threaded WebAssembly.
FILES = {
    "script": ("ort.wasm.bundle.min.mjs", "sha384-PLWz+nHEVHpjwBsO0YVdvQj6n5814Iv8E3b8FG0Rp/uIAtjFMCKOpP66iPzedrIG"),
    "binary": ("ort-wasm-simd-threaded.wasm", "sha384-vjBJ1z7qrhkTyYsNqKeF6c7N+nOJSU94czEo+tvZcu8G75JparGq9kB+kTnEUNVM"),
}
# The same with WebGPU, twice the bytes: for browsers that have it, if --webgpu is given.
GPU_FILES = {
    "script": ("ort.webgpu.bundle.min.mjs", "sha384-1ntMeyj+z5diX6vBR5h+zlJBPc4iNvhCxE6nlammh8daBYcLBZkzrwDkuJjhwI+f"),
    "binary": (
        "ort-wasm-simd-threaded.asyncify.wasm",
        "sha384-EPVDLTxuO663dkZO/pcKJF6vOyyfq/5z9FY1oksN0UWFX2ABH4wDDZQHeNoUleWR",
    ),
}
OFF = "off"
QUALITY = 5  # of Brotli: 0.3 s for the WebAssembly


@dataclass(frozen=True)
class OnnxRuntimeWeb:
    """Where the page loads the files: from `folder` on this server, or from a public CDN if None; and whether browsers may use
    WebGPU."""

    folder: Path | None = None
    webgpu: bool = False

    def __post_init__(self):
        """Raises UserError unless the folder holds these files with these hashes."""
        if self.folder is None:
            return
        for name, integrity in self._all():
            path = self.folder / name
            found = _integrity(path.read_bytes()) if path.is_file() else None
            if found != integrity:
                wrong = "isn't that of" if found else "is missing; --runtime takes the folder dist of"
                raise UserError(f"{path} {wrong} onnxruntime-web {VERSION} (npm install onnxruntime-web@{VERSION}).")

    @classmethod
    def from_options(cls, runtime: str | None, webgpu: bool = False) -> "OnnxRuntimeWeb | None":
        """Returns the runtime for --runtime (a folder, `off` or None) and --webgpu; None for `off`. Raises UserError."""
        if runtime == OFF and webgpu:
            raise UserError(
                "--webgpu is for browsers that draw for themselves, which --runtime off forbids; leave one out"
                " (STUDIO_WEBGPU=1 asks for it too)."
            )
        return None if runtime == OFF else cls(Path(runtime) if runtime else None, webgpu)

    def files(self) -> dict[str, dict[str, dict[str, str]]]:
        """Returns the URL, relative to the page, and the hash of each file, by backend (wasm, webgpu) and purpose."""
        place = "gradio_api/studio/runtime" if self.folder else CDN
        return {
            way: {use: {"path": f"{place}/{name}", "integrity": integrity} for use, (name, integrity) in files.items()}
            for way, files in self._ways().items()
        }

    def path(self, name: str) -> Path | None:
        """Returns the path of the file `name`; None unless this server has it."""
        return self.folder / name if self.folder and name in dict(self._all()) else None

    def _ways(self) -> dict[str, dict[str, tuple[str, str]]]:
        return {"wasm": FILES} | ({"webgpu": GPU_FILES} if self.webgpu else {})

    def _all(self) -> list[tuple[str, str]]:
        """Returns each file's name and hash."""
        return [file for files in self._ways().values() for file in files.values()]


@functools.cache
def packed(path: Path) -> bytes:
    """Returns a file compressed with Brotli, the WebAssembly to a fifth."""
    return brotli.compress(path.read_bytes(), quality=QUALITY)


def _integrity(content: bytes) -> str:
    """Returns the hash of a file for subresource integrity."""
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()
