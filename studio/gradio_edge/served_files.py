"""Keeps the newest files that endpoints return in Gradio's cache, up to a number of bytes."""

import threading
from collections import OrderedDict
from pathlib import Path

import gradio as gr
from gradio import FileData
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

MOST_BYTES = 500_000_000  # of cached files


class ServedFiles:
    """Files in Gradio's cache. The page's `delete_cache` deletes them later; the oldest are deleted earlier if all exceed
    `most_bytes`. Thread-safe."""

    def __init__(self, page: gr.Blocks, most_bytes: int = MOST_BYTES):
        self._page, self._most, self._lock = page, most_bytes, threading.Lock()
        self._sizes: OrderedDict[str, int] = OrderedDict()

    def file(self, content: bytes, name: str, mime: str) -> FileData:
        """Stores a file and returns what an endpoint returns for it."""
        with self._lock:
            path = save_bytes_to_cache(content, name, get_upload_folder())
            self._page.upload_file_set.add(path)
            self._sizes[path] = len(content)
            self._sizes.move_to_end(path)
            while len(self._sizes) > 1 and sum(self._sizes.values()) > self._most:
                oldest, _ = self._sizes.popitem(last=False)
                self._page.upload_file_set.discard(oldest)
                Path(oldest).unlink(missing_ok=True)
        return FileData(path=path, mime_type=mime)
