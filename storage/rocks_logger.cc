#include "storage/rocks_logger.h"

#include <array>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <system_error>

namespace voisin::storage {
namespace {

constexpr uintmax_t kMaxBytes = 4 << 20;

class LineLogger : public rocksdb::Logger {
 public:
  explicit LineLogger(std::FILE* file) : Logger(rocksdb::InfoLogLevel::WARN_LEVEL), file_(file) {}

  ~LineLogger() override {
    if (file_ != nullptr) std::fclose(file_);
  }

  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    if (file_ == nullptr) return;
    std::array<char, 1024> line;
    std::vsnprintf(line.data(), line.size(), format, arguments);
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
    std::fprintf(file_, "%lld %s\n", static_cast<long long>(seconds), line.data());
    std::fflush(file_);
  }

 protected:
  rocksdb::Status CloseImpl() override { return rocksdb::Status::OK(); }

 private:
  std::FILE* const file_;  // null: nothing is written
};

}  // namespace

std::shared_ptr<rocksdb::Logger> MakeLogger(const std::filesystem::path& file) {
  std::error_code absent;
  if (const auto size = std::filesystem::file_size(file, absent); !absent && size > kMaxBytes) {
    std::filesystem::remove(file, absent);
  }
  return std::make_shared<LineLogger>(std::fopen(file.c_str(), "ae"));
}

std::shared_ptr<rocksdb::Logger> MakeSilentLogger() { return std::make_shared<LineLogger>(nullptr); }

}  // namespace voisin::storage
