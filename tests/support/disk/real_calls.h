#pragma once

#include <sys/types.h>

#include <cstdio>

namespace voisin::test {

// The C library's own functions, behind those of interposers.cc.
struct RealCalls {
  int (*openat)(int, const char*, int, ...);
  int (*close)(int);
  ssize_t (*write)(int, const void*, size_t);
  ssize_t (*pwrite)(int, const void*, size_t, off_t);
  ssize_t (*pread)(int, void*, size_t, off_t);
  size_t (*fread_unlocked)(void*, size_t, size_t, std::FILE*);
  void* (*mmap)(void*, size_t, int, int, int, off_t);
  int (*madvise)(void*, size_t, int);
  int (*fsync)(int);
  int (*fdatasync)(int);
  int (*ftruncate)(int, off_t);
  int (*mkdir)(const char*, mode_t);
  int (*rename)(const char*, const char*);
  int (*link)(const char*, const char*);
  int (*unlinkat)(int, const char*, int);
};
const RealCalls& Real();

}  // namespace voisin::test
