//===- CollectConstants.cpp - one read-only section for all weights ------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Support/ConstantData.h"
#include "winnow/Target/Passes.h"
#include "winnow/Target/TranslateModule.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinDialect.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/xxhash.h"

#include <cstring>

using namespace mlir;

namespace winnow {
#define GEN_PASS_DEF_COLLECTCONSTANTS
#include "winnow/Target/Passes.h.inc"

/// Offsets in the section are multiples of a cache line.
static constexpr uint64_t kAlignment = 64;

/// The tensor that a global holds if the section can take it.
static ElementsAttr getTensor(LLVM::GlobalOp global) {
  if (!global.getConstant() ||
      (global.getLinkage() != LLVM::Linkage::Private && global.getLinkage() != LLVM::Linkage::Internal))
    return {};
  auto attr = dyn_cast_or_null<ElementsAttr>(global.getValueOrNull());
  if (!attr || !attr.getElementType().isIntOrFloat() || !isa<DenseElementsAttr, DenseResourceElementsAttr>(attr))
    return {};
  auto resource = dyn_cast<DenseResourceElementsAttr>(attr);
  return !resource || resource.getRawHandle().getBlob() ? attr : ElementsAttr();
}

namespace {
/// One tensor in the section.
struct Piece {
  ElementsAttr attr;
  uint64_t offset;
};

struct CollectConstants : impl::CollectConstantsBase<CollectConstants> {
  using CollectConstantsBase::CollectConstantsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    for (auto global : llvm::make_early_inc_range(module.getOps<LLVM::GlobalOp>()))
      if (ElementsAttr attr = getTensor(global)) {
        offsets[global.getSymName()] = place(attr);
        global.erase();
      }
    if (offsets.empty())
      return;
    AsmResourceBlob blob = HeapAsmResourceBlob::allocate(std::max<uint64_t>(total, 1), kAlignment);
    fill(blob.getMutableData());
    redirectUses(module);
    OpBuilder b = OpBuilder::atBlockBegin(module.getBody());
    int64_t size = blob.getData().size();
    auto type = RankedTensorType::get({size}, b.getI8Type());
    LLVM::GlobalOp::create(b, module.getLoc(), LLVM::LLVMArrayType::get(b.getI8Type(), size), /*isConstant=*/true,
                           LLVM::Linkage::Internal, kConstantsSymbol,
                           makeConstant(type, std::move(blob), kConstantsSymbol), kAlignment);
  }

private:
  /// The offset of a tensor: that of an equal one where there is one.
  uint64_t place(ElementsAttr attr) {
    auto [known, isNew] = placed.try_emplace(attr, 0);
    if (!isNew)
      return known->second;
    SmallVector<char> storage, otherStorage;
    ArrayRef<char> bytes = getConstantBytes(attr, storage);
    uint64_t hash = llvm::xxh3_64bits(ArrayRef(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()));
    for (size_t candidate : byHash[hash])
      if (getConstantBytes(pieces[candidate].attr, otherStorage) == bytes) {
        ++numDuplicates;
        return known->second = pieces[candidate].offset;
      }
    byHash[hash].push_back(pieces.size());
    pieces.push_back({attr, total});
    known->second = total;
    total = llvm::alignTo(total + bytes.size(), kAlignment);
    return known->second;
  }

  /// Writes all pieces, freeing the resource behind each.
  void fill(MutableArrayRef<char> section) {
    std::memset(section.data(), 0, section.size());
    SmallVector<char> storage;
    for (Piece &piece : pieces) {
      ArrayRef<char> bytes = getConstantBytes(piece.attr, storage);
      if (!bytes.empty())
        std::memcpy(section.data() + piece.offset, bytes.data(), bytes.size());
      release(piece.attr);
    }
    for (auto &[attr, offset] : placed)
      release(attr);
  }

  /// Frees the bytes of a resource: nothing refers to them any more.
  void release(Attribute attr) {
    auto resource = dyn_cast<DenseResourceElementsAttr>(attr);
    if (!resource)
      return;
    StringRef key = resource.getRawHandle().getKey();
    DenseResourceElementsHandle::getManagerInterface(&getContext()).getBlobManager().update(key, {});
  }

  /// Replaces each address of a collected global by one into the section.
  void redirectUses(ModuleOp module) {
    module.walk([&](LLVM::AddressOfOp op) {
      auto it = offsets.find(op.getGlobalName());
      if (it == offsets.end())
        return;
      OpBuilder b(op);
      Value base = LLVM::AddressOfOp::create(b, op.getLoc(), op.getType(), kConstantsSymbol);
      Value address = base;
      if (it->second) {
        Value offset = LLVM::ConstantOp::create(b, op.getLoc(), b.getI64Type(), static_cast<int64_t>(it->second));
        address = LLVM::GEPOp::create(b, op.getLoc(), base.getType(), b.getI8Type(), base, LLVM::GEPArg(offset));
      }
      op.replaceAllUsesWith(address);
      op.erase();
    });
  }

  llvm::StringMap<uint64_t> offsets;
  llvm::DenseMap<Attribute, uint64_t> placed;
  llvm::DenseMap<uint64_t, SmallVector<size_t>> byHash;
  std::vector<Piece> pieces;
  uint64_t total = 0;
};
} // namespace

} // namespace winnow
