"""Everything that uses Gradio's private interfaces, which a new version may change silently.

connections.py     keeps visitors' connections open between requests
delivery.py        compression and caching of Gradio's own page, answers and files
import_patch.py    keeps Gradio from writing stub files and importing pandas
mcp_package.py     checks for the package that Gradio needs for MCP
queue_limit.py     limits the calls that wait in Gradio's queue
request_filter.py  blocks the Gradio routes that we don't use and caps body sizes
route_path.py      a request's path as Gradio's routes see it
served_files.py    keeps the files that endpoints return in Gradio's cache
share_link.py      opens the tunnel of `--share`

Dependencies on Gradio's internals outside this folder: the page's style sheets and scripts use classes of Gradio's markup,
`gradio_config.root` and `/queue/join` (studio/static); our own routes start with Gradio's prefix, because its Node server
forwards it (studio/web/routes.py); a Space's sign-in is at `/login/huggingface` and `/logout` (studio/static/train).
tests/studio/gradio_edge/test_private_parts.py checks all of them by name.
"""

from studio.gradio_edge import import_patch  # noqa: F401 - before anything here imports Gradio
