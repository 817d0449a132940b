//===- TargetFactsDetection.cpp - from names of machines to facts --------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Target/TargetDescription.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/Host.h"

#include <mutex>
#include <unistd.h>

namespace winnow {

static void initializeTargets() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
  });
}

/// The processor to schedule for on this machine. Virtual machines report names
/// that do not fit their features (an AMX machine as rocketlake): on Intel's the
/// features decide.
static std::string getHostCPU(const llvm::StringMap<bool> &features) {
  std::string name = llvm::sys::getHostCPUName().str();
  if (llvm::StringRef(name).starts_with("znver") || !llvm::Triple(llvm::sys::getProcessTriple()).isX86())
    return name;
  auto has = [&](llvm::StringRef feature) { return features.lookup(feature); };
  if (has("amx-tile"))
    return "sapphirerapids";
  if (has("avx512vnni") && has("avx512vbmi"))
    return "icelake-server";
  if (has("avx512f") && has("avx512bw") && has("avx512vl"))
    return "skylake-avx512";
  if (has("avx2") && has("fma"))
    return "haswell";
  return name;
}

/// This machine, every feature spelled out.
static TargetDescription describeHost() {
  TargetDescription host;
  host.isHost = true;
  host.triple = llvm::sys::getProcessTriple();
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  host.cpu = getHostCPU(features);
  llvm::SmallVector<std::string> list;
  for (auto &feature : features)
    list.push_back((feature.second ? "+" : "-") + feature.first().str());
  llvm::sort(list);
  host.features = llvm::join(list, ",");
  return host;
}

llvm::Expected<TargetDescription> resolveTarget(llvm::StringRef target, llvm::StringRef cpu, llvm::StringRef features) {
  initializeTargets();
  TargetDescription result;
  if (target.empty() || target == "host" || target == "native")
    result = describeHost();
  else if (target == "x86-64-v3" || target == "x86-64-v4")
    result = {"x86_64-unknown-linux-gnu", target.str(), "", false};
  else
    result = {llvm::Triple::normalize(target), "generic", "", false};
  if (!cpu.empty()) {
    result.cpu = cpu.str();
    result.features.clear();
    result.isHost = false;
  }
  if (!features.empty())
    result.features += (result.features.empty() ? "" : ",") + features.str();

  std::string error;
  const llvm::Target *entry = llvm::TargetRegistry::lookupTarget(llvm::Triple(result.triple), error);
  if (!entry)
    return llvm::createStringError(
        "unknown target '" + target +
        "': expected host, x86-64-v3, x86-64-v4, x86-64-multi or a triple such as x86_64-linux-gnu");
  std::unique_ptr<llvm::MCSubtargetInfo> info(entry->createMCSubtargetInfo(llvm::Triple(result.triple), "", ""));
  if (!info || !info->isCPUStringValid(result.cpu))
    return llvm::createStringError("unknown processor '" + result.cpu + "' for target " + result.triple);
  llvm::SmallVector<llvm::StringRef> asked;
  features.split(asked, ',', -1, /*KeepEmpty=*/false);
  auto known = info->getAllProcessorFeatures();
  for (llvm::StringRef feature : asked) {
    llvm::StringRef name = feature;
    if ((!name.consume_front("+") && !name.consume_front("-")) ||
        llvm::none_of(known, [&](const llvm::SubtargetFeatureKV &entry) { return name == entry.Key; }))
      return llvm::createStringError("unknown feature '" + feature + "': expected +NAME or -NAME as in +avx2");
  }
  return result;
}

llvm::Expected<std::unique_ptr<llvm::TargetMachine>> createTargetMachine(const TargetDescription &target) {
  initializeTargets();
  std::string error;
  llvm::Triple triple(target.triple);
  const llvm::Target *entry = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!entry)
    return llvm::createStringError(error);
  llvm::TargetOptions options;
  options.DataSections = options.FunctionSections = true;
  std::unique_ptr<llvm::TargetMachine> machine(entry->createTargetMachine(triple, target.cpu, target.features, options,
                                                                          llvm::Reloc::PIC_, std::nullopt,
                                                                          llvm::CodeGenOptLevel::Aggressive));
  if (!machine)
    return llvm::createStringError("LLVM cannot generate code for " + target.triple);
  return machine;
}

/// Bytes of a cache of this machine; `fallback` where the system does not say.
static int64_t getCacheBytes(int name, int64_t fallback) {
  long bytes = sysconf(name);
  return bytes > 0 ? bytes : fallback;
}

/// The widest products of bytes on vectors of `bits`. Integers have 256 bits from AVX2 on.
static DotUnit detectDotUnit(const llvm::MCSubtargetInfo &info, int64_t bits) {
  auto has = [&](llvm::StringRef feature) { return info.checkFeatures(("+" + feature).str()); };
  bool narrow = has("avxvnni") || (has("avx512vnni") && has("avx512vl"));
  if (bits == 512 ? has("avx512vnni") : bits == 256 && narrow)
    return DotUnit::Vnni;
  bool pairs = bits == 512 || (bits == 256 ? has("avx2") : has("ssse3"));
  return pairs ? DotUnit::Madd : DotUnit::None;
}

TargetFacts detectTargetFacts(const llvm::TargetMachine &machine, bool isHost) {
  TargetFacts facts;
  const llvm::MCSubtargetInfo &info = *machine.getMCSubtargetInfo();
  auto has = [&](llvm::StringRef feature) { return info.checkFeatures(("+" + feature).str()); };
  if (machine.getTargetTriple().isX86()) {
    bool avx512 = has("avx512f") && has("avx512bw") && has("avx512vl") && has("avx512dq");
    facts.vectorBits = avx512 ? 512 : has("avx") ? 256 : 128;
    facts.vectorRegisters = avx512 ? 32 : 16;
    facts.hasFMA = has("fma");
    facts.dot = detectDotUnit(info, facts.vectorBits);
    facts.hasInt8Tiles = avx512 && has("amx-tile") && has("amx-int8");
    facts.hasBF16Tiles = avx512 && has("amx-tile") && has("amx-bf16");
    facts.hasF16Arithmetic = avx512 && has("avx512fp16");
    facts.hasF16Conversion = avx512 || has("f16c");
    facts.hasBF16Conversion = avx512 && has("avx512bf16");
  } else {
    facts.vectorBits = 128;
    facts.vectorRegisters = 32;
    facts.hasF16Conversion = machine.getTargetTriple().isAArch64();
  }
#ifdef _SC_LEVEL1_DCACHE_SIZE
  if (isHost) {
    facts.l1Bytes = getCacheBytes(_SC_LEVEL1_DCACHE_SIZE, facts.l1Bytes);
    facts.l2Bytes = getCacheBytes(_SC_LEVEL2_CACHE_SIZE, facts.l2Bytes);
  }
#endif
  return facts;
}

} // namespace winnow
