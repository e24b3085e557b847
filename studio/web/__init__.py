"""The server's interfaces: the page's questions, the endpoints for gradio_client, and plain HTTP routes."""
