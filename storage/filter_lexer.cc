#include "storage/filter_lexer.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace voisin::storage {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kDelimiters = " \t\r\n()\"'=<>!:,";
constexpr size_t kMaxQuotedBytes = 20;

bool IsOneOf(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Begins like 2020-01-31T, so that the colons that follow belong to it.
bool BeginsLikeTimestamp(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-ddT";
  if (text.size() < kForm.size()) return false;
  for (size_t i = 0; i < kForm.size(); ++i) {
    const bool fits = kForm[i] == 'd' ? IsDigit(text[i]) : (text[i] & ~0x20) == (kForm[i] & ~0x20);
    if (!fits) return false;
  }
  return true;
}

// A leading and a trailing unescaped * become flags.
void TakeWildcards(bool first_is_star, bool last_is_star, Token& token) {
  token.any_before = first_is_star;
  if (first_is_star) token.text.erase(0, 1);
  token.any_after = last_is_star && !token.text.empty();
  if (token.any_after) token.text.pop_back();
}

}  // namespace

absl::Status FilterLexer::Expected(std::string_view what, size_t position) const {
  const std::string_view rest = text_.substr(std::min(position, text_.size()));
  std::string got = "the end";
  if (!rest.empty()) {
    size_t size = std::min(rest.find_first_of(kSpace), kMaxQuotedBytes);
    size = std::min(std::max<size_t>(size, 1), rest.size());
    got = absl::StrCat("\"", absl::Utf8SafeCHexEscape(absl::string_view(rest.data(), size)), "\"");
  }
  return absl::InvalidArgumentError(
      absl::StrCat("filter: expected ", std::string(what), " at byte ", position, ", got ", got));
}

void FilterLexer::SkipSpace() {
  while (at_ < text_.size() && IsOneOf(text_[at_], kSpace)) ++at_;
}

Token FilterLexer::Symbol(Token::Kind kind, size_t size) {
  Token token{.kind = kind, .position = at_, .text = std::string(text_.substr(at_, size))};
  at_ += size;
  return token;
}

absl::StatusOr<Token> FilterLexer::Next() {
  SkipSpace();
  if (at_ == text_.size()) return Token{.kind = Token::Kind::end, .position = at_, .text = ""};
  const char c = Peek();
  if (c == '(') return Symbol(Token::Kind::open, 1);
  if (c == ')') return Symbol(Token::Kind::close, 1);
  if (c == '.') return Symbol(Token::Kind::dot, 1);
  if (c == '-') return Symbol(Token::Kind::minus, 1);
  if (c == '"' || c == '\'') return Quoted();
  if (IsOneOf(c, "=<>!:")) return Comparator();
  if (c == ',') return Expected("a field", at_);
  size_t size = 0;
  while (at_ + size < text_.size() && text_[at_ + size] != '.' && !IsOneOf(text_[at_ + size], kDelimiters))
    ++size;
  return Symbol(Token::Kind::word, size);
}

bool FilterLexer::BareValueGoesOn(size_t begin) const {
  if (at_ == text_.size()) return false;
  if (!IsOneOf(text_[at_], kDelimiters)) return true;
  return text_[at_] == ':' && BeginsLikeTimestamp(text_.substr(begin, at_ - begin));
}

absl::StatusOr<Token> FilterLexer::NextValue() {
  SkipSpace();
  const size_t begin = at_;
  if (at_ == text_.size() || IsOneOf(Peek(), kDelimiters)) {
    ASSIGN_OR_RETURN(Token token, Next());
    return token;
  }
  while (BareValueGoesOn(begin)) ++at_;
  Token token{
      .kind = Token::Kind::word, .position = begin, .text = std::string(text_.substr(begin, at_ - begin))};
  if (token.text != "*") TakeWildcards(token.text.front() == '*', token.text.back() == '*', token);
  return token;
}

absl::StatusOr<Token> FilterLexer::Comparator() {
  const std::string_view two = text_.substr(at_, 2);
  if (two == "!=" || two == "<=" || two == ">=") return Symbol(Token::Kind::comparator, 2);
  if (Peek() == '!') return Expected("!=", at_);
  return Symbol(Token::Kind::comparator, 1);
}

absl::StatusOr<char> FilterLexer::Escaped() {
  constexpr std::string_view kLetters = "\"'\\*nrt";
  constexpr std::string_view kMeanings = "\"'\\*\n\r\t";
  const size_t which = at_ < text_.size() ? kLetters.find(Peek()) : std::string_view::npos;
  if (which == std::string_view::npos) return Expected("one of \" ' \\ * n r t after a backslash", at_);
  ++at_;
  return kMeanings[which];
}

absl::StatusOr<Token> FilterLexer::Quoted() {
  const char quote = Peek();
  Token token{.kind = Token::Kind::quoted, .position = at_++, .text = ""};
  bool first_is_star = Peek() == '*';
  bool last_is_star = false;
  while (at_ < text_.size() && Peek() != quote) {
    const char c = text_[at_++];
    last_is_star = c == '*';
    if (c != '\\') {
      token.text.push_back(c);
      continue;
    }
    ASSIGN_OR_RETURN(const char meant, Escaped());
    token.text.push_back(meant);
  }
  if (at_ == text_.size()) return Expected(absl::StrCat("a closing ", std::string(1, quote)), at_);
  ++at_;
  TakeWildcards(first_is_star, last_is_star, token);
  return token;
}

}  // namespace voisin::storage
