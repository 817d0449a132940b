//===- Quantization.cpp - quantization and integer arithmetic -------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The definition that every integer kernel is tested against, bit for bit: sums
// are exact, scales multiply in single precision, halves round to even, results
// saturate.
//
//===----------------------------------------------------------------------===//

#include "ConvolutionSum.h"
#include "Evaluate.h"
#include "Matmul.h"
#include "NumberFormat.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

/// The nearest integer that a quantized `type` holds; halves round to even, NaN gives 0.
static int64_t saturateTo(Type type, double value) {
  double rounded = std::isnan(value) ? 0 : std::nearbyint(value);
  auto lowest = static_cast<double>(getLowest<int64_t>(type)), highest = static_cast<double>(getHighest<int64_t>(type));
  return static_cast<int64_t>(std::min(std::max(rounded, lowest), highest));
}

/// Which element of a scale or zero point belongs to each element of `shape`:
/// one for all, one per index of `axis`, or one per block of `blockSize` along it.
static FailureOr<std::vector<int64_t>> mapParameters(Operation *op, const Tensor &parameter, ArrayRef<int64_t> shape,
                                                     int64_t axis, int64_t blockSize) {
  std::vector<int64_t> map(numElements(shape), 0);
  if (parameter.getNumElements() == 1)
    return map;
  int64_t rank = shape.size();
  axis = axis < 0 ? axis + rank : axis;
  if (axis < 0 || axis >= rank)
    return op->emitOpError("expected an axis within ") << rank << " dimensions, but got " << axis;
  AxisView view(shape, axis);
  int64_t extent = blockSize > 0 ? (view.extent + blockSize - 1) / blockSize : view.extent;
  int64_t expected = blockSize > 0 ? view.outer * extent * view.inner : extent;
  if (parameter.getNumElements() != expected)
    return op->emitOpError("expected a scale or zero point of ")
           << expected << " elements, but got " << parameter.getNumElements();
  for (int64_t i = 0, n = map.size(); i < n; ++i) {
    int64_t o = i / view.inner / view.extent, a = i / view.inner % view.extent;
    map[i] = blockSize > 0 ? (o * extent + a / blockSize) * view.inner + i % view.inner : a;
  }
  return map;
}

/// x / scale in the precision of the data, which decides what is a half.
static double divideAs(Type type, double x, double scale) {
  return type.isF64() ? x / scale : static_cast<double>(static_cast<float>(x) / static_cast<float>(scale));
}

LogicalResult evaluateOp(QuantizeLinearOp op, Operands<QuantizeLinearOp> in, Results out) {
  const Tensor &input = *in.getInput(), &scaleTensor = *in.getScale(), *zeroTensor = in.getZeroPoint();
  FailureOr<std::vector<int64_t>> map =
      mapParameters(op, scaleTensor, input.getShape(), op.getAxis(), op.getBlockSize());
  if (failed(map))
    return failure();
  std::vector<double> x = input.getDoubles(), scale = scaleTensor.getDoubles();
  std::vector<int64_t> zero = zeroTensor ? zeroTensor->getInts() : std::vector<int64_t>(scale.size(), 0);
  if (zero.size() != scale.size())
    return op.emitOpError("expected as many zero points as scales, but got ") << zero.size();
  std::vector<int64_t> q(x.size());
  Type type = out[0].getElementType();
  for (size_t i = 0; i < x.size(); ++i) {
    int64_t p = (*map)[i];
    double rounded = std::nearbyint(divideAs(input.getElementType(), x[i], scale[p]));
    q[i] = saturateTo(type, rounded + zero[p]);
  }
  out[0].setInts(q);
  return success();
}

LogicalResult evaluateOp(DequantizeLinearOp op, Operands<DequantizeLinearOp> in, Results out) {
  const Tensor &input = *in.getInput(), &scaleTensor = *in.getScale(), *zeroTensor = in.getZeroPoint();
  FailureOr<std::vector<int64_t>> map =
      mapParameters(op, scaleTensor, input.getShape(), op.getAxis(), op.getBlockSize());
  if (failed(map))
    return failure();
  std::vector<double> scale = scaleTensor.getDoubles(), x(input.getNumElements());
  std::vector<int64_t> q = input.getInts();
  std::vector<int64_t> zero = zeroTensor ? zeroTensor->getInts() : std::vector<int64_t>(scale.size(), 0);
  if (zero.size() != scale.size())
    return op.emitOpError("expected as many zero points as scales, but got ") << zero.size();
  bool isDouble = scaleTensor.getElementType().isF64();
  for (size_t i = 0; i < x.size(); ++i) {
    int64_t p = (*map)[i], difference = q[i] - zero[p];
    // The difference of i32 may need more digits than a float has.
    x[i] = isDouble ? difference * scale[p]
                    : static_cast<double>(static_cast<float>(difference)) * static_cast<float>(scale[p]);
  }
  out[0].setDoubles(x);
  return success();
}

