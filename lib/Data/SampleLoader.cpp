//===- SampleLoader.cpp - fills a sample set -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SampleLoader.h"

#include "winnow/Data/Npz.h"
#include "winnow/Support/Npy.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <cmath>
#include <cstring>

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

namespace winnow {

/// Below this many samples the user is told that ranges will be poor.
static constexpr size_t kFewSamples = 16;
/// Warnings of one kind that are told one by one.
static constexpr size_t kNamedWarnings = 3;

static std::string formatShape(llvm::ArrayRef<int64_t> shape) {
  return shape.empty() ? "no dimension"
                       : llvm::join(llvm::map_range(shape, [](int64_t e) { return std::to_string(e); }), "x");
}

llvm::Expected<SampleSet> SampleLoader::load(llvm::ArrayRef<SampleInput> inputs) {
  set.inputs = inputs.vec();
  for (const SampleInput &input : inputs) {
    size_t count = 1;
    for (int64_t extent : input.shape)
      count *= extent;
    set.offsets.push_back(set.sampleElements);
    set.elements.push_back(count);
    set.sampleElements += count;
  }
  if (options.maxSamples < 1)
    return fail("expected to take at least 1 sample");
  fs::file_status status;
  if (std::error_code error = fs::status(options.path, status))
    return fail(error.message());
  bool isFolder = status.type() == fs::file_type::directory_file;
  if (llvm::Error error = isFolder ? loadPictures() : loadArrays())
    return std::move(error);
  if (llvm::Error error = check())
    return std::move(error);
  if (!options.labels.empty())
    if (llvm::Error error = isFolder ? loadPictureLabels() : loadArrayLabels())
      return std::move(error);
  return std::move(set);
}

llvm::Error SampleLoader::allocate(size_t found) {
  available = found;
  set.count = std::min<size_t>(available, options.maxSamples);
  for (size_t i = 0; i < set.count; ++i)
    chosen.push_back(i * available / set.count);
  if (set.count < kFewSamples)
    warn(options.path + ": only " + std::to_string(set.count) +
         " calibration sample(s): ranges will be poor, 64 to 512 do well");
  llvm::SmallString<128> name;
  int descriptor = -1;
  if (std::error_code error = fs::createTemporaryFile("winnow-samples", "bin", descriptor, name))
    return llvm::createStringError("cannot make a temporary file for samples: " + error.message());
  uint64_t bytes = std::max<uint64_t>(set.count * set.sampleElements * sizeof(float), 1);
  std::error_code error = fs::resize_file(descriptor, bytes);
  if (!error)
    set.memory = std::make_unique<fs::mapped_file_region>(fs::convertFDToNativeFile(descriptor),
                                                          fs::mapped_file_region::readwrite, bytes, 0, error);
  // The mapping keeps the file until the end; its name is not needed.
  fs::remove(name);
  fs::file_t file = fs::convertFDToNativeFile(descriptor);
  fs::closeFile(file);
  if (error)
    return llvm::createStringError("cannot map a temporary file for samples: " + error.message());
  return llvm::Error::success();
}

llvm::MutableArrayRef<float> SampleLoader::getStorage(size_t sample, size_t input) {
  auto *data = reinterpret_cast<float *>(set.memory->data());
  return {data + sample * set.sampleElements + set.offsets[input], set.elements[input]};
}

llvm::Error SampleLoader::loadPictures() {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(options.path, error), end; it != end && !error; it.increment(error))
    if (llvm::is_contained({".png", ".jpg", ".jpeg"}, path::extension(it->path()).lower()))
      names.push_back(path::filename(it->path()).str());
  if (error)
    return fail(error.message());
  if (names.empty())
    return fail("expected pictures (.png, .jpg, .jpeg), but the folder has none");
  llvm::sort(names);
  llvm::ArrayRef<int64_t> shape = set.inputs.front().shape;
  if (set.inputs.size() != 1 || shape.size() != 3 || (shape[0] != 1 && shape[0] != 3))
    return fail("pictures calibrate networks with one input of 1 or 3 channels, but " +
                (set.inputs.size() != 1 ? "this one has " + std::to_string(set.inputs.size()) + " inputs"
                                        : "input '" + set.inputs.front().name + "' takes " + formatShape(shape)) +
                ": give an .npz");
  Preprocess preprocess = options.preprocess.value_or(Preprocess());
  if (preprocess.height && (preprocess.height != shape[1] || preprocess.width != shape[2]))
    return fail("'size' of the preprocessing is " + llvm::Twine(preprocess.height) + "x" +
                llvm::Twine(preprocess.width) + ", but input '" + set.inputs.front().name + "' takes " +
                llvm::Twine(shape[1]) + "x" + llvm::Twine(shape[2]));
  if (llvm::Error failure = allocate(names.size()))
    return failure;
  for (size_t i = 0; i < set.count; ++i) {
    fileNames.push_back(names[chosen[i]]);
    llvm::SmallString<256> file(options.path);
    path::append(file, fileNames.back());
    if (llvm::Error failure = readPictureInto(file, preprocess, shape, getStorage(i, 0)))
      return failure;
    if (progress)
      progress(i + 1, set.count);
  }
  return llvm::Error::success();
}

