//===- Model.cpp - runs compiled models, in C -------------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow-c/Model.h"

#include "Handles.h"

#include "winnow/Runtime/ModelLibrary.h"

using namespace winnow;

struct WinnowLibrary {
  std::shared_ptr<const ModelLibrary> model;
};

struct WinnowSession {
  /// Keeps the code while the session lives.
  std::shared_ptr<const ModelLibrary> model;
  WinnowContext *context = nullptr;
};

/// Hands a loaded model to the caller.
static WinnowResult finish(std::unique_ptr<ModelLibrary> model, const std::string &reason, WinnowLibrary **library,
                           char *error, size_t errorBytes) {
  capi::copyMessage(reason, error, errorBytes);
  if (!model)
    return WINNOW_LOAD_FAILED;
  *library = new WinnowLibrary{std::move(model)};
  return WINNOW_SUCCESS;
}

/// Clears what a failure leaves, and fails where an argument is missing.
template <typename Handle, typename Code>
static Code start(bool valid, Handle **handle, char *error, size_t errorBytes, Code invalid) {
  if (handle)
    *handle = nullptr;
  valid &= handle != nullptr;
  capi::copyMessage(valid ? "" : winnowResultGetText(WINNOW_INVALID_ARGUMENT), error, errorBytes);
  return valid ? Code() : invalid;
}

WinnowResult winnowLibraryCreateFromFile(const char *path, WinnowLibrary **library, char *error, size_t errorBytes) {
  if (WinnowResult result = start(path, library, error, errorBytes, WINNOW_INVALID_ARGUMENT))
    return result;
  std::string reason;
  std::unique_ptr<ModelLibrary> model = ModelLibrary::load(path, reason);
  return finish(std::move(model), reason, library, error, errorBytes);
}

WinnowResult winnowLibraryCreateFromBytes(const void *data, size_t size, WinnowLibrary **library, char *error,
                                          size_t errorBytes) {
  if (WinnowResult result = start(data, library, error, errorBytes, WINNOW_INVALID_ARGUMENT))
    return result;
  std::string reason;
  std::unique_ptr<ModelLibrary> model = ModelLibrary::loadBytes({static_cast<const char *>(data), size}, reason);
  return finish(std::move(model), reason, library, error, errorBytes);
}

void winnowLibraryDestroy(WinnowLibrary *library) { delete library; }

/// Calls a function of the model with the model; `otherwise` where there is none.
template <typename Result, typename Function, typename... Args>
static Result ask(const WinnowLibrary *library, Result otherwise, Function ModelFunctions::*function, Args... args) {
  if (!library)
    return otherwise;
  return (library->model->getFunctions().*function)(library->model->getModel(), args...);
}

const char *winnowLibraryGetName(const WinnowLibrary *library) { return ask(library, "", &ModelFunctions::modelName); }

int32_t winnowLibraryGetInputCount(const WinnowLibrary *library) {
  return ask(library, 0, &ModelFunctions::inputCount);
}

int32_t winnowLibraryGetOutputCount(const WinnowLibrary *library) {
  return ask(library, 0, &ModelFunctions::outputCount);
}

const WinnowTensorInfo *winnowLibraryGetInputInfo(const WinnowLibrary *library, int32_t index) {
  return ask<const WinnowTensorInfo *>(library, nullptr, &ModelFunctions::inputInfo, index);
}

const WinnowTensorInfo *winnowLibraryGetOutputInfo(const WinnowLibrary *library, int32_t index) {
  return ask<const WinnowTensorInfo *>(library, nullptr, &ModelFunctions::outputInfo, index);
}

WinnowStatus winnowLibraryGetOutputMaxExtents(const WinnowLibrary *library, int32_t index, int64_t batch,
                                              int64_t *extents) {
  return ask(library, WINNOW_NULL_ARGUMENT, &ModelFunctions::outputMaxExtents, index, batch, extents);
}

bool winnowLibraryHasDynamicBatch(const WinnowLibrary *library) {
  return ask(library, 0, &ModelFunctions::hasDynamicBatch);
}

int32_t winnowLibraryGetMaxThreads(const WinnowLibrary *library) {
  return ask(library, 0, &ModelFunctions::maxThreads);
}

size_t winnowLibraryGetArenaBytes(const WinnowLibrary *library, int64_t batch) {
  return ask<size_t>(library, 0, &ModelFunctions::arenaBytes, batch);
}

int32_t winnowLibraryGetLayerCount(const WinnowLibrary *library) {
  return ask(library, 0, &ModelFunctions::layerCount);
}

const WinnowLayerInfo *winnowLibraryGetLayerInfo(const WinnowLibrary *library, int32_t index) {
  return ask<const WinnowLayerInfo *>(library, nullptr, &ModelFunctions::layerInfo, index);
}

size_t winnowLibraryGetTypeBytes(const WinnowLibrary *library, int32_t type) {
  return library ? library->model->getFunctions().typeBytes(type) : 0;
}

const char *winnowLibraryGetStatusText(const WinnowLibrary *library, WinnowStatus status) {
  return library ? library->model->getFunctions().statusText(status) : "";
}

WinnowStatus winnowSessionCreate(WinnowLibrary *library, const WinnowOptions *options, WinnowSession **session,
                                 char *error, size_t errorBytes) {
  if (WinnowStatus status = start(library, session, error, errorBytes, WINNOW_NULL_ARGUMENT))
    return status;
  auto made = std::make_unique<WinnowSession>();
  made->model = library->model;
  WinnowStatus status = library->model->getFunctions().contextCreate(library->model->getModel(), options,
                                                                     &made->context, error, errorBytes);
  if (status == WINNOW_OK)
    *session = made.release();
  return status;
}

void winnowSessionDestroy(WinnowSession *session) {
  if (session)
    session->model->getFunctions().contextDestroy(session->context);
  delete session;
}

WinnowStatus winnowSessionSetBatch(WinnowSession *session, int64_t batch) {
  return session ? session->model->getFunctions().contextSetBatch(session->context, batch) : WINNOW_NULL_ARGUMENT;
}

int32_t winnowSessionGetThreads(const WinnowSession *session) {
  return session ? session->model->getFunctions().contextThreads(session->context) : 0;
}

WinnowStatus winnowSessionRun(WinnowSession *session, const WinnowTensor *inputs, int32_t inputCount,
                              WinnowTensor *outputs, int32_t outputCount) {
  if (!session)
    return WINNOW_NULL_ARGUMENT;
  return session->model->getFunctions().run(session->context, inputs, inputCount, outputs, outputCount);
}

const char *winnowSessionGetError(const WinnowSession *session) {
  return session ? session->model->getFunctions().contextError(session->context)
                 : winnowResultGetText(WINNOW_INVALID_ARGUMENT);
}

const int64_t *winnowSessionGetLayerTimes(const WinnowSession *session) {
  return session ? session->model->getFunctions().layerTimes(session->context) : nullptr;
}

WinnowContext *winnowSessionGetContext(WinnowSession *session) { return session ? session->context : nullptr; }

WinnowRunFunction winnowSessionGetRunFunction(const WinnowSession *session) {
  return session ? session->model->getFunctions().run : nullptr;
}
