//===- SymbolicTensor.h - small tensors known up to the batch ---*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_IMPORT_SYMBOLICTENSOR_H
#define WINNOW_LIB_IMPORT_SYMBOLICTENSOR_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"

#include <optional>

namespace winnow::onnx_import {

/// A number of the form base + perBatch * N, where N >= 1 is the dynamic batch
/// extent; or unknown. Integers are exact (an overflow makes them unknown).
class SymbolicNumber {
public:
  /// An unknown number.
  SymbolicNumber() = default;
  static SymbolicNumber integer(int64_t base, int64_t perBatch = 0);
  static SymbolicNumber real(double base, double perBatch = 0);
  /// The batch extent itself.
  static SymbolicNumber batch() { return integer(0, 1); }

  bool isKnown() const { return kind != Kind::Unknown; }
  bool isConstant() const;
  /// The value of an integer without N.
  std::optional<int64_t> getInteger() const;
  /// The value of any number without N.
  std::optional<double> getReal() const;
  /// Whether this is the batch extent.
  bool isBatch() const { return kind == Kind::Integer && base == 0 && perBatch == 1; }

  SymbolicNumber operator+(const SymbolicNumber &other) const;
  SymbolicNumber operator-(const SymbolicNumber &other) const;
  SymbolicNumber operator*(const SymbolicNumber &other) const;
  /// Integers round towards zero; unknown where N does not divide out.
  SymbolicNumber operator/(const SymbolicNumber &other) const;
  /// Whether two known numbers are the same for every N.
  bool operator==(const SymbolicNumber &other) const;

  /// Sign of this number if it is the same for every N >= 1.
  std::optional<int> getSign() const;
  /// Whether the number is zero, if that is so for every N >= 1 or for none.
  std::optional<bool> isZero() const;
  /// The number in element type `type`, as `cnn.cast` gives it.
  SymbolicNumber castTo(mlir::Type type) const;
  /// Applies `function` to a real constant; integers and N-multiples with integer
  /// coefficients stay (they are their own floor, ceiling and rounding).
  SymbolicNumber roundWith(double (*function)(double)) const;

private:
  enum class Kind { Unknown, Integer, Real };
  Kind kind = Kind::Unknown;
  int64_t base = 0, perBatch = 0;
  double realBase = 0, realPerBatch = 0;
};

/// A small tensor of which each element is known up to the batch extent.
struct SymbolicTensor {
  mlir::RankedTensorType type;
  llvm::SmallVector<SymbolicNumber> elements;

  /// The elements as integers; nothing if one depends on N or is unknown.
  std::optional<llvm::SmallVector<int64_t>> getIntegers() const;
  /// The tensor as a constant; null if an element depends on N or is unknown.
  mlir::ElementsAttr getConstant() const;
};

/// Whether tensors of this type are worth tracking: small, static, of integers, bools, f32 or f64.
bool isTrackedType(mlir::Type type);

/// The elements of a constant of tracked type.
SymbolicTensor getSymbolicTensor(mlir::ElementsAttr constant);

} // namespace winnow::onnx_import

#endif // WINNOW_LIB_IMPORT_SYMBOLICTENSOR_H
