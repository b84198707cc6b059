#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace voisin::cli {

// How far a long job is: a bar that is redrawn in place on a terminal, a plain line every ten seconds elsewhere.
class Progress {
 public:
  struct Options {
    bool terminal = false;
    size_t width = 80;               // of the terminal, in columns
    std::string unit = "documents";  // of the items
    std::function<absl::Time()> now = absl::Now;
  };

  // `out` outlives the progress.
  Progress(std::ostream& out, Options options);

  // `done` of `total` are behind us, in any measure (0: total unknown); `items` is what the rate counts.
  void Update(uint64_t items, uint64_t done, uint64_t total);
  // A line of its own that the bar does not overwrite.
  void Note(std::string_view line);
  // Takes the bar away.
  void Finish();

 private:
  std::string Line(absl::Time now) const;
  std::string Bar() const;
  void Clear();

  std::ostream& out_;
  const Options options_;
  const absl::Time start_;
  absl::Time next_;
  uint64_t items_ = 0;
  uint64_t done_ = 0;
  uint64_t total_ = 0;
  bool drawn_ = false;
};

// "1.2k", "64.0k", "3.4M": a count in few characters; below 1000 as it is.
std::string ShortCount(double count);
// "0:07", "12:34", "1:02:03"
std::string ClockTime(absl::Duration duration);

}  // namespace voisin::cli