LogicalResult evaluateOp(DynamicQuantizeLinearOp op, Operands<DynamicQuantizeLinearOp> in, Results out) {
  std::vector<double> x = in.getInput()->getDoubles();
  float smallest = 0, largest = 0;
  for (double value : x) {
    smallest = std::min(smallest, static_cast<float>(value));
    largest = std::max(largest, static_cast<float>(value));
  }
  // Of a range of nothing any scale is right.
  float scale = largest == smallest ? 1 : (largest - smallest) / 255.0f;
  Type type = out[0].getElementType();
  int64_t zero = saturateTo(type, std::nearbyint(0.0f - smallest / scale));
  std::vector<int64_t> q(x.size());
  for (size_t i = 0; i < x.size(); ++i)
    q[i] = saturateTo(type, std::nearbyint(static_cast<float>(x[i]) / scale) + zero);
  out[0].setInts(q);
  out[1].setDoubles(static_cast<double>(scale));
  out[2].setInts(zero);
  return success();
}

/// Elements minus their zero point: none, one for all, or one per slice of `axis`.
static FailureOr<std::vector<double>> subtractZeroPoint(Operation *op, const Tensor &tensor, const Tensor *zeroPoint,
                                                        int64_t axis) {
  std::vector<int64_t> values = tensor.getInts();
  std::vector<double> result(values.begin(), values.end());
  if (!zeroPoint)
    return result;
  FailureOr<std::vector<int64_t>> map = mapParameters(op, *zeroPoint, tensor.getShape(), axis, 0);
  if (failed(map))
    return failure();
  std::vector<int64_t> zero = zeroPoint->getInts();
  for (size_t i = 0; i < result.size(); ++i)
    result[i] -= zero[(*map)[i]];
  return result;
}

/// The exact sums of a convolution of integers.
template <typename OpT>
static FailureOr<std::vector<double>> convolveIntegers(OpT op, const Tensor &input, const Tensor *inputZero,
                                                       const Tensor &filter, const Tensor *filterZero,
                                                       const Tensor &out) {
  FailureOr<std::vector<double>> x = subtractZeroPoint(op, input, inputZero, 0);
  FailureOr<std::vector<double>> w = subtractZeroPoint(op, filter, filterZero, 0);
  if (failed(x) || failed(w))
    return failure();
  SlidingWindow window(cast<WindowOpInterface>(op.getOperation()), filter.getShape().drop_front(2),
                       input.getShape().drop_front(2), out.getShape().drop_front(2));
  if (out.getNumElements() == 0)
    return std::vector<double>();
  return convolve(*x, *w, window, input.getDim(0), input.getDim(1), filter.getDim(0), op.getGroup());
}

/// Stores sums as i32, where they wrap.
static void storeSums(ArrayRef<double> sums, Tensor &out) {
  out.setInts(std::vector<int64_t>(sums.begin(), sums.end()));
}

LogicalResult evaluateOp(ConvolutionIntegerOp op, Operands<ConvolutionIntegerOp> in, Results out) {
  FailureOr<std::vector<double>> sums =
      convolveIntegers(op, *in.getInput(), in.getInputZeroPoint(), *in.getFilter(), in.getFilterZeroPoint(), out[0]);
  if (failed(sums))
    return failure();
  storeSums(*sums, out[0]);
  return success();
}

/// round(sum * (a_scale * b_scale / y_scale)) + y_zero_point in single precision, saturated.
static int64_t requantize(Type type, double sum, double lhsScale, double rhsScale, double outScale, int64_t zero) {
  float scale = static_cast<float>(lhsScale) * static_cast<float>(rhsScale) / static_cast<float>(outScale);
  float scaled = static_cast<float>(sum) * scale;
  return saturateTo(type, static_cast<double>(std::nearbyint(scaled)) + zero);
}

