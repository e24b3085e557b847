"""Opens Gradio's tunnel, by which a page on this machine gets a public address for a week.

`launch(share=True)` would do the same, but it serves another page, whose scripts come from a server of Gradio's, and where the
tunnel can't be had it prints a dozen lines and goes on without.
"""

import contextlib
import io
import signal
import sys

import gradio as gr
from gradio import networking

from ganlib import UserError


def open_tunnel(page: gr.Blocks) -> str:
    """The public address of a page that is launched, as long as this process runs. Raises UserError where there is none.

    The first time it downloads Gradio's tunnel, a program of 12 MB, into the Hub's cache.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # or the tunnel's own process would stay
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):  # the tunnel's log, which the error has too
            address = networking.setup_tunnel(page.server_name, page.server_port, page.share_token, None, None)
    except Exception as error:
        raise UserError(
            f"--share: Gradio's tunnel can't be had ({_first_line(error)}); check the connection to the internet, or leave out"
            " --share."
        ) from error
    return "https://" + address.partition("://")[2]


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].strip().rstrip(".:")
