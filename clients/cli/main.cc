#include <google/protobuf/stubs/logging.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "absl/synchronization/mutex.h"
#include "clients/cli/run.h"

namespace {

// 0 where there is no terminal.
size_t TerminalWidth() {
  winsize size{};
  if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

const char* Environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread yet
  return value == nullptr ? "" : value;
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  std::cin.tie(nullptr);
  // Abseil as Debian builds it follows every lock of gRPC in one graph of the whole process.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  google::protobuf::SetLogHandler(nullptr);  // what it has to say, the server's answer says better
  voisin::cli::Console console{.in = std::cin,
                               .out = std::cout,
                               .err = std::cerr,
                               .err_is_terminal = isatty(STDERR_FILENO) != 0,
                               .width = TerminalWidth(),
                               .address = Environment("VOISIN_ADDRESS"),
                               .hub = Environment("VOISIN_HUB"),
                               .hub_token = Environment("VOISIN_HUB_TOKEN")};
  return voisin::cli::Run(argc, argv, console);
}
