// TermsOf: under which terms a document is filed.
#include <algorithm>

#include "storage/posting_key.h"
#include "storage/timestamp.h"

namespace voisin::storage {
namespace {

class Terms {
 public:
  std::vector<std::string> Of(const Object& metadata) {
    terms_.push_back(LiveTerm());
    AddFields(metadata);
    std::ranges::sort(terms_);
    terms_.erase(std::unique(terms_.begin(), terms_.end()), terms_.end());
    return std::move(terms_);
  }

 private:
  void AddFields(const Object& object) {
    for (const auto& [name, value] : object) {
      const size_t outer = path_.size();
      AppendName(name, path_);
      if (path_.size() <= kMaxPathBytes) AddField(value);
      path_.resize(outer);
    }
  }

  void AddField(const Value& value) {
    if (const auto* object = std::get_if<Object>(&value.data)) {
      AddAny(PostingType::object);
      AddFields(*object);
    } else if (const auto* list = std::get_if<List>(&value.data)) {
      AddAny(PostingType::list);
      for (const Value& element : *list) AddScalar(PostingPlace::element, element);
    } else {
      AddScalar(PostingPlace::field, value);
    }
  }

  void AddAny(PostingType type) { terms_.push_back(AnyTerm(path_, type)); }

  std::string Prefix(PostingPlace place, PostingType type) {
    if (place == PostingPlace::field) AddAny(type);
    return ValuePrefix(path_, place, type);
  }

  // Lists and objects inside a list are under no term.
  void AddScalar(PostingPlace place, const Value& value) {
    if (std::holds_alternative<std::monostate>(value.data)) {
      std::string term = Prefix(place, PostingType::null);
      if (place == PostingPlace::element) terms_.push_back(std::move(term));
    } else if (const auto* boolean = std::get_if<bool>(&value.data)) {
      terms_.push_back(BooleanTerm(Prefix(place, PostingType::boolean), *boolean));
    } else if (const auto* number = std::get_if<double>(&value.data)) {
      terms_.push_back(NumberTerm(Prefix(place, PostingType::number), *number));
    } else if (const auto* text = std::get_if<std::string>(&value.data)) {
      AddString(place, *text);
    }
  }

  void AddString(PostingPlace place, const std::string& text) {
    terms_.push_back(StringTerm(Prefix(place, PostingType::string), text));
    if (const auto time_us = ParseTimestamp(text)) {
      terms_.push_back(TimeTerm(Prefix(place, PostingType::time), *time_us));
    }
  }

  std::string path_;
  std::vector<std::string> terms_;
};

}  // namespace

std::vector<std::string> TermsOf(const Object& metadata) { return Terms().Of(metadata); }

}  // namespace voisin::storage
