//===- Target.cpp - what can be compiled for, in C --------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow-c/Target.h"

#include "Handles.h"

#include "winnow/Algorithm/Passes.h"
#include "winnow/Driver/Phases.h"
#include "winnow/Runtime/EmbeddedObjects.h"
#include "winnow/Target/TargetDescription.h"

#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Triple.h"

using namespace winnow;

struct WinnowTarget {
  TargetDescription description;
  TargetFacts facts;
};

WinnowResult winnowTargetCreate(const char *target, const char *cpu, const char *features, WinnowTarget **result,
                                char *error, size_t errorBytes) {
  capi::copyMessage("", error, errorBytes);
  if (result)
    *result = nullptr;
  if (!target || !result) {
    capi::copyMessage(winnowResultGetText(WINNOW_INVALID_ARGUMENT), error, errorBytes);
    return WINNOW_INVALID_ARGUMENT;
  }
  auto fail = [&](llvm::Error reason) {
    capi::copyMessage(llvm::toString(std::move(reason)), error, errorBytes);
    return WINNOW_INVALID_ARGUMENT;
  };
  auto description = resolveTarget(target, capi::toString(cpu), capi::toString(features));
  if (!description)
    return fail(description.takeError());
  auto machine = createTargetMachine(*description);
  if (!machine)
    return fail(machine.takeError());
  *result = new WinnowTarget{*description, detectTargetFacts(**machine, description->isHost)};
  return WINNOW_SUCCESS;
}

void winnowTargetDestroy(WinnowTarget *target) { delete target; }

const char *winnowTargetGetTriple(const WinnowTarget *target) {
  return target ? target->description.triple.c_str() : "";
}

const char *winnowTargetGetCpu(const WinnowTarget *target) { return target ? target->description.cpu.c_str() : ""; }

const char *winnowTargetGetFeatures(const WinnowTarget *target) {
  return target ? target->description.features.c_str() : "";
}

bool winnowTargetIsHost(const WinnowTarget *target) { return target && target->description.isHost; }

bool winnowTargetHasRuntime(const WinnowTarget *target) {
  if (!target)
    return false;
  llvm::Triple triple(target->description.triple);
  return triple.isOSBinFormatELF() && hasRuntimeFor(triple.getArchName().str());
}

int64_t winnowTargetGetVectorBits(const WinnowTarget *target) { return target ? target->facts.vectorBits : 0; }

int64_t winnowTargetGetVectorRegisters(const WinnowTarget *target) {
  return target ? target->facts.vectorRegisters : 0;
}

const char *winnowGetTargetNames(void) { return "host, x86-64-v3, x86-64-v4, x86-64-multi"; }

const char *winnowGetAlgorithmNames(void) {
  static const std::string names = getAlgorithmNames();
  return names.c_str();
}

const char *winnowGetPhaseNames(void) {
  static const std::string names = getPhaseNames();
  return names.c_str();
}
