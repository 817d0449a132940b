//===- ChannelGroups.h - channels that can be removed -----------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_CHANNELGROUPS_H
#define WINNOW_LIB_COMPRESS_CHANNELGROUPS_H

#include "ChannelClasses.h"

#include "llvm/ADT/DenseSet.h"

namespace winnow {

/// Columns or rows of a layer's weights that belong to the classes of a group, for each class.
struct ChannelUse {
  size_t layer;
  std::vector<std::vector<int64_t>> places;
};

/// Classes of channels (see ChannelClasses) that some layers read together, so that it has to be decided together which
/// of them go.
struct ChannelGroup {
  std::vector<unsigned> classes;
  std::vector<ChannelUse> readers; ///< columns of layers with one group
  std::vector<ChannelUse> makers;  ///< rows of layers, also of depthwise ones
};

/// The groups of a network, `classes` being those of its channels that may be removed. Classes that no layer with one
/// group reads are in none.
std::vector<ChannelGroup> findChannelGroups(const ChannelClasses &classes, llvm::ArrayRef<LayerOp> layers);

/// Removes the channels of `gone` classes from @main, whose classes they are: layers lose rows, columns and biases,
/// values channels. What is left of weights stays as it is.
void removeChannels(mlir::func::FuncOp main, const ChannelClasses &classes, const llvm::DenseSet<unsigned> &gone);

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_CHANNELGROUPS_H
