//===- StrassenPlan.cpp - Strassen's algorithm as a kernel ---------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvolutionLowering.h"
#include "FilterPacking.h"
#include "StrassenKernel.h"

using namespace mlir;

namespace winnow::kernel {

/// The reason why `shape` cannot be halved along all dimensions; empty when it can.
static llvm::StringRef getObstacle(const ConvolutionShape &shape) {
  const WindowShape &window = shape.window;
  if (shape.group != 1)
    return "Strassen's algorithm takes all channels in one group";
  if (window.getNumTaps() != 1 || window.stride != Spatial{1, 1, 1} || window.pad != Spatial{0, 0, 0} ||
      window.in != window.out)
    return "Strassen's algorithm needs one tap, strides of 1 and no padding";
  if (!shape.computeType.isF32())
    return "Strassen's algorithm computes in f32";
  if (shape.inBlock != shape.block)
    return "Strassen's algorithm needs the same channel blocks in input and output";
  if (shape.inChannels % (2 * shape.block) != 0 || shape.outChannels % (2 * shape.block) != 0)
    return "Strassen's algorithm needs whole blocks in half the channels";
  if (window.getNumOutputs() < 2)
    return "Strassen's algorithm needs two pixels";
  return {};
}

/// Slices of a chunk, so that threads find at least four, and two threads as much work each; more need more memory.
static int64_t getNumSlices(int64_t chunks) {
  if (chunks == 1)
    return 4;
  return chunks == 2 || (chunks % 2 != 0 && chunks < 16) ? 2 : 1;
}

FailureOr<StrassenPlan> StrassenPlan::get(const ConvolutionShape &shape, llvm::StringRef &reason) {
  reason = getObstacle(shape);
  if (!reason.empty())
    return failure();
  StrassenPlan plan;
  plan.shape = shape;
  int64_t pixels = shape.window.getNumOutputs();
  plan.chunkPixels = shape.outputs > 1 ? std::min(shape.outputs, pixels) : pixels;
  plan.shape.vectors = std::min(shape.vectors, plan.getHalfOut());
  plan.shape.pixels = std::min(shape.pixels, plan.getNumPairs(plan.chunkPixels));
  plan.slices = std::min(getNumSlices(plan.getNumChunks()), plan.getNumGroups());
  return plan;
}

/// The filters of P1, P2, P6, P7, -P4, P5 and P3 for one element of each quarter of B.
static std::array<double, 7> combine(double b11, double b12, double b21, double b22) {
  double t1 = b12 - b11, t2 = b22 - t1, t3 = b22 - b12, t4 = t2 - b21;
  return {b11, b21, t2, t3, -t4, t1, b22};
}

ElementsAttr packStrassenFilter(ElementsAttr filter, const StrassenPlan &plan) {
  const ConvolutionShape &shape = plan.shape;
  llvm::SmallVector<char> source = getFloats(filter, shape.computeType);
  const float *elements = reinterpret_cast<const float *>(source.data());
  int64_t size = plan.getFilterType().getNumElements(), ins = shape.inChannels / 2, outs = shape.outChannels / 2;
  auto blob = HeapAsmResourceBlob::allocate(size * sizeof(float), 64, /*dataIsMutable=*/true);
  float *packed = reinterpret_cast<float *>(blob.getMutableData().data());
  // B is the transposed filter.
  auto at = [&](int64_t k, int64_t n) { return elements[n * shape.inChannels + k]; };
  for (int64_t first = 0; first < plan.getHalfOut(); first += shape.vectors) {
    int64_t width = std::min(shape.vectors, plan.getHalfOut() - first) * shape.block;
    float *group = packed + first * plan.getFilterSize();
    for (int64_t n = 0; n < width; ++n)
      for (int64_t k = 0; k < ins; ++k) {
        int64_t m = first * shape.block + n;
        auto filters = combine(at(k, m), at(k, outs + m), at(ins + k, m), at(ins + k, outs + m));
        for (auto [product, value] : llvm::enumerate(filters))
          group[(product * ins + k) * width + n] = static_cast<float>(value);
      }
  }
  return makeConstant(RankedTensorType::get({size}, shape.computeType), std::move(blob), "filter");
}

FailureOr<Value> emitStrassenConvolution(OpBuilder &b, Location loc, KernelContext &context, Convolution &conv,
                                         llvm::StringRef &reason) {
  if (!conv.constantFilter) {
    reason = "Strassen's algorithm needs a constant filter";
    return failure();
  }
  FailureOr<StrassenPlan> plan = StrassenPlan::get(conv.shape, reason);
  if (failed(plan))
    return failure();
  ConvolutionOperands operands = makeOperands(b, loc, context, conv);
  operands.filter = context.getConstantBuffer(b, loc, packStrassenFilter(conv.constantFilter, *plan));
  Value sums = allocateBuffer(b, loc, plan->getSumsType());
  forEachImage(b, loc, operands.input, [&](OpBuilder &b, Value n) {
    ConvolutionOperands image = getImage(b, loc, operands, n);
    Values arguments{image.input, sums, image.filter};
    for (Value optional : {image.bias, image.residual})
      if (optional)
        arguments.push_back(optional);
    arguments.push_back(image.output);
    func::CallOp::create(b, loc, getStrassenKernel(context, loc, *plan), arguments);
  });
  return getResult(b, loc, conv, operands.output);
}

} // namespace winnow::kernel
