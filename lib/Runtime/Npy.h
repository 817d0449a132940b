/*===- Npy.h - NumPy's .npy files ---------------------------------*- C -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===*/

#ifndef WINNOW_RUNTIME_NPY_H
#define WINNOW_RUNTIME_NPY_H

#include "winnow/Runtime/winnow_model.h"

/* Reads a file into `tensor`, whose data the caller frees. `wanted` decides between
   types that .npy cannot tell apart (bf16 and u16). Returns NULL or what is wrong. */
const char *winnow_npy_read(const char *path, int32_t wanted, WinnowTensor *tensor);

/* Writes a file. Returns NULL or what is wrong. */
const char *winnow_npy_write(const char *path, const WinnowTensor *tensor);

#endif /* WINNOW_RUNTIME_NPY_H */
