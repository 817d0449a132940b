//===- ChannelBlocks.cpp - channel blocks of feature maps -------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelBlocks.h"

using namespace mlir;

namespace winnow::kernel {

int64_t getBlock(Type tensorType) {
  cnn::LayoutAttr layout = getLayout(tensorType);
  return layout ? layout.getBlock() : 1;
}

/// `type` in the layout of channel blocks of `block`.
static RankedTensorType getTypeInBlocks(RankedTensorType type, int64_t block) {
  cnn::LayoutAttr layout = block == 1 ? cnn::LayoutAttr() : cnn::LayoutAttr::get(type.getContext(), block, 0);
  return type.cloneWithEncoding(layout);
}

Value allocateBlocked(OpBuilder &b, Location loc, RankedTensorType type, int64_t block, Value like) {
  llvm::SmallVector<Value> extents;
  if (type.isDynamicDim(0))
    extents.push_back(asValue(b, loc, getExtent(b, loc, like, 0)));
  return allocateBuffer(b, loc, getBufferType(getTypeInBlocks(type, block)), extents);
}

Value getReblocked(OpBuilder &b, Location loc, RankedTensorType type, Value from, int64_t fromBlock, int64_t toBlock) {
  return convertLayout(b, loc, from, getTypeInBlocks(type, fromBlock), getTypeInBlocks(type, toBlock));
}

} // namespace winnow::kernel