/// Widens `count` elements of NumPy's type `descr`; false for types that are no calibration data.
static bool widen(llvm::StringRef descr, const char *from, size_t count, float *to) {
  if (descr == "<f4")
    return std::memcpy(to, from, 4 * count), true;
  for (size_t i = 0; i < count; ++i) {
    if (descr == "<f8") {
      double value;
      std::memcpy(&value, from + 8 * i, 8);
      to[i] = static_cast<float>(value);
    } else if (descr == "|u1") {
      to[i] = static_cast<uint8_t>(from[i]);
    } else {
      return false;
    }
  }
  return true;
}

namespace {
/// Takes the bytes of an .npy file as they come, and keeps the rows that are wanted.
struct RowReader {
  std::string pending; ///< bytes of the header, then of a row that is not whole
  std::optional<NpyHeader> header;
  size_t rowBytes = 0, row = 0;
};
} // namespace

llvm::Error SampleLoader::loadArray(const NpzFile &archive, size_t input) {
  const SampleInput &wanted = set.inputs[input];
  std::string name = options.path + ": array '" + wanted.name + "'";
  RowReader reader;
  size_t next = 0;
  auto readHeader = [&]() -> llvm::Error {
    // Headers are short; a longer first piece holds all of it.
    llvm::Expected<NpyHeader> header = parseNpyHeader(reader.pending, name);
    if (!header)
      return header.takeError();
    std::vector<int64_t> expected = wanted.shape;
    llvm::ArrayRef<int64_t> shape = header->shape;
    if (shape.empty() || shape.drop_front() != llvm::ArrayRef<int64_t>(expected))
      return llvm::createStringError("expected samples of shape " + formatShape(expected) +
                                     " along the first axis, but its shape is " + formatShape(shape));
    if (!llvm::is_contained({"<f4", "<f8", "|u1"}, header->descr))
      return llvm::createStringError("expected float32, float64 or uint8, but its elements are '" + header->descr +
                                     "'");
    if (header->fortranOrder)
      return llvm::createStringError("expected C order, but it is in Fortran order");
    if (shape[0] == 0)
      return llvm::createStringError("it holds no sample");
    if (!set.memory) {
      if (llvm::Error error = allocate(shape[0]))
        return error;
    } else if (available != static_cast<size_t>(shape[0])) {
      return llvm::createStringError("it holds " + llvm::Twine(shape[0]) + " samples, but other inputs have " +
                                     llvm::Twine(available));
    }
    reader.rowBytes = set.elements[input] * (header->descr == "<f4" ? 4 : header->descr == "<f8" ? 8 : 1);
    reader.pending.erase(0, header->dataOffset);
    reader.header = std::move(*header);
    return llvm::Error::success();
  };
  auto take = [&](llvm::StringRef piece) -> llvm::Error {
    reader.pending += piece;
    if (!reader.header)
      if (llvm::Error error = readHeader())
        return error;
    size_t at = 0;
    for (; reader.pending.size() - at >= reader.rowBytes && reader.rowBytes; at += reader.rowBytes, ++reader.row) {
      if (next == chosen.size() || chosen[next] != reader.row)
        continue;
      widen(reader.header->descr, reader.pending.data() + at, set.elements[input], getStorage(next, input).data());
      ++next;
      if (progress)
        progress(next, set.count);
    }
    reader.pending.erase(0, at);
    return llvm::Error::success();
  };
  if (llvm::Error error = archive.read(wanted.name, take))
    return error;
  if (reader.row != available || !reader.pending.empty())
    return llvm::createStringError(name + ": expected " + llvm::Twine(available) + " samples, but it holds " +
                                   llvm::Twine(reader.row));
  return llvm::Error::success();
}