LogicalResult evaluateOp(QLinearConvolutionOp op, Operands<QLinearConvolutionOp> in, Results out) {
  FailureOr<std::vector<double>> sums =
      convolveIntegers(op, *in.getInput(), in.getInputZeroPoint(), *in.getFilter(), in.getFilterZeroPoint(), out[0]);
  FailureOr<std::vector<int64_t>> map = mapParameters(op, *in.getFilterScale(), out[0].getShape(), 1, 0);
  if (failed(sums) || failed(map))
    return failure();
  std::vector<double> filterScale = in.getFilterScale()->getDoubles(), bias(in.getFilter()->getDim(0), 0);
  if (in.getBias())
    bias = in.getBias()->getDoubles();
  double inputScale = in.getInputScale()->getDoubles()[0], outScale = in.getOutputScale()->getDoubles()[0];
  int64_t zero = in.getOutputZeroPoint()->getInts()[0];
  AxisView channels(out[0].getShape(), 1);
  std::vector<int64_t> q(sums->size());
  for (int64_t i = 0, n = q.size(); i < n; ++i)
    q[i] = requantize(out[0].getElementType(), (*sums)[i] + bias[i / channels.inner % channels.extent], inputScale,
                      filterScale[(*map)[i]], outScale, zero);
  out[0].setInts(q);
  return success();
}

/// The axis along which a zero point or scale of a matmul operand differs: rows of
/// the left, columns of the right one.
static int64_t getParameterAxis(const Tensor &operand, bool isLeft) {
  return std::max<int64_t>(operand.getRank() - (isLeft ? 2 : 1), 0);
}

/// The exact sums of a matrix product of integers.
static FailureOr<std::vector<double>> multiplyIntegers(Operation *op, const Tensor &lhs, const Tensor *lhsZero,
                                                       const Tensor &rhs, const Tensor *rhsZero) {
  FailureOr<std::vector<double>> a = subtractZeroPoint(op, lhs, lhsZero, getParameterAxis(lhs, true));
  FailureOr<std::vector<double>> b = subtractZeroPoint(op, rhs, rhsZero, getParameterAxis(rhs, false));
  if (failed(a) || failed(b))
    return failure();
  return multiplyBatches<double>(MatmulShape(lhs.getShape(), rhs.getShape()), *a, *b);
}

LogicalResult evaluateOp(MatmulIntegerOp op, Operands<MatmulIntegerOp> in, Results out) {
  FailureOr<std::vector<double>> sums =
      multiplyIntegers(op, *in.getLhs(), in.getLhsZeroPoint(), *in.getRhs(), in.getRhsZeroPoint());
  if (failed(sums))
    return failure();
  storeSums(*sums, out[0]);
  return success();
}

LogicalResult evaluateOp(QLinearMatmulOp op, Operands<QLinearMatmulOp> in, Results out) {
  const Tensor &lhs = *in.getLhs(), &rhs = *in.getRhs();
  FailureOr<std::vector<double>> sums = multiplyIntegers(op, lhs, in.getLhsZeroPoint(), rhs, in.getRhsZeroPoint());
  MatmulShape shape(lhs.getShape(), rhs.getShape());
  std::vector<double> lhsScale = in.getLhsScale()->getDoubles(), rhsScale = in.getRhsScale()->getDoubles();
  if (failed(sums))
    return failure();
  auto oneOr = [](size_t size, int64_t count) { return size == 1 || static_cast<int64_t>(size) == count; };
  if (!oneOr(lhsScale.size(), shape.rows) || !oneOr(rhsScale.size(), shape.columns))
    return op.emitOpError("expected one scale, or one for each row of lhs and each column of rhs");
  double outScale = in.getOutputScale()->getDoubles()[0];
  int64_t zero = in.getOutputZeroPoint()->getInts()[0];
  std::vector<int64_t> q(sums->size());
  for (int64_t i = 0, n = q.size(); i < n; ++i)
    q[i] = requantize(out[0].getElementType(), (*sums)[i],
                      lhsScale[lhsScale.size() == 1 ? 0 : i / shape.columns % shape.rows],
                      rhsScale[rhsScale.size() == 1 ? 0 : i % shape.columns], outScale, zero);
  out[0].setInts(q);
  return success();
}

} // namespace winnow
