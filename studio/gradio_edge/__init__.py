"""Everything that touches Gradio's private parts, which another version may change without a word.

delivery.py        compression and caching of Gradio's own page, answers and files
import_patch.py    has Gradio write no stub files while it is imported
mcp_package.py     the package that Gradio needs for MCP
queue_limit.py     how many calls wait in Gradio's queue
request_filter.py  the routes of Gradio that are blocked
route_path.py      a request's path as Gradio's routes know it
served_files.py    the files that endpoints answer, in Gradio's cache
share_link.py      the tunnel of `--share`

What relies on Gradio's inside and can't stand here: the page's style sheets and scripts name classes of Gradio's markup,
`gradio_config.root` and `/queue/join` (studio/static); our own routes begin with Gradio's prefix, because its Node server
passes those on (studio/web/routes.py); the sign-in of a Space is at `/login/huggingface` and `/logout` (studio/static/train).
tests/studio/gradio_edge/test_private_parts.py checks each of these by name, those that stand here and those that can't.
"""

from studio.gradio_edge import import_patch  # noqa: F401 - before anything here imports Gradio
