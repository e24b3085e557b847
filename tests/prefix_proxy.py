"""A reverse proxy that serves an app under a prefix and takes the prefix off, as nginx does with `location /gan/ { proxy_pass
http://app/; }`. Requests outside of the prefix get 404."""

import threading
from contextlib import contextmanager

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

OF_ONE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@contextmanager
def proxied(url, prefix):
    """Runs the proxy in front of the app at `url`; yields its URL, and the paths requested outside of the prefix."""
    strays = []
    client = httpx.AsyncClient(base_url=url, timeout=120)

    async def pass_on(request):
        path = request.url.path.removeprefix(prefix) + (f"?{request.url.query}" if request.url.query else "")
        headers = {name: value for name, value in request.headers.items() if name not in OF_ONE_CONNECTION}
        asked = client.build_request(request.method, path, headers=headers, content=await request.body())
        answer = await client.send(asked, stream=True)
        kept = {name: value for name, value in answer.headers.items() if name not in OF_ONE_CONNECTION}
        return StreamingResponse(answer.aiter_raw(), answer.status_code, kept, background=BackgroundTask(answer.aclose))

    async def stray(request):
        strays.append(request.url.path)
        return PlainTextResponse("Nothing is here.", 404)

    methods = ["GET", "POST", "HEAD", "DELETE"]
    routes = [Route(prefix + "/{path:path}", pass_on, methods=methods), Route("/{path:path}", stray, methods=methods)]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        threading.Event().wait(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}{prefix}/", strays
    finally:
        server.should_exit = True
        thread.join()
