//===- LinearMap.cpp - constant matrices times vectors --------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinearMap.h"

#include "ContractionTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;

namespace winnow::kernel {

namespace {

/// factor * value
struct Term {
  double factor;
  Value value;
};
using Terms = llvm::SmallVector<Term>;

class LinearMapEmitter {
public:
  LinearMapEmitter(KernelBuilder &kb, const TransformMatrix &matrix, bool fma) : kb(kb), matrix(matrix), fma(fma) {}

  Values emit(ValueRange inputs) {
    llvm::SmallVector<Terms> rows = pairColumns(inputs);
    Values outputs(matrix.rows);
    for (int64_t r = 0; r < matrix.rows; ++r) {
      if (outputs[r])
        continue;
      for (int64_t s = r + 1; s < matrix.rows && !outputs[r]; ++s)
        if (!outputs[s])
          emitPair(rows[r], rows[s], outputs[r], outputs[s]);
      if (!outputs[r])
        outputs[r] = sum(rows[r], inputs.front());
    }
    return outputs;
  }

private:
  bool agree(int64_t a, int64_t b) const {
    bool isZero = true;
    for (int64_t r = 0; r < matrix.rows; ++r) {
      if (std::abs(matrix.at(r, a)) != std::abs(matrix.at(r, b)))
        return false;
      isZero &= matrix.at(r, a) == 0;
    }
    return !isZero;
  }

  /// The terms of each row, where columns that agree are taken together.
  llvm::SmallVector<Terms> pairColumns(ValueRange inputs) {
    llvm::SmallVector<Terms> rows(matrix.rows);
    llvm::SmallVector<bool> done(matrix.columns, false);
    for (int64_t a = 0; a < matrix.columns; ++a) {
      int64_t b = a + 1;
      while (b < matrix.columns && (done[b] || !agree(a, b)))
        ++b;
      if (done[a])
        continue;
      bool paired = b < matrix.columns;
      if (paired)
        done[b] = true;
      Value sum, difference;
      for (int64_t r = 0; r < matrix.rows; ++r) {
        double factor = matrix.at(r, a);
        if (factor == 0)
          continue;
        Value value = inputs[a];
        if (paired && matrix.at(r, b) == factor)
          value = sum ? sum : sum = add(inputs[a], inputs[b]);
        else if (paired)
          value = difference ? difference : difference = subtract(inputs[a], inputs[b]);
        rows[r].push_back({factor, value});
      }
    }
    return rows;
  }

  /// Two rows as sum and difference of what they share, where they differ in signs only.
  void emitPair(const Terms &a, const Terms &b, Value &first, Value &second) {
    Terms same, opposite;
    if (a.size() != b.size())
      return;
    for (auto [x, y] : llvm::zip_equal(a, b)) {
      if (x.value != y.value || std::abs(x.factor) != std::abs(y.factor))
        return;
      (x.factor == y.factor ? same : opposite).push_back(x);
    }
    if (same.empty() || opposite.empty() || a.size() < 3)
      return;
    Value even = sum(same, {}), odd = sum(opposite, {});
    first = add(even, odd);
    second = subtract(even, odd);
  }

  /// The sum of `terms`; zero like `like` of none.
  Value sum(Terms terms, Value like) {
    if (terms.empty())
      return arith::ConstantOp::create(kb.builder, kb.loc, kb.builder.getZeroAttr(like.getType()));
    bool isInteger = isa<IntegerType>(getElementTypeOrSelf(terms.front().value.getType()));
    // Integers are not multiplied and added at once: what all terms have in common is multiplied last.
    double common = isInteger ? std::abs(terms.front().factor) : 1;
    if (!llvm::all_of(terms, [&](const Term &term) { return std::abs(term.factor) == common; }))
      common = 1;
    for (Term &term : terms)
      term.factor /= common;
    // A term that needs no product starts.
    auto *start = llvm::find_if(terms, [](const Term &term) { return term.factor == 1; });
    if (start != terms.end())
      std::swap(*start, terms.front());
    Value total = terms.front().value;
    if (terms.front().factor != 1)
      total = multiply(total, terms.front().factor);
    for (const Term &term : llvm::drop_begin(terms)) {
      if (term.factor == 1)
        total = add(total, term.value);
      else if (term.factor == -1)
        total = subtract(total, term.value);
      else if (isInteger)
        total = term.factor < 0 ? subtract(total, multiply(term.value, -term.factor))
                                : add(total, multiply(term.value, term.factor));
      else
        total = multiplyAdd(kb, term.value, constant(total.getType(), term.factor), total, fma);
    }
    return common == 1 ? total : multiply(total, common);
  }

  Value add(Value a, Value b) {
    if (isa<IntegerType>(getElementTypeOrSelf(a.getType())))
      return arith::AddIOp::create(kb.builder, kb.loc, a, b);
    return arith::AddFOp::create(kb.builder, kb.loc, a, b);
  }

  Value subtract(Value a, Value b) {
    if (isa<IntegerType>(getElementTypeOrSelf(a.getType())))
      return arith::SubIOp::create(kb.builder, kb.loc, a, b);
    return arith::SubFOp::create(kb.builder, kb.loc, a, b);
  }

  Value multiply(Value value, double factor) {
    if (isa<FloatType>(getElementTypeOrSelf(value.getType())))
      return arith::MulFOp::create(kb.builder, kb.loc, value, constant(value.getType(), factor));
    auto integer = static_cast<int64_t>(factor);
    if (!llvm::isPowerOf2_64(static_cast<uint64_t>(integer)))
      return arith::MulIOp::create(kb.builder, kb.loc, value, constant(value.getType(), factor));
    return arith::ShLIOp::create(kb.builder, kb.loc, value,
                                 constant(value.getType(), llvm::Log2_64(static_cast<uint64_t>(integer))));
  }

  Value constant(Type type, double value) {
    if (auto vector = dyn_cast<VectorType>(type))
      return splat(kb, vector, value);
    if (isa<IntegerType>(type))
      return arith::ConstantOp::create(kb.builder, kb.loc,
                                       kb.builder.getIntegerAttr(type, static_cast<int64_t>(value)));
    return arith::ConstantOp::create(kb.builder, kb.loc, kb.builder.getFloatAttr(type, value));
  }

  KernelBuilder &kb;
  const TransformMatrix &matrix;
  bool fma;
};

} // namespace

Values emitLinearMap(KernelBuilder &kb, const TransformMatrix &matrix, ValueRange inputs, bool fma) {
  return LinearMapEmitter(kb, matrix, fma).emit(inputs);
}

} // namespace winnow::kernel
