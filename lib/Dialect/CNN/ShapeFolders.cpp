//===- ShapeFolders.cpp - ops on shapes that change nothing ---------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Folders look at types and attributes alone. Folding of constants runs the
// interpreter and is a pass of its own.
//
//===----------------------------------------------------------------------===//

#include "OpHelpers.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace winnow;
using namespace winnow::cnn;

/// Whether `value` lies in memory as its logical shape says.
static bool hasPlainLayout(Value value) { return !getTensorType(value).getEncoding(); }

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  // Equal types with several dynamic extents may still be different shapes.
  if (getInput().getType() == getType() && getType().getNumDynamicDims() <= 1)
    return getInput();
  auto inner = getInput().getDefiningOp<ReshapeOp>();
  if (!inner || !hasPlainLayout(inner.getInput()) || !hasPlainLayout(inner) || !hasPlainLayout(getOutput()))
    return {};
  // What types leave open, two reshapes can contradict where one may not.
  if (!canReshape(::getShape(inner.getInput()), ::getShape(getOutput())))
    return {};
  getInputMutable().assign(inner.getInput());
  return getResult();
}

OpFoldResult TransposeOp::fold(FoldAdaptor) {
  bool identity = llvm::all_of(llvm::enumerate(getPermutation()),
                               [](auto it) { return static_cast<int64_t>(it.index()) == it.value(); });
  if (identity)
    return getInput().getType() == getType() ? getInput() : OpFoldResult();
  auto inner = getInput().getDefiningOp<TransposeOp>();
  if (!inner || !hasPlainLayout(inner))
    return {};
  SmallVector<int64_t> composed;
  for (int64_t i : getPermutation())
    composed.push_back(inner.getPermutation()[i]);
  setPermutation(composed);
  getInputMutable().assign(inner.getInput());
  return getResult();
}

OpFoldResult ExpandOp::fold(FoldAdaptor) {
  // A shape operand may stretch dynamic extents of 1.
  if (getInput().getType() == getType() && (!getShape() || getType().hasStaticShape()))
    return getInput();
  return {};
}

OpFoldResult ConcatOp::fold(FoldAdaptor) {
  if (getInputs().size() == 1 && getInputs().front().getType() == getType())
    return getInputs().front();
  return {};
}

OpFoldResult SliceOp::fold(FoldAdaptor) {
  if (getInput().getType() != getType())
    return {};
  for (auto [axis, start, end, step] : llvm::zip_equal(getAxes(), getStarts(), getEnds(), getSteps())) {
    int64_t extent = getTensorType(getInput()).getDimSize(axis);
    if (step != 1)
      return {};
    if (isDynamic(extent) && (start != 0 || end != std::numeric_limits<int64_t>::max()))
      return {};
    if (!isDynamic(extent) && normalizeSlice(extent, start, end, step).count != extent)
      return {};
  }
  return getInput();
}

OpFoldResult PadOp::fold(FoldAdaptor) {
  bool identity = llvm::all_of(getPads(), [](int64_t pad) { return pad == 0; });
  return identity && getInput().getType() == getType() ? getInput() : OpFoldResult();
}

/// `values` as a constant of type `type`; nothing if that leaves an extent open.
static OpFoldResult getIntegers(RankedTensorType type, ArrayRef<int64_t> values) {
  if (!type.hasStaticShape())
    return {};
  return DenseElementsAttr::get(type, values);
}

OpFoldResult ShapeOp::fold(FoldAdaptor) {
  ShapeRef extents = ::getShape(getInput()).slice(getStart(), getEnd() - getStart());
  if (llvm::any_of(extents, isDynamic))
    return {};
  return getIntegers(getType(), extents);
}

OpFoldResult SizeOp::fold(FoldAdaptor) {
  std::optional<int64_t> count = countElements(::getShape(getInput()));
  return count ? getIntegers(getType(), *count) : OpFoldResult();
}

OpFoldResult ConvertLayoutOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType())
    return getInput();
  auto inner = getInput().getDefiningOp<ConvertLayoutOp>();
  if (!inner)
    return {};
  if (inner.getInput().getType() == getType())
    return inner.getInput();
  getInputMutable().assign(inner.getInput());
  return getResult();
}
