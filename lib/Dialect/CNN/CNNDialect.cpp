//===- CNNDialect.cpp - registration of the cnn dialect -------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Dialect/CNN/CNN.h"

#include "mlir/Bytecode/BytecodeImplementation.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace winnow::cnn;

#include "winnow/Dialect/CNN/CNNDialect.cpp.inc"
#include "winnow/Dialect/CNN/CNNEnums.cpp.inc"
#include "winnow/Dialect/CNN/CNNInterfaces.cpp.inc"

namespace {

/// The version of the dialect that bytecode names. Ops are read by name, attributes as text; a change that this cannot
/// bridge raises the version and translates older ones in `upgradeFromVersion`.
struct CNNVersion : DialectVersion {
  static constexpr uint64_t kCurrent = 1;
  uint64_t number = kCurrent;
};

struct CNNBytecodeInterface : BytecodeDialectInterface {
  explicit CNNBytecodeInterface(Dialect *dialect) : BytecodeDialectInterface(dialect) {}

  void writeVersion(DialectBytecodeWriter &writer) const override { writer.writeVarInt(CNNVersion::kCurrent); }

  std::unique_ptr<DialectVersion> readVersion(DialectBytecodeReader &reader) const override {
    auto version = std::make_unique<CNNVersion>();
    if (failed(reader.readVarInt(version->number)))
      return nullptr;
    if (version->number > CNNVersion::kCurrent) {
      reader.emitError() << "expected version " << CNNVersion::kCurrent << " of the cnn dialect at most but got "
                         << version->number;
      return nullptr;
    }
    return version;
  }
};

} // namespace

void CNNDialect::initialize() {
  addInterfaces<CNNBytecodeInterface>();
  registerCNNAttributes();
  registerConvolutionOps();
  registerPoolingOps();
  registerMatmulOps();
  registerNormalizationOps();
  registerActivationOps();
  registerElementwiseOps();
  registerReductionOps();
  registerShapeOps();
  registerIndexingOps();
  registerSpatialOps();
  registerQuantizationOps();
}

Operation *CNNDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type, Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  if (elements && elements.getType() == type)
    return arith::ConstantOp::create(builder, loc, type, elements);
  return nullptr;
}

/// The real type that a quantized one stands for; others themselves.
static Type getExpressedType(Type type) {
  auto quantized = dyn_cast<quant::QuantizedType>(type);
  return quantized ? quantized.getExpressedType() : type;
}

static bool areCompatibleElements(Type inferred, Type actual, bool requantized) {
  // Of 16-bit operands, some ops may leave the result in the f32 of their arithmetic, or round that of f32 ones.
  auto isShort = [](Type type) { return type.isF16() || type.isBF16(); };
  if (requantized && ((isShort(inferred) && actual.isF32()) || (inferred.isF32() && isShort(actual))))
    return true;
  if (requantized && isa<quant::QuantizedType>(inferred))
    return getExpressedType(inferred) == getExpressedType(actual);
  return inferred == actual;
}

bool winnow::cnn::areCompatibleTypes(TypeRange inferred, TypeRange actual, bool requantized) {
  if (inferred.size() != actual.size())
    return false;
  for (auto [lhs, rhs] : llvm::zip_equal(inferred, actual)) {
    auto a = dyn_cast<RankedTensorType>(lhs), b = dyn_cast<RankedTensorType>(rhs);
    if (!a || !b || !areCompatibleElements(a.getElementType(), b.getElementType(), requantized) ||
        failed(verifyCompatibleShape(a, b)))
      return false;
  }
  return true;
}
