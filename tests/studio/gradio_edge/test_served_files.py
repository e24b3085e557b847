"""Tests the endpoints' files in Gradio's cache: the oldest are deleted when all take too much room."""

from pathlib import Path

import gradio as gr

from studio.gradio_edge.served_files import ServedFiles


def test_files_that_are_served_share_a_bounded_room(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    with gr.Blocks() as page:
        served = ServedFiles(page, most_bytes=25)
    paths = [Path(served.file(letter * 10, "a.png", "image/png").path) for letter in (b"a", b"b", b"a", b"c")]
    assert [path.exists() for path in paths] == [True, False, True, True]
    assert page.upload_file_set == {str(paths[0]), str(paths[3])}
    whole = Path(served.file(bytes(99), "b.png", "image/png").path)  # the newest is always kept
    assert whole.exists() and len(list(tmp_path.rglob("*.png"))) == 1
