#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace voisin::storage {

struct Token {
  enum class Kind { end, open, close, comparator, minus, dot, word, quoted };
  Kind kind = Kind::end;
  size_t position = 0;      // byte offset of its first byte
  std::string text;         // a quoted one without quotes and escapes
  bool any_before = false;  // a value began with an unescaped *, which is not in `text`
  bool any_after = false;   // likewise at its end
};

// Cuts a filter into tokens. Left of a comparator a dot separates the parts of a path; right of it a bare
// value runs on over dots, and over the colons of a timestamp: so the parser says which one it expects.
class FilterLexer {
 public:
  explicit FilterLexer(std::string_view text) : text_(text) {}

  // What stands anywhere but after a comparator.
  absl::StatusOr<Token> Next();
  // The value after a comparator: a word (a lone * too) or a quoted one; other tokens as Next gives them.
  absl::StatusOr<Token> NextValue();

  // InvalidArgument: "filter: expected a value at byte 17, got ...", with what stands there.
  absl::Status Expected(std::string_view what, size_t position) const;

 private:
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void SkipSpace();
  bool BareValueGoesOn(size_t begin) const;
  Token Symbol(Token::Kind kind, size_t size);
  absl::StatusOr<Token> Comparator();
  absl::StatusOr<Token> Quoted();
  absl::StatusOr<char> Escaped();

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace voisin::storage
