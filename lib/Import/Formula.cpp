//===- Formula.cpp - operators written out in others ----------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Formula.h"

using namespace mlir;

namespace winnow::onnx_import {

Value Formula::slice(Value a, int64_t axis, int64_t start, int64_t end, int64_t step) {
  if (step == 1)
    return node.createSlice(a, axis, start, end);
  using Ints = llvm::ArrayRef<int64_t>;
  Value result = a ? node.create<cnn::SliceOp>(a, Ints(axis), Ints(start), Ints(end), Ints(step)) : Value();
  if (!result)
    return {};
  Extents extents = node.getExtents(a);
  extents[axis] = SymbolicNumber::integer(NodeImport::getType(result).getDimSize(axis));
  return node.setExtents(result, extents);
}

Value Formula::unsqueeze(Value a, int64_t axis) {
  if (!a)
    return {};
  Extents extents = node.getExtents(a);
  extents.insert(extents.begin() + axis, SymbolicNumber::integer(1));
  return reshape(a, extents);
}

Value Formula::squeeze(Value a, int64_t axis) {
  if (!a)
    return {};
  Extents extents = node.getExtents(a);
  extents.erase(extents.begin() + axis);
  return reshape(a, extents);
}

Value Formula::repeat(Value a, int64_t axis, int64_t times) {
  if (!a)
    return {};
  Extents extents = node.getExtents(a);
  extents[axis] = SymbolicNumber::integer(times);
  return broadcast(a, extents);
}

Value Formula::broadcast(Value a, llvm::ArrayRef<SymbolicNumber> extents) {
  if (!a)
    return {};
  llvm::SmallVector<int64_t> shape;
  for (const SymbolicNumber &extent : extents)
    shape.push_back(extent.getInteger().value_or(ShapedType::kDynamic));
  auto type = RankedTensorType::get(shape, NodeImport::getType(a).getElementType());
  if (type == a.getType())
    return a;
  // Where the batch is open and `a` has none, the op must be told how large it is.
  Extents own = node.getExtents(a);
  bool openBatch = !shape.empty() && ShapedType::isDynamic(shape[0]);
  if (openBatch && (own.size() < extents.size() || own[0].isConstant())) {
    node.emitError() << "expected a static batch for this operator: give it with --batch";
    return {};
  }
  return node.setExtents(node.createTyped<cnn::ExpandOp>(type, a, Value()), extents);
}

Value Formula::softmax(Value a, int64_t axis) {
  if (!a || NodeImport::getType(a).getElementType().getIntOrFloatBitWidth() > 16)
    return a ? node.create<cnn::SoftmaxOp>(a, axis) : Value();
  Value power = exp(sub(a, reduce(ReductionKind::Max, a, axis)));
  return div(power, reduce(ReductionKind::Sum, power, axis));
}

} // namespace winnow::onnx_import
