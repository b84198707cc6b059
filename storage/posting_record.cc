#include "storage/posting_record.h"

#include <algorithm>
#include <bit>
#include <iterator>

#include "base/status_macros.h"
#include "storage/bytes.h"

namespace voisin::storage {
namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kMaxListed = 4096;
constexpr size_t kBitmapBytes = 8192;

using LowBits = std::vector<uint16_t>;

void WriteBitmap(const LowBits& points, ByteWriter& out) {
  std::string bits(kBitmapBytes, '\0');
  for (const uint16_t point : points) {
    bits[point / 8] = static_cast<char>(static_cast<uint8_t>(bits[point / 8]) | (1 << (point % 8)));
  }
  out.Raw(bits);
}

void WriteLowBits(const LowBits& points, ByteWriter& out) {
  out.Varint(points.size());
  if (points.size() > kMaxListed) return WriteBitmap(points, out);
  for (const uint16_t point : points) {
    out.Byte(static_cast<uint8_t>(point));
    out.Byte(static_cast<uint8_t>(point >> 8));
  }
}

LowBits ReadList(size_t count, ByteReader& in) {
  LowBits points(count);
  for (size_t i = 0; i < count && in.ok(); ++i) {
    const unsigned low = in.Byte();
    points[i] = static_cast<uint16_t>(low | unsigned{in.Byte()} << 8);
    if (i > 0 && points[i] <= points[i - 1]) in.Fail("expected ascending points before this");
  }
  return points;
}

LowBits ReadBitmap(size_t count, ByteReader& in) {
  LowBits points;
  points.reserve(count);
  for (size_t word = 0; word < kBitmapBytes / 8 && in.ok(); ++word) {
    for (uint64_t bits = in.Fixed64(); bits != 0; bits &= bits - 1) {
      points.push_back(static_cast<uint16_t>(word * 64 + static_cast<size_t>(std::countr_zero(bits))));
    }
  }
  if (points.size() != count) in.Fail("expected as many points as counted");
  return points;
}

LowBits ReadLowBits(ByteReader& in) {
  const uint64_t count = in.Varint();
  if (count > (1 << 16)) in.Fail("expected at most 65536 points");
  if (count > kMaxListed) return in.ok() ? ReadBitmap(count, in) : LowBits();
  if (count * 2 > in.remaining()) in.Fail("expected more points than there are bytes");
  return in.ok() ? ReadList(count, in) : LowBits();
}

void MakeAscending(LowBits& points) {
  if (!std::ranges::is_sorted(points)) std::ranges::sort(points);
  points.erase(std::unique(points.begin(), points.end()), points.end());
}

LowBits Without(const LowBits& points, const LowBits& removed) {
  LowBits rest;
  rest.reserve(points.size());
  std::ranges::set_difference(points, removed, std::back_inserter(rest));
  return rest;
}

void Append(const LowBits& more, LowBits& points) { points.insert(points.end(), more.begin(), more.end()); }

}  // namespace

std::string EncodePosting(const PostingRecord& record) {
  ByteWriter out;
  out.Byte(kVersion);
  WriteLowBits(record.added, out);
  WriteLowBits(record.removed, out);
  return out.Take();
}

absl::StatusOr<PostingRecord> DecodePosting(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.Byte() != kVersion) in.Fail("expected record version 1 before this");
  PostingRecord record;
  record.added = ReadLowBits(in);
  record.removed = ReadLowBits(in);
  RETURN_IF_ERROR(in.Finish());
  return record;
}

absl::StatusOr<PostingRecord> JoinPostings(std::span<const std::string_view> records, bool whole) {
  PostingRecord joined;
  for (const std::string_view bytes : records) {
    ASSIGN_OR_RETURN(const PostingRecord record, DecodePosting(bytes));
    Append(record.added, joined.added);
    Append(record.removed, joined.removed);
  }
  MakeAscending(joined.added);
  MakeAscending(joined.removed);
  if (!joined.removed.empty()) joined.added = Without(joined.added, joined.removed);
  if (whole) joined.removed.clear();
  return joined;
}

}  // namespace voisin::storage
