//===- WindowAttributes.cpp - strides, pads and their like -------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WindowAttributes.h"

using namespace mlir;

namespace winnow::onnx_import {

/// Bounds what arithmetic on windows can reach.
static constexpr int64_t kMaxWindowExtent = int64_t(1) << 30;

/// Reads one list of `count` numbers, `minimum` or more each.
static std::optional<llvm::SmallVector<int64_t>> readList(NodeImport &node, llvm::StringRef name, size_t count,
                                                          int64_t minimum, int64_t defaultValue) {
  std::optional<llvm::SmallVector<int64_t>> values = node.getInts(name);
  if (!values)
    return llvm::SmallVector<int64_t>(count, defaultValue);
  if (values->size() != count) {
    node.emitError() << "expected attribute '" << name << "' to have " << count << " elements, but got "
                     << values->size();
    return std::nullopt;
  }
  for (int64_t value : *values)
    if (value < minimum || value > kMaxWindowExtent) {
      node.emitError() << "attribute '" << name << "' has the element " << value << ", which is out of range";
      return std::nullopt;
    }
  return values;
}

std::optional<WindowAttributes> readWindow(NodeImport &node, std::optional<llvm::ArrayRef<int64_t>> kernel) {
  int64_t rank = node.getRank(0);
  if (rank < 3 || rank > 5) {
    node.emitError() << "expected an input of rank 3 to 5, but got " << node.getType(0);
    return std::nullopt;
  }
  size_t spatial = rank - 2;
  if (!kernel && !node.hasAttribute("kernel_shape")) {
    node.emitError() << "attribute 'kernel_shape' is missing";
    return std::nullopt;
  }
  auto kernelShape = readList(node, "kernel_shape", spatial, 1, 1);
  auto strides = readList(node, "strides", spatial, 1, 1);
  auto dilations = readList(node, "dilations", spatial, 1, 1);
  auto pads = readList(node, "pads", 2 * spatial, 0, 0);
  auto autoPad = node.getEnum<AutoPad>("auto_pad", "NOTSET",
                                       {{"NOTSET", AutoPad::Explicit},
                                        {"", AutoPad::Explicit},
                                        {"SAME_UPPER", AutoPad::SameUpper},
                                        {"SAME_LOWER", AutoPad::SameLower},
                                        {"VALID", AutoPad::Valid}});
  if (!kernelShape || !strides || !dilations || !pads || node.hasFailed())
    return std::nullopt;
  if (kernel && node.hasAttribute("kernel_shape") && llvm::ArrayRef(*kernelShape) != *kernel) {
    node.emitError() << "attribute 'kernel_shape' does not agree with the filter's shape";
    return std::nullopt;
  }
  if (kernel)
    kernelShape->assign(kernel->begin(), kernel->end());
  if (autoPad != AutoPad::Explicit)
    pads->assign(2 * spatial, 0); // What the attribute says besides auto_pad does not count.
  return WindowAttributes{*kernelShape, *strides, *pads, *dilations, autoPad};
}

std::optional<llvm::ArrayRef<int64_t>> getFilterKernel(NodeImport &node, Value filter) {
  RankedTensorType type = NodeImport::getType(filter);
  if (type.getRank() == node.getRank(0) && type.getRank() >= 3 && type.hasStaticShape())
    return type.getShape().drop_front(2);
  node.emitError() << "expected a filter of the input's rank " << node.getRank(0) << ", but got " << type;
  return std::nullopt;
}

} // namespace winnow::onnx_import
