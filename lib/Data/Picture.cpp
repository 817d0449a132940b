//===- Picture.cpp - PNG and JPEG files as RGB rows ------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Data/Picture.h"

#include "llvm/Support/MemoryBuffer.h"

#include <cmath>
#include <csetjmp>
#include <cstdio>

#include <jpeglib.h>
#include <png.h>

using namespace llvm;

namespace winnow {

/// The largest picture that is decoded: 2^28 pixels, far beyond any camera.
static constexpr int64_t kMaxPixels = int64_t(1) << 28;

static Error pictureError(StringRef path, const Twine &what) {
  return createStringError(path + ": cannot read the picture: " + what);
}

static Expected<Picture> readPng(StringRef path, StringRef contents) {
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_memory(&image, contents.data(), contents.size()))
    return pictureError(path, image.message);
  Picture picture{image.width, image.height, {}};
  if (picture.width * picture.height > kMaxPixels) {
    png_image_free(&image);
    return pictureError(path, "it is larger than 2^28 pixels");
  }
  image.format = PNG_FORMAT_RGB;
  picture.rgb.resize(PNG_IMAGE_SIZE(image));
  png_color black = {0, 0, 0}; // what transparent pixels are laid over
  if (!png_image_finish_read(&image, &black, picture.rgb.data(), 0, nullptr))
    return pictureError(path, image.message);
  return picture;
}

namespace {
/// libjpeg reports fatal errors through a callback that must not return.
struct JpegErrors {
  jpeg_error_mgr base;
  jmp_buf escape;
  char message[JMSG_LENGTH_MAX];
};
} // namespace

static void failJpeg(j_common_ptr info) {
  auto *errors = reinterpret_cast<JpegErrors *>(info->err);
  errors->base.format_message(info, errors->message);
  longjmp(errors->escape, 1);
}

/// Decodes into `picture`; false with `errors.message` on failure. Has no
/// objects with destructors, since errors leave it by longjmp.
static bool decodeJpeg(jpeg_decompress_struct &info, JpegErrors &errors, StringRef contents, Picture &picture) {
  if (setjmp(errors.escape))
    return false;
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char *>(contents.data()), contents.size());
  jpeg_read_header(&info, TRUE);
  info.out_color_space = JCS_RGB;
  jpeg_start_decompress(&info);
  picture.width = info.output_width;
  picture.height = info.output_height;
  if (picture.width * picture.height > kMaxPixels) {
    snprintf(errors.message, sizeof errors.message, "it is larger than 2^28 pixels");
    return false;
  }
  picture.rgb.resize(3 * picture.width * picture.height);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = &picture.rgb[3 * picture.width * info.output_scanline];
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  return true;
}

static Expected<Picture> readJpeg(StringRef path, StringRef contents) {
  jpeg_decompress_struct info = {};
  JpegErrors errors = {};
  info.err = jpeg_std_error(&errors.base);
  errors.base.error_exit = failJpeg;
  errors.base.output_message = [](j_common_ptr) {}; // warnings: the picture is still usable
  Picture picture;
  bool decoded = decodeJpeg(info, errors, contents, picture);
  jpeg_destroy_decompress(&info);
  if (!decoded)
    return pictureError(path, errors.message);
  return picture;
}

Expected<Picture> readPicture(StringRef path) {
  auto file = MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return createStringError(path + ": " + file.getError().message());
  StringRef contents = (*file)->getBuffer();
  if (contents.starts_with("\x89PNG"))
    return readPng(path, contents);
  if (contents.starts_with("\xff\xd8"))
    return readJpeg(path, contents);
  return pictureError(path, "expected a PNG or JPEG file");
}

namespace {
/// Which input samples make an output sample, with their weights.
struct Taps {
  int64_t first;
  std::vector<double> weights;
};
} // namespace

/// A triangle filter that is as wide as two output samples when shrinking.
static std::vector<Taps> makeTaps(int64_t from, int64_t to) {
  double scale = double(from) / to, support = std::max(scale, 1.0);
  std::vector<Taps> taps(to);
  for (int64_t i = 0; i < to; ++i) {
    double center = (i + 0.5) * scale;
    int64_t first = std::max<int64_t>(0, std::floor(center - support));
    int64_t last = std::min<int64_t>(from - 1, std::ceil(center + support));
    double sum = 0;
    taps[i].first = first;
    for (int64_t j = first; j <= last; ++j) {
      taps[i].weights.push_back(std::max(0.0, 1 - std::abs(j + 0.5 - center) / support));
      sum += taps[i].weights.back();
    }
    for (double &weight : taps[i].weights)
      weight /= sum;
  }
  return taps;
}

/// Resamples `count` lines of `from` samples each (3 channels) that lie
/// `stride` samples apart, along which samples lie `step` apart.
static std::vector<uint8_t> resampleAxis(const Picture &source, int64_t width, int64_t height, bool horizontal) {
  std::vector<Taps> taps = horizontal ? makeTaps(source.width, width) : makeTaps(source.height, height);
  std::vector<uint8_t> result(3 * width * height);
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x)
      for (int64_t c = 0; c < 3; ++c) {
        const Taps &tap = taps[horizontal ? x : y];
        double sum = 0;
        for (size_t k = 0; k < tap.weights.size(); ++k) {
          int64_t sx = horizontal ? tap.first + k : x, sy = horizontal ? y : tap.first + k;
          sum += tap.weights[k] * source.rgb[3 * (sy * source.width + sx) + c];
        }
        result[3 * (y * width + x) + c] = static_cast<uint8_t>(std::clamp(std::floor(sum + 0.5), 0.0, 255.0));
      }
  return result;
}

Picture resizePicture(const Picture &picture, int64_t width, int64_t height) {
  if (picture.width == width && picture.height == height)
    return picture;
  Picture wide{width, picture.height, resampleAxis(picture, width, picture.height, /*horizontal=*/true)};
  return {width, height, resampleAxis(wide, width, height, /*horizontal=*/false)};
}

Picture cropPicture(const Picture &picture, int64_t width, int64_t height) {
  Picture part{width, height, {}};
  int64_t left = (picture.width - width) / 2, top = (picture.height - height) / 2;
  for (int64_t y = 0; y < height; ++y) {
    auto row = picture.rgb.begin() + 3 * ((top + y) * picture.width + left);
    part.rgb.insert(part.rgb.end(), row, row + 3 * width);
  }
  return part;
}

double getPictureChannel(const uint8_t *pixel, int64_t channel, int64_t channels, bool bgr) {
  if (channels == 1)
    return 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
  return pixel[bgr ? 2 - channel : channel];
}

} // namespace winnow
