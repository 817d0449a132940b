//===- ConvolutionShape.cpp - one convolution as numbers ------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvolutionShape.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace winnow::kernel {

WindowShape WindowShape::get(cnn::WindowOpInterface op, RankedTensorType input, RankedTensorType output) {
  WindowShape shape;
  int64_t rank = input.getRank() - 2, first = 3 - rank;
  auto window = op.getWindowShape();
  for (int64_t i = 0; i < rank; ++i) {
    int64_t d = first + i;
    shape.in[d] = input.getDimSize(i + 2);
    shape.out[d] = output.getDimSize(i + 2);
    shape.kernel[d] = window[i];
    shape.stride[d] = op.getStrides()[i];
    shape.dilation[d] = op.getDilations()[i];
    int64_t extent = shape.dilation[d] * (shape.kernel[d] - 1) + 1;
    int64_t total = std::max<int64_t>(0, (shape.out[d] - 1) * shape.stride[d] + extent - shape.in[d]);
    switch (op.getAutoPad()) {
    case cnn::AutoPad::Explicit:
      shape.pad[d] = op.getPads()[i];
      break;
    case cnn::AutoPad::SameUpper:
      shape.pad[d] = total / 2;
      break;
    case cnn::AutoPad::SameLower:
      shape.pad[d] = total - total / 2;
      break;
    case cnn::AutoPad::Valid:
      shape.pad[d] = 0;
      break;
    }
  }
  return shape;
}

/// "3x7x7" without leading ones ("7x7" for two spatial dimensions).
static std::string join(const Spatial &numbers, int64_t neutral) {
  llvm::ArrayRef<int64_t> list(numbers);
  while (list.size() > 1 && list.front() == neutral)
    list = list.drop_front();
  std::string text;
  for (int64_t number : list)
    text += (text.empty() ? "" : "x") + std::to_string(number);
  llvm::replace(text, '-', 'm');
  return text;
}

std::string WindowShape::getName() const {
  std::string name = join(in, 1) + "_to_" + join(out, 1) + "_k" + join(kernel, 1) + "_s" + join(stride, 1) + "_d" +
                     join(dilation, 1) + "_p" + join(pad, 0);
  return isScattered() ? name + "_in" + join(image, 1) + "_by" + join(step, 1) : name;
}

std::string getTypeName(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

std::string getActivationName(cnn::ActivationAttr activation) {
  if (!activation)
    return "";
  std::string text = "_" + cnn::stringifyActivationKind(activation.getKind()).str();
  if (auto params = activation.getParams())
    for (double param : params.asArrayRef()) {
      // Whole numbers read well; of others the bits tell them apart.
      if (param >= 0 && param < 1e6 && param == static_cast<int64_t>(param))
        text += "_" + std::to_string(static_cast<int64_t>(param));
      else
        text += "_x" + llvm::utohexstr(llvm::bit_cast<uint64_t>(param));
    }
  return text;
}

BorderClasses BorderClasses::get(const WindowShape &window) {
  BorderClasses classes;
  for (int64_t d = 0; d < 3; ++d) {
    int64_t extent = window.out[d], first = 0, last = extent - 1;
    while (first < extent && !window.isInterior(d, first, first))
      ++first;
    while (last >= first && !window.isInterior(d, last, last))
      --last;
    classes.before[d] = last < first ? extent - 1 : first;
    classes.after[d] = last < first ? 0 : extent - 1 - last;
  }
  return classes;
}

std::string Requantization::getName() const {
  std::string name = "_z" + std::to_string(outputZero);
  if (residualZero)
    name += "_rz" + std::to_string(residualZero);
  if (low > 0 || high < 255)
    name += "_in" + std::to_string(low) + "to" + std::to_string(high);
  return overflows ? name + "_wide" : name;
}

int64_t ConvolutionShape::getPackedInBlocks() const {
  if (group == 1)
    return getInBlocks();
  int64_t most = 0;
  for (int64_t g = 0; g < outChannels; g += vectors * block) {
    int64_t first = getFirstInput(g), end = getEndInput(std::min(outChannels, g + vectors * block));
    most = std::max(most, (end + inBlock - 1) / inBlock - first / inBlock);
  }
  return most;
}

std::string ConvolutionShape::getName() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << inChannels << "to" << outChannels << "_" << window.getName();
  if (group > 1)
    os << "_g" << group;
  os << "_b" << inBlock << "to" << block << "_" << getTypeName(inType);
  if (outType != inType)
    os << "to" << getTypeName(outType);
  os << (bias ? "_bias" : "") << (residual ? "_add" : "") << getActivationName(activation) << "_t" << pixels << "x"
     << vectors;
  if (quantized)
    os << "_u8" << quantized->requantization.getName() << (quantized->pairsFit ? "_pairs" : "")
       << (quantized->classes.getTotal() > 1 ? "_borders" : "");
  if (shortFilter)
    os << "_w" << getTypeName(shortFilter) << (pairs ? "_pairs" : "");
  os << (pool > 1 ? "_max" + std::to_string(pool) : "");
  return text;
}

} // namespace winnow::kernel
