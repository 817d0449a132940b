//===- Support.cpp - results, versions and buffers --------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow-c/Support.h"

#include "Handles.h"

#include "winnow/Runtime/winnow_model.h"

#include "llvm/Config/llvm-config.h"

const char *winnowResultGetText(WinnowResult result) {
  switch (result) {
  case WINNOW_SUCCESS:
    return "success";
  case WINNOW_INVALID_ARGUMENT:
    return "a pointer that must not be NULL is, or a value is out of its range";
  case WINNOW_COMPILE_FAILED:
    return "the model could not be compiled";
  case WINNOW_LOAD_FAILED:
    return "the compiled model could not be loaded";
  }
  return "no such result";
}

const char *winnowGetVersion(void) { return WINNOW_VERSION; }

const char *winnowGetLLVMVersion(void) { return LLVM_VERSION_STRING; }

int32_t winnowGetModelAbiVersion(void) { return WINNOW_ABI_VERSION; }

const void *winnowBufferGetData(const WinnowBuffer *buffer) {
  return buffer ? buffer->bytes->getBufferStart() : nullptr;
}

size_t winnowBufferGetSize(const WinnowBuffer *buffer) { return buffer ? buffer->bytes->getBufferSize() : 0; }

void winnowBufferDestroy(WinnowBuffer *buffer) { delete buffer; }
