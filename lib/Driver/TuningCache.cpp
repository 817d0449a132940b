//===- TuningCache.cpp - measured times of algorithms --------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TuningCache.h"

#include "winnow/Target/EmitCode.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

namespace winnow {

/// Of the layout of the file.
static constexpr int64_t kVersion = 1;

llvm::Error TuningCache::read(llvm::StringRef path) {
  if (!llvm::sys::fs::exists(path))
    return llvm::Error::success();
  auto fail = [&](const llvm::Twine &what) { return llvm::createStringError("'" + path + "': " + what); };
  auto file = llvm::MemoryBuffer::getFile(path);
  if (!file)
    return fail(file.getError().message());
  llvm::Expected<llvm::json::Value> json = llvm::json::parse((*file)->getBuffer());
  if (!json)
    return fail("is no tuning cache: " + llvm::toString(json.takeError()));
  const llvm::json::Object *root = json->getAsObject();
  if (!root || root->getInteger("version") != kVersion || !root->getObject("problems"))
    return fail("is no tuning cache of version " + llvm::Twine(kVersion));
  for (const auto &[problem, value] : *root->getObject("problems")) {
    const llvm::json::Object *entry = value.getAsObject();
    if (!entry)
      return fail("expected times for '" + problem.str() + "'");
    MeasuredTimes times;
    for (const auto &[algorithm, time] : *entry) {
      if (!time.getAsNumber())
        return fail("expected a number for '" + algorithm.str() + "'");
      times[algorithm.str()] = *time.getAsNumber();
    }
    problems[problem.str()] = std::move(times);
  }
  return llvm::Error::success();
}

llvm::Error TuningCache::write(llvm::StringRef path) const {
  return writeFile(path, [&](llvm::raw_pwrite_stream &stream) {
    llvm::json::OStream json(stream, /*IndentSize=*/2);
    json.object([&] {
      json.attribute("version", kVersion);
      json.attributeObject("problems", [&] {
        for (const auto &[problem, times] : problems)
          json.attributeObject(problem, [&, &times = times] {
            for (const auto &[algorithm, time] : times)
              json.attribute(algorithm, time);
          });
      });
    });
    stream << "\n";
    return llvm::Error::success();
  });
}

std::string getFastest(const MeasuredTimes &times) {
  auto best = llvm::min_element(times, [](const auto &a, const auto &b) { return a.second < b.second; });
  return best == times.end() ? std::string() : best->first;
}

} // namespace winnow
