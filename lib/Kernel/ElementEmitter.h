//===- ElementEmitter.h - short names for arithmetic on lanes ---*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_ELEMENTEMITTER_H
#define WINNOW_LIB_KERNEL_ELEMENTEMITTER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

namespace winnow::kernel {

/// Writes arithmetic on scalars or vectors as formulas. Constants take the type
/// (and the lanes) of the value they are combined with.
class ElementEmitter {
public:
  ElementEmitter(mlir::OpBuilder &b, mlir::Location loc);

  using Value = mlir::Value;

  Value constant(mlir::Type like, double value);
  Value constantBits(mlir::Type like, int64_t value);
  Value add(Value lhs, Value rhs) { return mlir::arith::AddFOp::create(b, loc, lhs, rhs); }
  Value sub(Value lhs, Value rhs) { return mlir::arith::SubFOp::create(b, loc, lhs, rhs); }
  Value mul(Value lhs, Value rhs) { return mlir::arith::MulFOp::create(b, loc, lhs, rhs); }
  Value div(Value lhs, Value rhs) { return mlir::arith::DivFOp::create(b, loc, lhs, rhs); }
  Value neg(Value x) { return mlir::arith::NegFOp::create(b, loc, x); }
  Value abs(Value x);
  /// lhs * rhs + addend, fused where the target has the instruction.
  Value fma(Value lhs, Value rhs, Value addend);
  Value add(Value lhs, double rhs) { return add(lhs, constant(lhs.getType(), rhs)); }
  Value mul(Value lhs, double rhs) { return mul(lhs, constant(lhs.getType(), rhs)); }
  Value fma(Value lhs, double rhs, Value addend) { return fma(lhs, constant(lhs.getType(), rhs), addend); }
  /// The polynomial with the given coefficients, lowest power first (Horner's rule).
  Value polynomial(Value x, llvm::ArrayRef<double> coefficients);

  Value compare(mlir::arith::CmpFPredicate predicate, Value lhs, Value rhs) {
    return mlir::arith::CmpFOp::create(b, loc, predicate, lhs, rhs);
  }
  Value compare(mlir::arith::CmpIPredicate predicate, Value lhs, Value rhs) {
    return mlir::arith::CmpIOp::create(b, loc, predicate, lhs, rhs);
  }
  Value less(Value lhs, double rhs) {
    return compare(mlir::arith::CmpFPredicate::OLT, lhs, constant(lhs.getType(), rhs));
  }
  Value greater(Value lhs, double rhs) {
    return compare(mlir::arith::CmpFPredicate::OGT, lhs, constant(lhs.getType(), rhs));
  }
  Value select(Value condition, Value lhs, Value rhs) {
    return mlir::arith::SelectOp::create(b, loc, condition, lhs, rhs);
  }
  /// `x` not below (above) the bound; NaN stays NaN.
  Value atLeast(Value x, double bound) { return select(less(x, bound), constant(x.getType(), bound), x); }
  Value atMost(Value x, double bound) { return select(greater(x, bound), constant(x.getType(), bound), x); }

  Value exp(Value x);
  Value log(Value x);
  /// log(1 + t) for t in [0, 1] without loss of relative precision.
  Value log1pOfUnit(Value t);
  Value tanh(Value x);
  Value erf(Value x);
  Value sigmoid(Value x);
  Value softplus(Value x);

  /// The bits of a float as integers of the same width, and back.
  Value toBits(Value x);
  Value fromBits(Value bits, mlir::Type like);

  mlir::OpBuilder &b;
  mlir::Location loc;

private:
  bool hasFMA;
};

/// `element`, or a vector of it with the lanes of `like`.
mlir::Type withLanesOf(mlir::Type element, mlir::Type like);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_ELEMENTEMITTER_H
