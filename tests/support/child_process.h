#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace voisin::test {

// How a process ended.
struct Exit {
  int code = -1;   // exit status; -1 when a signal ended it
  int signal = 0;  // that signal; 0: none
};

// One program that this process started; still running at the end of the scope, it is killed. One thread at a
// time, except Kill.
class ChildProcess {
 public:
  // Runs `arguments` (the first is the program's path); standard output and error go to `output`. The child
  // ends with its parent.
  static absl::StatusOr<ChildProcess> Start(const std::vector<std::string>& arguments,
                                            const std::filesystem::path& output);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ~ChildProcess();

  // Sends a signal. Does nothing when the end was seen.
  void Kill(int signal) const;
  // True while nobody has seen its end.
  bool IsRunning();
  // DeadlineExceeded when it has not ended by then; it then still runs.
  absl::StatusOr<Exit> Wait(absl::Duration timeout);
  // Everything that it wrote so far.
  std::string Output() const;

 private:
  ChildProcess(pid_t pid, std::filesystem::path output);
  void Poll();

  pid_t pid_ = 0;  // 0: moved from, or its end was seen
  Exit exit_;
  std::filesystem::path output_;
};

// A TCP port on the loopback address that was free a moment ago.
absl::StatusOr<int> FreePort();
// Whether somebody takes connections on that port of the loopback address.
bool IsListening(int port);

}  // namespace voisin::test
