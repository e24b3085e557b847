"""What the page, gradio_client and plain HTTP may ask."""
