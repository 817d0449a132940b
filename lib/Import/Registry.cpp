//===- Registry.cpp - importers by op type and opset ----------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Registry.h"

namespace winnow::onnx_import {

const OperatorImporter *Registry::lookup(llvm::StringRef opType, int64_t opset) const {
  auto it = importers.find(opType);
  if (it == importers.end())
    return nullptr;
  const OperatorImporter *best = nullptr;
  for (const OperatorImporter &importer : it->second)
    if (importer.sinceOpset <= opset && (!best || importer.sinceOpset > best->sinceOpset))
      best = &importer;
  return best;
}

const Registry &Registry::get() {
  static const Registry registry = [] {
    Registry all;
    registerConvolution(all);
    registerPooling(all);
    registerMatmul(all);
    registerNormalization(all);
    registerActivation(all);
    registerElementwise(all);
    registerReduction(all);
    registerShape(all);
    registerConstant(all);
    registerIndexing(all);
    registerSpatial(all);
    registerQuantization(all);
    registerContribQuantization(all);
    registerControlFlow(all);
    registerAttention(all);
    registerLinearAttention(all);
    registerLoss(all);
    registerRecurrent(all);
    registerSignal(all);
    registerSelection(all);
    registerSampling(all);
    registerFlexAttention(all);
    return all;
  }();
  return registry;
}

} // namespace winnow::onnx_import
