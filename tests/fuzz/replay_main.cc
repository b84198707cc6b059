#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"

// A fuzz target as a plain test: feeds it each file of a corpus folder, whole and cut at several places.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

void Feed(const std::string& bytes, size_t size) {
  // A copy of exactly this size, so that a sanitizer sees every read beyond it.
  const std::vector<uint8_t> copy(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
  LLVMFuzzerTestOneInput(copy.data(), copy.size());
}

bool FeedFile(const std::filesystem::path& path) {
  const absl::StatusOr<std::string> bytes = voisin::ReadFile(path);
  if (!bytes.ok()) {
    std::fprintf(stderr, "%s\n", bytes.status().ToString().c_str());
    return false;
  }
  constexpr size_t kCuts = 16;
  for (size_t cut = 0; cut <= kCuts; ++cut) Feed(*bytes, bytes->size() * cut / kCuts);
  return true;
}

std::vector<std::filesystem::path> FilesIn(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

// Exit status 0: every file was fed; 1: there was none, or one could not be read.
int main(int argc, char** argv) {
  size_t fed = 0;
  for (int i = 1; i < argc; ++i) {
    for (const std::filesystem::path& file : FilesIn(argv[i])) {
      if (!FeedFile(file)) return 1;
      ++fed;
    }
  }
  std::printf("%zu files\n", fed);
  return fed > 0 ? 0 : 1;
}
