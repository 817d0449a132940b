//===- FlexAttention.cpp - attention with functions of its own ------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Formula.h"
#include "Registry.h"
#include "TensorData.h"

using namespace mlir;

namespace winnow::onnx_import {

/// The scores (or probabilities) that body `name` makes of `value`; `value` where there is no such body.
static Value modify(NodeImport &node, llvm::StringRef name, Value value) {
  if (!value || !node.hasAttribute(name))
    return value;
  const onnx::GraphProto *body = node.getGraph(name);
  std::optional<Values> results = body ? node.importBody(*body, value, ("/" + name).str()) : std::nullopt;
  if (!results || results->size() != 1 || results->front().getType() != value.getType()) {
    node.emitError() << "expected body '" << name << "' to have one result of type " << value.getType();
    return {};
  }
  return results->front();
}

/// The type of scores and probabilities: as asked for, f32 for 16-bit floats, else that of the queries.
static Type getPrecision(NodeImport &node) {
  Type own = node.getType(0).getElementType();
  int64_t dataType = node.getInt("softmax_precision", 0);
  if (dataType == 0)
    return own.getIntOrFloatBitWidth() < 32 ? Type(node.getBuilder().getF32Type()) : own;
  Type type = getElementType(static_cast<int>(std::clamp<int64_t>(dataType, 0, 1000)), node.getContext());
  if (!isa_and_nonnull<FloatType>(type))
    node.emitError() << "softmax_precision = " << getDataTypeName(static_cast<int>(dataType)) << " is not supported";
  return isa_and_nonnull<FloatType>(type) ? type : Type();
}

/// Fewer heads of keys and values serve several heads of queries each.
static Value shareHeads(NodeImport &node, Value shared, int64_t heads) {
  int64_t own = NodeImport::getType(shared).getDimSize(1);
  if (own == heads)
    return shared;
  if (own < 1 || heads % own != 0) {
    node.emitError() << heads << " heads of queries cannot share " << own << " heads of keys";
    return {};
  }
  Formula formula(node);
  Extents extents = node.getExtents(shared);
  extents[1] = SymbolicNumber::integer(heads);
  return formula.reshape(formula.repeat(formula.unsqueeze(shared, 2), 2, heads / own), extents);
}

static LogicalResult importFlexAttention(NodeImport &node) {
  Formula formula(node);
  for (unsigned i = 0; i < 3; ++i)
    if (node.getRank(i) != 4 || !isa<FloatType>(node.getType(i).getElementType()) || node.getType(i).isDynamicDim(1) ||
        node.getType(i).isDynamicDim(3))
      return node.emitError() << "expected floats of [batch, heads, positions, features], but got " << node.getType(i);
  Type precision = getPrecision(node);
  if (!precision)
    return failure();
  int64_t heads = node.getType(0).getDimSize(1);
  Value query = node.getInput(0), key = shareHeads(node, node.getInput(1), heads);
  Value value = key ? shareHeads(node, node.getInput(2), heads) : Value();
  if (!value)
    return failure();
  double scale = node.getFloat("scale", 1.0 / std::sqrt(static_cast<double>(node.getType(0).getDimSize(3))));
  if (!(scale >= 0))
    return node.emitError() << "expected a scale that is not negative, but got " << scale;
  Value root = formula.scalar(std::sqrt(scale), query);
  Value keys = formula.transpose(formula.mul(key, root), {0, 1, 3, 2});
  Value scores = node.createCast(formula.matmul(formula.mul(query, root), keys), precision);
  Value probabilities = modify(node, "prob_mod", formula.softmax(modify(node, "score_mod", scores), 3));
  Value result = formula.matmul(probabilities, node.createCast(value, precision));
  return node.setResult(node.createCast(result, node.getType(2).getElementType()));
}

void registerFlexAttention(Registry &registry) {
  registry.add("ai.onnx.preview.FlexAttention", 3, 3, importFlexAttention);
}

} // namespace winnow::onnx_import
