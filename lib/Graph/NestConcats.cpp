//===- NestConcats.cpp - concatenations that begin alike ------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Graph/Passes.h"
#include "winnow/Graph/Transforms.h"
#include "winnow/Support/Patterns.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace winnow {
#define GEN_PASS_DEF_NESTCONCATSPASS
#include "winnow/Graph/Passes.h.inc"
} // namespace winnow

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

static constexpr llvm::StringLiteral kPass = "winnow-nest-concats";

/// Whether `prefix` joins the first operands of `op`, at least two but not all, and stands before it.
static bool isPrefix(ConcatOp prefix, ConcatOp op) {
  size_t size = prefix.getInputs().size();
  return prefix != op && prefix.getAxis() == op.getAxis() && size >= 2 && size < op.getInputs().size() &&
         op.getInputs().take_front(size) == prefix.getInputs() && prefix->getBlock() == op->getBlock() &&
         prefix->isBeforeInBlock(op);
}

LogicalResult nestConcat(RewriterBase &rewriter, ConcatOp op) {
  ConcatOp longest;
  for (Operation *user : op.getInputs().front().getUsers())
    if (auto other = dyn_cast<ConcatOp>(user); other && isPrefix(other, op))
      if (!longest || other.getInputs().size() > longest.getInputs().size())
        longest = other;
  if (!longest)
    return rewriter.notifyMatchFailure(op, "no earlier concatenation begins alike");
  size_t size = longest.getInputs().size();
  SmallVector<Value> inputs{longest.getOutput()};
  llvm::append_range(inputs, op.getInputs().drop_front(size));
  rewriter.modifyOpInPlace(op, [&] { op.getInputsMutable().assign(inputs); });
  remarkPassed(op, kPass, "takes an earlier concatenation", {{"operands", static_cast<int64_t>(size)}});
  return success();
}

namespace {
struct NestConcatsPass : impl::NestConcatsPassBase<NestConcatsPass> {
  void runOnOperation() override {
    // The last ones first: each then finds the longest beginning, before that one is nested itself.
    SmallVector<ConcatOp> concats;
    getOperation().walk([&](ConcatOp op) { concats.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (ConcatOp op : llvm::reverse(concats))
      (void)nestConcat(rewriter, op);
  }
};
} // namespace

} // namespace winnow
