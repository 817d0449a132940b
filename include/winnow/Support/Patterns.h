//===- Patterns.h - the thin doors of rewrites ------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_SUPPORT_PATTERNS_H
#define WINNOW_SUPPORT_PATTERNS_H

#include "winnow/Support/Remarks.h"

#include "mlir/IR/PatternMatch.h"

namespace winnow {

/// A pattern that only calls a free function `Rewrite(rewriter, op)`.
template <typename OpTy, auto Rewrite> struct CallRewrite : mlir::OpRewritePattern<OpTy> {
  using mlir::OpRewritePattern<OpTy>::OpRewritePattern;
  mlir::LogicalResult matchAndRewrite(OpTy op, mlir::PatternRewriter &rewriter) const override {
    return Rewrite(rewriter, op);
  }
};

/// As CallRewrite, for every op that implements an interface.
template <typename Interface, auto Rewrite> struct CallInterfaceRewrite : mlir::OpInterfaceRewritePattern<Interface> {
  using mlir::OpInterfaceRewritePattern<Interface>::OpInterfaceRewritePattern;
  mlir::LogicalResult matchAndRewrite(Interface op, mlir::PatternRewriter &rewriter) const override {
    return Rewrite(rewriter, op);
  }
};

/// As CallRewrite, for ops of any kind.
template <auto Rewrite> struct CallAnyRewrite : mlir::RewritePattern {
  explicit CallAnyRewrite(mlir::MLIRContext *context)
      : RewritePattern(mlir::Pattern::MatchAnyOpTypeTag(), /*benefit=*/1, context) {}
  mlir::LogicalResult matchAndRewrite(mlir::Operation *op, mlir::PatternRewriter &rewriter) const override {
    return Rewrite(rewriter, op);
  }
};

} // namespace winnow

#endif // WINNOW_SUPPORT_PATTERNS_H
