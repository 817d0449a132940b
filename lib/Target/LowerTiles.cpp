//===- LowerTiles.cpp - tiles of matrix units as intrinsics -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Target/Passes.h"

#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/AMX/Transforms.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Transforms/DialectConversion.h"

using namespace mlir;

namespace winnow {
#define GEN_PASS_DEF_LOWERTILES
#include "winnow/Target/Passes.h.inc"

namespace {
struct LowerTilesPass : impl::LowerTilesBase<LowerTilesPass> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    WalkResult found = getOperation().walk([](Operation *op) {
      return isa_and_nonnull<amx::AMXDialect>(op->getDialect()) ? WalkResult::interrupt() : WalkResult::advance();
    });
    if (!found.wasInterrupted())
      return;
    // Of loops, only what they carry in tiles changes: memrefs and indices keep their types for the passes that follow.
    TypeConverter tiles;
    tiles.addConversion([](Type type) { return type; });
    tiles.addConversion([](amx::TileType type) -> Type { return LLVM::LLVMX86AMXType::get(type.getContext()); });
    LLVMTypeConverter converter(context);
    LLVMConversionTarget target(*context);
    RewritePatternSet patterns(context);
    populateAMXLegalizeForLLVMExportPatterns(converter, patterns);
    configureAMXLegalizeForExportTarget(target);
    scf::populateSCFStructuralTypeConversionsAndLegality(tiles, patterns, target);
    if (failed(applyPartialConversion(getOperation(), target, std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace

} // namespace winnow
