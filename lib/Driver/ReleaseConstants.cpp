//===- ReleaseConstants.cpp - bytes that nobody reads any more ------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReleaseConstants.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinDialect.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;

namespace winnow {

/// The names of the constants that ops of `module` refer to.
static llvm::DenseSet<StringRef> findUsed(ModuleOp module) {
  llvm::DenseSet<StringRef> used;
  module->walk([&](Operation *op) {
    op->getAttrDictionary().walk([&](DenseResourceElementsAttr attr) { used.insert(attr.getRawHandle().getKey()); });
  });
  return used;
}

/// Frees the bytes of the constants that are not wanted.
static void release(MLIRContext *context, llvm::function_ref<bool(StringRef)> isUnwanted) {
  auto &manager = DenseResourceElementsHandle::getManagerInterface(context).getBlobManager();
  llvm::SmallVector<std::string> unwanted;
  manager.getBlobMap([&](const llvm::StringMap<DialectResourceBlobManager::BlobEntry> &blobs) {
    for (auto &entry : blobs)
      if (entry.second.getBlob() && isUnwanted(entry.first()))
        unwanted.push_back(entry.first().str());
  });
  for (const std::string &key : unwanted)
    manager.update(key, {});
}

void releaseConstants(ModuleOp module) {
  llvm::DenseSet<StringRef> used = findUsed(module);
  release(module.getContext(), [&](StringRef key) { return !used.contains(key); });
}

void releaseConstantsOfCopy(ModuleOp copy, ModuleOp original) {
  llvm::DenseSet<StringRef> own = findUsed(copy), kept = findUsed(original);
  release(copy.getContext(), [&](StringRef key) { return own.contains(key) && !kept.contains(key); });
}

} // namespace winnow
