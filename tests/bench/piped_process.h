#pragma once

#include <sys/types.h>

#include <cstdio>
#include <string>
#include <string_view>

namespace voisin::bench {

// A shell command that answers lines with lines; ends with this object. For one thread.
class PipedProcess {
 public:
  explicit PipedProcess(const char* command);
  ~PipedProcess();
  PipedProcess(const PipedProcess&) = delete;
  PipedProcess& operator=(const PipedProcess&) = delete;

  // False when the process has ended.
  bool WriteLine(std::string_view line);
  // Without its line feed; empty at the end.
  std::string ReadLine();

 private:
  pid_t pid_ = -1;
  std::FILE* to_ = nullptr;
  std::FILE* from_ = nullptr;
};

}  // namespace voisin::bench
