#include <cstdint>
#include <nlohmann/json.hpp>

#include "clients/cli/json_value.h"

// The only unit that sees the JSON library; its exceptions end here.
namespace voisin::cli {
namespace {

constexpr size_t kDeepest = 64;

// Builds a Json from parse events.
class Builder {
 public:
  bool null() { return Add(Json{}); }
  bool boolean(bool value) { return Add(Json{value}); }
  bool number_integer(int64_t value) { return Add(Json{static_cast<double>(value)}); }
  bool number_unsigned(uint64_t value) { return Add(Json{static_cast<double>(value)}); }
  bool number_float(double value, const std::string&) { return Add(Json{value}); }
  bool string(std::string& value) { return Add(Json{std::move(value)}); }
  bool binary(std::vector<std::uint8_t>&) { return false; }
  bool start_object(size_t) { return Open(Json{JsonObject{}}); }
  bool start_array(size_t) { return Open(Json{JsonArray{}}); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }
  bool key(std::string& name) {
    keys_.back() = std::move(name);
    return true;
  }
  // The library's text begins with its own number and the place as line and column.
  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception& error) {
    const std::string_view what = error.what();
    const size_t place = what.find(": ");
    const std::string_view why = what.substr(place == std::string_view::npos ? 0 : place + 2);
    error_ = "not JSON at byte " + std::to_string(position) + ": " + std::string(why);
    return false;
  }

  Json& root() { return root_; }
  const std::string& error() const { return error_; }

 private:
  bool Add(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (auto* array = std::get_if<JsonArray>(&open_.back().value)) {
      array->push_back(std::move(value));
    } else {
      std::get<JsonObject>(open_.back().value).emplace_back(std::move(keys_.back()), std::move(value));
    }
    return true;
  }

  bool Open(Json container) {
    if (open_.size() == kDeepest) {
      error_ = "deeper than " + std::to_string(kDeepest) + " levels";
      return false;
    }
    open_.push_back(std::move(container));
    keys_.emplace_back();
    return true;
  }

  bool Close() {
    Json closed = std::move(open_.back());
    open_.pop_back();
    keys_.pop_back();
    return Add(std::move(closed));
  }

  Json root_;
  std::vector<Json> open_;         // containers that have not ended, outermost first
  std::vector<std::string> keys_;  // the pending member name of each
  std::string error_;
};

}  // namespace

const Json* Json::Find(std::string_view key) const {
  const JsonObject* members = object();
  if (members == nullptr) return nullptr;
  for (auto member = members->rbegin(); member != members->rend(); ++member) {
    if (member->first == key) return &member->second;
  }
  return nullptr;
}

absl::StatusOr<Json> ParseJson(std::string_view text) {
  Builder builder;
  try {
    if (nlohmann::json::sax_parse(text, &builder)) return std::move(builder.root());
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(error.what());
  }
  return absl::InvalidArgumentError(builder.error());
}

std::string_view KindOf(const Json& json) {
  struct Names {
    std::string_view operator()(std::nullptr_t) const { return "null"; }
    std::string_view operator()(bool) const { return "a bool"; }
    std::string_view operator()(double) const { return "a number"; }
    std::string_view operator()(const std::string&) const { return "a string"; }
    std::string_view operator()(const JsonArray&) const { return "an array"; }
    std::string_view operator()(const JsonObject&) const { return "an object"; }
  };
  return std::visit(Names{}, json.value);
}

}  // namespace voisin::cli
