//===- FourierPlan.cpp - FFT convolutions as three kernels ----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvolutionLowering.h"
#include "FourierKernel.h"

#include <cmath>
#include <complex>

using namespace mlir;

namespace winnow::kernel {

/// The reason why `shape` cannot be computed by FFTs; empty when it can.
static llvm::StringRef getObstacle(const ConvolutionShape &shape) {
  const WindowShape &window = shape.window;
  if (shape.group != 1)
    return "FFT convolutions take all channels in one group";
  if (window.stride != Spatial{1, 1, 1} || window.dilation != Spatial{1, 1, 1})
    return "FFT convolutions need strides and dilations of 1";
  if (window.out[0] != 1 || window.in[0] != 1 || window.kernel[0] != 1)
    return "FFT convolutions have one or two spatial dimensions";
  if (!shape.computeType.isF32())
    return "FFT convolutions compute in f32";
  if (shape.inBlock != shape.block)
    return "FFT convolutions need the same channel blocks in input and output";
  if (shape.outputs != 8 && shape.outputs != 16 && shape.outputs != 32)
    return "FFT convolutions transform 8, 16 or 32 positions";
  if (std::max(window.kernel[1], window.kernel[2]) > shape.outputs)
    return "FFT convolutions transform at least as many positions as the window has taps";
  return {};
}

FailureOr<FourierPlan> FourierPlan::get(const ConvolutionShape &shape, int64_t chunkRows, const TargetFacts &facts,
                                        llvm::StringRef &reason) {
  reason = getObstacle(shape);
  if (!reason.empty())
    return failure();
  const WindowShape &window = shape.window;
  FourierPlan plan;
  plan.shape = shape;
  plan.tiling = FourierTiling::get({window.kernel[1], window.kernel[2]}, {window.out[1], window.out[2]}, shape.outputs,
                                   chunkRows);
  int64_t tiles = plan.tiling.chunkRows * plan.tiling.tiles[1];
  plan.product = {plan.tiling.getNumPoints(), tiles,        tiles,        shape.inChannels,
                  shape.outChannels,          shape.block,  shape.pixels, shape.vectors,
                  shape.computeType,          facts.hasFMA,
                  /*pointsInside=*/true};
  return plan;
}

BatchedProduct FourierPlan::getProduct(int64_t rows) const {
  BatchedProduct part = product;
  part.tiles = rows * tiling.tiles[1];
  return part;
}

std::string FourierPlan::getName(int64_t rows) const {
  return "n" + std::to_string(shape.outputs) + "_" + std::to_string(rows) + "of" + std::to_string(tiling.chunkRows);
}

namespace {

using Number = std::complex<double>;

/// The transform of one filter, by its definition: rows, then the columns that are kept.
class FilterTransform {
public:
  explicit FilterTransform(const FourierTiling &tiling) : tiling(tiling) {
    for (int64_t d = 0; d < 2; ++d)
      for (int64_t k = 0; k < tiling.size[d]; ++k)
        turns[d].push_back(std::polar(1.0, -2 * M_PI * static_cast<double>(k) / static_cast<double>(tiling.size[d])));
    rows.resize(tiling.taps[0]);
  }

  void run(const float *filter, llvm::MutableArrayRef<double> points) {
    int64_t at = 0, last = tiling.getNumColumns() - 1;
    auto emitColumn = [&](int64_t column) {
      for (int64_t h = 0; h < tiling.taps[0]; ++h)
        rows[h] = sum<float>({filter + h * tiling.taps[1], static_cast<size_t>(tiling.taps[1])}, 1, column);
      if (!tiling.isReal(1, column)) {
        for (int64_t i = 0; i < tiling.size[0]; ++i)
          setComplex(points.slice(at + 3 * i), sum<Number>(rows, 0, i));
        at += tiling.getComplexColumnPoints();
        return;
      }
      for (int64_t i = 0; i < tiling.getRealRows(); ++i) {
        llvm::MutableArrayRef<double> to = points.slice(at + tiling.getRealPoint(i));
        if (Number value = sum<Number>(rows, 0, i); tiling.isReal(0, i))
          to[0] = value.real() * getScale();
        else
          setComplex(to, value);
      }
      at += tiling.getRealColumnPoints();
    };
    emitColumn(0);
    if (last > 0)
      emitColumn(last);
    for (int64_t column = 1; column < last; ++column)
      emitColumn(column);
  }

private:
  template <typename T> Number sum(llvm::ArrayRef<T> taps, int64_t dim, int64_t k) const {
    Number total = 0;
    for (auto [i, tap] : llvm::enumerate(taps))
      total += static_cast<std::conditional_t<std::is_same_v<T, float>, double, Number>>(tap) *
               turns[dim][static_cast<int64_t>(i) * k % tiling.size[dim]];
    return total;
  }

  double getScale() const { return 1.0 / static_cast<double>(tiling.size[0] * tiling.size[1]); }

  /// a, b - a and a + b of the conjugate a + ib.
  void setComplex(llvm::MutableArrayRef<double> to, Number value) const {
    double a = value.real() * getScale(), b = -value.imag() * getScale();
    to[0] = a;
    to[1] = b - a;
    to[2] = a + b;
  }

  const FourierTiling &tiling;
  std::array<llvm::SmallVector<Number>, 2> turns;
  llvm::SmallVector<Number> rows;
};

} // namespace

ElementsAttr packFourierFilter(ElementsAttr filter, const FourierPlan &plan) {
  FilterTransform transform(plan.tiling);
  return packTransformedFilter(
      filter, plan.product, plan.shape.window.getNumTaps(),
      [&](const float *taps, llvm::MutableArrayRef<double> points) { transform.run(taps, points); });
}

FailureOr<Value> emitFourierConvolution(OpBuilder &b, Location loc, KernelContext &context, Convolution &conv,
                                        llvm::StringRef &reason) {
  if (!conv.constantFilter) {
    reason = "FFT convolutions need a constant filter";
    return failure();
  }
  FailureOr<FourierPlan> plan = FourierPlan::get(conv.shape, conv.depth, context.getFacts(), reason);
  if (failed(plan))
    return failure();
  ConvolutionOperands operands = makeOperands(b, loc, context, conv);
  operands.filter = context.getConstantBuffer(b, loc, packFourierFilter(conv.constantFilter, *plan));
  Value transformed = allocateBuffer(b, loc, plan->product.getInputType());
  Value products = allocateBuffer(b, loc, plan->product.getProductType());
  forEachImage(b, loc, operands.input, [&](OpBuilder &b, Value n) {
    ConvolutionOperands image = getImage(b, loc, operands, n);
    auto emitChunk = [&](OpBuilder &b, int64_t rows, Value firstRow) {
      func::CallOp::create(b, loc, getFourierInputKernel(context, loc, *plan, rows),
                           ValueRange{image.input, transformed, firstRow});
      func::CallOp::create(b, loc, getBatchedProductKernel(context, loc, plan->getProduct(rows)),
                           ValueRange{transformed, image.filter, products});
      ConvolutionOperands outputs{products, /*filter=*/{}, image.bias, image.residual, image.output, /*origin=*/{}};
      callKernel(b, loc, getFourierOutputKernel(context, loc, *plan, rows), outputs, firstRow);
    };
    forEachChunk(b, loc, plan->tiling.tiles[0], plan->tiling.chunkRows, emitChunk);
  });
  return getResult(b, loc, conv, operands.output);
}

} // namespace winnow::kernel
