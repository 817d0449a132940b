"""Checks the one error of models that are refused."""

import subprocess

from onnx_models import *  # noqa: F401, F403 (for the tests)


def refuse(message, nodes, inputs, constants=(), opset=17, outputs="y"):
    """The model ends with exactly one error, which contains `message`."""
    save("model", model(nodes, inputs, outputs, constants, opset))
    result = subprocess.run(["winnow-opt", "--import-onnx", f"{sys.argv[1]}/model.onnx"], capture_output=True, text=True)
    assert result.returncode == 1 and result.stderr.count("error:") == 1, f"{message}: {result.stderr or 'accepted'}"
    assert message in result.stderr, f"expected: {message}\ngot: {result.stderr}"