llvm::Error SampleLoader::loadArrays() {
  llvm::Expected<NpzFile> archive = NpzFile::open(options.path);
  if (!archive)
    return archive.takeError();
  if (options.preprocess)
    return fail("a description of preprocessing belongs to pictures: arrays are taken as they are");
  for (size_t input = 0; input < set.inputs.size(); ++input)
    if (llvm::Error error = loadArray(*archive, input))
      return error;
  return llvm::Error::success();
}

llvm::Error SampleLoader::check() {
  size_t constants = 0;
  for (size_t i = 0; i < set.count; ++i) {
    std::string sample = fileNames.empty() ? "sample " + std::to_string(chosen[i]) : "picture '" + fileNames[i] + "'";
    bool constant = true;
    for (size_t input = 0; input < set.inputs.size(); ++input) {
      llvm::ArrayRef<float> values = set.get(i, input);
      for (float value : values) {
        if (!std::isfinite(value))
          return fail(sample + " of input '" + set.inputs[input].name +
                      "' has elements that are infinite or not a number");
        constant &= value == values.front();
      }
    }
    if (!constant)
      continue;
    if (++constants <= kNamedWarnings)
      warn(options.path + ": " + sample + " is constant: every element is the same");
  }
  if (constants == set.count)
    return fail("all " + llvm::Twine(set.count) + " sample(s) are constant: nothing can be learned from them");
  if (constants > kNamedWarnings)
    warn(options.path + ": " + std::to_string(constants) + " samples are constant");
  return llvm::Error::success();
}

llvm::Error SampleLoader::loadPictureLabels() {
  auto buffer = llvm::MemoryBuffer::getFile(options.labels, /*IsText=*/true);
  if (!buffer)
    return llvm::createStringError(options.labels + ": " + buffer.getError().message());
  llvm::StringMap<int64_t> classes;
  llvm::SmallVector<llvm::StringRef> lines, words;
  (*buffer)->getBuffer().split(lines, '\n');
  for (llvm::StringRef line : lines) {
    words.clear();
    llvm::SplitString(line, words, " \t,;\r");
    int64_t label;
    // Headings and comments have no number in their second column.
    if (words.size() >= 2 && !words[1].getAsInteger(10, label) && label >= 0)
      classes[words[0]] = label;
  }
  for (const std::string &name : fileNames) {
    auto found = classes.find(name);
    if (found == classes.end())
      return llvm::createStringError(options.labels + ": expected a line 'FILE NUMBER' for picture '" + name + "'");
    set.labels.push_back(found->second);
  }
  return llvm::Error::success();
}

llvm::Error SampleLoader::loadArrayLabels() {
  llvm::Expected<NpyArray> array = readNpy(options.labels);
  if (!array)
    return array.takeError();
  size_t bytes = llvm::StringRef(array->descr).back() - '0';
  char kind = array->descr[1];
  if (array->shape.size() != 1 || (kind != 'i' && kind != 'u') || bytes > 8)
    return llvm::createStringError(options.labels + ": expected one integer for each sample");
  if (array->shape[0] != static_cast<int64_t>(available))
    return llvm::createStringError(options.labels + ": expected " + llvm::Twine(available) + " labels, but found " +
                                   llvm::Twine(array->shape[0]));
  for (size_t index : chosen) {
    uint64_t value = 0;
    std::memcpy(&value, array->bytes.data() + index * bytes, bytes);
    set.labels.push_back(static_cast<int64_t>(value));
  }
  return llvm::Error::success();
}

} // namespace winnow
