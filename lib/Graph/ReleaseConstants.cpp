//===- ReleaseConstants.cpp - weights given back --------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Graph/Passes.h"
#include "winnow/Graph/Transforms.h"

#include "mlir/IR/BuiltinDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/StringSet.h"

namespace winnow {
#define GEN_PASS_DEF_RELEASECONSTANTSPASS
#include "winnow/Graph/Passes.h.inc"
} // namespace winnow

using namespace mlir;

namespace winnow {

int64_t releaseConstants(Operation *root) {
  llvm::StringSet<> used;
  root->walk([&](Operation *op) {
    op->getAttrDictionary().walk([&](DenseResourceElementsAttr attr) { used.insert(attr.getRawHandle().getKey()); });
  });
  auto &manager = DenseResourceElementsHandle::getManagerInterface(root->getContext()).getBlobManager();
  SmallVector<std::string> dead;
  int64_t bytes = 0;
  manager.getBlobMap([&](const llvm::StringMap<DialectResourceBlobManager::BlobEntry> &blobs) {
    for (const auto &entry : blobs) {
      const AsmResourceBlob *blob = entry.second.getBlob();
      if (!blob || blob->getData().empty() || used.contains(entry.first()))
        continue;
      bytes += static_cast<int64_t>(blob->getData().size());
      dead.push_back(entry.first().str());
    }
  });
  for (const std::string &name : dead)
    manager.update(name, AsmResourceBlob());
  return bytes;
}

namespace {
struct ReleaseConstantsPass : impl::ReleaseConstantsPassBase<ReleaseConstantsPass> {
  void runOnOperation() override {
    releasedBytes += releaseConstants(getOperation());
    markAllAnalysesPreserved();
  }
};
} // namespace

} // namespace winnow
