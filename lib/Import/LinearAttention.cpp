//===- LinearAttention.cpp - recurrent attention and its convolution ------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Formula.h"
#include "Registry.h"

using namespace mlir;

namespace winnow::onnx_import {

/// A sequence is unrolled: longer ones would take too long to compile.
static constexpr int64_t kMaxSteps = 1024;

namespace {
/// A state of [batch, heads, keys, values] that each position decays, corrects, adds to and reads:
/// S = exp(g) S; v = beta (v - k S); S = S + k' v; o = scale q S. Computed in f32.
class LinearAttention {
public:
  explicit LinearAttention(NodeImport &node) : node(node), formula(node) {}
  LogicalResult import();

private:
  LogicalResult readOperands();
  Value split(unsigned input, int64_t heads);
  Value getInitialState();
  Value step(Value &state, int64_t position);
  Value at(Value sequence, int64_t position) { return formula.slice(sequence, 2, position, position + 1); }

  NodeImport &node;
  Formula formula;
  int64_t heads = 0, sharedHeads = 0, steps = 0;
  Value query, key, value, decay, beta;
};
} // namespace

/// [batch, positions, heads * features] as [batch, heads, positions, features] of f32.
Value LinearAttention::split(unsigned input, int64_t count) {
  if (node.getRank(input) != 3) {
    node.emitError() << "expected inputs of rank 3, but got " << node.getType(input);
    return {};
  }
  Extents extents = node.getExtents(node.getInput(input));
  SymbolicNumber number = SymbolicNumber::integer(count), size = extents[2] / number;
  if (count < 1 || !(size * number == extents[2])) {
    node.emitError() << "the features of " << node.getType(input) << " cannot be split into " << count << " heads";
    return {};
  }
  Value parts = formula.reshape(node.getInput(input), {extents[0], extents[1], number, size});
  return node.createCast(formula.transpose(parts, {0, 2, 1, 3}), node.getBuilder().getF32Type());
}

LogicalResult LinearAttention::readOperands() {
  heads = node.getInt("q_num_heads", 0);
  sharedHeads = node.getInt("kv_num_heads", 0);
  if (heads < 1 || sharedHeads < 1 || heads % sharedHeads != 0)
    return node.emitError() << "expected q_num_heads to be a multiple of kv_num_heads, but got " << heads << " and "
                            << sharedHeads;
  std::string rule = node.getString("update_rule", "gated_delta");
  bool gated = rule == "gated" || rule == "gated_delta", corrected = rule == "delta" || rule == "gated_delta";
  if (!gated && !corrected && rule != "linear")
    return node.emitError() << "attribute 'update_rule' has the unsupported value '" << sanitize(rule) << "'";
  if (gated != node.hasInput(4) || corrected != node.hasInput(5))
    return node.emitError() << "inputs decay and beta do not fit update_rule '" << rule << "'";
  query = split(0, heads);
  key = split(1, sharedHeads);
  value = split(2, sharedHeads);
  if (gated)
    decay = split(4, sharedHeads);
  if (corrected)
    beta = split(5, node.getRank(5) == 3 && node.getType(5).getDimSize(2) == 1 ? 1 : sharedHeads);
  if (!query || !key || !value || node.hasFailed())
    return failure();
  steps = node.getType(0).getDimSize(1);
  if (steps < 1 || steps > kMaxSteps)
    return node.emitError() << "expected a static number of positions up to " << kMaxSteps << ", but got "
                            << node.getType(0);
  return success();
}

Value LinearAttention::getInitialState() {
  if (node.hasInput(3))
    return node.createCast(node.getInput(3), node.getBuilder().getF32Type());
  Extents batch = node.getExtents(key);
  Value zero = node.createScalar(node.getBuilder().getF32Type(), 0);
  auto size = [](Value of) { return SymbolicNumber::integer(NodeImport::getType(of).getDimSize(3)); };
  Extents extents = {batch[0], SymbolicNumber::integer(sharedHeads), size(key), size(value)};
  if (!batch[0].isConstant()) // Broadcast when it is added to.
    extents[0] = SymbolicNumber::integer(1);
  return formula.broadcast(zero, extents);
}

/// The output at `position`, as [batch, heads, 1, values].
Value LinearAttention::step(Value &state, int64_t position) {
  Value row = at(key, position), written = at(value, position);
  if (decay)
    state = formula.mul(state, formula.transpose(formula.exp(at(decay, position)), {0, 1, 3, 2}));
  if (beta)
    written = formula.mul(at(beta, position), formula.sub(written, formula.matmul(row, state)));
  state = formula.add(state, formula.mul(formula.transpose(row, {0, 1, 3, 2}), written));
  Value shared = state;
  if (heads != sharedHeads && state) {
    Extents extents = node.getExtents(state);
    extents[1] = SymbolicNumber::integer(heads);
    shared = formula.reshape(formula.repeat(formula.unsqueeze(state, 2), 2, heads / sharedHeads), extents);
  }
  return formula.matmul(at(query, position), shared);
}

LogicalResult LinearAttention::import() {
  if (failed(readOperands()))
    return failure();
  Type own = node.getType(0).getElementType();
  Value state = getInitialState();
  Values outputs;
  for (int64_t position = 0; position < steps; ++position) {
    outputs.push_back(step(state, position));
    if (!outputs.back())
      return failure();
  }
  double scale = node.getFloat("scale", 0);
  scale = scale == 0 ? 1.0 / std::sqrt(static_cast<double>(NodeImport::getType(query).getDimSize(3))) : scale;
  Value all = formula.mul(formula.concat(outputs, 2), formula.scalar(scale, state));
  Value moved = formula.transpose(all, {0, 2, 1, 3});
  if (!moved)
    return failure();
  Extents extents = node.getExtents(moved);
  Value merged = formula.reshape(moved, {extents[0], extents[1], extents[2] * extents[3]});
  Type stateType = node.hasInput(3) ? node.getType(3).getElementType() : own;
  if (failed(node.setResult(0, node.createCast(merged, own))))
    return failure();
  return node.setResult(1, node.createCast(state, stateType));
}

static LogicalResult importLinearAttention(NodeImport &node) { return LinearAttention(node).import(); }

/// A depthwise convolution over a sequence that begins with the end of the one before.
static LogicalResult importCausalConvWithState(NodeImport &node) {
  Formula formula(node);
  Value input = node.getInput(0);
  if (node.getRank(0) != 3 || node.getRank(1) != 3 || node.getType(0).isDynamicDim(2))
    return node.emitError() << "expected a sequence and filters of rank 3, but got " << node.getType(0) << " and "
                            << node.getType(1);
  auto kind = node.getEnum<bool>("activation", "none", {{"none", false}, {"silu", true}, {"swish", true}});
  int64_t before = node.getType(1).getDimSize(2) - 1, channels = node.getType(0).getDimSize(1);
  Value padded = node.hasInput(3) ? formula.concat({node.getInput(3), input}, 2)
                                  : node.create<cnn::PadOp>(PadMode::Constant, input, Value(),
                                                            llvm::ArrayRef<int64_t>{0, 0, before, 0, 0, 0});
  if (!padded)
    return failure();
  llvm::SmallVector<int64_t> ones = {1}, zeros = {0, 0};
  Value result =
      node.create<cnn::ConvolutionOp>(padded, node.getInput(1), node.getInput(2), Value(), ones, zeros, ones, channels,
                                      AutoPad::Explicit, cnn::ActivationAttr(), cnn::AlgorithmAttr());
  if (kind)
    result = node.create<cnn::SwishOp>(result, 1.0);
  int64_t length = NodeImport::getType(padded).getDimSize(2);
  if (failed(node.setResult(0, result)))
    return failure();
  return node.hasOutput(1) ? node.setResult(1, formula.slice(padded, 2, length - before, length)) : success();
}

void registerLinearAttention(Registry &registry) {
  registry.add("LinearAttention", 3, 6, importLinearAttention, 27);
  registry.add("CausalConvWithState", 2, 4, importCausalConvWithState, 27);
}

} // namespace winnow::onnx_import
