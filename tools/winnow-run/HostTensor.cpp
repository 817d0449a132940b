//===- HostTensor.cpp - tensors in the memory of winnow-run===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostTensor.h"

#include "winnow/Data/Picture.h"
#include "winnow/Support/Npy.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>
#include <cstring>
#include <random>

using namespace llvm;

namespace winnow::run {

namespace {
struct TypeRow {
  int32_t type;
  StringRef name, descr;
};
constexpr TypeRow kTypes[] = {
    {WINNOW_F32, "float32", "<f4"},   {WINNOW_U8, "uint8", "|u1"},   {WINNOW_I8, "int8", "|i1"},
    {WINNOW_U16, "uint16", "<u2"},    {WINNOW_I16, "int16", "<i2"},  {WINNOW_I32, "int32", "<i4"},
    {WINNOW_I64, "int64", "<i8"},     {WINNOW_BOOL, "bool", "|b1"},  {WINNOW_F16, "float16", "<f2"},
    {WINNOW_F64, "float64", "<f8"},   {WINNOW_U32, "uint32", "<u4"}, {WINNOW_U64, "uint64", "<u8"},
    {WINNOW_BF16, "bfloat16", "<V2"},
};
} // namespace

static const TypeRow *findType(int32_t type) {
  for (const TypeRow &row : kTypes)
    if (row.type == type)
      return &row;
  return nullptr;
}

static int64_t getTypeBytes(int32_t type) { return findType(type)->descr.back() - '0'; }

StringRef getTypeName(int32_t type) {
  const TypeRow *row = findType(type);
  return row ? row->name : "unknown";
}

int64_t countElements(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

std::string formatShape(ArrayRef<int64_t> shape) {
  if (shape.empty())
    return "scalar";
  return join(map_range(shape, [](int64_t extent) { return extent < 0 ? std::string("?") : std::to_string(extent); }),
              "x");
}

template <typename T> static double load(const HostTensor &tensor, int64_t i) {
  T value;
  std::memcpy(&value, tensor.bytes.data() + i * sizeof(T), sizeof(T));
  return static_cast<double>(value);
}

/// A 16-bit float of `semantics` as a double.
static double loadHalf(const HostTensor &tensor, int64_t i, const fltSemantics &semantics) {
  uint16_t bits = 0;
  std::memcpy(&bits, tensor.bytes.data() + i * 2, 2);
  bool lossy = false;
  APFloat value(semantics, APInt(16, bits));
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lossy);
  return value.convertToDouble();
}

double getElement(const HostTensor &tensor, int64_t i) {
  switch (tensor.type) {
  case WINNOW_F32:
    return load<float>(tensor, i);
  case WINNOW_F64:
    return load<double>(tensor, i);
  case WINNOW_F16:
    return loadHalf(tensor, i, APFloat::IEEEhalf());
  case WINNOW_BF16:
    return loadHalf(tensor, i, APFloat::BFloat());
  case WINNOW_I8:
    return load<int8_t>(tensor, i);
  case WINNOW_I16:
    return load<int16_t>(tensor, i);
  case WINNOW_I32:
    return load<int32_t>(tensor, i);
  case WINNOW_I64:
    return load<int64_t>(tensor, i);
  case WINNOW_U16:
    return load<uint16_t>(tensor, i);
  case WINNOW_U32:
    return load<uint32_t>(tensor, i);
  case WINNOW_U64:
    return load<uint64_t>(tensor, i);
  default:
    return load<uint8_t>(tensor, i);
  }
}

static Error checkAgainst(const InputSpec &spec, StringRef path, int32_t type, ArrayRef<int64_t> shape) {
  bool fits = shape.size() == spec.shape.size();
  for (size_t i = 0; fits && i < shape.size(); ++i)
    fits = spec.shape[i] < 0 || spec.shape[i] == shape[i];
  if (fits && type == spec.type)
    return Error::success();
  return createStringError("%s: input '%s': expected %s of shape %s but got %s of shape %s", path.str().c_str(),
                           spec.name.c_str(), getTypeName(spec.type).str().c_str(), formatShape(spec.shape).c_str(),
                           getTypeName(type).str().c_str(), formatShape(shape).c_str());
}

static Expected<HostTensor> readNpyInput(StringRef path, const InputSpec &spec) {
  Expected<NpyArray> array = readNpy(path);
  if (!array)
    return array.takeError();
  for (const TypeRow &row : kTypes) {
    if (row.descr.drop_front() != StringRef(array->descr).drop_front())
      continue;
    if (Error error = checkAgainst(spec, path, row.type, array->shape))
      return std::move(error);
    return HostTensor{spec.name, row.type, std::move(array->shape), std::move(array->bytes)};
  }
  return createStringError("%s: element type '%s' is not supported", path.str().c_str(), array->descr.c_str());
}

/// The part of `picture` that the model sees, width x height.
static Expected<Picture> fitPicture(Picture picture, int64_t width, int64_t height, PictureOptions::Fit fit,
                                    StringRef path) {
  if (picture.width == width && picture.height == height)
    return picture;
  if (fit == PictureOptions::Fit::Stretch)
    return resizePicture(picture, width, height);
  if (fit == PictureOptions::Fit::Crop) {
    double scale = std::max(double(width) / picture.width, double(height) / picture.height);
    picture = resizePicture(picture, std::max<int64_t>(width, std::llround(picture.width * scale)),
                            std::max<int64_t>(height, std::llround(picture.height * scale)));
  }
  if (picture.width < width || picture.height < height)
    return createStringError("%s: expected a picture of at least %lldx%lld pixels but got %lldx%lld",
                             path.str().c_str(), (long long)width, (long long)height, (long long)picture.width,
                             (long long)picture.height);
  return cropPicture(picture, width, height);
}

static Expected<HostTensor> readPictureInput(StringRef path, const InputSpec &spec, const PictureOptions &options) {
  bool isPicture = spec.shape.size() == 4 && (spec.shape[1] == 1 || spec.shape[1] == 3) && spec.shape[2] > 0 &&
                   spec.shape[3] > 0 && spec.shape[0] <= 1 && (spec.type == WINNOW_F32 || spec.type == WINNOW_U8);
  if (!isPicture)
    return createStringError(
        "%s: input '%s' takes no picture: it is %s of shape %s, expected float32 or uint8 of shape "
        "1x1xHxW or 1x3xHxW",
        path.str().c_str(), spec.name.c_str(), getTypeName(spec.type).str().c_str(), formatShape(spec.shape).c_str());
  Expected<Picture> whole = readPicture(path);
  if (!whole)
    return whole.takeError();
  int64_t channels = spec.shape[1], height = spec.shape[2], width = spec.shape[3];
  Expected<Picture> picture = fitPicture(std::move(*whole), width, height, options.fit, path);
  if (!picture)
    return picture.takeError();

  auto pick = [&](const std::vector<double> &values, int64_t channel, double fallback) {
    return values.empty() ? fallback : values[values.size() == 1 ? 0 : channel];
  };
  HostTensor tensor{spec.name, spec.type, {1, channels, height, width}, {}};
  tensor.bytes.resize(countElements(tensor.shape) * getTypeBytes(spec.type));
  for (int64_t c = 0, i = 0; c < channels; ++c) {
    double mean = pick(options.mean, c, 0), deviation = pick(options.deviation, c, 1);
    for (int64_t p = 0; p < height * width; ++p, ++i) {
      double value = (getPictureChannel(&picture->rgb[3 * p], c, channels, options.bgr) - mean) / deviation;
      if (spec.type == WINNOW_F32) {
        auto element = static_cast<float>(value);
        std::memcpy(&tensor.bytes[4 * i], &element, 4);
      } else {
        tensor.bytes[i] = static_cast<char>(static_cast<uint8_t>(std::clamp(std::nearbyint(value), 0.0, 255.0)));
      }
    }
  }
  return tensor;
}

Expected<HostTensor> readInput(StringRef path, const InputSpec &spec, const PictureOptions &options) {
  if (path.ends_with_insensitive(".png") || path.ends_with_insensitive(".jpg") || path.ends_with_insensitive(".jpeg"))
    return readPictureInput(path, spec, options);
  return readNpyInput(path, spec);
}

template <typename T, typename Draw> static void fill(HostTensor &tensor, Draw draw) {
  for (size_t i = 0; i < tensor.bytes.size(); i += sizeof(T)) {
    auto value = static_cast<T>(draw());
    std::memcpy(&tensor.bytes[i], &value, sizeof(T));
  }
}

HostTensor makeRandomInput(const InputSpec &spec, int64_t batch, uint64_t seed) {
  HostTensor tensor{spec.name, spec.type, spec.shape, {}};
  for (int64_t &extent : tensor.shape)
    extent = extent < 0 ? batch : extent;
  tensor.bytes.resize(countElements(tensor.shape) * getTypeBytes(spec.type));
  std::mt19937_64 bits(seed);
  auto uniform = [&] { return double(bits() >> 11) * 0x1p-52 - 1; };
  auto small = [&] { return bits() % 10; };
  // The top bits of a float are its upper half, of which bfloat16 is made.
  auto half = [&](const fltSemantics &semantics) {
    bool lossy = false;
    APFloat value(uniform());
    value.convert(semantics, APFloat::rmNearestTiesToEven, &lossy);
    return value.bitcastToAPInt().getZExtValue();
  };
  switch (spec.type) {
  case WINNOW_F32:
    fill<float>(tensor, uniform);
    break;
  case WINNOW_F64:
    fill<double>(tensor, uniform);
    break;
  case WINNOW_F16:
    fill<uint16_t>(tensor, [&] { return half(APFloat::IEEEhalf()); });
    break;
  case WINNOW_BF16:
    fill<uint16_t>(tensor, [&] { return half(APFloat::BFloat()); });
    break;
  case WINNOW_BOOL:
    fill<uint8_t>(tensor, [&] { return bits() & 1; });
    break;
  default:
    switch (getTypeBytes(spec.type)) {
    case 1:
      fill<uint8_t>(tensor, small);
      break;
    case 2:
      fill<uint16_t>(tensor, small);
      break;
    case 4:
      fill<uint32_t>(tensor, small);
      break;
    default:
      fill<uint64_t>(tensor, small);
    }
  }
  return tensor;
}

Error writeOutput(StringRef path, const HostTensor &tensor) {
  return writeNpy(path, findType(tensor.type)->descr, tensor.shape, tensor.bytes);
}

} // namespace winnow::run
