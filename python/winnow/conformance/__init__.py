"""The official ONNX backend suite, run through Winnow: `python3 -m winnow.conformance`."""
