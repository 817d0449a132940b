//===- SubsampledInputs.cpp - pointwise convolutions with strides ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A convolution of one tap with strides (the shortcuts of residual networks)
// reads few of its input's pixels, many times. Copied together once, they make
// a pointwise convolution, which may be computed by Strassen's algorithm.
//
//===----------------------------------------------------------------------===//

#include "SubsampledInputs.h"

#include "mlir/IR/Remarks.h"

using namespace mlir;

namespace winnow {

/// Cycles to copy a vector of a map that comes from behind the second level cache (measured at 56 to 14 pixels).
static constexpr double kCopyCycles = 18;

/// Whether `op` has one tap, strides, and nothing around its input.
static bool isStridedPointwise(cnn::ConvolutionOp op, const ConvolutionProblem &problem) {
  auto pads = cnn::resolvePads(op);
  return problem.isStatic && !problem.isQuantized && problem.taps == 1 && problem.isStrided &&
         problem.inBlock == problem.block && succeeded(pads) &&
         llvm::all_of(*pads, [](int64_t pad) { return pad == 0; });
}

/// The same convolution of an input that has the pixels of the output.
static ConvolutionProblem getSubsampled(ConvolutionProblem problem) {
  problem.isStrided = false;
  problem.isDense = problem.isPointwise = true;
  problem.rowStride = 1;
  return problem;
}

/// Lets `op` read an input that has the pixels that it needs only. An average over one element is that element.
static void subsample(cnn::ConvolutionOp op) {
  OpBuilder b(op);
  RankedTensorType input = op.getInput().getType(), output = op.getOutput().getType();
  llvm::SmallVector<int64_t> shape(output.getShape()), ones(op.getStrides().size(), 1), pads(2 * ones.size(), 0);
  shape[1] = input.getDimSize(1);
  auto type = RankedTensorType::get(shape, input.getElementType(), input.getEncoding());
  auto pool = cnn::AveragePoolOp::create(b, op.getLoc(), type, op.getInput(), ones, op.getStrides(), pads, ones);
  op.getInputMutable().assign(pool.getOutput());
  op.setStrides(ones);
  op.setPads(pads);
  op.setAutoPad(cnn::AutoPad::Explicit);
}

void subsampleInputs(ModuleOp module, const TargetFacts &facts, CostFunction getLeastCycles) {
  module.walk([&](cnn::ConvolutionOp op) {
    ConvolutionProblem problem = ConvolutionProblem::get(op, facts);
    if (op.getAlgorithmAttr() || !isStridedPointwise(op, problem))
      return;
    double copy = kCopyCycles * static_cast<double>(problem.pixels * problem.getInBlocks());
    if (getLeastCycles(getSubsampled(problem)) + copy >= getLeastCycles(problem))
      return;
    remark::analysis(op.getLoc(), remark::RemarkOpts::name("subsample").category("algorithm"))
        << "reads a copy of the pixels that its strides meet";
    subsample(op);
  });
}

} // namespace winnow
