#include "storage/timestamp.h"

#include <chrono>

namespace voisin::storage {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Reads a fixed form from left to right; after the first mismatch nothing is read any more.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool ok() const { return ok_; }
  bool AtEnd() const { return at_ == text_.size(); }
  char Peek() const { return AtEnd() ? '\0' : text_[at_]; }

  int Digits(int count) {
    int number = 0;
    for (int i = 0; i < count; ++i) {
      ok_ = ok_ && IsDigit(Peek());
      if (!ok_) return 0;
      number = number * 10 + (text_[at_++] - '0');
    }
    return number;
  }

  // One of these characters.
  char AnyOf(std::string_view allowed) {
    const char c = Peek();
    ok_ = ok_ && !AtEnd() && allowed.find(c) != std::string_view::npos;
    if (ok_) ++at_;
    return ok_ ? c : '\0';
  }

  // Digits after the point, as microseconds.
  int64_t Fraction() {
    ok_ = ok_ && IsDigit(Peek());
    int64_t micros = 0;
    int64_t unit = 100'000;
    for (; ok_ && IsDigit(Peek()); ++at_, unit /= 10) micros += (text_[at_] - '0') * unit;
    return micros;
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
  bool ok_ = true;
};

struct TimeOfDay {
  int hour = 0, minute = 0, second = 0;
  bool valid() const { return hour <= 23 && minute <= 59 && second <= 60; }
};

int64_t OffsetMinutes(Cursor& in, bool& valid) {
  const char sign = in.AnyOf("Zz+-");
  if (!in.ok() || sign == 'Z' || sign == 'z') return 0;
  const int hours = in.Digits(2);
  in.AnyOf(":");
  const int minutes = in.Digits(2);
  valid = hours <= 23 && minutes <= 59;
  return (sign == '-' ? -1 : 1) * (int64_t{hours} * 60 + minutes);
}

std::chrono::year_month_day ReadDate(Cursor& in) {
  const int year = in.Digits(4);
  in.AnyOf("-");
  const int month = in.Digits(2);
  in.AnyOf("-");
  const int day = in.Digits(2);
  return {std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
          std::chrono::day(static_cast<unsigned>(day))};
}

TimeOfDay ReadTime(Cursor& in) {
  TimeOfDay time;
  time.hour = in.Digits(2);
  in.AnyOf(":");
  time.minute = in.Digits(2);
  in.AnyOf(":");
  time.second = in.Digits(2);
  return time;
}

}  // namespace

std::optional<int64_t> ParseTimestamp(std::string_view text) {
  Cursor in(text);
  const std::chrono::year_month_day date = ReadDate(in);
  in.AnyOf("Tt");
  const TimeOfDay time = ReadTime(in);
  int64_t micros = 0;
  if (in.Peek() == '.') {
    in.AnyOf(".");
    micros = in.Fraction();
  }
  bool valid_offset = true;
  const int64_t offset = OffsetMinutes(in, valid_offset);
  if (!in.ok() || !in.AtEnd() || !valid_offset || !date.ok() || !time.valid()) return std::nullopt;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const int64_t minutes = (days * 24 + time.hour) * 60 + time.minute - offset;
  return (minutes * 60 + time.second) * 1'000'000 + micros;
}

}  // namespace voisin::storage
