#include "tests/support/live_copy.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <utility>

namespace voisin::test {
namespace {

namespace fs = std::filesystem;

using Files = std::map<std::string, std::pair<uintmax_t, fs::file_time_type>>;

// Size and time of last change of every file; false when one went away meanwhile.
bool TakeStock(const fs::path& directory, Files& files) {
  std::error_code error;
  fs::recursive_directory_iterator at(directory, error);
  for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error)) {
    if (!at->is_regular_file(error)) continue;
    const uintmax_t size = fs::file_size(at->path(), error);
    if (error) return false;
    const fs::file_time_type time = fs::last_write_time(at->path(), error);
    if (error) return false;
    files[at->path().string()] = {size, time};
  }
  return !error;
}

bool CopyOnce(const fs::path& from, const fs::path& to) {
  Files before;
  Files after;
  std::error_code error;
  fs::remove_all(to, error);
  if (error || !TakeStock(from, before)) return false;
  fs::copy(from, to, fs::copy_options::recursive, error);
  return !error && TakeStock(from, after) && before == after;
}

}  // namespace

bool CopyLiveDirectory(const fs::path& from, const fs::path& to) {
  constexpr int kAttempts = 500;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (CopyOnce(from, to)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

}  // namespace voisin::test
