//===- SampleSet.h - samples of a network's inputs -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_DATA_SAMPLESET_H
#define WINNOW_DATA_SAMPLESET_H

#include "winnow/Data/Preprocess.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace winnow {

/// An f32 input of a network: its name, and the shape of one sample (without the batch).
struct SampleInput {
  std::string name;
  std::vector<int64_t> shape;
};

/// Where samples come from.
struct SampleOptions {
  /// A folder of pictures (.png, .jpg, .jpeg), or an .npz with an array for each input: samples along the first axis.
  std::string path;
  /// Of pictures; nothing: as the network's input says.
  std::optional<Preprocess> preprocess;
  /// An .npy of integers in the order of the samples, or for pictures text with a file name and a number in each line.
  std::string labels;
  /// The most samples that are taken, spread evenly over all there are.
  int64_t maxSamples = 256;
};

/// Samples of all inputs of a network, in a temporary file that is mapped: memory holds what is in use. Elements are
/// finite.
class SampleSet {
public:
  /// Told of what is odd but not wrong, one sentence each.
  using Warn = std::function<void(const std::string &)>;
  using Progress = std::function<void(size_t done, size_t total)>;

  /// Reads and checks all samples. Fails with one sentence that names the file, and the input or the picture.
  static llvm::Expected<SampleSet> load(llvm::ArrayRef<SampleInput> inputs, const SampleOptions &options,
                                        const Warn &warn, const Progress &progress = nullptr);

  size_t size() const { return count; }
  size_t getInputCount() const { return inputs.size(); }
  /// Row-major elements of one input of one sample.
  llvm::ArrayRef<float> get(size_t sample, size_t input) const;
  /// The class of each sample; empty where there are no labels.
  llvm::ArrayRef<int64_t> getLabels() const { return labels; }

private:
  friend class SampleLoader;
  std::vector<SampleInput> inputs;
  std::vector<size_t> elements, offsets; ///< of a sample: elements of each input, and where they begin
  size_t count = 0, sampleElements = 0;
  std::vector<int64_t> labels;
  std::unique_ptr<llvm::sys::fs::mapped_file_region> memory;
};

} // namespace winnow

#endif // WINNOW_DATA_SAMPLESET_H
