#!/usr/bin/env python3
"""Trains the demo network and writes it to test/Models/: an ONNX file, a few test digits and their labels.

The data are scikit-learn's handwritten digits (8x8 pixels, 16 grey levels). The network is small but has what real ones
have: convolutions with batch normalisation, ReLU, pooling with and without overlap, a fully connected layer. Plain
numpy with fixed seeds, so that anybody can train it again.

usage: train_demo.py [--output DIR] [--epochs N]
"""

import argparse
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits

CHANNELS = (16, 32, 48)
EPSILON = 1e-5


def patches(x):
    """[n, c, h, w] -> [n, h, w, c*9]: the 3x3 neighbourhoods, zero outside."""
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    view = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    return view.transpose(0, 2, 3, 1, 4, 5).reshape(x.shape[0], x.shape[2], x.shape[3], -1)


def scatter_patches(grad, shape):
    """The transpose of patches()."""
    n, c, h, w = shape
    grad = grad.reshape(n, h, w, c, 3, 3)
    out = np.zeros((n, c, h + 2, w + 2), grad.dtype)
    for i in range(3):
        for j in range(3):
            out[:, :, i:i + h, j:j + w] += grad[:, :, :, :, i, j].transpose(0, 3, 1, 2)
    return out[:, :, 1:-1, 1:-1]


