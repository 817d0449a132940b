//===- Tensor.h - a value of the interpreter --------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_INTERPRETER_TENSOR_H
#define WINNOW_INTERPRETER_TENSOR_H

#include "winnow/Support/ConstantData.h"
#include "winnow/Support/QuantizedTypes.h"

#include "mlir/IR/BuiltinTypes.h"

#include <cassert>
#include <memory>
#include <vector>

namespace winnow {

/// A dense row-major tensor: shape, MLIR element type and bytes in native order
/// (an i1 takes one byte, 0 or 1). Copies share the bytes. A default-made
/// tensor is null.
class Tensor {
public:
  Tensor() = default;

  /// A tensor of undefined contents; null if its bytes cannot be counted or allocated.
  static Tensor create(llvm::ArrayRef<int64_t> shape, mlir::Type elementType);
  /// A tensor that holds a copy of `bytes`; null if they are not as many as shape and type say.
  static Tensor fromBytes(llvm::ArrayRef<int64_t> shape, mlir::Type elementType, llvm::ArrayRef<char> bytes);
  /// A tensor over memory of the caller, which must outlive it and every tensor that shares its bytes.
  static Tensor borrow(llvm::ArrayRef<int64_t> shape, mlir::Type elementType, const void *data);
  /// The contents of a constant. Resources are borrowed, not copied; null if
  /// `attr` is neither `dense` nor `dense_resource` (or its resource is missing).
  static Tensor fromConstant(mlir::ElementsAttr attr);

  explicit operator bool() const { return data != nullptr; }
  llvm::ArrayRef<int64_t> getShape() const { return shape; }
  int64_t getRank() const { return shape.size(); }
  int64_t getDim(int64_t i) const { return shape[i]; }
  mlir::Type getElementType() const { return elementType; }
  /// The static tensor type of the value, without an encoding.
  mlir::RankedTensorType getType() const { return mlir::RankedTensorType::get(shape, elementType); }
  int64_t getNumElements() const;
  int64_t getElementBytes() const { return winnow::getElementBytes(elementType); }
  int64_t getNumBytes() const { return getNumElements() * getElementBytes(); }

  /// The elements as the C++ type of the same size (f16 and bf16: uint16_t; i1: bool or uint8_t).
  template <typename T> llvm::ArrayRef<T> getData() const {
    assert(static_cast<int64_t>(sizeof(T)) == getElementBytes() && "C++ type of another size");
    return llvm::ArrayRef<T>(reinterpret_cast<const T *>(data), getNumElements());
  }
  /// As `getData`, to write into a tensor that came from `create` or `fromBytes`.
  template <typename T> llvm::MutableArrayRef<T> getMutableData() {
    assert(owner && "borrowed tensors are read-only");
    assert(static_cast<int64_t>(sizeof(T)) == getElementBytes() && "C++ type of another size");
    return llvm::MutableArrayRef<T>(reinterpret_cast<T *>(data), getNumElements());
  }
  llvm::ArrayRef<char> getBytes() const { return {data, static_cast<size_t>(getNumBytes())}; }
  llvm::MutableArrayRef<char> getMutableBytes() {
    assert(owner && "borrowed tensors are read-only");
    return {data, static_cast<size_t>(getNumBytes())};
  }

  /// All elements as doubles, whatever number type they have; none of a null tensor.
  std::vector<double> getDoubles() const;
  /// All elements as 64-bit integers, sign- or zero-extended (ui64: same bits); floats lose their fraction.
  std::vector<int64_t> getInts() const;
  /// Overwrites all elements. Floats are rounded to nearest even; integers wrap
  /// from ints and saturate from doubles (NaN: 0); bools become `value != 0`.
  void setDoubles(llvm::ArrayRef<double> values);
  void setInts(llvm::ArrayRef<int64_t> values);

  /// The same bytes seen with another shape of as many elements.
  Tensor withShape(llvm::ArrayRef<int64_t> newShape) const;

  /// The value as a constant of `type`, whose shape and element type must be the
  /// tensor's (its encoding may be any); of `getType()` without one.
  mlir::ElementsAttr toAttr(mlir::RankedTensorType type = {}) const;

private:
  llvm::SmallVector<int64_t, 4> shape;
  mlir::Type elementType;
  std::shared_ptr<void> owner;
  char *data = nullptr;
};

} // namespace winnow

#endif // WINNOW_INTERPRETER_TENSOR_H
