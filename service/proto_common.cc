#include "service/proto_common.h"

#include "service/errors.h"

namespace voisin::service {
namespace {

constexpr std::string_view kCollections = "collections/";
constexpr int64_t kMicrosPerSecond = 1000000;
constexpr int64_t kFirstSecond = -62135596800;  // 0001-01-01T00:00:00Z
constexpr int64_t kLastSecond = 253402300799;   // 9999-12-31T23:59:59Z
constexpr int32_t kNanosPerSecond = 1000000000;
constexpr int32_t kNanosPerMicro = 1000;

}  // namespace

absl::StatusOr<std::string> CollectionIdOf(std::string_view field, std::string_view name) {
  std::string_view id = name;
  if (id.starts_with(kCollections)) id.remove_prefix(kCollections.size());
  if (!id.empty()) return std::string(id);
  return InvalidField(field, "expected \"collections/{collection}\", got \"" + std::string(name) + "\"");
}

std::string CollectionName(std::string_view id) { return std::string(kCollections) + std::string(id); }

std::string DocumentName(std::string_view collection, std::string_view id) {
  return CollectionName(collection) + "/documents/" + std::string(id);
}

absl::Status UnknownEnum(std::string_view field, int last, int got) {
  return InvalidField(field,
                      "expected a value from 0 to " + std::to_string(last) + ", got " + std::to_string(got));
}

absl::StatusOr<encoder::Truncation> TruncationFrom(std::string_view field, v1::Truncation truncation) {
  switch (static_cast<int>(truncation)) {
    case v1::TRUNCATION_UNSPECIFIED:
    case v1::TRUNCATION_ERROR:
      return encoder::Truncation::error;
    case v1::TRUNCATION_END:
      return encoder::Truncation::end;
    case v1::TRUNCATION_START:
      return encoder::Truncation::start;
    case v1::TRUNCATION_CHUNK:
      return encoder::Truncation::chunk;
  }
  return UnknownEnum(field, v1::Truncation_MAX, truncation);
}

v1::Timings ToProto(const Stages& stages) {
  v1::Timings timings;
  timings.set_tokenize_us(stages.tokenize);
  timings.set_queue_us(stages.queue);
  timings.set_encode_us(stages.encode);
  timings.set_search_us(stages.search);
  timings.set_fetch_us(stages.fetch);
  timings.set_lexical_us(stages.lexical);
  return timings;
}

google::protobuf::Timestamp TimestampFromMicros(int64_t micros) {
  int64_t seconds = micros / kMicrosPerSecond;
  int64_t rest = micros % kMicrosPerSecond;
  if (rest < 0) {
    rest += kMicrosPerSecond;
    --seconds;
  }
  google::protobuf::Timestamp time;
  time.set_seconds(seconds);
  time.set_nanos(static_cast<int32_t>(rest) * kNanosPerMicro);
  return time;
}

absl::StatusOr<int64_t> MicrosFrom(std::string_view field, const google::protobuf::Timestamp& time) {
  if (time.seconds() < kFirstSecond || time.seconds() > kLastSecond) {
    return InvalidField(field, "expected a time of the years 1 to 9999, got " +
                                   std::to_string(time.seconds()) + " seconds since 1970");
  }
  if (time.nanos() < 0 || time.nanos() >= kNanosPerSecond) {
    return InvalidField(field, "expected 0 to 999999999 nanoseconds, got " + std::to_string(time.nanos()));
  }
  return time.seconds() * kMicrosPerSecond + time.nanos() / kNanosPerMicro;
}

}  // namespace voisin::service
