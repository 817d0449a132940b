//===- Matmul.cpp - matrix products ---------------------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Matmul.h"
#include "Activation.h"
#include "Evaluate.h"
#include "Product.h"
#include "Walk.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

MatmulShape::MatmulShape(ArrayRef<int64_t> lhs, ArrayRef<int64_t> rhs) {
  // A 1-D operand is a row on the left and a column on the right.
  Extents left(lhs), right(rhs);
  if (left.size() == 1)
    left.insert(left.begin(), 1);
  if (right.size() == 1)
    right.push_back(1);
  rows = left[left.size() - 2];
  depth = left.back();
  columns = right.back();
  ArrayRef<int64_t> lhsBatch = ArrayRef<int64_t>(left).drop_back(2), rhsBatch = ArrayRef<int64_t>(right).drop_back(2);
  size_t rank = std::max(lhsBatch.size(), rhsBatch.size());
  for (size_t i = 0; i < rank; ++i) {
    auto extent = [&](ArrayRef<int64_t> shape) { return i + shape.size() < rank ? 1 : shape[i + shape.size() - rank]; };
    batch.push_back(extent(lhsBatch) == 1 ? extent(rhsBatch) : extent(lhsBatch));
  }
  lhsStrides = getBroadcastStrides(lhsBatch, rank);
  rhsStrides = getBroadcastStrides(rhsBatch, rank);
}

LogicalResult evaluateOp(MatmulOp op, Operands<MatmulOp> in, Results out) {
  const Tensor &lhs = *in.getLhs(), &rhs = *in.getRhs();
  MatmulShape shape(lhs.getShape(), rhs.getShape());
  if (isa<FloatType>(lhs.getElementType())) {
    setValues(out[0], multiplyBatches<double>(shape, lhs.getDoubles(), rhs.getDoubles()));
  } else {
    setValues(out[0], multiplyBatches<uint64_t>(shape, getValues<uint64_t>(lhs), getValues<uint64_t>(rhs)));
  }
  return success();
}

/// The addend of a gemm, broadcast to the result's shape.
template <typename T> static std::vector<T> broadcastAddend(const Tensor &addend, const Tensor &out) {
  std::vector<T> values = getValues<T>(addend), result(out.getNumElements());
  walk<1>(out.getShape(), {getBroadcastStrides(addend.getShape(), out.getRank())},
          [&](int64_t position, std::array<int64_t, 1> from) { result[position] = values[from[0]]; });
  return result;
}

/// lhs' * rhs' of a gemm; integers wrap.
template <typename T>
static std::vector<T> multiplyGemm(GemmOp op, const Tensor &lhs, const Tensor &rhs, const Tensor &out) {
  int64_t rows = out.getDim(0), columns = out.getDim(1);
  int64_t depth = lhs.getDim(op.getTransposeLhs() ? 0 : 1);
  std::vector<T> a = getValues<T>(lhs), product(rows * columns);
  if (op.getTransposeLhs()) {
    std::vector<T> transposed(a.size());
    for (int64_t k = 0; k < depth; ++k)
      for (int64_t r = 0; r < rows; ++r)
        transposed[r * depth + k] = a[k * rows + r];
    a.swap(transposed);
  }
  bool transposed = op.getTransposeRhs();
  multiplyMatrices<T>(a.data(), rows, depth, getValues<T>(rhs).data(), transposed ? 1 : columns, transposed ? depth : 1,
                      columns, product.data());
  return product;
}

LogicalResult evaluateOp(GemmOp op, Operands<GemmOp> in, Results out) {
  const Tensor &lhs = *in.getLhs(), &rhs = *in.getRhs(), *addend = in.getAddend();
  double alpha = op.getAlpha().convertToDouble(), beta = op.getBeta().convertToDouble();
  bool isFloat = isa<FloatType>(lhs.getElementType());
  if (!isFloat && alpha == 1 && beta == 1 && !op.getActivationAttr()) {
    std::vector<uint64_t> y = multiplyGemm<uint64_t>(op, lhs, rhs, out[0]);
    if (addend)
      for (auto [value, term] : llvm::zip_equal(y, broadcastAddend<uint64_t>(*addend, out[0])))
        value += term;
    setValues(out[0], y);
    return success();
  }
  std::vector<double> y = multiplyGemm<double>(op, lhs, rhs, out[0]);
  for (double &value : y)
    value *= alpha;
  if (addend)
    for (auto [value, term] : llvm::zip_equal(y, broadcastAddend<double>(*addend, out[0])))
      value += beta * term;
  if (ActivationAttr activation = op.getActivationAttr())
    for (double &value : y)
      value = applyActivation(activation, value);
  out[0].setDoubles(y);
  return success();
}

} // namespace winnow
