//===- TargetFacts.cpp - what a target can do, as data --------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Support/TargetFacts.h"

#include "mlir/IR/Builders.h"

using namespace mlir;

namespace winnow {

static constexpr llvm::StringLiteral kAttrName = "winnow.target";

static llvm::StringRef getName(DotUnit dot) {
  switch (dot) {
  case DotUnit::None:
    return "none";
  case DotUnit::Madd:
    return "madd";
  case DotUnit::Vnni:
    return "vnni";
  }
  llvm_unreachable("all units have a name");
}

TargetFacts TargetFacts::fromModule(ModuleOp module) {
  TargetFacts facts;
  auto dict = module->getAttrOfType<DictionaryAttr>(kAttrName);
  if (!dict)
    return facts;
  auto read = [&](llvm::StringRef name, auto &field) {
    if (auto attr = dict.getAs<IntegerAttr>(name))
      field = attr.getInt();
  };
  read("vector_bits", facts.vectorBits);
  read("vector_registers", facts.vectorRegisters);
  read("l1_bytes", facts.l1Bytes);
  read("l2_bytes", facts.l2Bytes);
  auto readSpeed = [&](llvm::StringRef name, double &field) {
    if (auto attr = dict.getAs<FloatAttr>(name))
      field = attr.getValueAsDouble();
  };
  readSpeed("multiply_adds_per_cycle", facts.multiplyAddsPerCycle);
  readSpeed("memory_bytes_per_cycle", facts.memoryBytesPerCycle);
  auto readFlag = [&](llvm::StringRef name, bool &field) {
    if (auto attr = dict.getAs<BoolAttr>(name))
      field = attr.getValue();
  };
  readFlag("has_fma", facts.hasFMA);
  readFlag("int8_tiles", facts.hasInt8Tiles);
  readFlag("bf16_tiles", facts.hasBF16Tiles);
  readFlag("f16_arithmetic", facts.hasF16Arithmetic);
  readFlag("f16_conversion", facts.hasF16Conversion);
  readFlag("bf16_conversion", facts.hasBF16Conversion);
  if (auto attr = dict.getAs<StringAttr>("dot"))
    for (DotUnit dot : {DotUnit::None, DotUnit::Madd, DotUnit::Vnni})
      if (attr.getValue() == getName(dot))
        facts.dot = dot;
  return facts;
}

void TargetFacts::setOn(ModuleOp module) const {
  Builder b(module.getContext());
  module->setAttr(kAttrName, b.getDictionaryAttr({
                                 b.getNamedAttr("vector_bits", b.getI64IntegerAttr(vectorBits)),
                                 b.getNamedAttr("vector_registers", b.getI64IntegerAttr(vectorRegisters)),
                                 b.getNamedAttr("has_fma", b.getBoolAttr(hasFMA)),
                                 b.getNamedAttr("dot", b.getStringAttr(getName(dot))),
                                 b.getNamedAttr("int8_tiles", b.getBoolAttr(hasInt8Tiles)),
                                 b.getNamedAttr("bf16_tiles", b.getBoolAttr(hasBF16Tiles)),
                                 b.getNamedAttr("f16_arithmetic", b.getBoolAttr(hasF16Arithmetic)),
                                 b.getNamedAttr("f16_conversion", b.getBoolAttr(hasF16Conversion)),
                                 b.getNamedAttr("bf16_conversion", b.getBoolAttr(hasBF16Conversion)),
                                 b.getNamedAttr("l1_bytes", b.getI64IntegerAttr(l1Bytes)),
                                 b.getNamedAttr("l2_bytes", b.getI64IntegerAttr(l2Bytes)),
                                 b.getNamedAttr("multiply_adds_per_cycle", b.getF64FloatAttr(multiplyAddsPerCycle)),
                                 b.getNamedAttr("memory_bytes_per_cycle", b.getF64FloatAttr(memoryBytesPerCycle)),
                             }));
}

} // namespace winnow
