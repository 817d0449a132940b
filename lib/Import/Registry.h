//===- Registry.h - importers by op type and opset --------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_IMPORT_REGISTRY_H
#define WINNOW_LIB_IMPORT_REGISTRY_H

#include "NodeImport.h"

#include "llvm/ADT/StringMap.h"

namespace winnow::onnx_import {

/// Turns one node into ops of the dialect.
using ImportFunction = llvm::LogicalResult (*)(NodeImport &node);

/// How one version of an operator is imported. The first `minInputs` inputs are
/// there when `import` is called; more than `maxInputs` are refused before.
struct OperatorImporter {
  int64_t sinceOpset;
  unsigned minInputs, maxInputs;
  ImportFunction import;
};

/// Number of inputs of variadic operators.
constexpr unsigned kVariadic = 1u << 20;

/// All importers; the name of an operator of another domain begins with that domain and a dot.
class Registry {
public:
  /// Registers `import` from opset `since` on, until a later registration.
  void add(llvm::StringRef opType, unsigned minInputs, unsigned maxInputs, ImportFunction import, int64_t since = 1) {
    importers[opType].push_back({since, minInputs, maxInputs, import});
  }
  /// The importer for `opType` at `opset`; null if there is none.
  const OperatorImporter *lookup(llvm::StringRef opType, int64_t opset) const;
  /// The registry with all families.
  static const Registry &get();

private:
  llvm::StringMap<llvm::SmallVector<OperatorImporter, 2>> importers;
};

// One function a family of ops, in the file of that name.
void registerConvolution(Registry &registry);
void registerPooling(Registry &registry);
void registerMatmul(Registry &registry);
void registerNormalization(Registry &registry);
void registerActivation(Registry &registry);
void registerElementwise(Registry &registry);
void registerReduction(Registry &registry);
void registerShape(Registry &registry);
void registerConstant(Registry &registry);
void registerIndexing(Registry &registry);
void registerSpatial(Registry &registry);
void registerQuantization(Registry &registry);
void registerContribQuantization(Registry &registry);
void registerControlFlow(Registry &registry);
void registerAttention(Registry &registry);
void registerLinearAttention(Registry &registry);
void registerLoss(Registry &registry);
void registerRecurrent(Registry &registry);
void registerSignal(Registry &registry);
void registerSelection(Registry &registry);
void registerSampling(Registry &registry);
void registerFlexAttention(Registry &registry);

} // namespace winnow::onnx_import

#endif // WINNOW_LIB_IMPORT_REGISTRY_H
