"""Opens Gradio's tunnel, which gives the page a public address for a week.

`launch(share=True)` serves a page whose scripts come from Gradio's server, and if the tunnel fails it prints a dozen lines and
continues without one.
"""

import contextlib
import io
import signal
import sys

import gradio as gr
from gradio import networking

from ganlib import UserError


def open_tunnel(page: gr.Blocks) -> str:
    """Opens a tunnel to the launched page, for the life of this process, and returns its address. Raises UserError.

    The first call downloads Gradio's tunnel, a program of 12 MB, into the Hub's cache.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that the tunnel's process is ended too
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # the tunnel's log, which is part of the error
            address = networking.setup_tunnel(page.server_name, page.server_port, page.share_token, None, None)
    except Exception as error:
        raise UserError(
            f"--share: Gradio's tunnel can't be had ({_first_line(error)}); check the connection to the internet, or leave out"
            " --share."
        ) from error
    return "https://" + address.partition("://")[2]


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].strip().rstrip(".:")