class ConvBlock:
    """3x3 convolution without bias, batch normalisation, ReLU, optionally a 2x2 maximum."""

    def __init__(self, rng, inputs, outputs, pool):
        self.pool = pool
        self.params = {"w": (rng.standard_normal((inputs * 9, outputs)) * np.sqrt(2 / (inputs * 9))).astype("f4"),
                       "scale": np.ones(outputs, "f4"), "shift": np.zeros(outputs, "f4")}
        self.mean, self.var = np.zeros(outputs, "f4"), np.ones(outputs, "f4")

    def forward(self, x, train):
        p = self.params
        self.shape, self.columns = x.shape, patches(x)
        y = self.columns @ p["w"]
        mean, var = (y.mean((0, 1, 2)), y.var((0, 1, 2))) if train else (self.mean, self.var)
        if train:
            self.mean = 0.95 * self.mean + 0.05 * mean
            self.var = 0.95 * self.var + 0.05 * var
        self.inverse = 1 / np.sqrt(var + EPSILON)
        self.hat = (y - mean) * self.inverse
        out = self.hat * p["scale"] + p["shift"]
        self.live = out > 0
        out = (out * self.live).transpose(0, 3, 1, 2)
        if not self.pool:
            return out
        n, c, h, w = out.shape
        cells = out.reshape(n, c, h // 2, 2, w // 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(n, c, h // 2, w // 2, 4)
        self.winner = cells.argmax(-1)
        return cells.max(-1)

    def backward(self, grad):
        if self.pool:
            n, c, h, w = grad.shape
            cells = np.zeros((n, c, h, w, 4), "f4")
            np.put_along_axis(cells, self.winner[..., None], grad[..., None], -1)
            grad = cells.reshape(n, c, h, w, 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(n, c, 2 * h, 2 * w)
        grad = grad.transpose(0, 2, 3, 1) * self.live
        axes, count = (0, 1, 2), grad[..., 0].size
        self.grads = {"scale": (grad * self.hat).sum(axes), "shift": grad.sum(axes)}
        grad = self.params["scale"] * self.inverse * (
            grad - self.grads["shift"] / count - self.hat * (self.grads["scale"] / count))
        flat = grad.reshape(-1, grad.shape[-1])
        self.grads["w"] = self.columns.reshape(flat.shape[0], -1).T @ flat
        return scatter_patches(grad @ self.params["w"].T, self.shape)


class Classifier:
    """Fully connected layer on the flattened planes."""

    def __init__(self, rng, inputs, outputs):
        self.params = {"w": (rng.standard_normal((inputs, outputs)) / np.sqrt(inputs)).astype("f4"),
                       "b": np.zeros(outputs, "f4")}

    def forward(self, x, train):
        self.shape, self.x = x.shape, x.reshape(len(x), -1)
        return self.x @ self.params["w"] + self.params["b"]

    def backward(self, grad):
        self.grads = {"w": self.x.T @ grad, "b": grad.sum(0)}
        return (grad @ self.params["w"].T).reshape(self.shape)


class Adam:
    """Adam with decoupled weight decay."""

    def __init__(self, layers):
        self.layers, self.step, self.state = layers, 0, {}

    def update(self, rate):
        self.step += 1
        for i, layer in enumerate(self.layers):
            for name, value in layer.params.items():
                g = layer.grads[name]
                m, v = self.state.get((i, name), (np.zeros_like(value), np.zeros_like(value)))
                m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g * g
                self.state[i, name] = m, v
                value -= rate * (m / (1 - 0.9 ** self.step)) / (np.sqrt(v / (1 - 0.99 ** self.step)) + 1e-8)
                if name == "w":
                    value *= 1 - rate * 0.01


def forward(layers, x, train=False):
    for layer in layers:
        x = layer.forward(x, train)
    return x


def shifted(rng, x):
    """Each picture moved by up to one pixel, so that the network does not learn positions by heart."""
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    dy, dx = rng.integers(0, 3, (2, len(x)))
    return np.stack([padded[i, :, dy[i]:dy[i] + 8, dx[i]:dx[i] + 8] for i in range(len(x))])


def train(x, y, epochs):
    rng = np.random.default_rng(7)
    layers = [ConvBlock(rng, 1, CHANNELS[0], False), ConvBlock(rng, CHANNELS[0], CHANNELS[1], True),
              ConvBlock(rng, CHANNELS[1], CHANNELS[2], True), Classifier(rng, CHANNELS[2] * 4, 10)]
    adam, batch = Adam(layers), 64
    for epoch in range(epochs):
        order, loss = rng.permutation(len(x)), 0.0
        for start in range(0, len(x) - batch + 1, batch):
            index = order[start:start + batch]
            logits = forward(layers, shifted(rng, x[index]), True)
            p = np.exp(logits - logits.max(1, keepdims=True))
            p /= p.sum(1, keepdims=True)
            loss -= np.log(p[np.arange(batch), y[index]]).mean()
            p[np.arange(batch), y[index]] -= 1
            grad = p / batch
            for layer in reversed(layers):
                grad = layer.backward(grad)
            adam.update(3e-3 * 0.5 * (1 + np.cos(np.pi * epoch / epochs)))
        print(f"epoch {epoch + 1:2}: loss {loss / (len(x) // batch):.4f}")
    return layers


def to_onnx(layers):
    """The network as exporters write it: Conv, BatchNormalization, Relu, MaxPool, Flatten, Gemm, Softmax."""
    nodes, weights, value = [], [], "image"

    def constant(name, array):
        weights.append(numpy_helper.from_array(np.ascontiguousarray(array, "f4"), name))
        return name

    def node(op, inputs, name, **attributes):
        nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    for i, layer in enumerate(layers[:-1], 1):
        outputs = layer.params["w"].shape[1]
        kernel = layer.params["w"].T.reshape(outputs, -1, 3, 3)
        value = node("Conv", [value, constant(f"conv{i}.weight", kernel)], f"conv{i}", kernel_shape=[3, 3],
                     pads=[1, 1, 1, 1])
        statistics = [constant(f"norm{i}.{n}", a) for n, a in
                      (("scale", layer.params["scale"]), ("bias", layer.params["shift"]), ("mean", layer.mean),
                       ("var", layer.var))]
        value = node("BatchNormalization", [value, *statistics], f"norm{i}", epsilon=EPSILON)
        value = node("Relu", [value], f"relu{i}")
        if layer.pool:
            value = node("MaxPool", [value], f"pool{i}", kernel_shape=[2, 2], strides=[2, 2])
    value = node("Flatten", [value], "flatten")
    last = layers[-1].params
    value = node("Gemm", [value, constant("fc.weight", last["w"].T), constant("fc.bias", last["b"])], "fc", transB=1)
    node("Softmax", [value], "probabilities", axis=1)
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 1, 8, 8])
    result = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 10])
    graph = helper.make_graph(nodes, "digits", [image], [result], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="winnow-train-demo")
    model.ir_version = 8
    onnx.checker.check_model(model, full_check=True)
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--output", default=os.path.join(os.path.dirname(__file__), "..", "test", "Models"))
    parser.add_argument("--epochs", type=int, default=40)
    arguments = parser.parse_args()
    digits = load_digits()
    x, y = (digits.images / 16).astype("f4")[:, None], digits.target
    order = np.random.default_rng(1).permutation(len(x))
    test, rest = order[:360], order[360:]
    layers = train(x[rest], y[rest], arguments.epochs)
    p = forward(layers, x[test])
    right = p.argmax(1) == y[test]
    print(f"test accuracy {right.mean():.2%} on {len(test)} digits")
    os.makedirs(arguments.output, exist_ok=True)
    onnx.save(to_onnx(layers), os.path.join(arguments.output, "digits_cnn.onnx"))
    np.save(os.path.join(arguments.output, "digit_7.npy"), x[test][y[test] == 7][:1])
    np.savez_compressed(os.path.join(arguments.output, "digits_test.npz"), x=x[test], y=y[test].astype("u1"))


if __name__ == "__main__":
    main()
