"""Keeps visitors' connections open between requests, longer than the proxies before the page do."""

import gradio as gr

# Seconds. uvicorn's own 5 are shorter than what proxies wait (nginx and AWS 60, Traefik 90, Caddy 120): one that asks again
# just as its connection is closed here tells its visitor 502.
IDLE = 150


def keep_open(page: gr.Blocks) -> None:
    """Sets after how many idle seconds the launched page's server closes a connection; new connections have it."""
    page.server.config.timeout_keep_alive = IDLE
