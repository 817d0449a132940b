//===- WindowRules.cpp - what convolutions and pools share ----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WindowRules.h"

using namespace mlir;
using llvm::Twine;

namespace winnow::cnn {

Window WindowAttributes::getWindow(size_t i, int64_t in) const {
  Window result{window[i], strides[i], dilations[i], 0, 0, ceilMode};
  if (autoPad == AutoPad::Explicit) {
    result.padBegin = pads[i];
    result.padEnd = pads[strides.size() + i];
  } else if (autoPad != AutoPad::Valid) {
    if (auto same = getSamePads(in, result, autoPad == AutoPad::SameUpper))
      std::tie(result.padBegin, result.padEnd) = *same;
  }
  return result;
}

LogicalResult checkWindowLists(const WindowAttributes &attributes, size_t spatialRank, const Reporter &report) {
  auto check = [&](ShapeRef list, size_t size, llvm::StringRef name) -> LogicalResult {
    if (list.size() != size)
      return report("expected " + Twine(size) + " " + name + " but got " + Twine(list.size()));
    return success();
  };
  if (failed(check(attributes.window, spatialRank, "window extents")) ||
      failed(check(attributes.strides, spatialRank, "strides")) ||
      failed(check(attributes.dilations, spatialRank, "dilations")) ||
      failed(check(attributes.pads, 2 * spatialRank, "pads")))
    return failure();
  return success();
}

FailureOr<Shape> getWindowOutputs(ShapeRef spatial, const WindowAttributes &attributes, const Reporter &report) {
  if (failed(checkWindowLists(attributes, spatial.size(), report)))
    return failure();
  Shape result;
  for (auto [i, in] : llvm::enumerate(spatial)) {
    FailureOr<int64_t> extent = getWindowOutput(in, attributes.getWindow(i, in), report);
    if (failed(extent))
      return failure();
    result.push_back(*extent);
  }
  return result;
}

LogicalResult checkGroups(int64_t channels, int64_t group, llvm::StringRef what, const Reporter &report) {
  if (failed(checkAtLeast(group, 1, "a group count", report)))
    return failure();
  if (!isDynamic(channels) && channels % group != 0)
    return report("expected " + what + " that " + Twine(group) + " groups divide but got " + Twine(channels));
  return success();
}

LogicalResult checkPads(WindowOpInterface op, const Reporter &report) {
  if (op.getAutoPad() == AutoPad::Explicit && llvm::any_of(op.getPads(), [](int64_t pad) { return pad < 0; }))
    return report("expected pads of at least 0 but got " + listToString(op.getPads()));
  return success();
}

LogicalResult checkFeatureMap(ShapeRef input, const Reporter &report) {
  if (input.size() < 3 || input.size() > 5)
    return report("expected an input of rank 3 to 5 but got rank " + Twine(input.size()));
  return success();
}

FailureOr<Shape> getConvolutionShape(ShapeRef input, ShapeRef filter, int64_t group, WindowAttributes attributes,
                                     const Reporter &report) {
  if (failed(checkFeatureMap(input, report)))
    return failure();
  if (filter.size() != input.size())
    return report("expected a filter of rank " + Twine(input.size()) + " but got rank " + Twine(filter.size()));
  if (failed(checkGroups(input[1], group, "input channels", report)) ||
      failed(checkGroups(filter[0], group, "output channels", report)))
    return failure();
  if (!isDynamic(input[1]) && !isDynamic(filter[1]) && input[1] / group != filter[1])
    return report("expected filters over " + Twine(input[1] / group) + " input channels but got " + Twine(filter[1]));
  attributes.window = filter.drop_front(2);
  FailureOr<Shape> spatial = getWindowOutputs(input.drop_front(2), attributes, report);
  if (failed(spatial))
    return failure();
  Shape result{input[0], filter[0]};
  llvm::append_range(result, *spatial);
  return result;
}

/// The pads of one dimension of a transposed convolution whose output is to
/// have `stride` times the extent of its input (ONNX ConvTranspose, auto_pad).
static FailureOr<std::pair<int64_t, int64_t>> getTransposedSamePads(int64_t extent, int64_t stride, int64_t dilation,
                                                                    int64_t outputPadding, bool upper) {
  if (isDynamic(extent))
    return failure();
  int64_t total = dilation * (extent - 1) + 1 + outputPadding - stride;
  if (total < 0)
    return std::make_pair<int64_t, int64_t>(0, std::move(total));
  int64_t less = total / 2, more = total - less;
  return upper ? std::make_pair(less, more) : std::make_pair(more, less);
}

FailureOr<SmallVector<int64_t>> resolvePads(WindowOpInterface op) {
  SmallVector<int64_t> window = op.getWindowShape();
  size_t rank = window.size();
  if (op.getAutoPad() == AutoPad::Explicit)
    return SmallVector<int64_t>(op.getPads());
  SmallVector<int64_t> pads(2 * rank, 0);
  if (op.getAutoPad() == AutoPad::Valid)
    return pads;
  bool upper = op.getAutoPad() == AutoPad::SameUpper;
  ShapeRef spatial = getShape(op->getOperand(0)).take_back(rank);
  for (size_t i = 0; i < rank; ++i) {
    int64_t stride = op.getStrides()[i], dilation = op.getDilations()[i];
    if (auto transposed = dyn_cast<TransposedConvolutionOp>(op.getOperation())) {
      auto same = getTransposedSamePads(window[i], stride, dilation, transposed.getOutputPadding()[i], upper);
      if (failed(same))
        return failure();
      std::tie(pads[i], pads[rank + i]) = *same;
      continue;
    }
    auto same = getSamePads(spatial[i], Window{window[i], stride, dilation}, upper);
    if (!same)
      return failure();
    std::tie(pads[i], pads[rank + i]) = *same;
  }
  return pads;
}

} // namespace winnow::cnn
