"""Files for the browser: the page's script, and what runs a generator there (the ONNX graph and onnxruntime-web)."""
