"""A network with one long layer and short ones, another whose channels two layers read, and samples: make_deep.py FOLDER"""

import os
import sys
from typing import List

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def main(folder: str) -> None:
    numbers = np.random.default_rng(7)

    def weights(name: str, *shape: int) -> onnx.TensorProto:
        scale = np.sqrt(2 / np.prod(shape[1:]))
        return numpy_helper.from_array((scale * numbers.standard_normal(shape)).astype(np.float32), name)

    def save(name: str, nodes: List[onnx.NodeProto], constants: List[onnx.TensorProto]) -> None:
        graph = helper.make_graph(nodes, name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 32, 14, 14])],
                                  [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 10])], constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.save(model, os.path.join(folder, name + ".onnx"))

    # 3.6 million multiplications.
    first = [helper.make_node("Conv", ["x", "wa"], ["a"], "long", pads=[1, 1, 1, 1]), helper.make_node("Relu", ["a"], ["ar"]),
             helper.make_node("MaxPool", ["ar"], ["p"], "pool", kernel_shape=[2, 2], strides=[2, 2])]
    last = [helper.make_node("GlobalAveragePool", ["s"], ["g"], "mean"), helper.make_node("Flatten", ["g"], ["f"], "flat"),
            helper.make_node("Gemm", ["f", "wc"], ["y"], "classes", transB=1)]
    wa, wb, wc, wd = weights("wa", 64, 32, 3, 3), weights("wb", 32, 64, 1, 1), weights("wc", 10, 32), weights("wd", 32, 64, 1, 1)
    short = [helper.make_node("Conv", ["p", "wb"], ["b"], "short"), helper.make_node("Relu", ["b"], ["s"])]
    save("deep", first + short + last, [wa, wb, wc])
    fork = [helper.make_node("Conv", ["p", "wb"], ["b"], "left"), helper.make_node("Relu", ["b"], ["br"]),
            helper.make_node("Conv", ["p", "wd"], ["d"], "right"), helper.make_node("Relu", ["d"], ["dr"]),
            helper.make_node("Add", ["br", "dr"], ["s"], "sum")]
    save("fork", first + fork + last, [wa, wb, wc, wd])
    # Channels differ from sample to sample, so that answers do.
    samples = numbers.standard_normal((48, 32, 14, 14)) + 2 * numbers.standard_normal((48, 32, 1, 1))
    np.savez(os.path.join(folder, "samples.npz"), x=samples.astype(np.float32))


if __name__ == "__main__":
    main(*sys.argv[1:])
