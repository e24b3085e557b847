"""Serves the studio in a browser: trained runs, their trainings, and new ones.

python app.py
python app.py --port 8000 --checkpoints path/to/runs
python app.py --first anime-faces   # the run that the page opens with
python app.py --jobs path/to/jobs --device cuda:1     # folder and device of the trainings that visitors start
python app.py --keep /mnt/kept    # and a disk on which they outlast this one, as a Space's storage
python app.py --runtime node_modules/onnxruntime-web/dist     # serves onnxruntime-web from this machine; or off
python app.py --webgpu    # browsers draw on their GPU where that is faster
python app.py --root-path /gan      # behind a proxy that serves it as https://example.org/gan/
python app.py --share     # a public link for up to a week; anyone who has it can train on this machine
python app.py --mcp       # serves the endpoints as MCP tools too; needs pip install "gradio[mcp]"
"""

if __name__ == "__main__":
    from ganlib import imports

    imports.begin()

import argparse
import os
import re
from pathlib import Path

from ganlib import UserError, imports
from ganlib.cli import options_of, run_command
from studio import torch_start
from studio.gradio_edge import mcp_package

CHECKPOINTS = Path(__file__).resolve().parent / "checkpoints"


def main(arguments: list[str] | None = None) -> None:
    options = options_of(_parser(), arguments)
    if options.checkpoints != CHECKPOINTS and not options.checkpoints.is_dir():
        raise UserError(f"There is no folder {options.checkpoints}; give --checkpoints a folder of runs.")
    if options.first and not (options.checkpoints / options.first).is_dir():
        raise UserError(f"There is no {options.first} in {options.checkpoints}; --first (or STUDIO_FIRST) takes a run's name.")
    root_path = _root_path(options.root_path)
    if options.mcp:
        mcp_package.check()
    torch_start.begin()
    with imports.more():  # after parsing: --help and mistakes in arguments need neither Gradio nor torch
        from platformdirs import user_cache_path

        from studio import server
        from studio.browser.onnxruntime_web import OnnxRuntimeWeb

    runtime = OnnxRuntimeWeb.from_options(options.runtime, options.webgpu)
    try:
        server.serve(
            server.Settings(
                checkpoints=options.checkpoints,
                first=Path(options.first or server.FIRST).name,
                jobs=options.jobs or user_cache_path("gan-studio", appauthor=False) / "jobs",
                keep=options.keep,
                device=options.device,
                host=options.host,
                port=options.port,
                mcp=options.mcp,
                runtime=runtime,
                root_path=root_path,
                share=options.share,
            )
        )
    except (OSError, OverflowError) as error:
        raise UserError(
            f"Can't listen at {options.host or 'this machine'}, port {options.port or 7860}; try another --port."
        ) from error


def _root_path(text: str) -> str:
    """Returns `text` without a trailing slash. Raises UserError unless it is a path or a URL."""
    if not text or re.fullmatch(r"(https?://[^/\s]+)?(/[^/\s?#]+)*/?", text):
        return text.rstrip("/")
    raise UserError(
        f"--root-path {text!r} is neither a path such as /gan nor a whole address such as https://example.org/gan."
        " (The variable GRADIO_ROOT_PATH sets it too.)"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", help="the address to listen at (default: this machine only; on a Space, the Space's)")
    parser.add_argument("--port", type=int, help="default: 7860, or the next free one")
    parser.add_argument("--checkpoints", type=Path, default=CHECKPOINTS, help="the folder of runs (default: checkpoints)")
    parser.add_argument(
        "--first", metavar="RUN", default=os.environ.get("STUDIO_FIRST") or None,
        help="the run that the page opens with (or set STUDIO_FIRST; default: mnist, where it is there)",
    )  # fmt: skip
    parser.add_argument(
        "--jobs", type=Path, metavar="DIR", help="the folder of the page's trainings (default: in the user's cache)"
    )
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", default=os.environ.get("STUDIO_KEEP") or None,
        help="a folder on a lasting disk from which a new server takes the page's trainings (or set STUDIO_KEEP)",
    )  # fmt: skip
    parser.add_argument("--device", default="auto", help="trains on: auto | cpu | cuda | cuda:0 | mps (default: auto)")
    parser.add_argument(
        "--root-path", metavar="PATH", default=os.environ.get("GRADIO_ROOT_PATH", ""),
        help="where a reverse proxy serves the page, such as /gan (or set GRADIO_ROOT_PATH=/gan)",
    )  # fmt: skip
    parser.add_argument(
        "--share", action="store_true", default=os.environ.get("GRADIO_SHARE", "").lower() == "true",
        help="a public link through Gradio's tunnel for up to a week; anyone who has it can train on this machine",
    )  # fmt: skip
    parser.add_argument("--mcp", action="store_true", help='serve the endpoints as MCP tools too (pip install "gradio[mcp]")')
    parser.add_argument(
        "--runtime", metavar="DIR|off",
        help="a folder with onnxruntime-web's files, or off to draw on the server only (default: a public CDN)",
    )  # fmt: skip
    parser.add_argument(
        "--webgpu", action="store_true", default=os.environ.get("STUDIO_WEBGPU") == "1",
        help="browsers draw with WebGPU where it is faster (they load twice as much); or set STUDIO_WEBGPU=1",
    )  # fmt: skip
    return parser


if __name__ == "__main__":
    run_command(main)
