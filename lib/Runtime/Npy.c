/*===- Npy.c - NumPy's .npy files -----------------------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The subset that compiled programs exchange: version 1 to 3 headers, C order,
// little endian. Format: numpy.lib.format's documentation.
//
//===----------------------------------------------------------------------===*/

#include "Npy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *text;
  int32_t type;
} kDescriptors[] = {{"<f4", WINNOW_F32}, {"<f8", WINNOW_F64},  {"<f2", WINNOW_F16}, {"|u1", WINNOW_U8},
                    {"|i1", WINNOW_I8},  {"|b1", WINNOW_BOOL}, {"<u2", WINNOW_U16}, {"<i2", WINNOW_I16},
                    {"<u4", WINNOW_U32}, {"<i4", WINNOW_I32},  {"<u8", WINNOW_U64}, {"<i8", WINNOW_I64},
                    {"<V2", WINNOW_BF16}};
enum { kDescriptorCount = sizeof kDescriptors / sizeof kDescriptors[0], kMaxHeader = 65535 };

/* The character behind `key` and its colon in the header's dictionary, or NULL. */
static const char *findValue(const char *header, const char *key) {
  const char *found = strstr(header, key);
  if (!found)
    return NULL;
  found += strlen(key);
  while (*found == ' ' || *found == ':')
    ++found;
  return found;
}

/* Reads the dictionary into `tensor`. */
static const char *parseHeader(const char *header, int32_t wanted, WinnowTensor *tensor) {
  const char *descr = findValue(header, "'descr'"), *order = findValue(header, "'fortran_order'");
  const char *shape = findValue(header, "'shape'");
  if (!descr || !order || !shape || *descr != '\'' || *shape != '(')
    return "malformed header";
  if (strncmp(order, "False", 5) != 0)
    return "Fortran order is not supported";
  tensor->type = 0;
  for (int i = 0; i < kDescriptorCount; ++i)
    if (strncmp(descr + 1, kDescriptors[i].text, 3) == 0 && descr[4] == '\'' &&
        (tensor->type == 0 || kDescriptors[i].type == wanted))
      tensor->type = kDescriptors[i].type;
  if (tensor->type == 0)
    return "unsupported element type";
  tensor->bytes = winnow_type_bytes(tensor->type);
  tensor->rank = 0;
  for (++shape; *shape && *shape != ')';) {
    char *end = NULL;
    long long extent = strtoll(shape, &end, 10);
    if (end == shape || extent < 0 || tensor->rank == WINNOW_MAX_RANK)
      return "malformed shape";
    tensor->extents[tensor->rank++] = extent;
    if (__builtin_mul_overflow(tensor->bytes, (size_t)extent, &tensor->bytes))
      return "shape too large";
    for (shape = end; *shape == ',' || *shape == ' ';)
      ++shape;
  }
  return NULL;
}

/* Reads the magic, the header's length and the header (to be freed). */
static const char *readHeader(FILE *file, char **header) {
  unsigned char start[12];
  if (fread(start, 1, 10, file) != 10 || memcmp(start, "\x93NUMPY", 6) != 0)
    return "not a .npy file";
  size_t length = start[8] | (size_t)start[9] << 8;
  if (start[6] > 1) {
    if (fread(start + 10, 1, 2, file) != 2)
      return "truncated header";
    length |= (size_t)start[10] << 16 | (size_t)start[11] << 24;
  }
  if (length > kMaxHeader)
    return "header too long";
  *header = calloc(1, length + 1);
  if (!*header)
    return "out of memory";
  return fread(*header, 1, length, file) == length ? NULL : "truncated header";
}

const char *winnow_npy_read(const char *path, int32_t wanted, WinnowTensor *tensor) {
  memset(tensor, 0, sizeof *tensor);
  FILE *file = fopen(path, "rb");
  if (!file)
    return "cannot be opened";
  char *header = NULL;
  const char *error = readHeader(file, &header);
  if (!error)
    error = parseHeader(header, wanted, tensor);
  free(header);
  if (!error && !(tensor->data = malloc(tensor->bytes ? tensor->bytes : 1)))
    error = "out of memory";
  if (!error && fread(tensor->data, 1, tensor->bytes, file) != tensor->bytes)
    error = "holds fewer elements than its header says";
  fclose(file);
  if (error) {
    free(tensor->data);
    tensor->data = NULL;
  }
  return error;
}

const char *winnow_npy_write(const char *path, const WinnowTensor *tensor) {
  char header[512];
  const char *descr = "";
  for (int i = 0; i < kDescriptorCount; ++i)
    if (kDescriptors[i].type == tensor->type)
      descr = kDescriptors[i].text;
  int length = snprintf(header + 10, sizeof header - 10, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr);
  size_t bytes = winnow_type_bytes(tensor->type);
  for (int32_t d = 0; d < tensor->rank; ++d) {
    length += snprintf(header + 10 + length, sizeof header - 10 - (size_t)length, "%lld,%s",
                       (long long)tensor->extents[d], d + 1 < tensor->rank ? " " : "");
    bytes *= (size_t)tensor->extents[d];
  }
  length += snprintf(header + 10 + length, sizeof header - 10 - (size_t)length, "), }");
  /* Data starts at a multiple of 64, the header ends with a newline. */
  while ((10 + length + 1) % 64)
    header[10 + length++] = ' ';
  header[10 + length++] = '\n';
  memcpy(header, "\x93NUMPY\x01\x00", 8);
  header[8] = (char)(length & 255);
  header[9] = (char)(length >> 8);
  FILE *file = fopen(path, "wb");
  if (!file)
    return "cannot be created";
  int good = fwrite(header, 1, 10 + (size_t)length, file) == 10 + (size_t)length &&
             fwrite(tensor->data, 1, bytes, file) == bytes;
  good = fclose(file) == 0 && good;
  if (!good)
    remove(path);
  return good ? NULL : "cannot be written";
}
