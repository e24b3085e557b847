"""What a browser needs to run a generator by itself: the ONNX graph and onnxruntime-web."""
