#include "clients/cli/progress.h"

#include <algorithm>
#include <cmath>
#include <ostream>
#include <utility>

#include "absl/strings/str_format.h"
#include "clients/cli/utf8.h"

namespace voisin::cli {
namespace {

constexpr absl::Duration kRedraw = absl::Milliseconds(100);
constexpr absl::Duration kPlainLine = absl::Seconds(10);
constexpr size_t kBarWidth = 24;

}  // namespace

std::string ShortCount(double count) {
  if (count < 1000) return absl::StrFormat("%.0f", count);
  if (count < 999950) return absl::StrFormat("%.1fk", count / 1000);
  return absl::StrFormat("%.1fM", count / 1000000);
}

std::string ClockTime(absl::Duration duration) {
  const int64_t seconds = std::max<int64_t>(0, absl::ToInt64Seconds(duration));
  if (seconds < 3600) return absl::StrFormat("%d:%02d", seconds / 60, seconds % 60);
  return absl::StrFormat("%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

Progress::Progress(std::ostream& out, Options options)
    : out_(out),
      options_(std::move(options)),
      start_(options_.now()),
      next_(start_ + (options_.terminal ? absl::ZeroDuration() : kPlainLine)) {}

void Progress::Update(uint64_t items, uint64_t done, uint64_t total) {
  items_ = items;
  done_ = std::min(done, total == 0 ? done : total);
  total_ = total;
  const absl::Time now = options_.now();
  if (now < next_) return;
  next_ = now + (options_.terminal ? kRedraw : kPlainLine);
  if (options_.terminal) {
    out_ << "\r\x1b[K" << CutToWidth(Line(now), options_.width > 1 ? options_.width - 1 : 0) << std::flush;
    drawn_ = true;
  } else {
    out_ << Line(now) << std::endl;
  }
}

std::string Progress::Bar() const {
  const auto full = static_cast<size_t>(static_cast<double>(kBarWidth) * static_cast<double>(done_) /
                                        static_cast<double>(total_));
  std::string bar;
  for (size_t i = 0; i < kBarWidth; ++i) bar += i < full ? "█" : "░";
  return bar + " ";
}

std::string Progress::Line(absl::Time now) const {
  const double seconds = std::max(1e-9, absl::ToDoubleSeconds(now - start_));
  const double rate = static_cast<double>(items_) / seconds;
  std::string line;
  if (total_ > 0) {
    if (options_.terminal) line += Bar();
    line += absl::StrFormat("%3.0f%%  ", 100.0 * static_cast<double>(done_) / static_cast<double>(total_));
  }
  line += absl::StrFormat("%s %s, %s/s", ShortCount(static_cast<double>(items_)), options_.unit,
                          ShortCount(rate));
  if (total_ > 0 && done_ > 0) {
    const double share = static_cast<double>(done_) / static_cast<double>(total_);
    line += ", " + ClockTime(absl::Seconds(seconds * (1 - share) / share)) + " left";
  }
  return line;
}

void Progress::Clear() {
  if (drawn_) out_ << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

void Progress::Note(std::string_view line) {
  Clear();
  out_ << line << std::endl;
}

void Progress::Finish() { Clear(); }

}  // namespace voisin::cli
