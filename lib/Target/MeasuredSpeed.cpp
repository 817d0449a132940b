//===- MeasuredSpeed.cpp - speeds of this machine, measured once ----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Support/MachineSpeed.h"
#include "winnow/Target/EmitCode.h"
#include "winnow/Target/TargetDescription.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"

#include <cmath>
#include <mutex>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace winnow {

static constexpr llvm::StringLiteral kFileName = "machines.json";

/// What tells this machine from others whose users share a home folder: the processor's signature and caches.
static std::string getMachineName(const TargetFacts &facts) {
  std::string name = llvm::sys::getHostCPUName().str();
#if defined(__x86_64__)
  unsigned signature = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &signature, &b, &c, &d))
    name += llvm::formatv(" {0:x}", signature).str();
#endif
  return llvm::formatv("{0}, {1} vectors of {2} bits, caches of {3} and {4} bytes", name, facts.vectorRegisters,
                       facts.vectorBits, facts.l1Bytes, facts.l2Bytes);
}

/// The cache file; empty where there is no place for one.
static std::string getPath() {
  llvm::SmallString<128> path;
  if (const char *folder = std::getenv("WINNOW_CACHE"))
    path = folder;
  else if (llvm::sys::path::cache_directory(path))
    llvm::sys::path::append(path, "winnow");
  if (path.empty())
    return {};
  llvm::sys::path::append(path, kFileName);
  return path.str().str();
}

/// What the file holds; an empty object where it holds nothing of use.
static llvm::json::Object readFile(llvm::StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(path);
  if (!file)
    return {};
  llvm::Expected<llvm::json::Value> json = llvm::json::parse((*file)->getBuffer());
  if (!json) {
    llvm::consumeError(json.takeError());
    return {};
  }
  return json->getAsObject() ? std::move(*json->getAsObject()) : llvm::json::Object();
}

static std::optional<MachineSpeed> getSpeed(const llvm::json::Object &machines, llvm::StringRef name) {
  const llvm::json::Object *entry = machines.getObject(name);
  if (!entry)
    return std::nullopt;
  auto multiplyAdds = entry->getNumber("multiply_adds_per_cycle"),
       memoryBytes = entry->getNumber("memory_bytes_per_cycle");
  if (!multiplyAdds || !memoryBytes || *multiplyAdds <= 0 || *memoryBytes <= 0)
    return std::nullopt;
  return MachineSpeed{*multiplyAdds, *memoryBytes};
}

/// Two digits: more would be noise, and a reader of the file should see that.
static double round(double value) {
  double unit = std::pow(10, std::floor(std::log10(value)) - 1);
  return std::round(value / unit) * unit;
}

/// Measures and adds the result to the file.
static std::optional<MachineSpeed> measure(llvm::StringRef name, llvm::json::Object machines, llvm::StringRef path) {
  std::optional<MachineSpeed> speed = measureMachineSpeed();
  if (!speed)
    return std::nullopt;
  // Cores start one or two; what lies between is the noise of a busy machine.
  speed = {std::max(1.0, std::round(speed->multiplyAdds)), round(speed->memoryBytes)};
  if (path.empty())
    return speed;
  machines[name] = llvm::json::Object{{"multiply_adds_per_cycle", speed->multiplyAdds},
                                      {"memory_bytes_per_cycle", speed->memoryBytes}};
  llvm::sys::fs::create_directories(llvm::sys::path::parent_path(path));
  // A folder that cannot be written only costs the next compilation some 50 ms.
  llvm::consumeError(writeFile(path, [&](llvm::raw_pwrite_stream &stream) {
    stream << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(machines)));
    return llvm::Error::success();
  }));
  return speed;
}

void setMeasuredSpeed(TargetFacts &facts) {
  // Measurements would disturb one another; who waits finds the result in the file.
  static std::mutex mutex;
  std::lock_guard<std::mutex> lock(mutex);
  std::string name = getMachineName(facts), path = getPath();
  llvm::json::Object machines = readFile(path);
  std::optional<MachineSpeed> speed = getSpeed(machines, name);
  if (!speed)
    speed = measure(name, std::move(machines), path);
  if (!speed)
    return;
  facts.multiplyAddsPerCycle = speed->multiplyAdds;
  facts.memoryBytesPerCycle = speed->memoryBytes;
}

} // namespace winnow
