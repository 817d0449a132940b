//===- Preprocess.cpp - how a picture becomes a tensor -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Data/Preprocess.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cmath>

namespace winnow {

static constexpr int64_t kMaxExtent = 1 << 16;

namespace {
/// Reads the fields of one description; the first mistake is kept.
class Reader {
public:
  explicit Reader(const llvm::json::Object &object) : object(object) {}

  std::string mistake;

  void refuse(const llvm::Twine &message) {
    if (mistake.empty())
      mistake = message.str();
  }

  void checkNames() {
    for (auto &entry : object)
      if (!llvm::is_contained({"size", "resize", "crop", "order", "mean", "scale", "std"}, entry.first.str()))
        refuse("unknown field '" + entry.first.str() + "': expected size, resize, crop, order, mean, scale or std");
  }

  bool readExtent(const llvm::json::Value &value, int64_t &to) {
    std::optional<int64_t> number = value.getAsInteger();
    if (!number || *number < 1 || *number > kMaxExtent)
      return false;
    to = *number;
    return true;
  }

  void readSize(Preprocess &to) {
    const llvm::json::Value *value = object.get("size");
    if (!value)
      return;
    const llvm::json::Array *pair = value->getAsArray();
    if (!pair || pair->size() != 2 || !readExtent((*pair)[0], to.height) || !readExtent((*pair)[1], to.width))
      refuse("'size': expected [height, width], each 1 to 65536");
  }

  void readResize(Preprocess &to) {
    const llvm::json::Value *value = object.get("resize");
    if (value && !readExtent(*value, to.resize))
      refuse("'resize': expected the pixels of the shorter side, 1 to 65536");
  }

  /// One of two words; true for the second.
  void readWord(llvm::StringRef name, llvm::StringRef first, llvm::StringRef second, bool &isSecond) {
    const llvm::json::Value *value = object.get(name);
    if (!value)
      return;
    std::optional<llvm::StringRef> word = value->getAsString();
    if (!word || (*word != first && *word != second))
      return refuse("'" + name + "': expected \"" + first + "\" or \"" + second + "\"");
    isSecond = *word == second;
  }

  void readNumbers(llvm::StringRef name, std::vector<double> &numbers) {
    const llvm::json::Value *value = object.get(name);
    if (!value)
      return;
    llvm::json::Array single{*value};
    const llvm::json::Array *array = value->getAsArray() ? value->getAsArray() : &single;
    for (const llvm::json::Value &element : *array) {
      std::optional<double> number = element.getAsNumber();
      if (!number || !std::isfinite(*number))
        return refuse("'" + name + "': expected a number or an array of numbers");
      numbers.push_back(*number);
    }
    if (numbers.size() != 1 && numbers.size() != 3)
      refuse("'" + name + "': expected 1 or 3 numbers but got " + llvm::Twine(numbers.size()));
  }

private:
  const llvm::json::Object &object;
};
} // namespace

llvm::Expected<Preprocess> parsePreprocess(llvm::StringRef text, llvm::StringRef name) {
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(text);
  if (!value)
    return llvm::createStringError(name + ": " + llvm::toString(value.takeError()));
  const llvm::json::Object *object = value->getAsObject();
  if (!object)
    return llvm::createStringError(name + ": expected an object of preprocessing steps");
  Reader reader(*object);
  Preprocess result;
  bool whole = false;
  std::vector<double> deviation;
  reader.checkNames();
  reader.readSize(result);
  reader.readResize(result);
  reader.readWord("crop", "center", "none", whole);
  reader.readWord("order", "RGB", "BGR", result.bgr);
  reader.readNumbers("mean", result.mean);
  reader.readNumbers("scale", result.scale);
  reader.readNumbers("std", deviation);
  result.crop = !whole;
  if (!deviation.empty() && !result.scale.empty())
    reader.refuse("expected either 'scale' or 'std', not both");
  for (double value : deviation) {
    if (value == 0)
      reader.refuse("'std': expected numbers other than 0");
    result.scale.push_back(1 / value);
  }
  if (!reader.mistake.empty())
    return llvm::createStringError(name + ": " + reader.mistake);
  return result;
}

llvm::Expected<Preprocess> readPreprocess(llvm::StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return llvm::createStringError(path + ": " + buffer.getError().message());
  return parsePreprocess((*buffer)->getBuffer(), path);
}

/// The part of a picture that the network sees.
static llvm::Expected<Picture> fit(Picture picture, const Preprocess &preprocess, int64_t height, int64_t width,
                                   llvm::StringRef path) {
  if (!preprocess.crop)
    return resizePicture(picture, width, height);
  double shorter = std::min(picture.width, picture.height);
  double factor = preprocess.resize ? preprocess.resize / shorter
                                    : std::max(double(width) / picture.width, double(height) / picture.height);
  int64_t floorWidth = preprocess.resize ? 1 : width, floorHeight = preprocess.resize ? 1 : height;
  picture = resizePicture(picture, std::max<int64_t>(floorWidth, std::llround(picture.width * factor)),
                          std::max<int64_t>(floorHeight, std::llround(picture.height * factor)));
  if (picture.width < width || picture.height < height)
    return llvm::createStringError(path + ": 'resize' leaves " + llvm::Twine(picture.width) + "x" +
                                   llvm::Twine(picture.height) + " pixels, expected at least " + llvm::Twine(width) +
                                   "x" + llvm::Twine(height));
  return cropPicture(picture, width, height);
}

llvm::Error readPictureInto(llvm::StringRef path, const Preprocess &preprocess, llvm::ArrayRef<int64_t> shape,
                            llvm::MutableArrayRef<float> tensor) {
  llvm::Expected<Picture> whole = readPicture(path);
  if (!whole)
    return whole.takeError();
  int64_t channels = shape[0], height = shape[1], width = shape[2];
  llvm::Expected<Picture> picture = fit(std::move(*whole), preprocess, height, width, path);
  if (!picture)
    return picture.takeError();
  auto pick = [](const std::vector<double> &values, int64_t channel, double fallback) {
    return values.empty() ? fallback : values[values.size() == 1 ? 0 : channel];
  };
  for (int64_t c = 0, i = 0; c < channels; ++c) {
    double mean = pick(preprocess.mean, c, 0), scale = pick(preprocess.scale, c, 1);
    for (int64_t p = 0; p < height * width; ++p, ++i)
      tensor[i] =
          static_cast<float>((getPictureChannel(&picture->rgb[3 * p], c, channels, preprocess.bgr) - mean) * scale);
  }
  return llvm::Error::success();
}

} // namespace winnow
