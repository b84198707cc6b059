#include "tests/bench/piped_process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace voisin::bench {
namespace {

[[noreturn]] void Become(const char* command, int input, int output) {
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  execl("/bin/sh", "sh", "-c", command, nullptr);
  std::_Exit(127);
}

}  // namespace

PipedProcess::PipedProcess(const char* command) {
  std::signal(SIGPIPE, SIG_IGN);
  int input[2];
  int output[2];
  if (pipe(input) != 0 || pipe(output) != 0) return;
  pid_ = fork();
  if (pid_ == 0) {
    close(input[1]);
    close(output[0]);
    Become(command, input[0], output[1]);
  }
  close(input[0]);
  close(output[1]);
  to_ = fdopen(input[1], "w");
  from_ = fdopen(output[0], "r");
}

PipedProcess::~PipedProcess() {
  if (to_ != nullptr) std::fclose(to_);
  if (from_ != nullptr) std::fclose(from_);
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
}

bool PipedProcess::WriteLine(std::string_view line) {
  if (to_ == nullptr) return false;
  const bool written = std::fwrite(line.data(), 1, line.size(), to_) == line.size();
  return written && std::fputc('\n', to_) != EOF && std::fflush(to_) == 0;
}

std::string PipedProcess::ReadLine() {
  std::string line;
  if (from_ == nullptr) return line;
  for (int c = std::fgetc(from_); c != EOF && c != '\n'; c = std::fgetc(from_)) line += static_cast<char>(c);
  return line;
}

}  // namespace voisin::bench
